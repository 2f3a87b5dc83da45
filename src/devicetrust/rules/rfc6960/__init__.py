"""RFC 6960: the certificates of OCSP responders.

Makes: rules.
May import: findings, x509, rules.rule.
Must never: read a response.
Read first: `responders`.
"""
