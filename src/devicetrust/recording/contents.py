"""What a record holds: the question with everything that bears on it, and what was answered.

Makes: `Inputs`, `Answer` and their parts; `inputs_of`, `answer_of`, `question_of`,
  `check_moments`, `digests_of`.
May import: the question, the verdict, and everything below.
Must never: hold a private key, or leave out what could change an answer.
Read first: `Inputs`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from devicetrust.errors import MisuseError, UnreadableInput
from devicetrust.evidence import Evidence, Failure, WantKind
from devicetrust.findings import Finding, printable, readable
from devicetrust.path.moment import BEGINNING, NEVER
from devicetrust.profiles.profile import Profile
from devicetrust.profiles.waivers import NO_WAIVERS, Waiver, Waivers
from devicetrust.question import Question
from devicetrust.reading import Clock, Reading, Release
from devicetrust.recording.references import RecordedReference, recorded_reference, reference_of
from devicetrust.trust.anchor import AnchorConstraints, TrustAnchor
from devicetrust.trust.store import TrustStore
from devicetrust.trust.test_mark import TestAnchors
from devicetrust.verdict import Horizon, Outcome, Verdict
from devicetrust.workings import Workings
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.names import Name
from devicetrust.x509.ocsp import OCSPResponse

__all__ = ["Answer", "Inputs", "RecordedEnd", "answer_of", "check_moments", "digests_of", "inputs_of", "question_of"]


class RecordedAnchor(NamedTuple):
    """A trust anchor; name, key and certificate in DER."""

    subject: bytes
    subject_public_key_info: bytes
    certificate: bytes | None
    key_identifier: bytes | None
    constraints: AnchorConstraints


class RecordedResponse(NamedTuple):
    """An OCSP response in DER, and the nonce that was sent for it."""

    der: bytes
    nonce: bytes | None


class RecordedWaiver(NamedTuple):
    """A waiver, by the id of the code that it covers."""

    code: str
    granted_by: str
    reason: str
    valid_from: datetime
    valid_until: datetime
    devices: frozenset[bytes]
    issuer: bytes | None
    id: str


class Inputs(NamedTuple):
    """A question but for its profile, which may be one that only the caller has. Certificates and CRLs are DER."""

    moment: int
    clock: Clock
    interval_seconds: int
    release: Release
    leaf: bytes
    presented: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    anchors: tuple[RecordedAnchor, ...]
    pinned: tuple[bytes, ...]
    test_anchors: TestAnchors
    crls: tuple[bytes, ...]
    ocsp: tuple[RecordedResponse, ...]
    certificates: tuple[bytes, ...]
    failures: tuple[Failure, ...]
    reference: RecordedReference
    waivers: tuple[RecordedWaiver, ...]


class RecordedFact(NamedTuple):
    """A fact of a finding, as people read it."""

    name: str
    value: str


class RecordedFinding(NamedTuple):
    """A finding by the id of its code."""

    code: str
    certificate: int | None
    field: str
    facts: tuple[RecordedFact, ...]

    def __str__(self) -> str:
        place = "" if self.certificate is None else f" (certificate {self.certificate})"
        return self.code + place + "".join(f", {name}: {value}" for name, value in self.facts)


class RecordedWant(NamedTuple):
    """What was lacking, of which certificate (SHA-256), and where it is said to be."""

    kind: WantKind
    certificate: bytes
    urls: tuple[str, ...]


class RecordedEnd(NamedTuple):
    """Until when the outcome stays, and the id of the code that ends it."""

    until: datetime | None
    cause: str | None


class Answer(NamedTuple):
    """What was answered, but for what depends on questions asked before: other paths tried, and the recheck.

    ``path`` are fingerprints, leaf first.
    """

    outcome: Outcome
    headline: RecordedFinding | None
    findings: tuple[RecordedFinding, ...]
    path: tuple[bytes, ...]
    policies: frozenset[str]
    horizon: RecordedEnd
    lifetime: RecordedEnd
    wants: tuple[RecordedWant, ...]


def inputs_of(verdict: Verdict) -> Inputs:
    """All that bears on a verdict, but for its profile."""
    question = verdict._question
    if not isinstance(question, Question):
        raise MisuseError("only a verdict of Verifier.verify can be recorded")
    trust, evidence = question.workings.trust, question.evidence
    return Inputs(
        moment=verdict._seconds,
        clock=question.reading.clock,
        interval_seconds=question.reading.width,
        release=question.reading.release,
        leaf=question.leaf.der,
        presented=tuple(one.der for one in question.presented),
        intermediates=tuple(one.der for one in question.workings.intermediates),
        anchors=tuple(map(_recorded_anchor, trust.anchors)),
        pinned=tuple(sorted(one.der for one in trust.pinned)),
        test_anchors=trust.test_anchors,
        crls=tuple(one.der for one in evidence.crls),
        ocsp=tuple(RecordedResponse(one.der, one.nonce) for one in evidence.ocsp),
        certificates=tuple(one.der for one in evidence.certificates),
        failures=evidence.failures,
        reference=recorded_reference(question.reference),
        waivers=tuple(map(_recorded_waiver, question.workings.waivers.waivers)),
    )


def digests_of(verdict: Verdict) -> dict[str, Any]:
    """By what a change of the inputs is noticed: what the verdict itself tells of its question, and its waivers."""
    return dict(verdict.question)


def check_moments(inputs: Inputs) -> None:
    """Every time is in the years 1 to 9999, and the interval ends after it begins. Raises `UnreadableInput`."""
    last = inputs.moment + inputs.interval_seconds
    if not BEGINNING <= inputs.moment <= last < NEVER or not BEGINNING <= inputs.release.moment < NEVER:
        raise UnreadableInput("its moment lies outside of the years 1 to 9999")


def question_of(inputs: Inputs, profile: Profile) -> Question:
    """The question that was recorded, under this profile. Raises what its parts raise, where they cannot be made."""
    anchors = [_anchor(one) for one in inputs.anchors]
    pinned = [Certificate(der) for der in inputs.pinned]
    admits_tests = inputs.test_anchors is TestAnchors.ADMITTED
    trust = (TrustStore.for_tests if admits_tests else TrustStore)(anchors, pinned=pinned)
    return Question(
        Workings(trust, profile, tuple(map(Certificate, inputs.intermediates)), _waivers(inputs.waivers, profile)),
        Certificate(inputs.leaf),
        tuple(map(Certificate, inputs.presented)),
        reference_of(inputs.reference),
        Evidence(
            crls=map(CertificateRevocationList, inputs.crls),
            ocsp=[OCSPResponse(one.der, nonce=one.nonce) for one in inputs.ocsp],
            certificates=map(Certificate, inputs.certificates),
            failures=inputs.failures,
        ),
        Reading(inputs.clock, inputs.interval_seconds, inputs.release),
    )


def answer_of(verdict: Verdict) -> Answer:
    """What a verdict says, worked out to its end."""
    return Answer(
        outcome=verdict.outcome,
        headline=None if verdict.headline is None else _recorded_finding(verdict.headline),
        findings=tuple(map(_recorded_finding, verdict.findings)),
        path=tuple(member.fingerprint for member in verdict.path),
        policies=verdict.user_constrained_policies,
        horizon=_recorded_end(verdict.horizon),
        lifetime=_recorded_end(verdict.lifetime),
        wants=tuple(RecordedWant(want.kind, want.certificate, want.urls) for want in verdict.wants),
    )


def _recorded_anchor(anchor: TrustAnchor) -> RecordedAnchor:
    return RecordedAnchor(
        anchor.subject.der,
        anchor.subject_public_key_info,
        None if anchor.certificate is None else anchor.certificate.der,
        anchor.key_identifier,
        anchor.constraints,
    )


def _anchor(recorded: RecordedAnchor) -> TrustAnchor:
    return TrustAnchor(
        Name(recorded.subject),
        recorded.subject_public_key_info,
        certificate=None if recorded.certificate is None else Certificate(recorded.certificate),
        constraints=recorded.constraints,
        key_identifier=recorded.key_identifier,
    )


def _recorded_waiver(waiver: Waiver) -> RecordedWaiver:
    stated = {name: getattr(waiver, name) for name in RecordedWaiver._fields if name != "code"}
    return RecordedWaiver(code=waiver.code.id, **stated)


def _waivers(recorded: tuple[RecordedWaiver, ...], profile: Profile) -> Waivers:
    """The waivers that were recorded, but for those of codes that this version has not: these cover nothing here."""
    if not recorded:
        return NO_WAIVERS
    from devicetrust.profiles.known_codes import known_codes  # noqa: PLC0415, loads every rule

    codes = {**known_codes(), **{rule.code.id: rule.code for rule in profile.rules}}
    known = [(one, codes.get(one.code)) for one in recorded]
    return Waivers([Waiver(**{**one._asdict(), "code": code}) for one, code in known if code is not None])


def _recorded_finding(finding: Finding) -> RecordedFinding:
    facts = tuple(RecordedFact(name, printable(readable(value))) for name, value in finding.items)
    return RecordedFinding(finding.code.id, finding.where.certificate, finding.where.field, facts)


def _recorded_end(horizon: Horizon) -> RecordedEnd:
    return RecordedEnd(horizon.until, None if horizon.cause is None else horizon.cause.code.id)
