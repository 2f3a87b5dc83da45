"""What breaks each rule and what keeps it: one module a family, each with its ``CASES`` by the id of a code.

Makes: nothing by itself; ``vectors/generate_rules.py`` writes what the modules hold.
May import: pki, ward.
Must never: import devicetrust.
Read first: `case`.
"""
