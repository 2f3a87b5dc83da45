"""What time will do to a certificate: dates that come near.

Makes: rules on the moment, asked by lint alone.
May import: findings, x509, rules.rule.
Must never: be named by a profile.
Read first: `expiry`.
"""
