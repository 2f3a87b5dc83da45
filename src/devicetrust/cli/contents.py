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
    """What was found, in the order of the file; bytes that nobody could read are among the certificates."""

    certificates: tuple[Certificate, ...]
    crls: tuple[CertificateRevocationList, ...]
    ocsp: tuple[OCSPResponse, ...]


def contents(file: str, password: bytes | None) -> Contents:
    """What is in a file. Raises `UnreadableInput` where there is nothing, and for passwords.

    DER does not say what it is: what is no certificate is tried as a CRL and as an OCSP response.
    """
    crls = _readable(read_crls, file)
    ocsp = _readable(read_ocsp, file)
    others = {view.der for view in crls} | {view.der for view in ocsp}
    try:
        certificates = tuple(one for one in load_certificates(file, password) if one.der not in others)
    except (PasswordRequired, WrongPassword):
        raise
    except UnreadableInput:
        if not others:
            raise
        certificates = ()
    return Contents(certificates, crls, ocsp)


def _readable(load: Callable[[str], list[View]], file: str) -> tuple[View, ...]:
    try:
        return tuple(view for view in load(file) if view.unreadable is None)
    except UnreadableInput:
        return ()
