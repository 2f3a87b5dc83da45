"""How devices join networks and talk to brokers and gateways: EAP-TLS, MQTT, gateways.

Makes: `eap_tls_peer`, `eap_tls_server`, `mqtt_device`, `gateway`.
May import: `profile` and below.
Must never: authenticate a server without asking which one.
Read first: `eap_tls_server`.

RFC 5216 and RFC 9190 are known at second hand.
"""

from __future__ import annotations

from typing import Final

from devicetrust.path.inputs import PurposeMatching
from devicetrust.profiles.device_client import device_client
from devicetrust.profiles.profile import ReferenceDemand
from devicetrust.profiles.tls import tls_server
from devicetrust.revocation.policy import RevocationPolicy
from devicetrust.rules.families.algorithms import KEYS
from devicetrust.rules.families.devices import EAP_TLS_PEER, EAP_TLS_SERVER

__all__ = ["eap_tls_peer", "eap_tls_server", "gateway", "mqtt_device"]

_SERVER_AUTH: Final = frozenset({"1.3.6.1.5.5.7.3.1"})
_CLIENT_AUTH: Final = frozenset({"1.3.6.1.5.5.7.3.2"})

eap_tls_peer: Final = device_client.evolve(
    name="eap_tls_peer",
    summary="A device that joins a network by EAP-TLS (RFC 5216 5.3): where it lists key purposes, clientAuth or any.",
    rules=device_client.rules + EAP_TLS_PEER,
    purpose_matching=PurposeMatching.RFC5280,
)

eap_tls_server: Final = device_client.evolve(
    name="eap_tls_server",
    summary="The server that a device meets in EAP-TLS (RFC 5216 5.3): its name, and a status for each of its chain.",
    key_purposes=_SERVER_AUTH,
    rules=device_client.rules + EAP_TLS_SERVER,
    purpose_matching=PurposeMatching.RFC5280,
    reference=ReferenceDemand.REQUIRED,
    # RFC 9190 5.4: a certificate of the server's chain without a status is refused; the peer has no network to ask by.
    revocation=RevocationPolicy.REQUIRED,
)

mqtt_device: Final = device_client.evolve(
    name="mqtt_device",
    summary="A device that calls an MQTT broker over TLS: clientAuth; a name is optional.",
    key_purposes=_CLIENT_AUTH,
)

gateway: Final = tls_server.evolve(
    name="gateway",
    summary="A gateway that devices call and that calls the hospital's systems: tls_server and tls_client in one.",
    key_purposes=_SERVER_AUTH | _CLIENT_AUTH,
    rules=tuple(dict.fromkeys(tls_server.rules + KEYS)),
)
