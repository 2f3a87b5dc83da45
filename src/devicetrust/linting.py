"""Certificates held against rules, without asking whether anybody vouches for them.

Makes: `lint`, `LintReport`.
May import: everything below the verifier.
Must never: trust anything; raise on what the bytes of a certificate hold.
Read first: `lint`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from devicetrust._version import __version__
from devicetrust.errors import MisuseError
from devicetrust.explanation import finding_data
from devicetrust.findings import Finding, rfc3339
from devicetrust.path import codes, steps
from devicetrust.path.budget import Spending
from devicetrust.path.inputs import ValidityModel
from devicetrust.path.moment import Moment
from devicetrust.path.state import Run, State
from devicetrust.path.validity import DATES_IN_PATH
from devicetrust.profiles.profile import Profile
from devicetrust.rules.asking import Asked
from devicetrust.rules.families.practice import OUTLOOK
from devicetrust.rules.questionnaire import questionnaire
from devicetrust.rules.rule import Answer, Role, Rule
from devicetrust.verifier import seconds_of
from devicetrust.x509.certificate import Certificate, CertificateLike, as_certificate

__all__ = ["LintReport", "lint"]

# Ours: more than the longest chain that any profile admits.
_MOST_CERTIFICATES: Final = 64


@attrs.frozen(kw_only=True)
class LintReport:
    """What the rules say of some certificates.

    ``certificates`` is as given, the leaf first, and ``roles`` is the place each was judged in. ``asked`` holds the
    answer of every rule for every certificate; ``findings`` all that was found, by certificate, the gravest first.
    ``steps_asked`` says whether the steps of path validation that need no path were asked as well.
    """

    certificates: tuple[Certificate, ...]
    roles: tuple[Role, ...]
    profile: Profile
    at: datetime
    asked: tuple[Asked, ...]
    findings: tuple[Finding, ...]
    steps_asked: bool

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that refuse a certificate under the profile."""
        return tuple(finding for finding in self.findings if self.profile.blocks(finding.code))

    def answers(self, rule: Rule) -> tuple[Answer, ...]:
        """What ``rule`` answered, by certificate; empty where it was not asked."""
        return tuple(one.answer for one in self.asked if one.rule.code == rule.code)

    def to_dict(self) -> dict[str, Any]:
        """The report as data for JSON, in the schema ``devicetrust.lint/1``."""
        return {
            "schema": "devicetrust.lint/1",
            "devicetrust": __version__,
            "profile": {"name": self.profile.name, "edition": self.profile.edition},
            "at": rfc3339(self.at),
            "certificates": [
                {"sha256": certificate.fingerprint.hex(), "role": role.value}
                for certificate, role in zip(self.certificates, self.roles, strict=True)
            ],
            "findings": [finding_data(self.profile, finding) for finding in self.findings],
            "answers": [
                {"rule": one.rule.code.id, "certificate": one.certificate, "answer": one.answer.name.lower()}
                for one in self.asked
            ],
        }


def lint(
    certificates: CertificateLike | Sequence[CertificateLike],
    *,
    profile: Profile,
    rules: Iterable[Rule] | None = None,
    role: Role | None = None,
    at: datetime | None = None,
) -> LintReport:
    """What the rules of ``profile`` say of a certificate, or of a chain with the leaf first.

    ``rules``, such as a family of `rules.catalogue`, are asked in the place of the profile's, of those on the moment
    and of the steps of path validation that need no path. To ask them beside these, give the profile more rules:
    ``profile.evolve(rules=(*profile.rules, *PQC))``. ``role`` says what the first certificate is; without it, it is a
    CA where it says so, and a leaf otherwise. The last of a chain is an anchor where it is self-issued. ``at`` is the
    moment, aware (None: now). No signature is checked and nothing is trusted: that is `Verifier.verify`. Raises
    `MisuseError` for no certificate, too many, a naive datetime, or another thing than is named here.
    """
    _admit(profile, Profile, "profile")
    if role is not None:
        _admit(role, Role, "role")
    asked_for = None if rules is None else _rules(rules)
    chain = _chain(certificates)
    moment = datetime.now(UTC).replace(microsecond=0) if at is None else at
    seconds = seconds_of(moment)
    roles = _roles(chain, role)
    asking = questionnaire((*profile.rules, *OUTLOOK) if asked_for is None else asked_for)
    findings: list[Finding] = []
    asked: list[Asked] = []
    for index, certificate in enumerate(chain):
        if certificate.unreadable is not None:
            findings.append(codes.UNREADABLE.at(index, "", reason=certificate.unreadable))
            continue
        issuers = _readable(chain[index + 1 :])
        answers, found = asking.ask(certificate, index, roles[index], issuers, seconds)
        asked += answers
        if asked_for is None:
            found += _by_itself(certificate, index, roles[index], profile, seconds)
        if len({finding.code.id for finding in found}) != len(found):
            found = list(dict.fromkeys(found))
        findings += sorted(found, key=lambda finding: finding.code.rank, reverse=True)
    return LintReport(
        certificates=chain,
        roles=roles,
        profile=profile,
        at=moment.astimezone(UTC),
        asked=tuple(asked),
        findings=tuple(findings),
        steps_asked=asked_for is None,
    )


