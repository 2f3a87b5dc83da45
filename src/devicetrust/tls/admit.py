"""Whom we admit, of those whose certificates are trusted.

Makes: `Authorizer`, `Decision`, and the makers of authorizers: `serial_numbers`, `sdc_roles`, `references`,
`spiffe_trust_domains`, `keys`, `inventory`, `any_of`, `all_of`.
May import: errors, identity, verdict, x509.
Must never: admit by default. What is empty denies, and so does whatever raises or says anything else than True.
Read first: `Authorizer`.

An authorizer is asked about peers whom the verifier admits, once a handshake and within it: what it looks up must be at
hand. What a certificate says of its holder is worth what its issuer checked: trust no issuer for names it does not own.
"""

from __future__ import annotations

import abc
import hashlib
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeVar, final

from devicetrust.errors import MisuseError
from devicetrust.findings import printable
from devicetrust.identity import Reference, ReferenceKind, matches
from devicetrust.identity.device import SDCRole
from devicetrust.verdict import Verdict
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.general_names import is_valid_dns_name
from devicetrust.x509.names import text_key

__all__ = [
    "Authorizer",
    "Decision",
    "all_of",
    "any_of",
    "inventory",
    "keys",
    "references",
    "sdc_roles",
    "serial_numbers",
    "spiffe_trust_domains",
]


class Decision(NamedTuple):
    """Whether a peer is admitted, and why, in words for the log."""

    admits: bool
    reason: str


class Authorizer(abc.ABC):
    """Decides on a peer by its verdict. Those below cover most needs; `inventory` takes a function of yours."""

    @abc.abstractmethod
    def decide(self, verdict: Verdict) -> Decision:
        """Whether this peer, whom the verifier admits, is let in. Must neither block nor raise."""


def serial_numbers(allowed: Iterable[str], *, manufacturer: str | None = None) -> Authorizer:
    """Devices whose subject states one of these serialNumbers (2.5.4.5), and no other.

    Compared as `Reference.device` compares. A serial number is unique within one manufacturer alone: give the
    ``manufacturer`` wherever certificates of several are trusted.
    """
    listed = _listed(allowed, str, "serial_numbers")
    exact, canonical = frozenset(listed), frozenset(Reference.device(serial_number=one).accepted[0] for one in listed)
    maker = None
    if manufacturer is not None:
        maker = Reference.device(serial_number="1", manufacturer=manufacturer).accepted[1]

    def decide(verdict: Verdict) -> Decision:
        identity = verdict.identity
        serial = identity.serial_number
        if serial is None:
            return Decision(False, "its certificate states no serial number of a device, or several")
        if maker is not None and (identity.manufacturer is None or text_key(identity.manufacturer) != maker):
            return Decision(False, f"its manufacturer is {_shown(identity.manufacturer)}, not {manufacturer}")
        # Most devices state it as it is listed.
        listed = serial in exact or text_key(serial) in canonical
        return Decision(listed, f"the serial number {printable(serial)} is {'' if listed else 'not '}listed")

    return _By("serial number", decide)


def sdc_roles(allowed: Iterable[SDCRole]) -> Authorizer:
    """SDC participants with at least one of these roles, IEEE 11073-20701 9.3 (at second hand)."""
    roles = frozenset(_listed(allowed, SDCRole, "sdc_roles"))

    def decide(verdict: Verdict) -> Decision:
        stated = verdict.identity.sdc_roles
        told = ", ".join(sorted(role.name.lower() for role in stated)) or "none"
        return Decision(bool(stated & roles), f"its SDC roles: {told}")

    return _By("SDC role", decide)


def references(*allowed: Reference) -> Authorizer:
    """Peers whose certificate bears out at least one of ``allowed``: DNS names, addresses, URIs, devices.

    Each is compared with each peer; for thousands of devices, `serial_numbers` looks up.
    """
    listed = _listed(allowed, Reference, "references")
    if any(one.kind is ReferenceKind.UNCHECKED for one in listed):
        raise MisuseError("Reference.UNCHECKED among those admitted would admit everybody; pass no authorizer for that")

    def decide(verdict: Verdict) -> Decision:
        leaf = _leaf(verdict)
        found = next((one for one in listed if matches(one, leaf)), None)
        return Decision(found is not None, "no name of it is listed" if found is None else f"it is {found}")

    return _By("reference", decide)


