"""RFC 7633: the TLS features that a certificate promises.

Makes: rules.
May import: findings, x509, rules.rule.
Must never: speak TLS.
Read first: `features`.
"""
