"""IEEE 802.1AR: the initial and the local identity of a device.

Makes: one module for IDevIDs and one for LDevIDs.
May import: findings, x509, rules.rule, rules.hardware.
Must never: claim a clause as read: the standard is known at second hand.
Read first: `idevid`.
"""
