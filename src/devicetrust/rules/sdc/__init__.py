"""IEEE 11073-20701 and IHE SDPi: participants of service-oriented device connectivity.

Makes: rules on what a participant tells beside its role.
May import: findings, x509, rules.rule.
Must never: yield an error: there is no official profile of SDC certificates.
Read first: `participants`.
"""
