"""What no standard forbids, and experience advises against.

Makes: rules.
May import: findings, x509, rules.rule.
Must never: be an error: nobody's MUST stands behind these.
Read first: `names`.
"""
