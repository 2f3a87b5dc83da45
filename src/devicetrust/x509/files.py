"""Certificates, CRLs and OCSP responses out of files and bytes.

Makes: `load_certificates`, `load_crls`, `load_ocsp`.
May import: errors, x509 siblings, `cryptography`.
Must never: lose the good ones in a file because of a bad one, or guess a password.
Read first: `load_certificates`.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias, TypeVar

from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

from devicetrust.errors import MisuseError, PasswordRequired, UnreadableInput, WrongPassword
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.der import MalformedDER, children, oid_text, read_tlv
from devicetrust.x509.ocsp import OCSPResponse

__all__ = ["load_certificates", "load_crls", "load_ocsp"]

Source: TypeAlias = "str | os.PathLike[str] | bytes"
View = TypeVar("View")

# Ours: the largest public CRLs are about 100 MiB; what is larger was not meant for this call.
_LARGEST: Final = 1 << 28


def load_certificates(source: Source, password: str | bytes | None = None) -> list[Certificate]:
    """Every certificate of a file, a directory or bytes: PEM with text around it, DER, PKCS#7, PKCS#12.

    Several in one file are found in their order; of a directory its files by name, sub-directories left out. One that
    cannot be read comes back all the same and says why in ``unreadable``. Raises `UnreadableInput` where there is no
    certificate at all, `PasswordRequired` and `WrongPassword` for an encrypted PKCS#12.
    """
    return _load(source, "certificate", lambda data, name: _certificates(data, name, password))


def load_crls(source: Source) -> list[CertificateRevocationList]:
    """Every CRL of a file, a directory or bytes: PEM or DER. Raises `UnreadableInput` where there is none."""
    return _load(source, "CRL", lambda data, _: list(map(CertificateRevocationList, _blocks(data, _CRL_LABELS))))


def load_ocsp(source: Source) -> list[OCSPResponse]:
    """Every OCSP response of a file, a directory or bytes: PEM or DER. Raises `UnreadableInput` where there is none."""
    return _load(source, "OCSP response", lambda data, _: list(map(OCSPResponse, _blocks(data, _OCSP_LABELS))))


_CERTIFICATE_LABELS: Final = frozenset({b"CERTIFICATE", b"TRUSTED CERTIFICATE", b"X509 CERTIFICATE"})
_PKCS7_LABELS: Final = frozenset({b"PKCS7", b"CMS", b"PKCS #7 SIGNED DATA"})
_CRL_LABELS: Final = frozenset({b"X509 CRL", b"CRL"})
_OCSP_LABELS: Final = frozenset({b"OCSP RESPONSE"})
_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_DATA: Final = "1.2.840.113549.1.7.1"


class _Opened(NamedTuple):
    """The bytes of one file and what to call it."""

    name: str
    data: bytes


def _load(source: Source, kind: str, read: Callable[[bytes, str], list[View]]) -> list[View]:
    if isinstance(source, bytes):
        name = "the bytes given"
        found = read(source, name)
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        name = str(path)
        found = _of_directory(path, read) if path.is_dir() else read(_open(path).data, name)
    else:
        raise MisuseError(f"expected a path or bytes, got {type(source).__name__}")
    if not found:
        raise UnreadableInput(f"{name}: no {kind} in it; expected PEM or DER{_also(kind)}")
    return found


def _also(kind: str) -> str:
    return ", PKCS#7 or PKCS#12" if kind == "certificate" else ""


def _open(path: Path) -> _Opened:
    try:
        if path.stat().st_size > _LARGEST:
            raise UnreadableInput(f"{path}: larger than {_LARGEST >> 20} MiB; not read")
        return _Opened(str(path), path.read_bytes())
    except OSError as problem:
        raise UnreadableInput(f"{path}: {problem.strerror or problem}; check the path and the right to read it") from None


def _of_directory(directory: Path, read: Callable[[bytes, str], list[View]]) -> list[View]:
    """Of each file in the order of names; a file that cannot be read does not lose the others."""
    found: dict[View, None] = {}
    problems: list[str] = []
    for path in sorted(directory.iterdir()):
        if not path.is_file():
            continue
        try:
            found.update(dict.fromkeys(read(_open(path).data, str(path))))
        except UnreadableInput as problem:
            problems.append(str(problem))
    if not found and problems:
        raise UnreadableInput(f"{directory}: nothing in it could be read: {'; '.join(problems[:5])}")
    return list(found)


def _certificates(data: bytes, name: str, password: str | bytes | None) -> list[Certificate]:
    if _looks_like_pem(data):
        found: list[Certificate] = []
        for label, der in _pem(data):
            if label in _CERTIFICATE_LABELS:
                found.append(Certificate(der))
            elif label in _PKCS7_LABELS:
                found += _pkcs7(der)
        return found
    if _is_pkcs12(data):
        return _pkcs12(data, name, password)
    if _is_signed_data(data):
        return _pkcs7(data)
    return [Certificate(der) for der in _concatenated(data)]


def _blocks(data: bytes, labels: frozenset[bytes]) -> Iterable[bytes]:
    if _looks_like_pem(data):
        return [der for label, der in _pem(data) if label in labels]
    return _concatenated(data)


_PEM: Final = re.compile(rb"-----BEGIN ([A-Z0-9 #]{1,40})-----(.*?)-----END \1-----", re.DOTALL)


def _looks_like_pem(data: bytes) -> bool:
    return b"-----BEGIN " in data


def _pem(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(label, content) of each PEM block, RFC 7468, whatever stands around; RFC 1421 headers are skipped.

    A block with broken base64 comes as the octets of its text, so that it is reported as unreadable, not lost. A
    TRUSTED CERTIFICATE of OpenSSL carries trust settings behind the certificate; they are cut off.
    """
    for label, body in _PEM.findall(data):
        text = body.strip()
        if b":" in text and b"\n\n" in text.replace(b"\r", b""):
            text = text.replace(b"\r", b"").partition(b"\n\n")[2]
        try:
            content = base64.b64decode(b"".join(text.split()), validate=True)
        except binascii.Error:
            content = text
        if label == b"TRUSTED CERTIFICATE":
            content = next(_concatenated(content), content)
        yield label, content


