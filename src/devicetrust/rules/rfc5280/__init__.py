"""RFC 5280 section 4: what a conforming certificate looks like.

Makes: rules, one file a section.
May import: findings, x509, rules.rule.
Must never: repeat what path validation (section 6) checks.
Read first: `basic_fields`.
"""
