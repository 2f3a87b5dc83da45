"""A verdict in at most five lines: which device, what happened, who acts, what to do, and the code to quote.

Makes: `tell`.
May import: everything below.
Must never: decide anything; show what a certificate holds unescaped, or at any length.
Read first: `tell`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from devicetrust.audience import Language
from devicetrust.findings import Effect, Finding, printable
from devicetrust.help_desk.english import ENGLISH
from devicetrust.help_desk.french import FRENCH
from devicetrust.help_desk.groups import Group, actor_of, group_of
from devicetrust.help_desk.voice import Voice, When
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.verdict import Outcome, Verdict
from devicetrust.x509.certificate import Certificate

__all__ = ["VOICES", "tell"]

VOICES: Final[Mapping[Language, Voice]] = {Language.ENGLISH: ENGLISH, Language.FRENCH: FRENCH}


def tell(verdict: Verdict, language: Language) -> str:
    """At most five lines without acronyms, the name of the device and the code aside. Times are in UTC.

    Of what admits: until when (`lifetime`, and `horizon` for an exception), what ends it, and who acts before then.
    """
    voice = VOICES[language]
    first = voice.device[verdict.outcome].format(device=_device(voice, verdict.path[0]))
    if verdict.outcome is Outcome.TRUSTED:
        return "\n".join([first, *_lasting(voice, verdict)])
    if verdict.outcome is Outcome.TRUSTED_BY_EXCEPTION:
        return "\n".join([first, *_excepted(voice, verdict)])
    finding = _told(verdict)
    happened = voice.happened.format(happened=_happened(voice, finding), when=_when(voice, finding, verdict.at))
    return "\n".join([first, happened, *_remedy(voice, finding, voice.acts)])


def _lasting(voice: Voice, verdict: Verdict) -> list[str]:
    until, cause, _ = verdict.lifetime
    if until is None:
        return [voice.endless]
    assert cause is not None  # noqa: S101, what ends an outcome has a cause
    ends = voice.lasting.format(until=voice.time(until), happened=_happened(voice, cause))
    return [ends, *_remedy(voice, cause, voice.acts_before)]


def _excepted(voice: Voice, verdict: Verdict) -> list[str]:
    """An exception, and until when it lets in with what is at hand: every one has an end."""
    finding = _told(verdict)
    happened, when = _happened(voice, finding), _when(voice, finding, verdict.at)
    until = verdict.horizon.until
    if until is None:
        line = voice.happened.format(happened=happened, when=when)
    else:
        line = voice.excepted.format(until=voice.time(until), happened=happened, when=when)
    return [line, *_remedy(voice, finding, voice.acts_before)]


def _told(verdict: Verdict) -> Finding:
    """The exception in use; else the headline, which every verdict has that does not admit."""
    excepted = [one for one in verdict.findings if one.code.effect is Effect.ADMITS_BY_EXCEPTION]
    if verdict.outcome is Outcome.TRUSTED_BY_EXCEPTION and excepted:
        return max(excepted, key=lambda finding: finding.code.rank)
    assert verdict.headline is not None  # noqa: S101, nothing is refused without a finding
    return verdict.headline


def _remedy(voice: Voice, finding: Finding, acts: str) -> list[str]:
    group, above = _group(finding), _is_above(finding)
    text = voice.texts[group]
    return [
        acts.format(actor=voice.actors[actor_of(group, above=above)]),
        voice.to_do.format(to_do=(above and text.to_do_above) or text.to_do),
        voice.code.format(code=finding.code.id),
    ]


def _happened(voice: Voice, finding: Finding) -> str:
    text = voice.texts[_group(finding)]
    return (_is_above(finding) and text.happened_above) or text.happened


def _group(finding: Finding) -> Group:
    """What a waiver lets pass is told, not the waiver. A rule that the caller wrote has no group: it applies here."""
    code_id = finding.facts.get("waived_code", finding.code.id)
    return group_of(str(code_id)) or Group.AGAINST_THE_RULES


def _is_above(finding: Finding) -> bool:
    """Whether it is about those who vouch for the device, or for its status: a waived signer is not of the path."""
    place = finding.where.certificate
    return "waived_code" in finding.facts if place is None else place > 0


# The fact that says since when, or from when; where there is none, it is when the question was asked.
_TIMES: Final = {
    Group.EXPIRED: ("not_after", When.SINCE),
    Group.NOT_YET_VALID: ("not_before", When.BEGINS),
    Group.WITHDRAWN: ("revoked_at", When.SINCE),
    Group.SUSPENDED: ("revoked_at", When.SINCE),
    Group.STATUS_OUTDATED: ("next_update", When.SINCE),
}


def _when(voice: Voice, finding: Finding, asked: datetime) -> str:
    fact, when = _TIMES.get(_group(finding), ("", When.SEEN))
    time = finding.facts.get(fact)
    if isinstance(time, datetime):
        return voice.when[when].format(time=voice.time(time))
    return voice.when[When.SEEN].format(time=voice.time(asked))


# Ours: a line of a ticket. A common name has at most 64 characters, RFC 5280 A.1.
_LONGEST_NAME: Final = 100
_COMMON_NAME: Final = "2.5.4.3"
_SERIAL_NUMBER: Final = "2.5.4.5"


def _device(voice: Voice, leaf: Certificate | TrustAnchor) -> str:
    """The device as its certificate names it: common name, else the first alternative name, and serial number."""
    unknown = voice.unreadable.format(fingerprint=leaf.fingerprint.hex()[:16])
    if not isinstance(leaf, Certificate) or leaf.unreadable is not None:
        return unknown
    names = (*leaf.subject.values(_COMMON_NAME), *(str(one.value) for one in leaf.subject_alternative_names[:1]))
    serial = next(iter(leaf.subject.values(_SERIAL_NUMBER)), "")
    name = next((one for one in names if one), "") or serial
    if not name:
        return unknown
    return voice.serial.format(name=_short(name), serial=_short(serial)) if serial not in ("", name) else _short(name)


def _short(name: str) -> str:
    shown = printable(name)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"
