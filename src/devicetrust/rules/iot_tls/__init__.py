"""draft-ietf-uta-tls13-iot-profile, section 17: certificates of IoT devices.

Makes: rules on end entities, and on all certificates of a path.
May import: findings, x509, rules.rule.
Must never: be taken for an RFC: it is a draft of August 2026.
Read first: `end_entities`.
"""
