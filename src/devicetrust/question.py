"""The one orchestration: a question, to be asked of any moment; paths as they come, the first that stands wins.

Makes: `Question`.
May import: everything below.
Must never: fetch, or read a clock.
Read first: `Question.judge`, then `Question._judged`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from devicetrust._version import __version__
from devicetrust.evidence import Evidence, Want, WantKind
from devicetrust.findings import Code, Effect, Finding
from devicetrust.identity import Reference
from devicetrust.identity import findings as identity_findings
from devicetrust.interval import judge_interval
from devicetrust.path import codes
from devicetrust.path.budget import Spending
from devicetrust.path.inputs import AnchorChecks, PathInputs
from devicetrust.path.moment import BEGINNING, NEVER, Moment
from devicetrust.path.search import DeadEnd
from devicetrust.path.state import Run, as_time
from devicetrust.path.validate import ValidatedPath
from devicetrust.profiles.profile import IssuerFetching, Profile
from devicetrust.reading import GIVEN, READ, Clock, Reading
from devicetrust.revocation.codes import CLOCK_BEHIND
from devicetrust.rules.asking import ask
from devicetrust.rules.rule import Role
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.verdict import Attempt, Judgement, Outcome
from devicetrust.workings import Workings
from devicetrust.x509.certificate import CRYPTOGRAPHY_VERSION, Certificate

__all__ = ["Question"]

# Ours: peers that one process talks to within a few hours. A miss costs one verification. Only what admits is kept, and
# only where the peer's certificates are of ordinary size: nobody whom no anchor vouches for takes up memory.
_MOST_JUDGEMENTS: Final = 4096
_MOST_OCTETS_KEPT: Final = 16 * 1024


# What a reading of the clock adds to the key of a judgement.
_READ_KEY: Final = b"READ"


class Question:
    """One question, to be asked of any moment."""

    __slots__ = ("evidence", "leaf", "presented", "reading", "reference", "workings")

    def __init__(
        self,
        workings: Workings,
        leaf: Certificate,
        presented: tuple[Certificate, ...],
        reference: Reference,
        evidence: Evidence,
        reading: Reading,
    ) -> None:
        self.reading = reading
        self.workings = workings
        self.leaf = leaf
        self.presented = presented
        self.reference = reference
        self.evidence = evidence

    @property
    def profile(self) -> Profile:
        return self.workings.profile

    def judge(self, at: int) -> Judgement:
        """The judgement for this second: kept from before while nothing could fall otherwise, else worked out."""
        kept = self.workings.judgements
        key = self._key()
        found = kept.get(key)
        if found is not None and found.since <= at < found.recheck:
            return found
        judgement = self._answer(at, None)
        if not judgement.outcome.admits or len(self.leaf.der) + _octets(self.presented) > _MOST_OCTETS_KEPT:
            return judgement
        if len(kept) >= _MOST_JUDGEMENTS:
            for oldest in list(kept)[: _MOST_JUDGEMENTS // 4]:
                kept.pop(oldest, None)
        kept[key] = judgement
        return judgement

    def foresee(self, at: int, held: int | None = None) -> Judgement:
        """The judgement for this second, without putting it in the place of the present one.

        With ``held``, evidence is read as of that second, as if it were renewed ever after.
        """
        if held is not None and not self.evidence.is_silent:
            return self._answer(at, held)
        found = self.workings.judgements.get(self._key())
        return found if found is not None and found.since <= at < found.recheck else self._answer(at, None)

    def _key(self) -> bytes:
        """Fixed-length digests one after another, and the reference's text at the end: no two questions share it."""
        presented = b"".join([certificate.fingerprint for certificate in self.presented])
        head = self.evidence.digest + self.leaf.fingerprint + len(presented).to_bytes(8, "big")
        reading = self.reading
        known = b"" if reading is GIVEN else _READ_KEY if reading is READ else repr(reading).encode()
        return head + presented + len(known).to_bytes(4, "big") + known + self.reference.key.encode()

    def _answer(self, at: int, held: int | None) -> Judgement:
        if not self.reading.width:
            return self._judge(at, held)
        return judge_interval(lambda moment: self._judge(moment, held), at, self.reading.width, self.profile.budget)

    def _judge(self, at: int, held: int | None = None) -> Judgement:
        if self.leaf.unreadable is not None:
            finding = codes.UNREADABLE.at(0, "", reason=self.leaf.unreadable)
            nothing: frozenset[str] = frozenset()
            return Judgement(Outcome.UNTRUSTED, (), None, (finding,), finding, (), nothing, (), BEGINNING, NEVER, 0)
        presented = (*self.presented, *self.evidence.certificates)
        look = _Look(self.workings.inputs, at, held)
        path = self.workings.paths.known_path(self.leaf, presented, look.run)
        if path is not None:
            judged = self._judged(path, look)
            if judged.weight is Effect.BY_PROFILE:
                return self._standing(judged, (), look)
            look = _Look(self.workings.inputs, at, held)  # the search comes by this path again
        return self._by_search(look, presented)

    def _by_search(self, look: _Look, presented: tuple[Certificate, ...]) -> Judgement:
        """The first path that stands by the rules; else the first by exception; else the best of those that fell."""
        look.run.spending.admit_presented(len(presented))
        attempts: list[Attempt] = []
        fallen: list[_JudgedPath] = []
        by_exception: tuple[_JudgedPath, int] | None = None
        for found in self.workings.paths.paths(self.leaf, presented, look.run):
            if isinstance(found, DeadEnd):
                attempts.append(Attempt(found.certificates, None, (found.finding,)))
                continue
            judged = self._judged(found, look)
            if judged.weight is Effect.BY_PROFILE:
                return self._standing(judged, tuple(attempts), look)
            if judged.weight is Effect.ADMITS_BY_EXCEPTION:
                by_exception = by_exception or (judged, len(attempts))
            else:
                fallen.append(judged._replace(place=len(attempts)))
                attempts.append(Attempt(found.certificates, found.anchor, judged.findings))
        if by_exception is not None:
            return self._standing(by_exception[0], tuple(attempts), look)
        return self._fallen(attempts, fallen, look)

    def _judged(self, path: ValidatedPath, look: _Look) -> _JudgedPath:
        """All findings on a path, what is wanted for it, and what the findings amount to."""
        workings = self.workings
        findings = list(path.findings)
        findings += self._authority_findings(path)
        findings += self._rule_findings(Role.LEAF, self.leaf, 0, _certificates_above(path))
        revocation = workings.revocation.judge(path, self.presented, self.evidence, look.run, look.held)
        findings += revocation.findings
        findings += self._common_findings(look, revocation.newest)
        weight = self.profile.weight_of(findings)
        if workings.waivers.waivers and weight in _WAIVABLE:
            findings = workings.waivers.applied(findings, (self.leaf, *path.above), look.run.moment, self.profile)
            weight = self.profile.weight_of(findings)
        return _JudgedPath(path, tuple(findings), revocation.wants, weight, 0)

    def _common_findings(self, look: _Look, newest: int = 0) -> list[Finding]:
        """What does not depend on the path: the names, unreadable company, a clock that cannot be right."""
        findings = list(identity_findings(self.reference, self.leaf))
        for position, certificate in enumerate(self.presented):
            if certificate.unreadable is not None:
                findings.append(
                    codes.PRESENTED_UNREADABLE.at(None, "", position=position, reason=certificate.unreadable)
                )
        if self.reading.clock is Clock.READ:
            findings += self._clock_findings(look, newest)
        return findings

    def _clock_findings(self, look: _Look, newest: int) -> Iterable[Finding]:
        """The clock is not behind what has certainly happened: this release, and the evidence that verified."""
        skew = self.workings.revocation.grounds.terms.clock_skew
        version, released = self.reading.release
        known, witness = max((released, f"the release {version} of devicetrust"), (newest, "verified evidence"))
        if look.run.moment.reached(known - skew):
            return ()
        return (CLOCK_BEHIND.at(None, "", clock=as_time(look.at), known=as_time(known), witness=witness),)

    def _authority_findings(self, path: ValidatedPath) -> list[Finding]:
        """The rules on the CA certificates of a path, worked out once for all leaves below them."""
        authorities = path.authorities
        known: list[Finding] | None = authorities.judged.get(_RULES)
        if known is not None:
            return known
        findings: list[Finding] = []
        above = _certificates_above(path)
        last = len(authorities.certificates)
        for index, certificate in enumerate(above, 1):
            if index <= last:
                findings += self._rule_findings(Role.INTERMEDIATE, certificate, index, above[index:])
            elif self.profile.anchor_checks is AnchorChecks.AS_CERTIFICATE:
                findings += self._rule_findings(Role.ANCHOR, certificate, index, ())
        authorities.judged[_RULES] = findings
        return findings

    def _rule_findings(
        self, role: Role, certificate: Certificate, index: int, above: tuple[Certificate, ...]
    ) -> list[Finding]:
        """The rules on one certificate; ``above`` are those above it, for the rules that must see them."""
        profile = self.profile
        findings: list[Finding] = []
        try:
            for check in profile.checks[role]:
                findings += check(certificate, index)
            if above:
                for chain_check in profile.chain_checks[role]:
                    findings += chain_check(certificate, above, index)
        except Exception:  # whichever rule failed: each is asked again, by name
            asked = [ask(rule, certificate, index, role, above, None) for rule in profile.rules]
            return [finding for one in asked for finding in one.findings]
        return findings

    def _standing(self, judged: _JudgedPath, attempts: tuple[Attempt, ...], look: _Look) -> Judgement:
        path, findings = judged.path, judged.findings
        excepted = judged.weight is Effect.ADMITS_BY_EXCEPTION
        telling = findings
        if excepted:  # what is only reported is not to be said before the exception
            telling = tuple(finding for finding in findings if finding.code.effect is Effect.ADMITS_BY_EXCEPTION)
        return Judgement(
            Outcome.TRUSTED_BY_EXCEPTION if excepted else Outcome.TRUSTED,
            path.above,
            path.anchor,
            findings,
            max(telling, key=_rank) if telling else None,
            attempts,
            path.user_constrained_policies,
            judged.wants,
            *look.span,
            look.run.spending.work,
        )

    def _fallen(self, attempts: list[Attempt], fallen: list[_JudgedPath], look: _Look) -> Judgement:
        """No path stands: the most telling attempt is the verdict's, the others are kept beside it.

        A path that only lacks evidence tells most: with it, it might stand. Then a path that came to its end, and few
        blocking findings more than many. Of dead ends a signature that fails tells most where all above it verifies,
        that is, in the shortest.
        """
        blocks = self.profile.blocks
        spent = look.run.spending.spent
        if not attempts:
            nowhere = codes.NO_WAY_TO_ANCHOR.at(0, "tbsCertificate.issuer", subject=str(self.leaf.subject))
            attempts = [Attempt((self.leaf,), None, (nowhere,))]
        open_paths = [] if spent else [one for one in fallen if one.weight is Effect.LEAVES_OPEN]
        best = min(
            [one.place for one in open_paths or fallen] or range(len(attempts)),
            key=lambda place: (
                sum(blocks(finding.code) for finding in attempts[place].findings),
                -max(finding.code.rank for finding in attempts[place].findings),
                len(attempts[place].certificates),
            ),
        )
        chosen = attempts[best]
        findings = list(chosen.findings)
        if not fallen:
            findings += self.workings.paths.leaf_findings(chosen.certificates, look.run)
            findings += self._rule_findings(Role.LEAF, self.leaf, 0, ())
            findings += [*self.workings.revocation.without_path, *self._common_findings(look)]
        limits = [codes.BUDGET_SPENT.at(None, "", limit=limit) for limit in spent]
        findings += [finding for finding in limits if finding not in findings]
        wants = {want: None for one in open_paths for want in one.wants}
        wants.update(dict.fromkeys(() if spent else self._wants(attempts)))
        undecided = bool(open_paths or wants)
        above: tuple[Certificate | TrustAnchor, ...] = chosen.certificates[1:]
        if chosen.anchor is not None and chosen.anchor.certificate != self.leaf:
            above = (*above, chosen.anchor)
        return Judgement(
            Outcome.UNDECIDED if undecided else Outcome.UNTRUSTED,
            above,
            chosen.anchor,
            tuple(findings),
            max([one for one in findings if blocks(one.code) or _tells(one.code)], key=_rank),
            tuple(attempt for place, attempt in enumerate(attempts) if place != best),
            frozenset(),
            tuple(wants),
            *look.span,
            look.run.spending.work,
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
            "intermediates": [certificate.fingerprint.hex() for certificate in self.workings.intermediates],
            "reference": self.reference.key,
            "clock": self.reading.clock.name.lower(),
            "interval_seconds": self.reading.width,
            "waivers": {
                "digest": self.workings.waivers.digest.hex(),
                "ids": [waiver.id for waiver in self.workings.waivers.waivers],
            },
            "trust": {
                "digest": self.workings.trust.digest.hex(),
                "anchors": sorted(anchor.fingerprint.hex() for anchor in self.workings.trust.anchors),
                "pinned": sorted(certificate.fingerprint.hex() for certificate in self.workings.trust.pinned),
            },
            "evidence": {
                "crls": sorted(crl.fingerprint.hex() for crl in self.evidence.crls),
                "ocsp": [
                    {"sha256": one.fingerprint.hex(), "nonce": None if one.nonce is None else one.nonce.hex()}
                    for one in sorted(self.evidence.ocsp, key=lambda one: one.digest)
                ],
                "certificates": sorted(certificate.fingerprint.hex() for certificate in self.evidence.certificates),
                "failures": [{"url": url, "reason": reason} for url, reason in sorted(self.evidence.failures)],
            },
        }


