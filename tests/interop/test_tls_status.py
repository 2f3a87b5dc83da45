"""A context tells what it decided: counts by code, the cause of each refusal, ends, its last change, and its health."""

from __future__ import annotations

import logging
import ssl
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devicetrust import Evidence, Outcome, tls
from devicetrust.errors import MisuseError
from devicetrust.profiles.known_codes import known_codes
from devicetrust.profiles.waivers import Waiver, Waivers
from devicetrust.testing import Device, Fault
from devicetrust.tls.counts import Counts
from devicetrust.tls.sides import Side
from interop.tls_ward import Ward, connected, events, speaking, ward


def meets(server: ssl.SSLContext, client: ssl.SSLContext) -> bool:
    """Whether the server lets this client in."""
    with connected(speaking(client, [])) as (raw, _):
        try:
            with server.wrap_socket(raw, server_side=True) as ours:
                return ours.recv(100) == b"secret"
        except ssl.SSLError:
            return False


def causes(records: list[logging.LogRecord]) -> list[dict[str, Any]]:
    """The causes that the log was told, in order."""
    return [one["cause"] for one in events(records, "refused", "handshake failed")]


def test_counts_and_causes(caplog: pytest.LogCaptureFixture) -> None:
    """Admitted, refused by us and refused by OpenSSL are counted apart, and the CA of the device is named."""
    caplog.set_level(logging.INFO)
    one = ward()
    server = one.server()
    late = one.hospital.device("late", faults=[Fault.EXPIRED])
    assert [meets(server, one.plain_client(device)) for device in (one.pump, one.pump, one.revoked, late)] == [
        True,
        True,
        False,
        False,
    ]
    status = server.status()
    assert (status.admitted, status.admitted_by_exception) == (2, 0)
    assert (dict(status.refused), dict(status.failed)) == (
        {"revocation.revoked": 1},
        {"openssl.certificate_has_expired": 1},
    )
    revoked, expired = causes(caplog.records)
    assert (revoked["code"], revoked["about"], revoked["proven"]) == (
        "revocation.revoked",
        str(one.revoked.certificate.issuer),
        True,
    )
    assert (expired["code"], expired["about"]) == ("openssl.certificate_has_expired", None)


def test_causes_of_refusals_without_a_finding(caplog: pytest.LogCaptureFixture) -> None:
    """Not admitted by the authorizer and not judged at all have codes of their own."""

    def gone(_: object) -> bool:
        raise OSError("pump-1 is not to be found")

    for authorizer in (tls.admit.any_of(), tls.admit.inventory(gone)):
        assert not meets(ward().server(authorizer=authorizer), ward().plain_client(ward().pump))
    denied, fault = causes(caplog.records)
    assert (denied["code"], denied["about"]) == ("tls.not_admitted", str(ward().pump.certificate.issuer))
    assert (fault["code"], fault["text"]) == ("tls.not_judged", "peers could not be judged (OSError)")


def test_one_cause_one_alarm() -> None:
    """Many devices with one cause in common are one group, whatever their names."""
    one = Ward()
    server, told = one.server(evidence=None), []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.__dict__["devicetrust"])

    handler, log = tls.GroupedRefusals(Kept()), logging.getLogger("devicetrust.tls")
    log.addHandler(handler)
    try:
        for number in range(3):
            assert not meets(server, one.plain_client(one.hospital.device(f"bed-{number}")))
        handler.flush()
    finally:
        log.removeHandler(handler)
    grouped = [one for one in told if one["event"] == "refusals grouped"]
    assert [(one["code"], one["refusals"], one["devices"]) for one in grouped] == [
        ("revocation.unknown", 1, 1),
        ("revocation.unknown", 3, 3),
    ]


class TestExceptions:
    """Those by which somebody came in are told with their ends, until the inputs change."""

    def waived(self, one: Ward, device: Device) -> tuple[tls.JudgingContext, datetime]:
        now = datetime.now(UTC).replace(microsecond=0)
        until = now + timedelta(days=3)
        waiver = Waiver(
            code=known_codes()["validity.expired"],
            granted_by="ward engineer",
            reason="renewal is on its way",
            valid_from=now - timedelta(hours=1),
            valid_until=until,
            devices=[device.certificate.fingerprint],
        )
        return one.server(verifier=one.clients.evolve(waivers=Waivers([waiver]))), until

    def test_in_use(self) -> None:
        """Code, what it lets pass, and its last second; past that it is in use no more."""
        one = Ward()
        late = one.hospital.device("late", faults=[Fault.EXPIRED])
        server, until = self.waived(one, late)
        assert server.status().exceptions == ()
        assert meets(server, one.plain_client(late))
        status = server.status()
        assert (status.admitted, status.admitted_by_exception) == (0, 1)
        assert status.exceptions == (tls.ExceptionInUse("waiver.in_force", "validity.expired", until),)
        assert status.health.standing is tls.Standing.DEGRADED
        assert server.status(until).exceptions == status.exceptions
        assert server.status(until + timedelta(seconds=1)).exceptions == ()
        server.replace(verifier=one.clients)
        assert server.status().exceptions == ()
        assert server.status().admitted_by_exception == 1


