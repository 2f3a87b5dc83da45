"""What a hospital for tests publishes satisfies OpenSSL: its CRLs, whole-chain, and its answers to OpenSSL's client."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from OpenSSL import crypto

import pki
from devicetrust import MisuseError, testing
from devicetrust.testing import Fault
from devicetrust.testing.der import pem
from devicetrust.testing.handshakes import Reception
from devicetrust.testing.mutual_tls import MutualTLSServer
from devicetrust.testing.refusals import (
    NO_CERTIFICATE,
    NOBODY,
    SHOWN,
    Presented,
    assert_refuses_faults,
    faulty_devices,
    refusals,
)
from devicetrust.testing.responders import RevocationServer
from interop.admissions import ADMISSIONS

ALGORITHMS = [
    one for one in testing.KeyAlgorithm if one not in (testing.KeyAlgorithm.RSA_1024, testing.KeyAlgorithm.P224)
]


def refusal(hospital: testing.Hospital, device: testing.Device) -> str | None:
    """Why OpenSSL refuses the device, with a CRL for every certificate of the chain; None where it does not."""
    store = crypto.X509Store()
    for root in hospital.roots:
        store.add_cert(crypto.X509.from_cryptography(root.to_cryptography()))
    for crl in hospital.crls():
        store.add_crl(crl.to_cryptography())
    flags = crypto.X509StoreFlags
    store.set_flags(flags.X509_STRICT | flags.CRL_CHECK | flags.CRL_CHECK_ALL | flags.POLICY_CHECK)
    store.set_time(hospital.at)
    leaf, *others = (crypto.load_certificate(crypto.FILETYPE_ASN1, one.der) for one in device.chain)
    try:
        crypto.X509StoreContext(store, leaf, others).verify_certificate()
    except crypto.X509StoreContextError as problem:
        return str(problem)
    return None


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_crls_of_the_whole_chain(algorithm: testing.KeyAlgorithm) -> None:
    """A good device passes with a CRL for each of its certificates, a revoked one does not."""
    hospital = testing.Hospital(at=pki.AT, algorithm=algorithm)
    assert refusal(hospital, hospital.device("pump-1")) is None
    assert refusal(hospital, hospital.device("pump-1", faults=[Fault.REVOKED])) == "certificate revoked"


FOUND = {
    Fault.EXPIRED: "certificate has expired",
    Fault.NOT_YET_VALID: "certificate is not yet valid",
    Fault.WRONG_ISSUER_KEY: "certificate signature failure",
    Fault.BROKEN_SIGNATURE: "certificate signature failure",
    Fault.UNKNOWN_CRITICAL_EXTENSION: "unhandled critical extension",
    Fault.SELF_SIGNED: "self-signed certificate",
    Fault.MISSING_INTERMEDIATE: "unable to get local issuer certificate",
    Fault.CA_EXPIRED: "certificate has expired",
    Fault.NOT_A_CA: "invalid CA certificate",
    Fault.PATH_TOO_LONG: "path length constraint exceeded",
    Fault.NAME_EXCLUDED: "excluded subtree violation",
    Fault.NAME_NOT_PERMITTED: "permitted subtree violation",
    Fault.CA_REVOKED: "certificate revoked",
    Fault.CRL_MISSING: "unable to get certificate CRL",
    Fault.CRL_STALE: "CRL has expired",
    Fault.CRL_FROM_THE_FUTURE: "CRL is not yet valid",
    Fault.CRL_BY_WRONG_SIGNER: "CRL signature failure",
    Fault.CRL_ALTERED: "CRL signature failure",
}


@pytest.mark.parametrize("fault", FOUND)
def test_openssl_sees_the_fault(fault: Fault) -> None:
    """For the same reason as we: the fault is what it says, and nothing else is wrong before it."""
    hospital = testing.Hospital(at=pki.AT)
    assert (refusal(hospital, hospital.device("pump-1", faults=[fault])) or "").startswith(FOUND[fault])


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not installed")
@pytest.mark.parametrize(("faults", "status"), [([], "good"), ([Fault.REVOKED], "revoked")])
def test_answers_to_the_openssl_client(tmp_path: Path, faults: list[Fault], status: str) -> None:
    """Its request, in SHA-1 and with a nonce, is answered so that it verifies and says the status."""
    hospital = testing.Hospital()
    device = hospital.device("pump-1", faults=faults)
    contents = {
        "roots.pem": hospital.roots_pem,
        "issuer.pem": pem("CERTIFICATE", hospital.operator.certificate.der),
        "device.pem": pem("CERTIFICATE", device.certificate.der),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    with RevocationServer(ocsp=hospital.answer) as server:
        asked = ["-issuer", "issuer.pem", "-cert", "device.pem", "-url", server.ocsp_url]
        told = openssl(tmp_path, *asked, "-CAfile", "roots.pem", "-verify_other", "issuer.pem")
    assert "Response verify OK" in told
    assert f"device.pem: {status}" in told


def openssl(folder: Path, *arguments: str) -> str:
    """What ``openssl ocsp`` says; it fails where a nonce is not repeated."""
    done = subprocess.run(["openssl", "ocsp", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout + done.stderr


ADMITTED, NOT_OFFERABLE = set(ADMISSIONS.everywhere), ADMISSIONS.unsent


def test_over_tls(tmp_path: Path) -> None:
    """Every fault that OpenSSL can send reaches a server of Python's ``ssl`` with CRLs, which refuses most of them."""
    hospital = testing.Hospital()
    pump = hospital.device("pump-1")
    devices = {fault: hospital.device("pump-2", faults=[fault]) for fault in Fault}
    context = demanding(hospital, tmp_path, hospital.crls_pem())
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    offered = {fault.name: Presented(one.chain, one.private_key) for fault, one in devices.items()}
    with MutualTLSServer(context) as running:
        told = refusals(running.address, {**offered, "good": Presented(pump.chain, pump.private_key)})
    assert told.pop("good").reception is Reception.ADMITTED
    became = {which: {Fault[name] for name, one in told.items() if one.reception is which} for which in Reception}
    assert became[Reception.ADMITTED] == ADMITTED
    assert became[Reception.NOT_OFFERABLE] == NOT_OFFERABLE
    assert became[Reception.NO_ANSWER] == set()


