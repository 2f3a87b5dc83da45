"""Generated chains with CRLs, against OpenSSL with every CRL check that it has.

The laws: what is trusted with the status of every certificate required, OpenSSL trusts too; and each way in which CRLs
can fail a chain is refused by both, here with its code on its certificate.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

import pytest
from cryptography import x509
from OpenSSL import crypto

import pki_revocation as made
from devicetrust import Certificate, Evidence, Outcome, RevocationPolicy, TrustStore, Verdict, Verifier, profiles
from devicetrust.x509.crl import CertificateRevocationList
from pki import AT, Authority, Extension, common_name, dns, integer, key, sequence, tlv, uri
from pki_status import KEY_COMPROMISE, ON_HOLD, REMOVE_FROM_CRL, STRANGER, Issued, ListOfStatus, Ward, random_ward

COUNT = 20_000 if os.environ.get("DEVICETRUST_SLOW") == "1" else 800
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
# X509_V_FLAG_EXTENDED_CRL_SUPPORT and X509_V_FLAG_USE_DELTAS, which pyOpenSSL does not name.
EXTENDED, USE_DELTAS = 0x1000, 0x2000
# OpenSSL allows a CRL no second ahead of its clock.
PROFILE = profiles.rfc5280.evolve(revocation=RevocationPolicy.REQUIRED.evolve(clock_skew=timedelta(0)))
ROOT, ISSUING = Authority(common_name("Ward Root"), key("p256", 0)), Authority(common_name("Ward CA 1"), key("p256", 1))
INTERMEDIATE = Issued(ROOT.vouches_for(ISSUING), ROOT)
LEAF = Issued(ISSUING.issues(common_name("pump-1"), key("p256", 99), dns("pump-1.ward.example.com")), ISSUING)

REVOKED = (Outcome.UNTRUSTED, "revocation.revoked")
HELD = (Outcome.UNTRUSTED, "revocation.on_hold")
UNKNOWN = (Outcome.UNDECIDED, "revocation.unknown")
ENDED = (Outcome.UNDECIDED, "revocation.evidence_ended")


class Wrong(NamedTuple):
    """CRLs that fail a chain: those of the root and of the CA, and the certificate that they fail."""

    lists: tuple[ListOfStatus, ...]
    verdict: tuple[Outcome, str]
    certificate: int


def crl(issuer: Authority, *entries: tuple[Issued, int | None], number: int = 1) -> ListOfStatus:
    listed = tuple((one.draft.serial_number, why) for one, why in entries)
    extensions = (made.crl_number(number), issuer.key_identifier())
    return ListOfStatus(issuer, listed, extensions, AT - DAY, AT + DAY, issuer.key)


def delta(issuer: Authority, *entries: tuple[Issued, int | None], base: int, number: int) -> ListOfStatus:
    indicator = Extension(made.DELTA_CRL_INDICATOR, True, integer(base))
    return including(crl(issuer, *entries, number=number), indicator)


def including(one: ListOfStatus, *extensions: Extension) -> ListOfStatus:
    return one._replace(extensions=(*one.extensions, *extensions))


def lasting(one: ListOfStatus, begin: datetime, end: datetime) -> ListOfStatus:
    return one._replace(begin=begin, end=end)


ABOVE, OWN = crl(ROOT), crl(ISSUING)
NOBODY = Authority(ISSUING.name, STRANGER)
USER_CERTIFICATES, CA_CERTIFICATES, TWO_REASONS = b"\x81\x01\xff", b"\x82\x01\xff", b"\x83\x02\x05\x60"
# OpenSSL looks for a delta only where the complete CRL points to one.
FRESHEST = Extension(
    made.FRESHEST_CRL, False, sequence(sequence(tlv(0xA0, tlv(0xA0, uri("http://status.example.com/delta")))))
)
scope: Callable[[bytes], Extension] = made.issuing_distribution_point

GOOD: Mapping[str, tuple[ListOfStatus, ...]] = {
    "one for each CA": (ABOVE, OWN),
    "with somebody else on it": (ABOVE, crl(ISSUING, (INTERMEDIATE, KEY_COMPROMISE))),
    "ending now": (ABOVE, lasting(OWN, AT - DAY, AT)),
    "beginning now": (ABOVE, lasting(OWN, AT, AT + DAY)),
    "for what each of them is": (including(ABOVE, scope(CA_CERTIFICATES)), including(OWN, scope(USER_CERTIFICATES))),
    "a newer one beside it": (ABOVE, OWN, lasting(crl(ISSUING, number=2), AT - DAY / 2, AT + DAY)),
    "a delta lifts the hold": (
        ABOVE,
        including(crl(ISSUING, (LEAF, ON_HOLD)), FRESHEST),
        lasting(delta(ISSUING, (LEAF, REMOVE_FROM_CRL), base=1, number=2), AT - DAY / 2, AT + DAY),
    ),
}
WRONG: Mapping[str, Wrong] = {
    "leaf revoked": Wrong((ABOVE, crl(ISSUING, (LEAF, KEY_COMPROMISE))), REVOKED, 0),
    "leaf revoked without a reason": Wrong((ABOVE, crl(ISSUING, (LEAF, None))), REVOKED, 0),
    "leaf on hold": Wrong((ABOVE, crl(ISSUING, (LEAF, ON_HOLD))), HELD, 0),
    "intermediate revoked": Wrong((crl(ROOT, (INTERMEDIATE, KEY_COMPROMISE)), OWN), REVOKED, 1),
    "leaf's CRL ended": Wrong((ABOVE, lasting(OWN, AT - DAY, AT - SECOND)), ENDED, 0),
    "leaf's CRL not begun": Wrong((ABOVE, lasting(OWN, AT + SECOND, AT + DAY)), UNKNOWN, 0),
    "intermediate's CRL ended": Wrong((lasting(ABOVE, AT - DAY, AT - SECOND), OWN), ENDED, 1),
    "leaf's CRL signed by a stranger": Wrong((ABOVE, OWN._replace(signer=STRANGER)), UNKNOWN, 0),
    "leaf's CRL by a stranger of the same name": Wrong((ABOVE, crl(NOBODY)), UNKNOWN, 0),
    "leaf's CRL missing": Wrong((ABOVE,), UNKNOWN, 0),
    "intermediate's CRL missing": Wrong((OWN,), UNKNOWN, 1),
    "leaf's CRL is for CAs": Wrong((ABOVE, including(OWN, scope(CA_CERTIFICATES))), UNKNOWN, 0),
    "intermediate's CRL is for users": Wrong((including(ABOVE, scope(USER_CERTIFICATES)), OWN), UNKNOWN, 1),
    "leaf's CRL is for two reasons": Wrong((ABOVE, including(OWN, scope(TWO_REASONS))), UNKNOWN, 0),
    "leaf's CRL has an unknown critical extension": Wrong(
        (ABOVE, including(OWN, Extension("1.3.6.1.4.1.55555.1", True, b"\x05\x00"))), UNKNOWN, 0
    ),
    "a delta alone": Wrong((ABOVE, delta(ISSUING, base=1, number=2)), UNKNOWN, 0),
    "a delta revokes the leaf": Wrong(
        (
            ABOVE,
            including(OWN, FRESHEST),
            lasting(delta(ISSUING, (LEAF, KEY_COMPROMISE), base=1, number=2), AT - DAY / 2, AT + DAY),
        ),
        REVOKED,
        0,
    ),
    "a delta of a later base than the CRL that ended": Wrong(
        (ABOVE, lasting(OWN, AT - DAY, AT - SECOND), delta(ISSUING, base=2, number=3)), ENDED, 0
    ),
    "a delta of the same number as the CRL that ended": Wrong(
        (ABOVE, lasting(OWN, AT - DAY, AT - SECOND), delta(ISSUING, base=1, number=1)), ENDED, 0
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_lists(name: str) -> None:
    """CRLs that are in order let a chain through, here and in OpenSSL."""
    ward = chain(GOOD[name])
    verdict = ask(ward)
    assert verdict.outcome is Outcome.TRUSTED, verdict.explain()
    assert openssl(ward) is None


@pytest.mark.parametrize("name", WRONG)
def test_wrong_lists(name: str) -> None:
    """CRLs that fail a chain have their code on the certificate that they fail, and OpenSSL names that one as well."""
    wrong = WRONG[name]
    ward = chain(wrong.lists)
    verdict, refusal = ask(ward), openssl(ward)
    assert verdict.headline is not None
    said = (verdict.outcome, verdict.headline.code.id)
    assert (said, verdict.headline.where.certificate) == (wrong.verdict, wrong.certificate), verdict.explain()
    assert refusal is not None
    assert refusal.certificate == wrong.certificate


def test_never_more_permissive() -> None:
    """Of generated chains with CRLs that their issuers signed, whatever is trusted OpenSSL trusts too.

    Where two CRLs of one issuer and scope begin in the same second, OpenSSL takes either; the higher number is newer.
    OpenSSL wants a complete CRL to last even where a delta that lasts renews it: RFC 5280 6.3.3 (a)(1)(i) does not.
    """
    trusted = 0
    for number in range(COUNT):
        ward = random_ward(Random(f"crls {number}"), crossed=False)
        own = tuple(one for one in ward.lists if one.signer == one.issuer.key)
        ward = ward._replace(lists=own, answers=(), signers=())
        beginnings = [(one.issuer, one.begin) for one in own]
        verdict = ask(ward)
        if verdict.outcome is Outcome.TRUSTED and len(set(beginnings)) == len(beginnings):
            trusted += 1
            refusal = openssl(ward)
            assert refusal is None or (refusal.error == "CRL has expired" and rests_on_a_delta(verdict)), number
    assert trusted * 10 > COUNT


def rests_on_a_delta(verdict: Verdict) -> bool:
    return any(str(one.facts.get("source")).startswith("the delta CRL") for one in verdict.findings)


class Refusal(NamedTuple):
    """OpenSSL's error, and the certificate at which it met it."""

    error: str
    certificate: int


