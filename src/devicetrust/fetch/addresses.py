"""Which addresses a request may go to.

Makes: `Reach`.
May import: errors.
Must never: resolve a name, or connect.
Read first: `Reach.objection`.

URLs in certificates are written by whoever issued them. A request to an address inside of the caller's own network is
a request in the caller's name, so it goes there only where the caller said so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from devicetrust.errors import MisuseError

__all__ = ["Reach", "as_address"]

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network


class Reach:
    """Public addresses, and the hosts and networks named in ``allow``.

    A host is named as it stands in URLs (``crl.hospital.example``, ``10.1.2.3``), a network as ``10.1.0.0/16``. Raises
    `MisuseError` for an entry that is neither.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        if isinstance(allow, str):
            raise MisuseError(f'allow is a list of hosts and networks, such as ["{allow}"], not one text')
        self._networks: list[Network] = []
        self._hosts: set[str] = set()
        for entry in allow:
            network = _network(entry)
            if network is not None:
                self._networks.append(network)
            else:
                self._hosts.add(_host(entry))

    def allows_host(self, host: str) -> bool:
        """Whether the caller named this host."""
        return host.lower().rstrip(".") in self._hosts

    def objection(self, host: str, address: Address) -> str | None:
        """Why no connection is made to ``address`` of ``host``, and what allows it; None where one may be."""
        if self.allows_host(host):
            return None
        end = _end(address)
        if any([_within(one, network) for network in self._networks for one in (address, end)]):
            return None
        kind = _kind(end)
        if kind is None:
            return None
        place = f"{host} is" if str(address) == host else f"{host} is at {address},"
        return (
            f"not asked: {place} {kind}; where that is right, allow it by name or network: "
            f'fetch.HttpFetcher(allow=["{host}"]), or --allow-network {host}'
        )


def as_address(text: str) -> Address | None:
    """The address that a URL's host or a resolver states, without its zone; None where it is a name."""
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _end(address: Address) -> Address:
    """The address at which a packet ends: an IPv4 address may be wrapped in an IPv6 one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:  # RFC 4291 2.5.5.2
            return address.ipv4_mapped
        if address in _NAT64:  # RFC 6052 2.1: IPv6-only networks reach public IPv4 servers so
            return IPv4Address(address.packed[-4:])
    return address


def _kind(address: Address) -> str | None:
    """What the address is where it is no public one; None for a public one."""
    for network, kind in _SPECIAL:
        if _within(address, network):
            return kind
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "a reserved address"
    return None


def _within(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network


_NAT64: Final = IPv6Network("64:ff9b::/96")
# RFC 4291 2.4 and the IANA registry of IPv6 address space: nothing outside of it is assigned to public servers.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
# The IANA registries of special-purpose addresses (RFC 6890), and multicast. Stated here, since what `ipaddress` calls
# private changed between releases of Python. Addresses that tunnels wrap (6to4, RFC 7526; Teredo) are out of use.
_SPECIAL: Final[tuple[tuple[Network, str], ...]] = tuple(
    (ip_network(network), kind)
    for kind, networks in {
        "a private address": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10 64:ff9b:1::/48",
        "a loopback address": "127.0.0.0/8 ::1/128",
        "a link-local address": "169.254.0.0/16 fe80::/10",
        "an address shared within a provider's network (RFC 6598)": "100.64.0.0/10",
        "an unspecified address": "0.0.0.0/8 ::/128",
        "a multicast address": "224.0.0.0/4 ff00::/8",
        "an address wrapped for a tunnel": "2002::/16 2001::/32",
        "a reserved address": "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
        "240.0.0.0/4 2001::/23 2001:db8::/32 3fff::/20",
    }.items()
    for network in networks.split()
)


def _network(entry: str) -> Network | None:
    try:
        return ip_network(entry)
    except ValueError as problem:
        if "host bits" in str(problem):
            raise MisuseError(f"allow: {problem}; {ip_network(entry, strict=False)} is the network") from None
        return None


def _host(entry: str) -> str:
    host = entry.lower().rstrip(".") if isinstance(entry, str) else ""
    if not _HOST.fullmatch(host):
        raise MisuseError(f"allow names hosts (crl.hospital.example) and networks (10.1.0.0/16), not {entry!r}")
    return host


_HOST: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
