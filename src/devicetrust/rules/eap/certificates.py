"""RFC 5216, RFC 9190 and RFC 9191: certificates of EAP-TLS peers and servers.

Makes: rules on the leaf.
May import: findings, x509, rules.rule.
Must never: repeat the key purposes that the profiles of peer and server ask for.
Read first: any rule.

The RFCs are cited from memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity
from devicetrust.rules.rule import Role, chain_rule, rule
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import GeneralNameType

__all__ = ["few_round_trips", "peer_named_once", "server_name_present"]

_SAN: Final = "tbsCertificate.extensions.subjectAltName"
_DNS_NAME: Final = GeneralNameType.DNS_NAME

NO_SERVER_NAME: Final = Code(
    "eap.server_name_present",
    Severity.WARNING,
    Citation("RFC 9190", "2.2", Knowledge.SECOND_HAND),
    rank=539,
    what="the subjectAltName of the EAP server has no dNSName",
    why="A pump on the wireless network knows its server by this name; without it, it takes any server of the same CA.",
    remedy="have the server's certificate issued with its domain name, and configure that name in the devices",
)
SEVERAL_IDENTITIES: Final = Code(
    "eap.peer_named_once",
    Severity.NOTICE,
    Citation("RFC 5216", "5.2", Knowledge.SECOND_HAND),
    rank=507,
    what="the peer has {count} alternative names, each of which is a Peer-Id",
    why="Servers choose for themselves by which of them they admit and charge the device.",
    remedy="have the certificate issued with one name, or tell the server which kind of name counts",
)
LARGE_CHAIN: Final = Code(
    "eap.few_round_trips",
    Severity.WARNING,
    Citation("RFC 9191", "1", Knowledge.SECOND_HAND),
    rank=526,
    what="the certificates to be sent have {octets} octets, about {round_trips} EAP round trips; many end at 40",
    why="Authenticators drop a session after 40 to 50 round trips, and the device never gets onto the network.",
    remedy="use fewer CAs between device and root, keys on elliptic curves, or larger EAP fragments",
)


@rule(NO_SERVER_NAME, Role.LEAF)
def server_name_present(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subjectAltName has a dNSName."""
    if certificate.extensions.alternative_names_of(_DNS_NAME):
        return ()
    return (NO_SERVER_NAME.at(index, _SAN),)


@rule(SEVERAL_IDENTITIES, Role.LEAF)
def peer_named_once(certificate: Certificate, index: int) -> Iterable[Finding]:
    """The subjectAltName, if any, has one name."""
    count = len(certificate.extensions.subject_alternative_names)
    return (SEVERAL_IDENTITIES.at(index, _SAN, count=count),) if count > 1 else ()


@chain_rule(LARGE_CHAIN, Role.LEAF)
def few_round_trips(certificate: Certificate, issuers: tuple[Certificate, ...], index: int) -> Iterable[Finding]:
    """The chain without its root goes into fewer than 40 fragments of 1,000 octets."""
    octets = len(certificate.der) + sum(len(one.der) for one in issuers if not one.is_self_issued)
    if octets < _MOST_ROUND_TRIPS * _FRAGMENT:
        return ()
    return (LARGE_CHAIN.at(index, "certificate", octets=octets, round_trips=-(-octets // _FRAGMENT)),)


_MOST_ROUND_TRIPS: Final = 40
# What is left of an Ethernet frame on the way between authenticator and server, as common software sets it.
_FRAGMENT: Final = 1_000
