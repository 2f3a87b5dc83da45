"""All that a file holds, of whatever kind.

Makes: `Contents`.
May import: x509.
Must never: lose a certificate because a CRL lies beside it.
Read first: `contents`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from devicetrust import Certificate, PasswordRequired, UnreadableInput, WrongPassword, load_certificates
from devicetrust import load_crls as read_crls
from devicetrust import load_ocsp as read_ocsp
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import OCSPResponse

__all__ = ["Contents", "contents"]

View = TypeVar("View", CertificateRevocationList, OCSPResponse)


class Contents(NamedTuple):
    """What was found, each kind in its order; bytes of which nobody can say what they are, as certificates."""

    certificates: tuple[Certificate, ...]
    crls: tuple[CertificateRevocationList, ...]
    ocsp: tuple[OCSPResponse, ...]


def contents(file: str, password: bytes | None) -> Contents:
    """What is in a file. Raises `UnreadableInput` where there is nothing, and for passwords.

    Each loader takes damaged bytes for its own; here they are told once, and not at all where another can read them.
    """
    crls = _found(read_crls, file)
    ocsp = _found(read_ocsp, file)
    try:
        certificates = load_certificates(file, password)
    except (PasswordRequired, WrongPassword):
        raise
    except UnreadableInput:
        if not crls and not ocsp:
            raise
        certificates = []
    elsewhere = {one.der for one in crls if one.unreadable is None} | {
        one.der for one in ocsp if one.unreadable is None
    }
    told = {certificate.der for certificate in certificates}
    return Contents(
        tuple(one for one in certificates if one.der not in elsewhere),
        tuple(one for one in crls if one.unreadable is None or one.der not in told),
        tuple(one for one in ocsp if one.unreadable is None or one.der not in told),
    )


def _found(load: Callable[[str], list[View]], file: str) -> list[View]:
    try:
        return load(file)
    except UnreadableInput:
        return []
