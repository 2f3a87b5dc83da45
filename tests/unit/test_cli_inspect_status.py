"""What `devicetrust inspect` shows of CRLs, OCSP responses, and of where certificates say that these are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.x509 import ocsp

from devicetrust.cli.commands import run
from pki import AT, Extension, tlv
from pki_revocation import (
    INDIRECT,
    certificate_issuer,
    entry,
    freshest_crl,
    invalidity_date,
    issuing_distribution_point,
    reason_code,
)
from pki_revocation import response as error_response
from ward import DEVICE, ISSUING
from ward_pointing import CRL_URL, DAY, OCSP_URL, answer, crl, pointing

VECTORS = Path(cryptography_vectors.__file__).parent / "x509"
PKITS_CRLS = VECTORS / "PKITS_data" / "crls"
NOW = "2026-06-01T12:00:00Z"


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """What is shown of these octets: exit code, text, and the data."""

    def inspect(octets: bytes) -> tuple[int, str, dict[str, Any]]:
        file = tmp_path / "file.der"
        file.write_bytes(octets)
        code = run(["inspect", str(file), "--at", NOW])
        text = capsys.readouterr().out
        run(["inspect", str(file), "--at", NOW, "--format", "json"])
        [inside] = json.loads(capsys.readouterr().out)["files"][0]["contents"]
        return code, text, inside

    return inspect


def words(text: str, field: str) -> str:
    """What stands in the line of this field."""
    return next(line for line in text.splitlines() if line.startswith(f"  {field} "))[22:].strip()


def test_a_crl_with_all_its_fields(told: Any) -> None:
    """Issuer, number, dates with the days left, entries, the key that signed, the algorithm: in text and in data."""
    entries = [entry(serial, reason_code(1)) for serial in range(1, 9)]
    code, text, data = told(crl(ISSUING, *entries, next_update=AT + 3 * DAY))
    assert (code, data["kind"], data["issuer"]) == (0, "crl", "CN=Ward CA 1,O=Ward")
    assert (words(text, "CRL number"), data["number"]) == ("12", "12")
    assert words(text, "next update") == "2026-06-04T12:00:00Z (3 days left)"
    assert (data["next_update"], data["days_left"], data["decides_nothing"]) == ("2026-06-04T12:00:00Z", 3, None)
    assert (words(text, "entries"), data["entries"]) == ("8", 8)
    assert words(text, "first revoked") == "1 at 2026-05-31T12:00:00Z (keyCompromise)"
    assert [one["serial_number"] for one in data["first_entries"]] == ["1", "2", "3", "4", "5"]
    assert data["authority_key_identifier"] == words(text, "authority key") == ISSUING.key.identifier.hex()
    assert data["signature_algorithm"] == "ecdsa-with-SHA256"


@pytest.mark.parametrize("file", sorted(PKITS_CRLS.glob("*.crl")), ids=lambda file: file.stem)
def test_crls_as_another_reader_reads_them(file: Path, told: Any) -> None:
    """Every CRL of PKITS: dates, entries and number as `cryptography` reads them."""
    code, _, data = told(file.read_bytes())
    expected = x509.load_der_x509_crl(file.read_bytes())
    number = [one.value.crl_number for one in expected.extensions if isinstance(one.value, x509.CRLNumber)]
    delta = [one.value.crl_number for one in expected.extensions if isinstance(one.value, x509.DeltaCRLIndicator)]
    assert (code, data["entries"], data["this_update"]) == (
        0,
        len(expected),
        f"{expected.last_update_utc:%Y-%m-%dT%TZ}",
    )
    assert ([data["number"]], data["is_delta"]) == ([str(one) for one in number] or [None], bool(delta))
    assert [data["base_number"]] == ([str(one) for one in delta] or [None])
    assert [one["serial_number"] for one in data["first_entries"]] == [f"{one.serial_number:x}" for one in expected][:5]


def test_what_narrows_a_crl(told: Any) -> None:
    """Scope and deltas are told: of which certificates it speaks, and where its newest changes are."""
    scope = issuing_distribution_point(tlv(0x81, b"\xff"))
    _, text, data = told(crl(ISSUING, extensions=[scope, freshest_crl("http://crl.ward.example/delta.crl")]))
    assert words(text, "scope") == "user certificates only"
    assert words(text, "freshest CRL") == "URI:http://crl.ward.example/delta.crl"
    assert (data["scope"]["only_user_certificates"], data["scope"]["indirect"]) == (True, False)
    assert [point["names"] for point in data["freshest_crl"]] == [["URI:http://crl.ward.example/delta.crl"]]


def test_entries_of_other_issuers_have_no_reason_here(told: Any) -> None:
    """In an indirect CRL, only the reasons of the CRL issuer's own certificates are told."""
    other = entry(2, reason_code(4), certificate_issuer(DEVICE.name))
    _, _, data = told(crl(ISSUING, entry(1, reason_code(1)), other, extensions=[INDIRECT]))
    assert [one["reason"] for one in data["first_entries"]] == ["keyCompromise", None]


