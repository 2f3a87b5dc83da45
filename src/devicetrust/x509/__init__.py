"""From bytes to immutable, lazily parsed views.

Makes: `Certificate` and the values in it; views of CRLs and OCSP responses; the readers of files.
May import: errors, findings, `cryptography`, `idna`.
Must never: raise on hostile bytes once a view is made; know trust, time or profiles.
Read first: `certificate`, then `der`.
"""
