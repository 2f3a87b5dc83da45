"""A file of waivers is read whole or not at all, written whole or not at all, and watched."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicetrust import MisuseError, UnreadableInput, Waivable, Waiver, WaiverFile, Waivers, load_waivers
from devicetrust.profiles.known_codes import known_codes
from devicetrust.profiles.waiver_file import dump_waivers, save_waivers
from devicetrust.sources import WaiverSource

AT = datetime(2026, 11, 25, 3, tzinfo=UTC)
DIGEST = "ab" * 32
TEXT = f"""\
schema = "devicetrust.waivers/1"

[[waiver]]
id = "20261125-1"
code = "validity.expired"
granted_by = "Dr. Rossi"
reason = "the CA is being renewed"
valid_from = 2026-11-25T03:00:00Z
valid_until = 2026-11-25T21:00:00+02:00
issuer = "{DIGEST}"
devices = ["{"CD:" * 31}CD"]
"""
WAIVER = Waiver(
    id="20261125-1",
    code=known_codes()["validity.expired"],
    granted_by="Dr. Rossi",
    reason="the CA is being renewed",
    valid_from=AT,
    valid_until=datetime(2026, 11, 25, 19, tzinfo=UTC),
    issuer=bytes.fromhex(DIGEST),
    devices=frozenset({b"\xcd" * 32}),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "waivers.toml"
    path.write_text(TEXT, "utf-8")
    return path


def test_it_is_read(file: Path) -> None:
    """Each key says what it says, digests with or without colons."""
    assert load_waivers(file) == Waivers([WAIVER])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('schema = "devicetrust.waivers/1"', "", "does not begin with schema"),
        ("waivers/1", "waivers/2", "does not begin with schema"),
        ("[[waiver]]", "[waiver]", "are tables"),
        ("[[waiver]]", "everybody = true\n[[waiver]]", "unknown keys everybody"),
        ("granted_by", "grantedby", "waiver 1: unknown keys grantedby"),
        ('granted_by = "Dr. Rossi"\n', "", "waiver 1: lacks granted_by"),
        ('"validity.expired"', '"validity.expird"', "waiver 1: there is no finding 'validity.expird'"),
        ('"validity.expired"', '"signature.invalid"', "waiver 1: "),
        ('"Dr. Rossi"', "1", "waiver 1: granted_by is a text, not 1"),
        ("2026-11-25T03:00:00Z", "2026-11-25T03:00:00", "waiver 1: .* no time zone"),
        ("2026-11-25T03:00:00Z", "2026-11-25", "waiver 1: valid_from is a time"),
        ("2026-11-25T21:00:00+02:00", "2026-11-24T21:00:00Z", "waiver 1: .* before it begins"),
        (DIGEST, DIGEST[2:], "waiver 1: .* is no SHA-256 digest"),
        (DIGEST, "xy" * 32, "waiver 1: .* is no SHA-256 digest"),
        ("reason =", "reason", "not TOML"),
        (TEXT, TEXT + TEXT.partition("\n")[2], "two waivers have the id 20261125-1"),
    ],
)
def test_what_is_not_known_makes_none_of_it_count(file: Path, old: str, new: str, message: str) -> None:
    """A file with one thing wrong gives no waiver at all, and the error says the file, the waiver and the key."""
    assert old in TEXT
    file.write_text(TEXT.replace(old, new), "utf-8")
    with pytest.raises(UnreadableInput, match=message) as caught:
        load_waivers(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff", b"a" * (8 * 1024 * 1024 + 1)], ids=["no UTF-8", "too long"])
def test_other_bytes(file: Path, content: bytes) -> None:
    """What is no text, or too much of it, is unreadable."""
    file.write_bytes(content)
    with pytest.raises(UnreadableInput):
        load_waivers(file)


_PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)
_DIGESTS = st.binary(min_size=32, max_size=32)


@st.composite
def waivers(draw: st.DrawFn) -> Waivers:
    """Any waivers, with ids of their own."""
    codes = [code for code in known_codes().values() if code.waivable is Waivable.BY_WAIVER]
    made = [
        Waiver(
            id=f"{number}-{draw(_PRINTABLE)}",
            code=draw(st.sampled_from(codes)),
            granted_by=draw(_PRINTABLE),
            reason=draw(_PRINTABLE),
            valid_from=AT,
            valid_until=AT + timedelta(seconds=draw(st.integers(0, 10**6))),
            issuer=draw(st.none() | _DIGESTS),
            devices=draw(st.frozensets(_DIGESTS, min_size=1, max_size=3)),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    return Waivers(made)


@given(waivers())
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, written: Waivers) -> None:
    """Any waivers, whatever their texts, come back as they were."""
    path = tmp_path_factory.mktemp("waivers") / "waivers.toml"
    save_waivers(written, path)
    assert load_waivers(path) == written


def test_it_is_written_whole_or_not_at_all(file: Path) -> None:
    """Nothing else is left in the folder, and the mode of the file stays."""
    file.chmod(0o640)
    save_waivers(Waivers([WAIVER]), file)
    assert [one.name for one in file.parent.iterdir()] == ["waivers.toml"]
    assert (file.stat().st_mode & 0o777, file.read_text("utf-8")) == (0o640, dump_waivers(Waivers([WAIVER])))
    with pytest.raises(UnreadableInput, match="cannot be written"):
        save_waivers(Waivers(), file.parent / "nowhere" / "waivers.toml")


class TestWatched:
    def test_a_change_is_seen(self, file: Path) -> None:
        """The next to ask has the file as it is now; it is a source that never raises."""
        source = WaiverFile(file)
        assert isinstance(source, WaiverSource)
        assert (source.waivers(), source.problem) == (Waivers([WAIVER]), None)
        save_waivers(Waivers(), file)
        assert (source.waivers(), source.problem) == (Waivers(), None)

    def test_a_broken_one_leaves_the_last_good(self, file: Path) -> None:
        """What cannot be read any more changes nothing, and the source says why; mended, it counts."""
        source = WaiverFile(file)
        file.write_text("schema", "utf-8")
        os.utime(file, ns=(1, 1))
        assert source.waivers() == Waivers([WAIVER])
        assert source.problem is not None
        assert "not TOML" in source.problem
        save_waivers(Waivers(), file)
        assert (source.waivers(), source.problem) == (Waivers(), None)

    def test_one_that_is_gone_leaves_none(self, file: Path) -> None:
        """Whoever takes the file away has ended its waivers."""
        source = WaiverFile(file)
        file.unlink()
        assert source.waivers() == Waivers()
        assert source.problem is not None

    def test_it_must_be_there_at_the_beginning(self, tmp_path: Path) -> None:
        """A source of a file that never was is a mistake."""
        with pytest.raises(UnreadableInput, match="No such file"):
            WaiverFile(tmp_path / "waivers.toml")


def test_a_text_that_no_file_can_hold_is_misuse() -> None:
    """A lone surrogate is no text."""
    with pytest.raises(MisuseError):
        Waiver(**{**_fields(WAIVER), "reason": "\ud800"})


def _fields(waiver: Waiver) -> dict[str, object]:
    return {name: getattr(waiver, name) for name in waiver.__slots__ if not name.startswith("__")}
