"""A file of waivers is read whole or not at all, written whole or not at all, and watched."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicetrust import MisuseError, UnreadableInput, Waivable, Waiver, WaiverFile, Waivers, load_waivers
from devicetrust.profiles.known_codes import known_codes
from devicetrust.profiles.waiver_file import change_waivers, dump_waivers, save_waivers
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
        (
            '"validity.expired"',
            '"validity.expird"',
            "no finding 'validity.expird'; did you mean validity.expired\\?; none",
        ),
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


@pytest.mark.parametrize(
    "content",
    [b"\xff", b"a" * (8 * 1024 * 1024 + 1), b"a = " + b"[" * 100_000],
    ids=["no UTF-8", "too long", "too deep"],
)
def test_other_bytes(file: Path, content: bytes) -> None:
    """What is no text, or too much of it, is unreadable."""
    file.write_bytes(content)
    with pytest.raises(UnreadableInput):
        load_waivers(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe or a directory in the place of the file is an error at once."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(UnreadableInput, match="not a regular file"):
            load_waivers(path)


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


def test_a_link_stays_a_link(file: Path) -> None:
    """Who watches the file behind the link sees the change; who watches the link does as well."""
    link = file.with_name("link.toml")
    link.symlink_to(file.name)
    behind, before = WaiverFile(file), WaiverFile(link)
    save_waivers(Waivers(), link)
    assert link.is_symlink()
    assert (behind.waivers(), before.waivers()) == (Waivers(), Waivers())


def test_more_than_can_be_read_is_not_written(file: Path) -> None:
    """What every reader would refuse does not take the place of what they heed."""
    waivers = [attrs.evolve(WAIVER, id=str(number), reason="r" * 1_000_000) for number in range(9)]
    with pytest.raises(UnreadableInput, match="longer than 8388608 octets"):
        save_waivers(Waivers(waivers), file)
    assert file.read_text("utf-8") == TEXT


def test_a_full_disk_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the octets do not reach the disk, nothing has changed, and nothing is left behind."""

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnreadableInput, match="No space left"):
        save_waivers(Waivers(), file)
    assert ([one.name for one in file.parent.iterdir()], file.read_text("utf-8")) == (["waivers.toml"], TEXT)


class TestChanged:
    def test_of_many_at_once_none_is_lost(self, tmp_path: Path) -> None:
        """Whoever changes the file sees what those before have written."""
        path = tmp_path / "waivers.toml"

        def add(number: int) -> None:
            change_waivers(path, lambda before: Waivers([*before.waivers, attrs.evolve(WAIVER, id=str(number))]))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(24)))
        assert sorted(int(one.id) for one in load_waivers(path).waivers) == list(range(24))

    def test_what_cannot_be_read_is_not_written_over(self, file: Path) -> None:
        """A broken file stays, for somebody to put right; the lock is free again."""
        file.write_text("schema", "utf-8")
        for _ in range(2):
            with pytest.raises(UnreadableInput, match="not TOML"):
                change_waivers(file, lambda before: before)
        assert file.read_text("utf-8") == "schema"

    def test_where_nothing_can_be_written(self, tmp_path: Path) -> None:
        """A folder that is not there is an error, not a traceback."""
        with pytest.raises(UnreadableInput, match="cannot be written"):
            change_waivers(tmp_path / "nowhere" / "waivers.toml", lambda before: before)


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

    def test_a_change_that_keeps_date_and_size_is_seen(self, file: Path) -> None:
        """Whoever copies a file with its date over this one has changed it."""
        source = WaiverFile(file)
        before = file.stat()
        file.write_text(TEXT.replace("Dr. Rossi", "Dr. Bruno"), "utf-8")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert [one.granted_by for one in source.waivers().waivers] == ["Dr. Bruno"]

    def test_what_could_not_be_read_once_is_read_again(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Too many open files, say: the change is not missed for ever."""
        source = WaiverFile(file)
        save_waivers(Waivers(), file)

        def exhausted(*_: object) -> None:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

        with monkeypatch.context() as patch:
            patch.setattr(Path, "open", exhausted)
            assert source.waivers() == Waivers([WAIVER])
            assert source.problem is not None
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
