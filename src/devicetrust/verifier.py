"""The one orchestration: paths as they come, judged one by one, the first that stands wins.

Makes: `Verifier`.
May import: everything below.
Must never: fetch, or read a clock other than for ``at=None``.
Read first: `Verifier.verify`, then `_Question._judge`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from devicetrust._version import __version__
from devicetrust.errors import MisuseError
from devicetrust.evidence import Evidence, Want, WantKind
from devicetrust.findings import Finding, Where
from devicetrust.identity import Reference
from devicetrust.identity import findings as identity_findings
from devicetrust.path import codes
from devicetrust.path.budget import Spending
from devicetrust.path.inputs import AnchorChecks
from devicetrust.path.moment import BEGINNING, NEVER, Moment
from devicetrust.path.search import DeadEnd
from devicetrust.path.state import Run
from devicetrust.path.validate import PathValidator, ValidatedPath
from devicetrust.profiles.profile import IssuerFetching, Profile, ReferenceDemand
from devicetrust.revocation.policy import NOT_CHECKED
from devicetrust.rules.rule import Role
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.trust.pool import IssuerPool
from devicetrust.trust.store import TrustStore
from devicetrust.verdict import Attempt, Judgement, Outcome, Verdict
from devicetrust.x509.certificate import (
    CRYPTOGRAPHY_VERSION,
    EPOCH,
    SECOND,
    Certificate,
    CertificateLike,
    as_certificate,
)

__all__ = ["Verifier"]

_NO_EVIDENCE: Final = Evidence()
# Ours: peers that one process talks to within a few hours. A miss costs one verification. Only what admits is kept, and
# only where the peer's certificates are of ordinary size: nobody whom no anchor vouches for takes up memory.
_MOST_JUDGEMENTS: Final = 4096
_MOST_OCTETS_KEPT: Final = 16 * 1024


class Verifier:
    """Judges certificates against a trust store, under a profile. Immutable, thread-safe, picklable.

    ``intermediates`` are CA certificates at hand for every question; peers may present more. `evolve` makes another.
    """

    def __init__(self, trust: TrustStore, *, profile: Profile, intermediates: Iterable[CertificateLike] = ()) -> None:
        if not isinstance(trust, TrustStore):
            raise MisuseError(f"trust is a TrustStore, not a {type(trust).__name__}; TrustStore.from_file reads one")
        if not isinstance(profile, Profile):
            raise MisuseError(f"profile is a Profile, such as profiles.tls_client, not a {type(profile).__name__}")
        self.trust: Final = trust
        self.profile: Final = profile
        self.intermediates: Final = _certificates(intermediates)
        self._inputs = profile.path_inputs
        self._paths = PathValidator(trust, IssuerPool(self.intermediates), self._inputs)
        self._leaf_checks = profile.checks[Role.LEAF]
        self._judgements: dict[bytes, Judgement] = {}

    def evolve(self, **changes: Any) -> Verifier:
        """The same verifier with another ``trust``, ``profile`` or ``intermediates``."""
        unknown = set(changes) - {"trust", "profile", "intermediates"}
        if unknown:
            raise MisuseError(f"a verifier has no {', '.join(sorted(unknown))}")
        kept = {"trust": self.trust, "profile": self.profile, "intermediates": self.intermediates}
        return Verifier(**{**kept, **changes})

    def verify(
        self,
        leaf: CertificateLike,
        intermediates: Iterable[CertificateLike] = (),
        *,
        reference: Reference | None = None,
        evidence: Evidence | None = None,
        at: datetime | None = None,
    ) -> Verdict:
        """Whether ``leaf`` is trusted at ``at`` (aware; None: now), for the ``reference`` if one is given.

        RFC 5280 6.1. ``intermediates`` is what the peer presented beside its own certificate, in any order. What is
        wrong with certificates is in the verdict; only misuse raises (`MisuseError`).
        """
        certificate = leaf if type(leaf) is Certificate else as_certificate(leaf)
        presented = _certificates(intermediates)
        if reference is None:
            if self.profile.reference is ReferenceDemand.REQUIRED:
                raise MisuseError(
                    f"the profile {self.profile.name} asks whom you expect: pass reference=Reference.dns(...), "
                    "or Reference.UNCHECKED to say aloud that you establish that by other means"
                )
            reference = Reference.UNCHECKED
        elif type(reference) is not Reference:
            raise MisuseError(f"a reference is made by Reference.dns and its like, not a {type(reference).__name__}")
        if evidence is None:
            evidence = _NO_EVIDENCE
        elif not isinstance(evidence, Evidence):
            raise MisuseError(f"evidence is an Evidence(crls=..., ocsp=...), not a {type(evidence).__name__}")
        seconds = int(time.time()) if at is None else seconds_of(at)
        question = _Question(self, certificate, presented, reference, evidence)
        return Verdict(question.judge(seconds), seconds, question)

    def __reduce__(self) -> tuple[object, ...]:
        return _verifier, (self.trust, self.profile, self.intermediates)

    def __repr__(self) -> str:
        return f"<Verifier {self.profile.name} {self.trust!r}>"


def _verifier(trust: TrustStore, profile: Profile, intermediates: tuple[Certificate, ...]) -> Verifier:
    return Verifier(trust, profile=profile, intermediates=intermediates)


def _certificates(given: Iterable[CertificateLike]) -> tuple[Certificate, ...]:
    try:
        return tuple([one if type(one) is Certificate else as_certificate(one) for one in given])
    except TypeError:
        raise MisuseError(f"intermediates is a list of certificates, not a {type(given).__name__}") from None


def seconds_of(at: datetime) -> int:
    """An aware datetime as whole seconds since the epoch, rounded down. Raises `MisuseError` for a naive one."""
    if not isinstance(at, datetime) or at.utcoffset() is None:
        raise MisuseError(f"at={at!r} has no time zone; pass an aware datetime such as datetime.now(UTC)")
    seconds = (at - EPOCH) // SECOND
    if not BEGINNING <= seconds < NEVER:
        raise MisuseError(f"at={at!r} lies outside of the years 1 to 9999 in UTC")
    return seconds


class _Question:
    """One question, to be asked of any moment."""

    __slots__ = ("evidence", "leaf", "presented", "reference", "verifier")

    def __init__(
        self,
        verifier: Verifier,
        leaf: Certificate,
        presented: tuple[Certificate, ...],
        reference: Reference,
        evidence: Evidence,
    ) -> None:
        self.verifier = verifier
        self.leaf = leaf
        self.presented = presented
        self.reference = reference
        self.evidence = evidence

    @property
    def profile(self) -> Profile:
        return self.verifier.profile

    def judge(self, at: int) -> Judgement:
        """The judgement for this second: kept from before while nothing could fall otherwise, else worked out."""
        kept = self.verifier._judgements
        key = self._key()
        found = kept.get(key)
        if found is not None and found.since <= at < found.recheck:
            return found
        judgement = self._judge(at)
        if not judgement.outcome.admits or len(self.leaf.der) + _octets(self.presented) > _MOST_OCTETS_KEPT:
            return judgement
        if len(kept) >= _MOST_JUDGEMENTS:
            for oldest in list(kept)[: _MOST_JUDGEMENTS // 4]:
                kept.pop(oldest, None)
        kept[key] = judgement
        return judgement

    def foresee(self, at: int) -> Judgement:
        """The judgement for this second, without putting it in the place of the present one."""
        found = self.verifier._judgements.get(self._key())
        return found if found is not None and found.since <= at < found.recheck else self._judge(at)

    def _key(self) -> bytes:
        """Fixed-length digests one after another, and the reference's text at the end: no two questions share it."""
        presented = b"".join([certificate.fingerprint for certificate in self.presented])
        head = self.evidence.digest + self.leaf.fingerprint + len(presented).to_bytes(8, "big")
        return head + presented + self.reference.key.encode()

    def _judge(self, at: int) -> Judgement:
        if self.leaf.unreadable is not None:
            finding = codes.UNREADABLE.at(0, "", reason=self.leaf.unreadable)
            nothing: frozenset[str] = frozenset()
            return Judgement(Outcome.UNTRUSTED, (), None, (finding,), finding, (), nothing, (), *_span(Moment(at)), 0)
        presented = (*self.presented, *self.evidence.certificates)
        return self._by_known_path(at, presented) or self._by_search(at, presented)

    def _by_known_path(self, at: int, presented: tuple[Certificate, ...]) -> Judgement | None:
        """The judgement where the way that another leaf of the same issuer showed stands for this one too."""
        moment = Moment(at)
        run = Run(self.verifier._inputs, moment, Spending(self.verifier._inputs.budget))
        path = self.verifier._paths.known_path(self.leaf, presented, run)
        if path is None:
            return None
        findings, blocked = self._findings(path)
        return None if blocked else self._standing(path, findings, (), run)

    def _by_search(self, at: int, presented: tuple[Certificate, ...]) -> Judgement:
        moment = Moment(at)
        run = Run(self.verifier._inputs, moment, Spending(self.verifier._inputs.budget))
        run.spending.admit_presented(len(presented))
        attempts: list[Attempt] = []
        complete: list[int] = []
        for found in self.verifier._paths.paths(self.leaf, presented, run):
            if isinstance(found, DeadEnd):
                attempts.append(Attempt(found.certificates, None, (found.finding,)))
                continue
            findings, blocked = self._findings(found)
            if not blocked:
                return self._standing(found, findings, tuple(attempts), run)
            complete.append(len(attempts))
            attempts.append(Attempt(found.certificates, found.anchor, findings))
        return self._fallen(attempts, complete, run)

    def _findings(self, path: ValidatedPath) -> tuple[tuple[Finding, ...], bool]:
        """All findings on a path, and whether one of them blocks."""
        findings = list(path.findings)
        findings += self._authority_findings(path)
        for check in self.verifier._leaf_checks:
            findings += check(self.leaf, 0)
        findings += self._common_findings()
        blocks = self.profile.blocks
        return tuple(findings), any([blocks(finding.code) for finding in findings])

    def _common_findings(self) -> list[Finding]:
        """What does not depend on the path: the names, revocation not asked about, unreadable company."""
        findings = list(identity_findings(self.reference, self.leaf.subject_alternative_names))
        findings.append(_NOT_CHECKED)
        for position, certificate in enumerate(self.presented):
            if certificate.unreadable is not None:
                findings.append(
                    codes.PRESENTED_UNREADABLE.at(None, "", position=position, reason=certificate.unreadable)
                )
        return findings

    def _authority_findings(self, path: ValidatedPath) -> list[Finding]:
        """The rules on the CA certificates of a path, worked out once for all leaves below them."""
        authorities = path.authorities
        known: list[Finding] | None = authorities.judged.get(_RULES)
        if known is not None:
            return known
        findings: list[Finding] = []
        for index, certificate in enumerate(authorities.certificates, 1):
            for check in self.profile.checks[Role.INTERMEDIATE]:
                findings += check(certificate, index)
        anchor = authorities.anchor
        judged = authorities.vouches and self.profile.anchor_checks is AnchorChecks.AS_CERTIFICATE
        if anchor is not None and anchor.certificate is not None and judged:
            for check in self.profile.checks[Role.ANCHOR]:
                findings += check(anchor.certificate, len(authorities.certificates) + 1)
        authorities.judged[_RULES] = findings
        return findings

    def _standing(
        self, path: ValidatedPath, findings: tuple[Finding, ...], attempts: tuple[Attempt, ...], run: Run
    ) -> Judgement:
        return Judgement(
            Outcome.TRUSTED,
            path.above,
            path.anchor,
            findings,
            max(findings, key=_rank),
            attempts,
            path.user_constrained_policies,
            (),
            *_span(run.moment),
            run.spending.work,
        )

    def _fallen(self, attempts: list[Attempt], complete: list[int], run: Run) -> Judgement:
        """No path stands: the most telling attempt is the verdict's, the others are kept beside it.

        A path that came to its end (``complete``) tells more than a dead end, and few blocking findings more than many.
        Of dead ends a signature that fails tells most where all above it verifies, that is, in the shortest.
        """
        blocks = self.profile.blocks
        if not attempts:
            nowhere = codes.NO_WAY_TO_ANCHOR.at(0, "tbsCertificate.issuer", subject=str(self.leaf.subject))
            attempts = [Attempt((self.leaf,), None, (nowhere,))]
        best = min(
            complete or range(len(attempts)),
            key=lambda place: (
                sum(blocks(finding.code) for finding in attempts[place].findings),
                -max(finding.code.rank for finding in attempts[place].findings),
                len(attempts[place].certificates),
            ),
        )
        chosen = attempts[best]
        findings = list(chosen.findings)
        if not complete:
            findings += self.verifier._paths.leaf_findings(chosen.certificates, run)
            for check in self.verifier._leaf_checks:
                findings += check(self.leaf, 0)
            findings += self._common_findings()
        spent = [codes.BUDGET_SPENT.at(None, "", limit=limit) for limit in run.spending.spent]
        findings += [finding for finding in spent if finding not in findings]
        telling = [one for one in findings if blocks(one.code) or one.code == codes.PRESENTED_UNREADABLE]
        wants = () if run.spending.spent else self._wants(attempts)
        above: tuple[Certificate | TrustAnchor, ...] = chosen.certificates[1:]
        if chosen.anchor is not None and chosen.anchor.certificate != self.leaf:
            above = (*above, chosen.anchor)
        return Judgement(
            Outcome.UNDECIDED if wants else Outcome.UNTRUSTED,
            above,
            chosen.anchor,
            tuple(findings),
            max(telling, key=_rank),
            tuple(attempt for place, attempt in enumerate(attempts) if place != best),
            frozenset(),
            wants,
            *_span(run.moment),
            run.spending.work,
        )

    def _wants(self, attempts: list[Attempt]) -> tuple[Want, ...]:
        """Where the profile lets issuers be wanted: those that the ends of the chains say where to find."""
        if self.profile.issuer_fetching is IssuerFetching.REFUSED:
            return ()
        wants: dict[Want, None] = {}
        for attempt in attempts:
            last = attempt.certificates[-1]
            if attempt.findings[0].code == codes.ISSUER_UNKNOWN and last.extensions.ca_issuers:
                wants[Want(WantKind.CA_ISSUERS, last.fingerprint, last.extensions.ca_issuers)] = None
        return tuple(wants)

    def facts(self) -> dict[str, Any]:
        """What repeats the verdict: versions, profile, fingerprints; hexadecimal SHA-256 throughout."""
        profile = self.profile
        return {
            "versions": {"devicetrust": __version__, "cryptography": CRYPTOGRAPHY_VERSION},
            "profile": {"name": profile.name, "edition": profile.edition, "digest": profile.digest.hex()},
            "leaf": self.leaf.fingerprint.hex(),
            "presented": [certificate.fingerprint.hex() for certificate in self.presented],
            "intermediates": [certificate.fingerprint.hex() for certificate in self.verifier.intermediates],
            "reference": self.reference.key,
            "trust": {
                "digest": self.verifier.trust.digest.hex(),
                "anchors": sorted(anchor.fingerprint.hex() for anchor in self.verifier.trust.anchors),
                "pinned": sorted(certificate.fingerprint.hex() for certificate in self.verifier.trust.pinned),
            },
            "evidence": {
                "crls": sorted(crl.fingerprint.hex() for crl in self.evidence.crls),
                "ocsp": sorted(response.fingerprint.hex() for response in self.evidence.ocsp),
                "certificates": sorted(certificate.fingerprint.hex() for certificate in self.evidence.certificates),
            },
        }


_RULES: Final = "rules"
_NOT_CHECKED: Final = Finding(NOT_CHECKED, Where(None))


def _span(moment: Moment) -> tuple[int, int]:
    return moment.since, moment.until


def _octets(certificates: tuple[Certificate, ...]) -> int:
    return sum([len(certificate.der) for certificate in certificates])


def _rank(finding: Finding) -> int:
    return finding.code.rank