def chain(lists: tuple[ListOfStatus, ...]) -> Ward:
    return Ward(ROOT.root(), LEAF, (LEAF, INTERMEDIATE), lists, (), ())


def ask(ward: Ward) -> Verdict:
    """The verdict with the CRLs at hand and every status required."""
    verifier = Verifier(TrustStore([Certificate(ward.root)]), profile=PROFILE)
    evidence = Evidence(crls=[CertificateRevocationList(one.sealed()) for one in ward.lists])
    return verifier.verify(Certificate(ward.leaf.sealed()), map(Certificate, ward.presented), evidence=evidence, at=AT)


def openssl(ward: Ward) -> Refusal | None:
    """Why OpenSSL refuses the same, strictly and with deltas and scopes; None where it trusts."""
    store = crypto.X509Store()
    store.add_cert(_certificate(ward.root))
    for der in dict.fromkeys(one.sealed() for one in ward.lists):
        store.add_crl(x509.load_der_x509_crl(der))
    flags = crypto.X509StoreFlags
    store.set_flags(flags.CRL_CHECK | flags.CRL_CHECK_ALL | flags.X509_STRICT | EXTENDED | USE_DELTAS)
    store.set_time(AT)
    try:
        untrusted = [_certificate(der) for der in ward.presented]
        crypto.X509StoreContext(store, _certificate(ward.leaf.sealed()), untrusted).verify_certificate()
    except crypto.X509StoreContextError as error:
        _, depth, text = error.errors
        return Refusal(text, depth)
    return None


def _certificate(der: bytes) -> crypto.X509:
    return crypto.load_certificate(crypto.FILETYPE_ASN1, der)