class _Look:
    """One pass over the paths for one moment: what is spent on it, and the span in which it would come out the same.

    ``held`` records the comparisons of evidence with time. Where evidence is taken as renewed, as of a second of its
    own, they do not bound the answer.
    """

    __slots__ = ("_renewed", "at", "held", "run")

    def __init__(self, inputs: PathInputs, at: int, held: int | None) -> None:
        self.at = at
        self.held = Moment(at if held is None else held)
        self.run = Run(inputs, Moment(at), Spending(inputs.budget))
        self._renewed = held is not None

    @property
    def span(self) -> tuple[int, int]:
        """(since, recheck)."""
        moment, held = self.run.moment, self.held
        if self._renewed:
            return moment.since, moment.until
        return max(moment.since, held.since), min(moment.until, held.until)


class _JudgedPath(NamedTuple):
    """A path with all that was found on it, what it wants, what that amounts to, and its place among the attempts."""

    path: ValidatedPath
    findings: tuple[Finding, ...]
    wants: tuple[Want, ...]
    weight: Effect
    place: int


_RULES: Final = "rules"
_WAIVABLE: Final = (Effect.REFUSES, Effect.LEAVES_OPEN)


def _certificates_above(path: ValidatedPath) -> tuple[Certificate, ...]:
    """The certificates above the leaf, the anchor's last where it has one; none where the leaf stands alone."""
    authorities = path.authorities
    anchor = authorities.anchor
    if anchor is None or anchor.certificate is None or not authorities.vouches:
        return authorities.certificates
    return (*authorities.certificates, anchor.certificate)


def _octets(certificates: tuple[Certificate, ...]) -> int:
    return sum([len(certificate.der) for certificate in certificates])


def _tells(code: Code) -> bool:
    """Whether it may be why a path fell, though it does not refuse."""
    return code.effect is Effect.LEAVES_OPEN or code == codes.PRESENTED_UNREADABLE


def _rank(finding: Finding) -> int:
    return finding.code.rank
