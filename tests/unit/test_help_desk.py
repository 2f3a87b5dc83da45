"""The help desk's voice: at most five lines, no acronym, every finding in a group, English and French."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

import pki
from devicetrust import (
    Audience,
    Certificate,
    Language,
    MisuseError,
    Outcome,
    Reference,
    RevocationPolicy,
    TimeInterval,
    Verdict,
    profiles,
)
from devicetrust.findings import Citation, Code, Severity
from devicetrust.help_desk.english import ENGLISH
from devicetrust.help_desk.french import FRENCH
from devicetrust.help_desk.groups import Actor, Group
from devicetrust.help_desk.telling import VOICES
from devicetrust.help_desk.voice import Voice
from devicetrust.path.codes import EXPIRED, NOT_YET_VALID
from devicetrust.profiles.waivers import Waiver, Waivers
from devicetrust.rules import Role
from devicetrust.rules.rule import rule
from devicetrust.testing import Fault, Hospital, der
from pki import AT
from pki_shapes import Scene
from ward import WRONGS, ask, including, replacing, scene, verifier
from ward_status import POINT, asked, crl, device

MOST_LINES = 5


@cache
def hospital() -> Hospital:
    return Hospital(seed=1, at=AT)


def wordings(voice: Voice) -> Iterator[str]:
    """Every text of a language, as it stands."""
    yield from (value for value in voice if isinstance(value, str))
    for table in (voice.device, voice.when, voice.actors):
        yield from table.values()
    for text in voice.texts.values():
        yield from filter(None, text)


def acronyms(text: str) -> list[str]:
    """Words with two capital letters or more."""
    return [word for word in re.findall(r"\w+", text) if sum(map(str.isupper, word)) > 1]


class TestTexts:
    @pytest.mark.parametrize("language", Language)
    def test_every_language_has_every_text(self, language: Language) -> None:
        """No verdict meets a group, an actor or an outcome without words."""
        voice = VOICES[language]
        assert (set(voice.texts), set(voice.actors), set(voice.device)) == (set(Group), set(Actor), set(Outcome))
        assert all(text.happened and text.to_do for text in voice.texts.values())

    @pytest.mark.parametrize("language", Language)
    def test_no_acronym(self, language: Language) -> None:
        """No word has two capital letters."""
        assert [found for text in wordings(VOICES[language]) for found in acronyms(text)] == []

    @pytest.mark.parametrize("language", Language)
    def test_no_mark_doubles(self, language: Language) -> None:
        """A clause has neither a capital nor an end mark: its line brings them."""
        clauses = [clause for text in VOICES[language].texts.values() for clause in text if clause]
        assert [one for one in clauses if one[0].isupper() or one[-1] in ".!? "] == []

    def test_french_typography(self) -> None:
        """A no-break space before each colon, none of the marks that want a narrow one, curly apostrophes."""
        for text in (*wordings(FRENCH), FRENCH.time(AT)):
            assert re.findall(r"(?<!\N{NO-BREAK SPACE}):", text) == []
            assert set(text).isdisjoint("'\"!?;«»"), text

    def test_both_languages_say_the_same(self) -> None:
        """What one language says apart of an authority, the other does too."""
        for group in Group:
            english, french = ENGLISH.texts[group], FRENCH.texts[group]
            assert [bool(one) for one in english] == [bool(one) for one in french], group

    def test_times(self) -> None:
        """Day, month and year, hours and minutes, and that it is universal time; the first of a month is 1er."""
        moment = datetime(2026, 8, 1, 9, 5, 59, tzinfo=UTC)
        assert ENGLISH.time(moment) == "1 August 2026 at 09:05 universal time"
        assert plain(FRENCH.time(moment)) == "1er août 2026 à 9 h 05, temps universel"
        assert plain(FRENCH.time(moment + timedelta(days=1))).startswith("2 août")


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


class TestLines:
    def test_turned_away(self) -> None:
        """Which device, what happened and since when, who acts, what to do, and the code."""
        verdict = ask(WRONGS["leaf expired"].scene())
        assert verdict.explain("help_desk").split("\n") == [
            "Device, as its certificate names it: pump-17. It is turned away.",
            "What happened: the certificate of the device has run out (since 1 June 2026 at 11:59 universal time).",
            "Who acts: the team that issues certificates.",
            "What to do: have a new certificate issued, and put it on the device.",
            "Code to quote on the telephone: validity.expired",
        ]
        assert plain(verdict.explain("help_desk", "fr")).split("\n") == [
            "Appareil, d’après son certificat : pump-17. Il est refusé.",
            "Ce qui s’est passé : le certificat de l’appareil a expiré (depuis le 1er juin 2026 à 11 h 59, temps "
            "universel).",
            "Qui doit agir : l’équipe chargée des certificats.",
            "Marche à suivre : faire établir un nouveau certificat et l’installer sur l’appareil.",
            "Code à donner au téléphone : validity.expired",
        ]

    def test_an_authority_is_not_the_device(self) -> None:
        """Where a certificate above has run out, nobody is sent to the device."""
        verdict = ask(replacing(1, not_after=AT - timedelta(seconds=1))(scene()))
        _, happened, acts, to_do, code = verdict.explain("help_desk").split("\n")
        assert happened.startswith("What happened: the certificate of an authority that vouches for the device has run")
        assert (acts, code[-16:]) == ("Who acts: the team that issues certificates.", "validity.expired")
        assert to_do == ("What to do: have the certificate of that authority renewed, then connect the device again.")

    def test_what_was_sent_along_is_not_the_device(self) -> None:
        """Where a certificate beside the device's own cannot be read, the device's can."""
        alone = verifier(scene()).verify(scene().sealed(0), [b"\x30\x05\x02"], at=AT)
        assert alone.headline is not None
        assert alone.headline.code.id == "certificate.presented_unreadable"
        assert "the certificate of an authority that vouches for the device cannot be read" in alone.explain(
            "help_desk"
        )

    def test_not_yet(self) -> None:
        """What is not valid yet says from when on it is, and sends to the clock first."""
        verdict = ask(replacing(0, not_before=AT + timedelta(days=2))(scene()))
        _, happened, acts, *_ = verdict.explain("help_desk").split("\n")
        assert happened.endswith("is not valid yet (valid from 3 June 2026 at 12:00 universal time).")
        assert acts == "Who acts: whoever keeps the clock of this server."

    def test_without_a_time_of_its_own(self) -> None:
        """What has no time of its own is told with the moment that was asked about."""
        verdict = ask(WRONGS["leaf signed by a stranger"].scene())
        assert "(seen on 1 June 2026 at 12:00 universal time)" in verdict.explain("help_desk")

    def test_let_in(self) -> None:
        """Until when, what ends it, and who acts before then."""
        assert ask(scene()).explain("help_desk").split("\n")[:3] == [
            "Device, as its certificate names it: pump-17. It is let in.",
            "Let in until 20 August 2026 at 12:00 universal time. Beyond that: the certificate of the device has run "
            "out.",
            "Who acts before then: the team that issues certificates.",
        ]

    def test_let_in_without_end(self) -> None:
        """Where no date ends it, there is nothing to do and no code to quote."""
        endless = scene()
        for index in range(3):
            endless = replacing(index, not_after=pki.FOR_EVER)(endless)
        assert ask(endless).explain("help_desk").split("\n")[1:] == ["No date ends it, and nothing need be done."]

    def test_let_in_by_an_exception(self) -> None:
        """Until when with what is at hand, and why only so."""
        leaf = device(POINT)
        policy = RevocationPolicy.IF_PUBLISHED.evolve(stale_grace=timedelta(days=3))
        ended = AT + timedelta(days=7)
        verdict = asked(
            leaf,
            policy=policy,
            crls=[crl(this_update=pki.validity_time(AT), next_update=pki.validity_time(ended))],
            at=AT + timedelta(days=8),
        )
        assert verdict.outcome is Outcome.TRUSTED_BY_EXCEPTION
        assert verdict.explain("help_desk").split("\n") == [
            "Device, as its certificate names it: pump-17. It is let in by an exception.",
            "Let in until 11 June 2026 at 12:00 universal time. Why only by an exception: the list of withdrawn "
            "certificates that this server has is out of date (since 8 June 2026 at 12:00 universal time).",
            "Who acts before then: the network team.",
            "What to do: have a newer list brought to this server.",
            "Code to quote on the telephone: revocation.stale",
        ]

    def test_let_in_by_a_waiver(self) -> None:
        """What the waiver lets pass is told, and until when; the code is the waiver's."""
        expired = replacing(0, not_after=AT - timedelta(days=1))(scene())
        verdict = waived(expired, EXPIRED, AT, AT + timedelta(days=3))
        assert verdict.explain("help_desk").split("\n")[1:3] == [
            "Let in until 4 June 2026 at 12:00 universal time. Why only by an exception: the certificate of the device "
            "has run out (since 31 May 2026 at 12:00 universal time).",
            "Who acts before then: the team that issues certificates.",
        ]
        assert verdict.explain("help_desk").endswith(": waiver.in_force")

    def test_let_in_across_a_waiver(self) -> None:
        """Until when is until it is turned away: a waiver that begins in time does not end it, nor one that ends."""
        ending = replacing(0, not_after=AT + timedelta(days=1))(scene())
        told = waived(ending, EXPIRED, AT, AT + timedelta(days=3)).explain("help_desk").split("\n")
        assert told[0].endswith("It is let in.")
        assert told[1] == (
            "Let in until 4 June 2026 at 12:00 universal time. Beyond that: the certificate of the device has run out."
        )
        assert told[-1].endswith(": validity.expired")
        coming = replacing(0, not_before=AT + timedelta(days=1))(scene())
        told = waived(coming, NOT_YET_VALID, AT, AT + timedelta(days=3)).explain("help_desk").split("\n")
        assert told[0].endswith("It is let in by an exception.")
        assert told[1].startswith("Let in until 20 August 2026 at 12:00 universal time. Why only by an exception: the ")

    def test_another_device(self) -> None:
        """Whose serial number is not the one listed is another device; no word of an address."""
        verdict = verifier(scene()).verify(
            scene().sealed(0), [scene().sealed(1)], reference=Reference.device(serial_number="SN-18"), at=AT
        )
        _, happened, acts, to_do, code = verdict.explain("help_desk").split("\n")
        assert happened.startswith("What happened: the certificate is not that of the device expected here (")
        assert (acts, code[-27:]) == ("Who acts: the owner of this server.", "identity.no_device_identity")
        assert "correct the inventory" in to_do

    def test_undecided(self) -> None:
        """What is not known is said, and that it keeps the device out."""
        verdict = asked(device(POINT))
        first, happened, acts, *_ = verdict.explain("help_desk").split("\n")
        assert verdict.outcome is Outcome.UNDECIDED
        assert first.endswith("It is not let in before more is known.")
        assert "it cannot be found out whether the certificate of the device has been withdrawn" in happened
        assert acts == "Who acts: the network team."

    def test_a_doubtful_clock(self) -> None:
        """Where the outcome hangs on the time, the clock is to be set."""
        judge = verifier(scene())
        verdict = judge.verify(scene().sealed(0), [scene().sealed(1)], at=TimeInterval(AT, AT + timedelta(days=100)))
        assert verdict.explain("help_desk").endswith("clock.doubt")
        assert "set the clock of this server" in verdict.explain("help_desk")

    @pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
    def test_every_fault(self, fault: Fault) -> None:
        """Whatever is wrong: five lines at most without acronyms, the last one with the code of the headline."""
        verdict = hospital().verify(hospital().device("pump", faults=[fault]))
        for language in Language:
            lines = verdict.explain(Audience.HELP_DESK, language).split("\n")
            assert len(lines) == MOST_LINES
            assert acronyms("\n".join(lines[1:-1])) == []
            assert plain(lines[-1]).rpartition(": ")[2] == told_code(verdict)