@pytest.mark.parametrize(
    "extensions",
    [[Extension("1.3.6.1.4.1.55555.9", True, b"\x05\x00")], [Extension("2.5.29.28", True, b"\x30\x00")]],
    ids=["a critical extension that is not known", "a scope that says nothing"],
)
def test_a_crl_that_decides_nothing_says_why(told: Any, extensions: list[Extension]) -> None:
    """What can be read and must not be used is shown as such; that is no damage, so the exit code stays 0."""
    code, text, data = told(crl(ISSUING, extensions=extensions))
    assert code == 0
    assert words(text, "decides nothing") == data["decides_nothing"]


def test_an_entry_that_another_reader_refuses_is_shown(told: Any) -> None:
    """A date that nothing hangs on cannot hide an entry."""
    odd = Extension("2.5.29.24", False, b"\x05\x00")
    code, _, data = told(crl(ISSUING, entry(7, odd), entry(8, invalidity_date(AT))))
    assert (code, [one["serial_number"] for one in data["first_entries"]]) == (0, ["7", "8"])


def test_an_ocsp_response_with_what_it_says(told: Any) -> None:
    """Status, responder, when it was made, and of each certificate what it is and until when."""
    asked = pointing()
    code, text, data = told(answer(asked))
    [single] = data["responses"]
    assert (code, data["kind"], data["status"], data["responder"]) == (
        0,
        "ocsp_response",
        "successful",
        "CN=Ward CA 1,O=Ward",
    )
    assert words(text, "produced at") == data["produced_at"] == "2026-05-31T12:00:00Z"
    assert (words(text, "is"), single["certificate_status"]) == ("good", "good")
    assert single["serial_number"] == f"{asked.chain[0].draft.serial_number:x}"
    assert (single["next_update"], single["days_left"]) == ("2026-06-02T12:00:00Z", 1)


@pytest.mark.parametrize("file", ["resp-sha256.der", "resp-revoked.der", "resp-delegate-unknown-cert.der"])
def test_ocsp_responses_as_another_reader_reads_them(file: str, told: Any) -> None:
    """Status, serial number and reason as `cryptography` reads them."""
    octets = (VECTORS / "ocsp" / file).read_bytes()
    _, _, data = told(octets)
    expected = ocsp.load_der_ocsp_response(octets)
    assert [(one["serial_number"], one["certificate_status"]) for one in data["responses"]] == [
        (f"{one.serial_number:x}", one.certificate_status.name.lower()) for one in expected.responses
    ]


def test_an_error_of_a_responder_is_its_status_alone(told: Any) -> None:
    """A responder that refuses to answer says so, and nothing else."""
    code, text, data = told(error_response(6))
    assert (code, data["status"], "responses" in data) == (0, "unauthorized", False)
    assert words(text, "status") == "unauthorized"


def test_a_certificate_says_where_its_status_is(told: Any) -> None:
    """Of a certificate the sources of its status are shown: what to fetch, and whom to ask."""
    _, text, data = told(pointing().sealed(0))
    assert (words(text, "CRLs"), words(text, "OCSP responders")) == (f"URI:{CRL_URL}", OCSP_URL)
    assert (data["crl_distribution_points"][0]["names"], data["ocsp_responders"]) == ([f"URI:{CRL_URL}"], [OCSP_URL])
