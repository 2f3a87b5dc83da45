"""``devicetrust waive`` grants, lists and ends; the page on the expired CA shows what happens."""

from __future__ import annotations

import json
import re
import shlex
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import pki
from devicetrust import Certificate, Outcome, UnreadableInput, Waiver, WaiverFile, Waivers, load_waivers
from devicetrust.cli import arguments, waive
from devicetrust.cli.commands import run
from devicetrust.path import codes
from devicetrust.profiles.waiver_file import save_waivers
from pki import Authority, common_name, key

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/issuing-ca-expired.md"
NIGHT = datetime(2026, 11, 25, 3, 12, tzinfo=UTC)
CA_ENDED = datetime(2026, 11, 25, 2, 59, 59, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ROOT = Authority(common_name("Ward Root"), key("p256", 1))
WARD = Authority(pki.name((pki.COMMON_NAME, "Ward Device CA")), key("p256", 2))


def dated(draft: pki.Draft, end: datetime) -> pki.Draft:
    return draft._replace(not_before=NIGHT - 300 * DAY, not_after=end)


def pem(der: bytes) -> str:
    return ssl.DER_cert_to_PEM_cert(der)


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The night: a root, a CA that has run out, two devices that have not, and one that has."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(arguments, "now", lambda: NIGHT + HOUR)
    (tmp_path / "devices").mkdir()
    files = {
        "root.pem": dated(ROOT.vouches_for(ROOT), NIGHT + 900 * DAY).sealed(ROOT.key),
        "ward-ca.pem": dated(ROOT.vouches_for(WARD), CA_ENDED).sealed(ROOT.key),
    }
    for number, end in ((17, NIGHT + 90 * DAY), (18, NIGHT + 90 * DAY), (19, CA_ENDED - DAY)):
        host = f"pump-{number}.ward.example.com"
        draft = WARD.issues(common_name(host), key("p256", number), pki.dns(host))
        files[f"devices/pump-{number}.pem"] = dated(draft, end).sealed(WARD.key)
    for name, der in files.items():
        (tmp_path / name).write_text(pem(der), "ascii")
    (tmp_path / "pump-17.pem").write_text(pem(files["devices/pump-17.pem"]), "ascii")
    return tmp_path


ADD = ["waive", "add", "waivers.toml", "--granted-by", "A. Rossi", "--reason", "renewal under way"]


def granted(*words: str) -> int:
    return run([*ADD, *words])


def of_page(language: str) -> list[str]:
    """The blocks of the page in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def words(shown: str) -> list[str]:
    """A shown command, without the prompt and the name of the program."""
    _, _, *rest = shlex.split(shown.replace("\\\n", " "))
    return rest


def without_digest(text: str) -> str:
    return re.sub(r"CA [0-9a-f]{16}", "CA", text)


def test_the_page_shows_what_happens(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command of the page, one after another, says what stands below it."""
    see, add, heed, listed, end = of_page("console")
    refused, told, admitted = of_page("text")
    assert run(words(see)) == 1
    assert capsys.readouterr().out.startswith(refused)
    assert run(words(add)) == 0
    assert without_digest(capsys.readouterr().out) == without_digest(told)
    assert run(words(heed)) == 0
    assert capsys.readouterr().out.startswith(admitted)
    names: dict[str, object] = {}
    exec(of_page("python")[0], names)
    verdict = names["verifier"].verify(  # type: ignore[attr-defined]
        pki_certificate("pump-17.pem"), [pki_certificate("ward-ca.pem")], at=NIGHT + HOUR
    )
    assert verdict.outcome is Outcome.TRUSTED_BY_EXCEPTION
    assert run(words(listed)) == 1
    assert capsys.readouterr().out.startswith("ends within 24 h  20261125-1  validity.expired for the CA ")
    assert run(words(end)) == 0
    assert run(words(heed.replace("03:20", "04:20"))) == 1
    assert load_waivers("waivers.toml").waivers[0].valid_until == NIGHT + HOUR - timedelta(seconds=1)


def pki_certificate(file: str) -> Certificate:
    return Certificate(ssl.PEM_cert_to_DER_cert(Path(file).read_text("ascii")))


def test_a_device_by_file_or_digest(ward: Path) -> None:
    """A device is named by the file of its certificate, or by a SHA-256 with or without colons."""
    leaf = pki_certificate("pump-17.pem")
    by_colons = ":".join(leaf.fingerprint.hex()[place : place + 2] for place in range(0, 64, 2)).upper()
    for given in ("pump-17.pem", leaf.fingerprint.hex(), by_colons):
        assert granted("--code", "validity.expired", "--device", given, "--for", "12h") == 0
    waivers = load_waivers("waivers.toml").waivers
    assert [one.id for one in waivers] == ["20261125-1", "20261125-2", "20261125-3"]
    assert {one.devices for one in waivers} == {frozenset({leaf.fingerprint})}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--code", "validity.expired", "--device", "pump-17.pem"], "either --until TIME or --for SPAN"),
        (["--code", "validity.expired", "--for", "12h"], "names devices or an issuer"),
        (["--code", "validity.expired", "--device", "pump-17.pem", "--for", "8d"], "no waiver last longer than 7 days"),
        (["--code", "signature.invalid", "--device", "pump-17.pem", "--for", "1h"], "--code"),
        (["--code", "ihe.lifetime", "--device", "pump-17.pem", "--for", "1h"], "--code"),
        (["--code", "validity.expired", "--device", "ward-ca.pem", "--for", "1h"], "name it with --issuer"),
        (["--code", "validity.expired", "--issuer", "pump-17.pem", "--for", "1h"], "name it with --device"),
        (["--code", "validity.expired", "--issuer", "cas.pem", "--for", "1h"], "cas.pem holds 2 certificates of CAs"),
        (
            ["--code", "dicom.curve_size", "--device", "pump-17.pem", "--for", "1h", "--profile", "tls_client"],
            "tls_client refuses nobody for dicom.curve_size",
        ),
        (
            ["--code", "validity.expired", "--device", "pump-17.pem", "--for", "1h", "--profile", "./strict.toml"],
            "strict lets no waiver cover validity.expired",
        ),
        (["--code", "validity.expired", "--device", "no.pem", "--for", "1h"], "no.pem"),
        (
            ["--code", "validity.expired", "--device", "pump-17.pem", "--until", "2026-11-24T00:00:00Z"],
            "before it begins",
        ),
    ],
)
def test_misuse_grants_nothing(ward: Path, capsys: pytest.CaptureFixture[str], given: list[str], message: str) -> None:
    """What is not whole, or would change nothing, is refused in a line, and the file stays as it was."""
    Path("cas.pem").write_text(Path("root.pem").read_text("ascii") + Path("ward-ca.pem").read_text("ascii"), "ascii")
    strict = 'base = "tls_client"\nname = "strict"\nedition = "1"\nsummary = "s"\nunwaivable = ["validity.expired"]\n'
    Path("strict.toml").write_text(strict, "utf-8")
    assert (granted(*given), Path("waivers.toml").exists()) == (2, False)
    assert message in capsys.readouterr().err