class TestEnds:
    """What it goes by, and until when."""

    def test_holders(self) -> None:
        """Our certificate and the anchors, by subject, fingerprint and notAfter."""
        status = ward().server().status()
        own = ward().gateway.certificate
        assert status.credential == tls.Holder(str(own.subject), own.fingerprint.hex(), own.not_after)
        roots = ward().hospital.roots
        assert {one.fingerprint: one.until for one in status.anchors} == {
            one.fingerprint.hex(): one.not_after for one in roots
        }
        assert (status.side, status.profile) == (Side.SERVER, "tls_client")

    def test_evidence(self) -> None:
        """Of what is at hand the first end is told, whether a source renews it or not."""
        evidence = ward().evidence
        ends = [one.to_cryptography().next_update_utc for one in evidence.crls]
        first = min(one for one in ends if one is not None)

        class Source:
            def evidence(self) -> Evidence:
                return evidence

        for given in (evidence, Source()):
            assert ward().server(evidence=given).status().evidence_end == first
        assert ward().server(evidence=Evidence()).status().evidence_end is None

    def test_a_source_that_raises(self) -> None:
        """The status is told all the same, and says so."""

        class Broken:
            def evidence(self) -> Evidence:
                raise OSError("the disk is gone")

        status = ward().server(evidence=Broken()).status()
        assert status.evidence_problem == "OSError: the disk is gone"
        assert status.health.standing is tls.Standing.FAILING

    def test_at(self) -> None:
        """After the end of the credential nobody can be let in; a naive datetime is misuse."""
        server = ward().server()
        after = ward().gateway.certificate.not_after + timedelta(seconds=1)
        assert server.status(after).health.status_code == 503
        with pytest.raises(MisuseError, match="time zone"):
            server.status(after.replace(tzinfo=None))


def test_last_reload() -> None:
    """None before the first; then when, and why it was refused."""
    one = ward()
    server = one.server()
    assert server.status().last_reload is None
    server.replace(credential=one.gateway.credential())
    taken = server.status().last_reload
    assert taken is not None
    assert taken.problem is None
    with pytest.raises(MisuseError):
        server.replace(credential=one.expired_gateway.credential())
    refused = server.status().last_reload
    assert refused is not None
    assert "validity.expired" in (refused.problem or "")
    assert any("the last change was refused" in reason for reason in server.status().health.reasons)


def test_a_failed_handshake_counts_once(caplog: pytest.LogCaptureFixture) -> None:
    """However often a program tries the same connection again."""
    server = ward().server()
    with connected(lambda raw: raw.sendall(b"GET / HTTP/1.0\r\n\r\n")) as (raw, _):
        connection = server.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
        with connection:
            for _ in range(2):
                with pytest.raises(ssl.SSLError):
                    connection.do_handshake()
    assert server.status().failed == {"openssl.http_request": 1}
    assert len(events(caplog.records, "handshake failed")) == 1


def test_counts_of_threads() -> None:
    """None is lost between them."""
    verdict = ward().clients.verify(ward().pump.certificate, ward().pump.chain[1:], evidence=ward().evidence)
    assert verdict.outcome is Outcome.TRUSTED
    counts = Counts()

    def work() -> None:
        for _ in range(1000):
            counts.admit(verdict)
            counts.refuse("a")
            counts.fail("b")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert counts.taken() == (4000, 0, {"a": 4000}, {"b": 4000}, ())


def test_counts_are_bounded() -> None:
    """Codes beyond the bound are counted together."""
    counts = Counts()
    for number in range(2000):
        counts.refuse(f"code.{number}")
    _, _, refused, _, _ = counts.taken()
    assert len(refused) == 513
    assert (sum(refused.values()), refused["other"]) == (2000, 2000 - 512)


def test_made_by_its_makers_alone() -> None:
    """A context that nobody gave a verifier is none."""
    with pytest.raises(MisuseError, match=r"tls\.server_context"):
        tls.JudgingContext(ssl.PROTOCOL_TLS_SERVER)