def test_assert_refuses_faults(tmp_path: Path) -> None:
    """Without CRLs the same is said of every fault that a client shows: who is admitted is named, and no other."""
    hospital = testing.Hospital()
    refused = [fault for fault in SHOWN if fault not in ADMITTED | NOT_OFFERABLE]
    with MutualTLSServer(demanding(hospital, tmp_path)) as running:
        with pytest.raises(AssertionError) as raised:
            assert_refuses_faults(running, hospital)
        told = assert_refuses_faults(running.address, hospital, refused)
        with pytest.raises(AssertionError, match=r"was never sent\n    NOT_DER: not offerable"):
            assert_refuses_faults(running, hospital, [Fault.EXPIRED, Fault.NOT_DER])
        for nothing in ([], Fault.EXPIRED, "expired"):
            with pytest.raises(MisuseError, match="with one at least"):
                assert_refuses_faults(running, hospital, nothing)  # type: ignore[arg-type]
    _, *lines = str(raised.value).splitlines()
    assert lines == ["  wrongly admits", *[f"    {fault.name}: admitted" for fault in SHOWN if fault in ADMITTED]]
    receptions = {name: attempt.reception for name, attempt in told.items()}
    assert receptions.pop("a good device") is Reception.ADMITTED
    assert receptions == dict.fromkeys([fault.name for fault in refused], Reception.REFUSED)
    with (
        MutualTLSServer(demanding(testing.Hospital(seed=2), tmp_path)) as stranger,
        pytest.raises(AssertionError, match=r"does not admit\n    a good device: refused"),
    ):
        assert_refuses_faults(stranger, hospital, [Fault.EXPIRED])


def test_none_is_refused_for_want_of_a_crl(tmp_path: Path) -> None:
    """Where the devices were issued before the CRLs, a server that demands every CRL admits the same, and no fewer."""
    hospital = testing.Hospital()
    assert {*faulty_devices(hospital)} == {NO_CERTIFICATE, *(fault.name for fault in SHOWN)}
    context = demanding(hospital, tmp_path, hospital.crls_pem())
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    with MutualTLSServer(context) as running, pytest.raises(AssertionError) as raised:
        assert_refuses_faults(running, hospital)
    _, *lines = str(raised.value).splitlines()
    assert lines == ["  wrongly admits", *[f"    {fault.name}: admitted" for fault in SHOWN if fault in ADMITTED]]


def test_no_certificate(tmp_path: Path) -> None:
    """A server that asks and does not insist admits who presents nothing; one that insists does not."""
    hospital = testing.Hospital()
    context = demanding(hospital, tmp_path)
    with MutualTLSServer(context) as running:
        assert refusals(running.address, {"nobody": NOBODY})["nobody"].reception is Reception.REFUSED
        context.verify_mode = ssl.CERT_OPTIONAL
        with pytest.raises(AssertionError, match=r"wrongly admits\n    NO_CERTIFICATE: admitted"):
            assert_refuses_faults(running, hospital)


@pytest.mark.parametrize("algorithm", [testing.KeyAlgorithm.ED25519, testing.KeyAlgorithm.RSA_2048])
def test_every_fault_that_the_keys_allow(tmp_path: Path, algorithm: testing.KeyAlgorithm) -> None:
    """SHA-1 is left out where keys cannot sign with it; all else is said as of a hospital of P-256."""
    hospital = testing.Hospital(algorithm=algorithm)
    with (
        MutualTLSServer(demanding(hospital, tmp_path)) as running,
        pytest.raises(AssertionError) as raised,
    ):
        assert_refuses_faults(running, hospital)
    _, *lines = str(raised.value).splitlines()
    assert lines == ["  wrongly admits", *[f"    {fault.name}: admitted" for fault in SHOWN if fault in ADMITTED]]


def demanding(hospital: testing.Hospital, folder: Path, crls: bytes = b"") -> ssl.SSLContext:
    """The context of a gateway that admits who leads to the hospital's roots."""
    gateway = hospital.device("gateway-1", "gateway")
    files = {"server.pem": gateway.chain_pem, "server.key": gateway.private_key_pem}
    for name, content in {**files, "trust.pem": hospital.roots_pem + crls}.items():
        (folder / name).write_bytes(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.load_verify_locations(folder / "trust.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context