def test_whom_it_names_is_told(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The names of the certificates stand beside their digests; of a file of a chain, the device's comes first."""
    leaf, chain = pki_certificate("pump-17.pem"), Path("chain.pem")
    chain.write_text(Path("pump-17.pem").read_text("ascii") + Path("ward-ca.pem").read_text("ascii"), "ascii")
    named = ["--code", "validity.expired", "--for", "1h", "--device", "chain.pem", "--issuer", "chain.pem"]
    for is_new in (True, False):
        assert granted(*named) == 0
        told = capsys.readouterr().out
        assert f"  device {leaf.fingerprint.hex()[:16]}  CN=pump-17.ward.example.com,O=Ward\n" in told
        assert f"  CA {pki_certificate('ward-ca.pem').fingerprint.hex()[:16]}  CN=Ward Device CA\n" in told
        assert ("waivers.toml is new" in told) is is_new


def test_what_another_writes_meanwhile_stays(ward: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiver that somebody grants while the devices are counted is not lost, and its id is not given twice."""
    meanwhile = Waiver(
        id="20261125-1",
        code=codes.EXPIRED,
        granted_by="B. Bruno",
        reason="the same night",
        valid_from=NIGHT,
        valid_until=NIGHT + HOUR,
        issuer=bytes(32),
    )
    counted = waive._counted

    def count(*given: object) -> object:
        save_waivers(Waivers([meanwhile]), "waivers.toml")
        return counted(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(waive, "_counted", count)
    assert granted("--code", "validity.expired", "--issuer", "ward-ca.pem", "--for", "1h") == 0
    assert [(one.id, one.granted_by) for one in load_waivers("waivers.toml").waivers] == [
        ("20261125-1", "B. Bruno"),
        ("20261125-2", "A. Rossi"),
    ]


def test_a_broken_file_is_not_written_over(ward: Path) -> None:
    """Nothing is added to a file that cannot be read: what stands in it would be lost."""
    Path("waivers.toml").write_text("schema", "ascii")
    assert granted("--code", "validity.expired", "--device", "pump-17.pem", "--for", "12h") == 2
    assert Path("waivers.toml").read_text("ascii") == "schema"


def test_end_knows_what_there_is(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown waiver and one that has ended are misuse; one that has not begun is taken out."""
    Path("waivers.toml").unlink(missing_ok=True)
    later = "2026-11-26T00:00:00Z"
    assert granted("--code", "validity.expired", "--device", "pump-17.pem", "--from", later, "--for", "1h") == 0
    assert run(["waive", "end", "waivers.toml", "another"]) == 2
    assert "it has 20261126-1" in capsys.readouterr().err
    assert run(["waive", "end", "waivers.toml", "20261126-1"]) == 0
    assert load_waivers("waivers.toml").waivers == ()
    past = "2026-11-25T00:00:00Z"
    assert granted("--code", "validity.expired", "--device", "pump-17.pem", "--from", past, "--for", "1h") == 0
    assert run(["waive", "end", "waivers.toml", "20261125-1"]) == 2


def test_list_as_data(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list has a schema, and the state of each at the moment asked for."""
    assert granted("--code", "validity.expired", "--issuer", "ward-ca.pem", "--for", "3d") == 0
    capsys.readouterr()
    asked = ["waive", "list", "waivers.toml", "--format", "json", "--at"]
    states = {}
    for at in ("2026-11-25T04:00:00Z", "2026-11-25T05:00:00Z", "2026-11-28T03:30:00Z", "2026-11-29T00:00:00Z"):
        code = run([*asked, at])
        data = json.loads(capsys.readouterr().out)
        states[at[8:13]] = (code, data["waivers"][0]["state"])
    assert data["schema"] == "devicetrust.waivers-listed/1"
    assert states == {
        "25T04": (0, "to come"),
        "25T05": (0, "in force"),
        "28T03": (1, "ends within 2 h"),
        "29T00": (0, "ended"),
    }


def test_a_file_that_is_gone(ward: Path) -> None:
    """What watches the file of this command has its waivers."""
    assert granted("--code", "validity.expired", "--issuer", "ward-ca.pem", "--for", "3d") == 0
    assert WaiverFile("waivers.toml").waivers() == load_waivers("waivers.toml")
    with pytest.raises(UnreadableInput):
        load_waivers("elsewhere.toml")
