"""CA/Browser Forum Baseline Requirements for TLS server certificates, as far as a private PKI profits from them.

Makes: rules, one file a part.
May import: findings, x509, rules.rule.
Must never: be asked of a certificate that no TLS profile covers.
Read first: `baseline`.
"""
