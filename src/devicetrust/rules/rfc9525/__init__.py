"""RFC 9525: the names of services in certificates.

Makes: rules.
May import: findings, x509, rules.rule.
Must never: match a name (``identity`` does).
Read first: `service_names`.
"""
