"""What is at hand beside the certificates presented: a plain value with a digest."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import cryptography_vectors
import pytest

from devicetrust import Certificate, Evidence, MisuseError, Want, load_crls, load_ocsp
from devicetrust.evidence import WantKind
from ward import certificates, scene

VECTORS = Path(cryptography_vectors.__file__).parent / "x509"
CRL, OTHER_CRL = (load_crls(VECTORS / "custom" / name)[0] for name in ("crl_all_reasons.pem", "crl_empty.pem"))
OCSP = load_ocsp(VECTORS / "ocsp" / "resp-sha256.der")[0]
ISSUER = Certificate(certificates(scene())[1])


class TestDigest:
    def test_order_and_repetition_do_not_matter(self) -> None:
        """The same pieces are the same evidence."""
        one = Evidence(crls=[CRL, OTHER_CRL], ocsp=[OCSP], certificates=[ISSUER, ISSUER])
        other = Evidence(crls=[OTHER_CRL, CRL, CRL], ocsp=[OCSP], certificates=[ISSUER.der])
        assert (one == other, hash(one) == hash(other), len(one.digest)) == (True, True, 32)

    def test_every_piece_counts(self) -> None:
        """Evidence with another piece, or the same octets as a piece of another kind, is other evidence."""
        pieces = [
            Evidence(),
            Evidence(crls=[CRL]),
            Evidence(crls=[OTHER_CRL]),
            Evidence(crls=[CRL, OTHER_CRL]),
            Evidence(ocsp=[OCSP]),
            Evidence(certificates=[ISSUER]),
            Evidence(certificates=[CRL.der]),
        ]
        assert len({one.digest for one in pieces}) == len(pieces)


class TestValue:
    def test_pickle(self) -> None:
        """Evidence crosses processes whole."""
        one = Evidence(crls=[CRL], ocsp=[OCSP], certificates=[ISSUER])
        twin = pickle.loads(pickle.dumps(one))
        assert (twin, twin.crls, twin.ocsp, twin.certificates) == (one, (CRL,), (OCSP,), (ISSUER,))

    def test_it_says_what_it_holds(self) -> None:
        """The representation counts the pieces."""
        assert repr(Evidence(crls=[CRL])) == "<Evidence of 1 CRLs, 0 OCSP responses, 0 certificates>"

    @pytest.mark.parametrize(
        "make",
        [
            lambda: Evidence(crls=[CRL.der]),  # type: ignore[list-item]
            lambda: Evidence(crls=[OCSP]),  # type: ignore[list-item]
            lambda: Evidence(ocsp=[CRL]),  # type: ignore[list-item]
            lambda: Evidence(ocsp=["response.der"]),  # type: ignore[list-item]
            lambda: Evidence(certificates=[None]),  # type: ignore[list-item]
            lambda: Evidence(certificates=["ca.pem"]),  # type: ignore[list-item]
            lambda: Evidence(crls=CRL),  # type: ignore[arg-type]
            lambda: Evidence(crls=[[]]),  # type: ignore[list-item]
            lambda: Evidence(certificates=None),  # type: ignore[arg-type]
            lambda: Evidence(failures=["no answer"]),  # type: ignore[list-item]
            lambda: Evidence(failures=[("http://ward.example", 404)]),  # type: ignore[list-item]
        ],
    )
    def test_wrong_types_are_misuse(self, make: Callable[[], Evidence]) -> None:
        """What is no piece of evidence is refused where the evidence is made, not where it is asked."""
        with pytest.raises(MisuseError):
            make()

    def test_a_want_is_plain(self) -> None:
        """A want names the kind of bytes, the certificate and the URLs; it is equal by value and pickles."""
        want = Want(WantKind.CA_ISSUERS, ISSUER.fingerprint, ("http://ca.example.com/ca.cer",))
        assert pickle.loads(pickle.dumps(want)) == want
        assert want._fields == ("kind", "certificate", "urls", "question")


def test_views_of_crls_and_responses_pickle() -> None:
    """A CRL and an OCSP response cross processes as their DER, and say why they cannot be read."""
    for piece in (CRL, OCSP):
        assert pickle.loads(pickle.dumps(piece)) == piece
        assert piece.unreadable is None
        assert type(piece)(b"\x30\x00").unreadable
    assert CRL != OCSP