def spiffe_trust_domains(allowed: Iterable[str]) -> Authorizer:
    """Workloads of these SPIFFE trust domains, such as ``ward.example``. SPIFFE-ID 2.1 (at second hand)."""
    domains = frozenset(one.lower() for one in _listed(allowed, str, "spiffe_trust_domains"))
    wrong = sorted(one for one in domains if not is_valid_dns_name(one))
    if wrong:
        raise MisuseError(f"{wrong[0]!r} is no trust domain: give the name alone, such as ward.example")

    def decide(verdict: Verdict) -> Decision:
        identity = verdict.identity.spiffe_id
        if identity is None:
            return Decision(False, "its certificate states no SPIFFE ID")
        domain = identity.partition("://")[2].partition("/")[0].lower()
        return Decision(domain in domains, f"its trust domain is {printable(domain)}")

    return _By("SPIFFE trust domain", decide)


def keys(allowed: Iterable[bytes]) -> Authorizer:
    """Holders of these keys: SHA-256 over each SubjectPublicKeyInfo, 32 octets.

    List the key that will come next beside the present one: a device whose key is lost or renewed is refused until its
    new key is listed.
    """
    digests = frozenset(_listed(allowed, bytes, "keys"))
    if any(len(one) != _SHA256_OCTETS for one in digests):
        raise MisuseError("keys are named by SHA-256 over the SubjectPublicKeyInfo, 32 octets each")

    def decide(verdict: Verdict) -> Decision:
        digest = hashlib.sha256(_leaf(verdict).subject_public_key_info).digest()
        return Decision(digest in digests, f"its key is {digest.hex()[:16]}")

    return _By("key", decide)


def inventory(look_up: Callable[[Verdict], bool]) -> Authorizer:
    """Peers for whom ``look_up(verdict)`` returns True: ``lambda verdict: verdict.identity.serial_number in known``.

    It is asked within the handshake and must have its answer at hand. Anything but True denies, and so does whatever it
    raises.
    """
    if not callable(look_up):
        raise MisuseError(f"look_up is a function of a verdict, not a {type(look_up).__name__}")

    def decide(verdict: Verdict) -> Decision:
        listed = look_up(verdict) is True
        return Decision(listed, f"the inventory {'lists' if listed else 'does not list'} it")

    return _By("inventory", decide)


def any_of(*authorizers: Authorizer) -> Authorizer:
    """Peers whom at least one of these admits; of none, nobody."""
    members = _members(authorizers, "any_of")

    def decide(verdict: Verdict) -> Decision:
        decisions = [one.decide(verdict) for one in members]
        found = next((one for one in decisions if one.admits is True), None)
        return found or Decision(False, "; ".join(one.reason for one in decisions) or "nobody is listed")

    return _By("any of", decide)


def all_of(*authorizers: Authorizer) -> Authorizer:
    """Peers whom each of these admits; of none, nobody."""
    members = _members(authorizers, "all_of")

    def decide(verdict: Verdict) -> Decision:
        decisions = [one.decide(verdict) for one in members]
        denied = next((one for one in decisions if one.admits is not True), None)
        if denied is not None or not decisions:
            return Decision(False, "nobody is listed" if denied is None else denied.reason)
        return Decision(True, "; ".join(one.reason for one in decisions))

    return _By("all of", decide)


_SHA256_OCTETS: Final = 32
_T = TypeVar("_T")


@final
class _By(Authorizer):
    def __init__(self, what: str, decide: Callable[[Verdict], Decision]) -> None:
        self._what = what
        self._decide = decide

    def decide(self, verdict: Verdict) -> Decision:
        return self._decide(verdict)

    def __repr__(self) -> str:
        return f"<Authorizer by {self._what}>"


def _listed(given: Iterable[_T], kind: type[_T], name: str) -> tuple[_T, ...]:
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise MisuseError(f"{name} takes a set or a list, not a {type(given).__name__}")
    found = tuple(given)
    for one in found:
        if not isinstance(one, kind):
            raise MisuseError(f"{name} takes {kind.__name__} values, not a {type(one).__name__}")
    return found


def _members(given: tuple[Authorizer, ...], name: str) -> tuple[Authorizer, ...]:
    for one in given:
        if not isinstance(one, Authorizer):
            raise MisuseError(f"{name} takes authorizers, not a {type(one).__name__}")
    return given


def _leaf(verdict: Verdict) -> Certificate:
    leaf = verdict.path[0]
    if not isinstance(leaf, Certificate):
        raise MisuseError("a path begins with the peer's certificate")
    return leaf


def _shown(text: str | None) -> str:
    return "not stated" if text is None else printable(text)
