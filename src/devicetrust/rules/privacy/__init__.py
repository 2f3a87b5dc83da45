"""What a device's certificate should not tell.

Makes: rules on names.
May import: findings, x509, rules.rule.
Must never: guess from free text who is meant.
Read first: `persons`.
"""
