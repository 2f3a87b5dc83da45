"""Matter: device attestation certificates.

Makes: rules on the leaf and its issuer.
May import: findings, x509, rules.rule.
Must never: judge a certification declaration.
Read first: `attestation`.
"""