def _concatenated(data: bytes) -> Iterator[bytes]:
    """Each SEQUENCE of several in a row; what follows the last whole one comes as it is, to be reported."""
    at = 0
    if data[:1] != b"\x30":
        return
    while at < len(data):
        try:
            _, _, end = read_tlv(data, at, len(data))
        except MalformedDER:
            yield data[at:]
            return
        yield data[at:end]
        at = end


def _content_type(data: bytes, at_index: int) -> str | None:
    """The OBJECT IDENTIFIER that opens a CMS ContentInfo, at this place among the children; None where there is none."""
    try:
        _, start, end = read_tlv(data, 0, len(data))
        tag, _, start, end = list(children(data, start, end))[at_index]
        if tag == 0x30:
            tag, start, end = read_tlv(data, start, end)
        return oid_text(data[start:end]) if tag == 0x06 else None
    except (MalformedDER, IndexError):
        return None


def _is_signed_data(data: bytes) -> bool:
    return data[:1] == b"\x30" and _content_type(data, 0) == _SIGNED_DATA


def _is_pkcs12(data: bytes) -> bool:
    """Whether a PFX stands here: version 3, then authenticated data or signed data, RFC 7292 4."""
    return data[:1] == b"\x30" and b"\x02\x01\x03" in data[:12] and _content_type(data, 1) in (_DATA, _SIGNED_DATA)


def _pkcs7(data: bytes) -> list[Certificate]:
    """The certificates of a SignedData, RFC 5652 5.1, each on its own where one makes pyca refuse them all."""
    try:
        return [Certificate.from_cryptography(one) for one in pkcs7.load_der_pkcs7_certificates(data)]
    except Exception:  # whatever pyca objects to, the certificates are then cut out one by one
        return [Certificate(der) for der in _cut_out(data)]


def _cut_out(data: bytes) -> list[bytes]:
    try:
        _, start, end = read_tlv(data, 0, len(data))
        _, (_, _, start, end) = children(data, start, end)
        _, start, end = read_tlv(data, start, end)
        for tag, _, content, after in children(data, start, end):
            if tag == 0xA0:
                return [data[at:stop] for kind, at, _, stop in children(data, content, after) if kind == 0x30]
    except (MalformedDER, ValueError):
        pass  # not a SignedData that we can follow: there is no certificate in it
    return []


def _pkcs12(data: bytes, name: str, password: str | bytes | None) -> list[Certificate]:
    secret = password.encode() if isinstance(password, str) else password
    try:
        bundle = pkcs12.load_pkcs12(data, secret)
    except ValueError as problem:
        if secret is None:
            raise PasswordRequired(f"{name}: an encrypted PKCS#12; pass its password") from None
        raise WrongPassword(f"{name}: the password does not open this PKCS#12 ({problem})") from None
    except Exception as problem:
        raise UnreadableInput(f"{name}: a PKCS#12 that cannot be read: {problem}") from None
    members = [bundle.cert, *bundle.additional_certs]
    return [
        Certificate(member.certificate.public_bytes(Encoding.DER)) for member in members if member is not None
    ]
