"""RFC 9608: certificates whose status is never published.

Makes: rules.
May import: findings, x509, rules.rule.
Must never: look at evidence (``revocation`` does).
Read first: `no_revocation_available`.
"""
