"""Transport Layer Security: who we are, whom we trust, whom we admit.

Makes: `Credential`, `server_context`, `client_context`, `verdict`, `admit`, and what is raised where a peer is refused.
May import: everything below; ``ssl`` and sockets, which no other room opens.
Must never: decide whether a certificate is trusted, which is the verifier's; fetch.
Read first: `context`, then `connections` and `passage`; `admit` stands beside them.
"""

from __future__ import annotations

from devicetrust.tls import admit
from devicetrust.tls.connections import verdict
from devicetrust.tls.context import JudgingContext, client_context, server_context
from devicetrust.tls.credential import Credential
from devicetrust.tls.refusal import PeerNotAdmitted, PeerRefused, PeerUndecided, PeerUnknown

__all__ = [
    "Credential",
    "JudgingContext",
    "PeerNotAdmitted",
    "PeerRefused",
    "PeerUndecided",
    "PeerUnknown",
    "admit",
    "client_context",
    "server_context",
    "verdict",
]
