"""Views of CRLs for tests: those of cryptography's vectors, and ones made by hand.

Makes: `vectors`, `view`.
May import: pki, pki_revocation, devicetrust's x509, cryptography.
Must never: hold an expected value.
Read first: `vectors`, `view`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import cryptography_vectors
from cryptography import x509

import pki
from devicetrust.x509.crl import CertificateRevocationList
from pki import Extension, common_name
from pki_revocation import CRLDraft

VECTORS = Path(cryptography_vectors.__file__).parent / "x509"
PKITS = VECTORS / "PKITS_data"
WARD, CLINIC = common_name("Ward CA"), common_name("Clinic CA")
KEY, OTHER_KEY = pki.key("p256", 1), pki.key("p256", 2)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def view(*entries: bytes, extensions: tuple[Extension, ...] = (), **fields: Any) -> CertificateRevocationList:
    return CertificateRevocationList(CRLDraft(WARD, entries or None, extensions, **fields).sealed(KEY))


def since_epoch(moment: datetime) -> int:
    return int((moment - EPOCH).total_seconds())


@cache
def vectors() -> dict[str, CertificateRevocationList]:
    """Every CRL of cryptography's vectors that pyca loads."""
    found = {}
    for path in sorted([*(PKITS / "crls").glob("*.crl"), *(VECTORS / "custom").glob("*crl*")]):
        content = path.read_bytes()
        load = x509.load_pem_x509_crl if content.startswith(b"-----BEGIN X509 CRL") else x509.load_der_x509_crl
        try:
            found[path.name] = CertificateRevocationList.from_cryptography(load(content))
        except (ValueError, x509.InvalidVersion):
            continue
    return found
