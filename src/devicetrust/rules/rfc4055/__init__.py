"""RFC 4055: the algorithms of RSA in certificates.

Makes: rules.
May import: findings, x509, rules.rule.
Must never: judge the strength of an algorithm.
Read first: `parameters`.
"""
