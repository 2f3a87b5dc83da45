"""Transport Layer Security: who we are, whom we trust, whom we admit.

Makes: `Credential`, `server_context`, `client_context`, `verdict`, `admit`, and what is raised where a peer is refused;
`ProxyGate` for applications behind a proxy.
May import: everything below; ``ssl`` and sockets, which no other room opens.
Must never: decide whether a certificate is trusted, which is the verifier's; fetch.
Read first: `context`, then `connections` and `passage`; `admit` and `proxy_gate` stand beside them.
"""

from __future__ import annotations

from devicetrust.tls import admit
from devicetrust.tls.connections import verdict
from devicetrust.tls.context import JudgingContext, client_context, server_context
from devicetrust.tls.credential import Credential
from devicetrust.tls.proxy_asgi import ASGIApplication
from devicetrust.tls.proxy_gate import VERDICT_KEY, ProxyGate, UnderscoredNames, WithoutCertificate
from devicetrust.tls.proxy_headers import ProxyForm
from devicetrust.tls.refusal import PeerNotAdmitted, PeerRefused, PeerUndecided, PeerUnknown

__all__ = [
    "VERDICT_KEY",
    "ASGIApplication",
    "Credential",
    "JudgingContext",
    "PeerNotAdmitted",
    "PeerRefused",
    "PeerUndecided",
    "PeerUnknown",
    "ProxyForm",
    "ProxyGate",
    "UnderscoredNames",
    "WithoutCertificate",
    "admit",
    "client_context",
    "server_context",
    "verdict",
]
