"""Which usages go with which kind of key: RFC 3279, RFC 8410, RFC 8813, and the purposes that want a form of their own.

Makes: rules.
May import: findings, x509, rules.rule.
Must never: judge the strength of a key.
Read first: `by_algorithm`.
"""
