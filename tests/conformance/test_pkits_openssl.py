"""The table of statuses in pkits.toml against OpenSSL, which judges the CRLs of PKITS by itself."""

from __future__ import annotations

import pytest
from cryptography import x509
from OpenSSL import crypto

from conformance import pkits
from conformance.expectations import Fault

TESTS = pkits.tests()
EXPECTED = pkits.expectations()
ABOUT_CRLS = [id for id, test in TESTS.items() if test.section in ("4.4", "4.14", "4.15") or id in EXPECTED.by_status]

# X509_V_FLAG_EXTENDED_CRL_SUPPORT and X509_V_FLAG_USE_DELTAS, which pyOpenSSL does not name.
EXTENDED, USE_DELTAS = 0x1000, 0x2000
# X509_V_ERR_CERT_REVOKED and X509_V_ERR_CRL_HAS_EXPIRED
KINDS = {23: "revocation.revoked", 12: "revocation.evidence_ended"}

SEPARATE_ISSUER = {f"4.14.{number}" for number in (24, 25, 28, 29, 30, 31, 32, 33)}
"""A store finds a CRL by the certificate's issuer, and the CRLs of these are issued by others."""


@pytest.mark.parametrize("id", [id for id in ABOUT_CRLS if id not in SEPARATE_ISSUER])
def test_status_as_openssl_judges_it(id: str) -> None:
    """OpenSSL accepts what is valid, and refuses the rest at the same certificate for the same kind of reason."""
    assert openssl(TESTS[id]) == expected(id)


@pytest.mark.parametrize("id", sorted(SEPARATE_ISSUER))
def test_crl_of_another_issuer_is_beyond_openssl(id: str) -> None:
    """Where OpenSSL is not asked, it finds no CRL, whatever the right answer is; otherwise the excuse is stale."""
    assert openssl(TESTS[id]) in (Fault("revocation.unknown", 0), Fault("revocation.unknown", 1))


def expected(id: str) -> Fault | None:
    """What pkits.toml says, a hold as the revocation that it is for OpenSSL; None for valid."""
    refusal = EXPECTED.refused.get(id)
    fault = EXPECTED.by_status.get(id) if refusal is None else refusal.headline
    return fault and fault._replace(code=fault.code.replace("on_hold", "revoked"))


def openssl(test: pkits.PkitsTest) -> Fault | None:
    """OpenSSL's verdict on a path with the CRLs of the test, each certificate's status asked for."""
    store = crypto.X509Store()
    store.add_cert(_certificate(test.path[0]))
    for name in test.crls:
        store.add_crl(x509.load_der_x509_crl(pkits.crl(name)))
    flags = crypto.X509StoreFlags
    store.set_flags(flags.CRL_CHECK | flags.CRL_CHECK_ALL | EXTENDED | USE_DELTAS)
    store.set_time(pkits.AT)
    untrusted = [_certificate(name) for name in (*test.path[1:-1], *test.further)]
    try:
        crypto.X509StoreContext(store, _certificate(test.path[-1]), untrusted).verify_certificate()
    except crypto.X509StoreContextError as error:
        code, depth, _ = error.errors
        return Fault(KINDS.get(code, "revocation.unknown"), depth)
    return None


def _certificate(name: str) -> crypto.X509:
    return crypto.load_certificate(crypto.FILETYPE_ASN1, pkits.certificate(name).der)
