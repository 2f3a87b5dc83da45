"""Transport Layer Security: who we are, whom we trust, whom we admit.

Makes: `Credential`.
May import: everything below; ``ssl`` and sockets, which no other room opens.
Must never: decide whether a certificate is trusted. The verifier does.
Read first: `credential`.
"""

from __future__ import annotations

from devicetrust.tls.credential import Credential

__all__ = ["Credential"]
