"""TLS itself: what the protocol needs of a certificate.

Makes: rules, one file a part.
May import: findings, x509, rules.rule.
Must never: be asked of a certificate that no TLS profile covers.
Read first: `certificates`.
"""
