"""HL7 UDAP Security: certificates that sign software statements and metadata.

Makes: rules on the leaf.
May import: findings, x509, rules.rule.
Must never: read a JWT.
Read first: `signers`.
"""