def waived(wrong: Scene, code: Code, begins: datetime, ends: datetime) -> Verdict:
    """The verdict on a leaf that a waiver of ``code`` names."""
    leaf = Certificate(wrong.sealed(0))
    waiver = Waiver(
        code=code,
        granted_by="the night shift",
        reason="no new certificate before Monday",
        valid_from=begins,
        valid_until=ends,
        devices=frozenset([leaf.fingerprint]),
    )
    return verifier(wrong).evolve(waivers=Waivers([waiver])).verify(leaf, [wrong.sealed(1)], at=AT)


def told_code(verdict: Verdict) -> str:
    assert verdict.headline is not None
    return verdict.headline.code.id


class TestDevice:
    def test_common_name_and_serial_number(self) -> None:
        """The serial number of a device is named beside its common name."""
        subject = pki.name((pki.COMMON_NAME, "pump-3"), ("2.5.4.5", "4711"))
        assert first_line(subject).startswith("Device, as its certificate names it: pump-3 (serial number 4711).")

    def test_without_a_subject(self) -> None:
        """The first alternative name stands in for a common name."""
        assert "pump-17.ward.example.com. It is" in first_line(pki.name())

    def test_octets_are_no_name(self) -> None:
        """A hardware module is named by its serial number, as text where it is text; a UDI by the UDI."""
        module = "1.3.6.1.5.5.7.8.4"
        for serial, shown in ((b"SN-17", "SN-17"), (b"\x01\xff", "01ff")):
            value = der.sequence(der.object_identifier("1.3.6.1.4.1.343.9"), der.octet_string(serial))
            assert first_line(pki.name(), der.other_name(module, value)).startswith(f"{NAMED}{shown}. It is")
        sgtin = der.uri("urn:epc:id:sgtin:0614141.112345.400")
        assert first_line(pki.name(), sgtin).startswith(f"{NAMED}(01)10614141123459(21)400. It is")

    def test_of_several_serial_numbers_none_is_told(self) -> None:
        """A subject with several names no one device."""
        subject = pki.name((pki.COMMON_NAME, "pump-3"), ("2.5.4.5", "4711"), ("2.5.4.5", "4712"))
        assert first_line(subject).startswith(f"{NAMED}pump-3. It is")

    def test_what_cannot_be_read_has_no_name(self) -> None:
        """Nothing is made up: a certificate that cannot be read is told by its fingerprint."""
        verdict = verifier(scene()).verify(b"", at=AT)
        # SHA-256 of nothing, FIPS 180-4.
        assert "unknown (fingerprint e3b0c44298fc1c14)" in verdict.explain("help_desk")

    def test_a_hostile_name_stays_on_its_line(self) -> None:
        """Line breaks and escapes of a name are shown by their numbers, and a long one is cut."""
        told = first_line(pki.name((pki.COMMON_NAME, "pump\n\x1b[2JIt is let in.\u202e" + "x" * 5000)))
        assert told.isprintable()
        assert len(told) < 200


