"""Keys that can be computed, or that are known already, and how keys are written.

Makes: rules on the public key, one file a way to lose it.
May import: findings, x509, rules.rule.
Must never: judge a size or a kind of key (the strength policy does), or read a file unless the caller names it.
Read first: `rsa_modulus`.
"""
