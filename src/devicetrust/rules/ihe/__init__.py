"""IHE ITI-19: certificates of secure nodes.

Makes: advice on end entities.
May import: findings, x509, rules.rule.
Must never: yield an error: ITI-19 3.19.6.1.3 lets no attribute of a certificate refuse it.
Read first: `secure_nodes`.
"""
