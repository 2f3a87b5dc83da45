"""Transport Layer Security: who we are, whom we trust, whom we admit.

Makes: `Credential`, `server_context`, `client_context`, `verdict`, `admit`, what is raised where a peer is refused,
  what those who watch are told (`Status`, `prometheus_text`, `GroupedRefusals`, `SecurityAlertFormatter`), and
  `ProxyGate` for applications behind a proxy.
May import: everything below; ``ssl`` and sockets, which no other room opens.
Must never: decide whether a certificate is trusted, which is the verifier's; fetch.
Read first: `context`, then `connections` and `passage`; `admit` and `proxy_gate` stand beside them.
"""

from __future__ import annotations

from devicetrust.tls import admit
from devicetrust.tls.alarms import Alarm, AlarmKind, GroupedRefusals, RefusalGroups
from devicetrust.tls.atna import SecurityAlertFormatter, is_node_authentication_failure
from devicetrust.tls.connections import verdict
from devicetrust.tls.context import JudgingContext, client_context, server_context
from devicetrust.tls.counts import ExceptionInUse
from devicetrust.tls.credential import Credential
from devicetrust.tls.exposition import prometheus_text
from devicetrust.tls.proxy_asgi import ASGIApplication
from devicetrust.tls.proxy_gate import VERDICT_KEY, ProxyGate, UnderscoredNames, WithoutCertificate
from devicetrust.tls.proxy_headers import ProxyForm
from devicetrust.tls.refusal import PeerNotAdmitted, PeerRefused, PeerUndecided, PeerUnknown
from devicetrust.tls.status import Health, Holder, Reload, Standing, Status

__all__ = [
    "VERDICT_KEY",
    "ASGIApplication",
    "Alarm",
    "AlarmKind",
    "Credential",
    "ExceptionInUse",
    "GroupedRefusals",
    "Health",
    "Holder",
    "JudgingContext",
    "PeerNotAdmitted",
    "PeerRefused",
    "PeerUndecided",
    "PeerUnknown",
    "ProxyForm",
    "ProxyGate",
    "RefusalGroups",
    "Reload",
    "SecurityAlertFormatter",
    "Standing",
    "Status",
    "UnderscoredNames",
    "WithoutCertificate",
    "admit",
    "client_context",
    "is_node_authentication_failure",
    "prometheus_text",
    "server_context",
    "verdict",
]
