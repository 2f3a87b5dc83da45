"""Will it still work: what engines of the field refuse, whatever a standard says.

Makes: rules on what OpenSSL, Python and others do with a certificate.
May import: findings, x509, rules.rule.
Must never: yield an error: what an engine does is no requirement.
Read first: `strict_fields`.

Tests hold each rule about OpenSSL against real ones.
"""
