"""How long a certificate may live, whatever it is for.

Makes: rules on the span from notBefore to notAfter.
May import: findings, x509, rules.rule.
Must never: know the moment; `outlook` does.
Read first: `spans`.
"""