def _admit(given: object, kind: type[Any], what: str) -> None:
    if not isinstance(given, kind):
        raise MisuseError(f"lint takes a {kind.__name__} as {what}, not {given!r:.80}")


def _rules(given: Iterable[Rule]) -> tuple[Rule, ...]:
    if isinstance(given, str | Rule) or not isinstance(given, Iterable):
        raise MisuseError(f"rules is a list of rules, such as a family of rules.catalogue, not {given!r:.80}")
    rules = tuple(given)
    for one in rules:
        _admit(one, Rule, "each of rules")
    return rules


def _chain(given: CertificateLike | Sequence[CertificateLike]) -> tuple[Certificate, ...]:
    if isinstance(given, bytes) or not isinstance(given, Sequence):
        return (as_certificate(given),)
    if not 0 < len(given) <= _MOST_CERTIFICATES:
        raise MisuseError(f"lint takes 1 to {_MOST_CERTIFICATES} certificates of one chain, not {len(given)}")
    return tuple(as_certificate(one) for one in given)  # type: ignore[arg-type]


def _by_itself(certificate: Certificate, index: int, role: Role, profile: Profile, at: int) -> Iterable[Finding]:
    """What the steps of path validation say of the certificate without a path."""
    run = Run(profile.path_inputs, Moment(at), Spending(profile.budget))
    state = State(profile.path_inputs, None, _MOST_CERTIFICATES)
    # Under the other models a CA's dates count when it issued, which is for the rules that see a chain.
    by_model = index > 0 and profile.validity_model is not ValidityModel.SHELL
    for step in _STEPS[role]:
        if not (by_model and step in DATES_IN_PATH):
            yield from step(run, state, certificate, index)


# What can be said of a certificate in its place, without a path.
_STEPS: Final = {
    Role.LEAF: (*steps.ALONE, steps.critical_extensions_processed, steps.serves_purposes),
    Role.INTERMEDIATE: (
        *steps.ALONE,
        steps.is_a_ca,
        steps.may_sign_certificates,
        steps.critical_extensions_processed,
        steps.authority_serves_purposes,
    ),
    Role.ANCHOR: (
        *steps.ALONE[:4],
        steps.anchor_key_strong_enough,
        steps.anchor_is_a_ca,
        steps.may_sign_certificates,
        steps.critical_extensions_processed,
    ),
}


def _readable(chain: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """The certificates up to the first that cannot be read."""
    readable: list[Certificate] = []
    for certificate in chain:
        if certificate.unreadable is not None:
            break
        readable.append(certificate)
    return tuple(readable)


def _roles(chain: tuple[Certificate, ...], first: Role | None) -> tuple[Role, ...]:
    last = chain[-1]
    roles = [first or _role(chain[0]), *[Role.INTERMEDIATE] * (len(chain) - 1)]
    if len(chain) > 1 and last.unreadable is None and last.is_self_issued:
        roles[-1] = Role.ANCHOR
    return tuple(roles)


def _role(certificate: Certificate) -> Role:
    if certificate.unreadable is not None:
        return Role.LEAF
    constraints = certificate.extensions.basic_constraints
    if constraints is None or not constraints.ca:
        return Role.LEAF
    return Role.ANCHOR if certificate.is_self_issued else Role.INTERMEDIATE
