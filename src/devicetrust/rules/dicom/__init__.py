"""DICOM PS3.15 annex B: certificates of DICOM nodes.

Makes: rules on the leaf.
May import: findings, x509, rules.rule.
Must never: repeat BCP 195, which the strength of the profile holds.
Read first: `nodes`.
"""
