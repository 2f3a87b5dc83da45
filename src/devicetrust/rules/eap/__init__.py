"""EAP-TLS: RFC 5216, RFC 9190, RFC 9191.

Makes: rules on peers and servers of network access.
May import: findings, x509, rules.rule.
Must never: judge an EAP exchange.
Read first: `certificates`.
"""
