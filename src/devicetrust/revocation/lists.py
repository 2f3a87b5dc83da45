"""The CRLs that stand for one issuer: which may be used, and what they say of a certificate.

Makes: `IssuerLists`, `UsableList`, `statements_of_lists`, `silences`.
May import: x509, revocation siblings.
Must never: decide who may sign; `signers` does.
Read first: `IssuerLists`, then `statements_of_lists`.

Deviations from RFC 5280 6.3.3
- All CRLs at hand are consulted, not the first that covers every reason: a revocation on any of them counts (i).
- A revocation counts from a CRL of the certificate's own issuer whatever distribution point or reasons it is for:
  serial numbers are the issuer's, so who lists one has revoked it. Attribute certificates have numbers of their own.
- A CRL without cRLNumber or nextUpdate cannot say "good", for it never ends or may not be the newest (5.1.2.5, 5.2.3).
  The revocations that it lists count.
- A delta CRL is used where it is at hand, and wanted where one is named; a complete CRL that lasts is enough without
  it (use-deltas).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from devicetrust.revocation.scope import covered_reasons
from devicetrust.revocation.status import Extent, Objection, Says, Scope, Statement
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.crl import CertificateRevocationList, RevokedEntry
from devicetrust.x509.names import Name
from devicetrust.x509.reasons import RevocationReason

__all__ = ["IssuerLists", "UsableList", "silences", "statements_of_lists", "title"]


class UsableList:
    """A CRL whose signer is authorised, and that says nothing that is not understood.

    ``counts_as_good`` is False where only the revocations that it lists count.
    """

    __slots__ = ("_good", "counts_as_good", "crl", "freshest", "next_update", "position", "scope", "title")

    def __init__(self, crl: CertificateRevocationList, *, counts_as_good: bool) -> None:
        issuing = crl.issuing_distribution_point
        self.crl: Final = crl
        self.counts_as_good: Final = counts_as_good
        self.next_update: Final = crl.this_update if crl.next_update is None else crl.next_update
        self.freshest: Final = crl.freshest_crl
        self.scope: Final[Scope] = ("CRL", crl.issuer.key, b"" if issuing is None else issuing.der)
        self.position: Final = (crl.this_update, crl.crl_number or 0)
        self.title: Final = title(crl)
        self._good: dict[frozenset[RevocationReason], Statement] = {}

    def good(self, reasons: frozenset[RevocationReason]) -> Statement:
        """What the CRL says of every certificate that it does not list, and for which it covers these reasons."""
        found = self._good.get(reasons)
        if found is None:
            found = self._good[reasons] = self.statement(Says.GOOD, reasons)
        return found

    def statement(
        self, says: Says, reasons: frozenset[RevocationReason], entry: RevokedEntry | None = None
    ) -> Statement:
        """What the CRL says of a certificate, by an entry where it has one."""
        crl = self.crl
        common = (says, self.title, self.scope, self.position, crl.this_update, self.next_update, reasons)
        if entry is None:
            return Statement(*common, crl.fingerprint)
        return Statement(*common, crl.fingerprint, entry.revoked_at, entry.reason, entry.invalidity_date)


class IssuerLists:
    """The CRLs at hand in one issuer's name. ``objections`` says in words why some do not count, or not as "good"."""

    __slots__ = ("bases", "complete", "deltas", "freshest", "objections")

    def __init__(
        self,
        crls: Iterable[CertificateRevocationList],
        objection_to: Callable[[CertificateRevocationList], Objection | None],
    ) -> None:
        self.complete: list[UsableList] = []
        self.deltas: list[UsableList] = []
        self.objections: list[str] = []
        for crl in crls:
            objection = _gravest_objection(crl, objection_to(crl))
            if objection is not None:
                self.objections.append(f"{title(crl)} {objection.reason}")
            if objection is None or objection.extent is Extent.GOOD:
                usable = UsableList(crl, counts_as_good=objection is None)
                (self.deltas if crl.is_delta else self.complete).append(usable)
        self.freshest: Final = tuple([point for one in self.complete for point in one.freshest])
        self.bases: Final = {delta: [one for one in self.complete if _is_base(one, delta)] for delta in self.deltas}


def statements_of_lists(lists: IssuerLists, certificate: Certificate) -> list[Statement]:
    """What the CRLs of one issuer say of ``certificate``: the complete ones, and each delta with each of its bases.

    RFC 5280 6.3.3 (b) to (d) and (i) to (l).
    """
    found: list[Statement] = []
    issuer, serial = certificate.issuer, certificate.serial_number
    points = certificate.extensions.crl_distribution_points
    listed: dict[UsableList, tuple[RevokedEntry, ...]] = {}
    for one in lists.complete:
        listed[one] = _decisive(one.crl.entries(serial, issuer))
        found += _stated(one, listed[one], covered_reasons(one.crl, certificate, points))
    for delta in lists.deltas:
        entries = _decisive(delta.crl.entries(serial, issuer))
        if any([entry.reason is not _REMOVED for entry in entries]):
            found += _stated(delta, entries, frozenset())
            continue
        for base in lists.bases[delta]:
            reasons = covered_reasons(base.crl, certificate, points) if base.counts_as_good else frozenset()
            found += _stated(delta, () if entries else listed[base], reasons)
    if any([one.says is Says.ON_HOLD for one in found]):
        good = {one.rank for one in found if one.says is Says.GOOD}
        found += [
            one.good(frozenset()) for one in _silent(lists, serial, issuer, listed) if one.crl.fingerprint not in good
        ]
    return found


