"""RFC 4158 search and the RFC 5280 section 6.1 machine.

Makes: `PathValidator`, which yields `ValidatedPath`; `Budget`, `PathInputs` and the enums they hold.
May import: errors, findings, x509, trust, evidence.
Must never: judge revocation, identity or rules; know a profile; read a clock.
Read first: `steps`, then `search`, then `validate`.
"""
