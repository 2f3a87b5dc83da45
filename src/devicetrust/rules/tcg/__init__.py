"""TCG: certificates of TPMs, and of the keys that live in them.

Makes: rules on credentials of TPMs and on DevIDs whose key a TPM holds.
May import: findings, x509, rules.rule, rules.hardware.
Must never: concern a certificate that bears no mark of the TCG.
Read first: `credentials`.
"""
