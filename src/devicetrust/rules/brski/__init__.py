"""RFC 8995: what onboarding by BRSKI needs of an IDevID.

Makes: rules on the leaf.
May import: findings, x509, rules.rule.
Must never: judge vouchers.
Read first: `initial_identities`.
"""