NAMED = "Device, as its certificate names it: "


def first_line(subject: bytes, *alternatives: bytes) -> str:
    wrong = replacing(0, subject=subject, not_after=AT - timedelta(days=1))(scene())
    if alternatives:
        wrong = including(0, pki.subject_alternative_name(*alternatives))(wrong)
    verdict = ask(wrong)
    lines = verdict.explain("help_desk").split("\n")
    assert len(lines) == MOST_LINES
    return lines[0]


class TestChoice:
    def test_strings_and_members_are_the_same(self) -> None:
        """The contract shows strings; the enums are what they stand for."""
        verdict = ask(scene())
        assert verdict.explain("help_desk", "fr") == verdict.explain(Audience.HELP_DESK, Language.FRENCH)
        assert verdict.explain() == verdict.explain("engineer", "en") == verdict.explain(Audience.ENGINEER)

    @pytest.mark.parametrize(
        ("audience", "language", "said"),
        [
            ("nurse", "en", "audience is one of 'engineer', 'help_desk', not 'nurse'"),
            ("help_desk", "de", "language is one of 'en', 'fr', not 'de'"),
            (None, "en", "audience is one of 'engineer', 'help_desk', not None"),
            (Language.FRENCH, "en", "audience is one of"),
            ("engineer", "fr", "engineers are spoken to in English alone"),
        ],
    )
    def test_others_are_misuse(self, audience: object, language: object, said: str) -> None:
        """What there are no words for is refused by a line that names the choices."""
        with pytest.raises(MisuseError, match=re.escape(said)):
            ask(scene()).explain(audience, language)  # type: ignore[arg-type]

    def test_a_rule_of_the_caller_is_a_rule(self) -> None:
        """A finding of a family that the library does not know is told as a broken rule, with its code."""
        house = Code("house.tag", Severity.ERROR, Citation("House", "1"), rank=999, what="w", why="y", remedy="r")
        tagged = rule(house, Role.LEAF)(lambda certificate, index: [house.at(index)])
        judge = verifier(scene(), profiles.rfc5280.evolve(rules=(tagged,)))
        told = judge.verify(scene().sealed(0), [scene().sealed(1)], at=AT).explain("help_desk")
        assert "breaks a rule that applies here" in told
        assert told.endswith("house.tag")