def silences(lists: IssuerLists) -> Iterator[str]:
    """In words, why CRLs that count say nothing of a certificate: by their scope, or as deltas without a base.

    RFC 5280 6.3.3 (b) and 5.2.4.
    """
    elsewhere = [one for one in lists.complete if one.counts_as_good]
    if elsewhere:
        yield f"{_told(elsewhere)} for other certificates, or for other distribution points than it names"
    alone = [delta for delta in lists.deltas if delta.counts_as_good and not lists.bases[delta]]
    if alone:
        yield f"{_told(alone)} of use only beside a complete CRL to start from, which is not at hand"


def _told(lists: list[UsableList]) -> str:
    first = lists[0].title
    return f"{first} is" if len(lists) == 1 else f"{len(lists)} CRLs at hand, {first} among them, are"


def _silent(
    lists: IssuerLists, serial: int, issuer: Name, listed: Mapping[UsableList, tuple[RevokedEntry, ...]]
) -> Iterator[UsableList]:
    """The lists that have no entry for the certificate, or no longer: they may lift a hold, whatever they cover."""
    for one, entries in listed.items():
        if one.counts_as_good and not entries:
            yield one
    for delta in lists.deltas:
        entries = delta.crl.entries(serial, issuer)
        bases = [one for one in lists.bases[delta] if one.counts_as_good and (entries or not listed[one])]
        if bases and delta.counts_as_good and all([one.reason is _REMOVED for one in entries]):
            yield delta


def _decisive(entries: tuple[RevokedEntry, ...]) -> tuple[RevokedEntry, ...]:
    """Of many entries for one certificate the one that counts: the first revocation, else a hold, else a removal."""
    return entries if len(entries) < 2 else (min(entries, key=_gravest),)


def _gravest(entry: RevokedEntry) -> tuple[int, int]:
    return _LESS_GRAVE.get(entry.reason, 0), entry.revoked_at


_LESS_GRAVE: Final[dict[RevocationReason | None, int]] = {
    RevocationReason.CERTIFICATE_HOLD: 1,
    RevocationReason.REMOVE_FROM_CRL: 2,
}


def _stated(
    one: UsableList, entries: tuple[RevokedEntry, ...], reasons: frozenset[RevocationReason]
) -> list[Statement]:
    """One statement for each entry, or "good" for the reasons covered where there is none."""
    if not entries:
        return [one.good(reasons)] if reasons and one.counts_as_good else []
    scope = one.crl.issuing_distribution_point
    if scope is not None and scope.only_attribute_certificates:
        return []
    return [
        one.statement(_SAYS.get(entry.reason, Says.REVOKED), reasons, entry)
        for entry in entries
        if entry.reason is not _REMOVED
    ]


_REMOVED: Final = RevocationReason.REMOVE_FROM_CRL
_SAYS: Final[dict[RevocationReason | None, Says]] = {RevocationReason.CERTIFICATE_HOLD: Says.ON_HOLD}


def title(crl: CertificateRevocationList) -> str:
    """What people call a CRL."""
    number = "" if crl.crl_number is None else f" {crl.crl_number}"
    return f"the {'delta ' if crl.is_delta else ''}CRL{number} of {crl.issuer}"


def _gravest_objection(crl: CertificateRevocationList, of_signer: Objection | None) -> Objection | None:
    """The gravest objection to a CRL: to its signer, to what it lists, or to what it states of itself.

    What it lists is looked at as a whole, so only once its signature has verified.
    """
    if of_signer is not None and of_signer.extent is not Extent.GOOD:
        return of_signer
    return _fault_within(crl) or of_signer or _fault(crl)


def _fault(crl: CertificateRevocationList) -> Objection | None:
    """Why the CRL does not count as "good", whoever signed it; None where it does."""
    if crl.crl_number is None:  # RFC 5280 5.2.3
        return Objection("has no cRLNumber, so nobody can tell whether it is the newest", Extent.GOOD)
    if _CRL_NUMBER in crl.critical:  # RFC 5280 5.2.3
        return Objection("marks its cRLNumber as critical", Extent.GOOD)
    if crl.next_update is None:  # RFC 5280 5.1.2.5
        return Objection("states no nextUpdate, so nobody can tell how long it lasts", Extent.GOOD)
    return None


def _fault_within(crl: CertificateRevocationList) -> Objection | None:
    """Why what the CRL lists cannot be used at all; None where it can."""
    if crl.unusable is not None:
        return Objection(f"cannot be used: {crl.unusable}")
    if crl.unprocessed_critical:  # RFC 5280 5.2, 5.3
        return Objection(f"has critical extensions that are not understood: {', '.join(crl.unprocessed_critical)}")
    return None


_CRL_NUMBER: Final = "2.5.29.20"


def _is_base(complete: UsableList, delta: UsableList) -> bool:
    """RFC 5280 5.2.4 and 6.3.3 (c): the same issuer, scope and key, and not older than what the delta starts from."""
    base, change = complete.crl, delta.crl
    if complete.scope != delta.scope or base.authority_key_identifier != change.authority_key_identifier:
        return False
    number, start = base.crl_number, change.base_crl_number
    return number is not None and start is not None and start <= number < (change.crl_number or 0)
