"""Certificates, CRLs and OCSP responses out of files and bytes.

Makes: `load_certificates`, `load_crls`, `load_ocsp`.
May import: errors, x509 siblings.
Must never: lose the good ones in a file because of a bad one, or guess a password.
Read first: `load_certificates`.

What may be what is asked for, and cannot be read, comes back as a view whose ``unreadable`` says why: a PEM block with
damaged base64 (its text then stands for its content), a file cut short. What is plainly something else, such as a
private key, is passed over, and named where nothing better is found.
"""

from __future__ import annotations

import binascii
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias, TypeVar

from devicetrust.errors import MisuseError, UnreadableInput
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.containers import DATA, SIGNED_DATA, certificates_of_pkcs12, signed_data
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.der import MalformedDER, oid_text, read_header
from devicetrust.x509.ocsp import OCSPResponse

__all__ = ["load_certificates", "load_crls", "load_ocsp"]

Source: TypeAlias = "str | os.PathLike[str] | bytes"
View = TypeVar("View", Certificate, CertificateRevocationList, OCSPResponse)

CERTIFICATE: Final = "certificate"
CRL: Final = "CRL"
OCSP: Final = "OCSP response"
_PKCS7: Final = "PKCS#7"
_PKCS12: Final = "PKCS#12"
# Of DER that is cut short or damaged nobody can say what it was: each loader takes it for its own, to report it.
_UNKNOWN: Final = "something unknown"

# Ours: the largest public CRLs are about 100 MiB; what is larger was not meant for this call.
_LARGEST: Final = 1 << 28
# Ours: ten times the devices of a large hospital group. More are a fleet, to be read in batches.
_MOST: Final = 1_000_000


def load_certificates(source: Source, password: bytes | str | None = None) -> list[Certificate]:
    """Every certificate of a file, a directory or bytes: PEM with text around it, DER, PKCS#7, PKCS#12.

    Several in one file are found in their order. Of a directory the files are read in the order of their names,
    sub-directories left out, the same certificate once (OpenSSL's hashed directories hold each twice); a file that
    cannot be read does not lose the others. A certificate that no reader can read comes back all the same and says why
    in ``unreadable``. Raises `UnreadableInput` where there is no certificate at all, `PasswordRequired` and
    `WrongPassword` for an encrypted PKCS#12.
    """
    if password is not None and not isinstance(password, str | bytes):
        raise MisuseError(f"a password is str or bytes, not {type(password).__name__}")
    secret = password.encode() if isinstance(password, str) else password
    return _load(source, Certificate, CERTIFICATE, secret)


def load_crls(source: Source) -> list[CertificateRevocationList]:
    """Every CRL of a file, a directory or bytes: PEM, DER, PKCS#7; otherwise as `load_certificates`."""
    return _load(source, CertificateRevocationList, CRL, None)


def load_ocsp(source: Source) -> list[OCSPResponse]:
    """Every OCSP response of a file, a directory or bytes: PEM or DER; otherwise as `load_certificates`."""
    return _load(source, OCSPResponse, OCSP, None)


class _Piece(NamedTuple):
    """One thing that was found, and its kind: one of those above, or what else it says it is."""

    kind: str
    content: bytes


def _load(source: Source, view: type[View], kind: str, password: bytes | None) -> list[View]:
    if isinstance(source, bytes):
        return _views(source, "the bytes given", view, kind, password)
    if not isinstance(source, str | os.PathLike):
        raise MisuseError(f"expected a path or bytes, got {type(source).__name__}")
    if not os.fspath(source) or "-----BEGIN" in os.fspath(source):
        raise MisuseError("expected a path or bytes, got text; pass what it holds as bytes: text.encode()")
    path = Path(source)
    try:
        entries = sorted(path.iterdir()) if path.is_dir() else None
    except (OSError, ValueError) as problem:
        raise _no_access(path, problem) from problem
    if entries is None:
        return _views(_octets(path), str(path), view, kind, password)
    return _of_directory(path, entries, view, kind, password)


def _of_directory(path: Path, entries: list[Path], view: type[View], kind: str, password: bytes | None) -> list[View]:
    found: dict[View, None] = {}
    problems: list[UnreadableInput] = []
    for entry in entries:
        try:
            if entry.is_file():
                found.update(dict.fromkeys(_views(_octets(entry), str(entry), view, kind, password)))
        except UnreadableInput as problem:
            problems.append(problem)
        except OSError as problem:
            problems.append(_no_access(entry, problem))
        _bound(len(found), str(path), kind)
    if not found:
        said = "; ".join(map(str, problems[:5])) or "it has no files"
        raise UnreadableInput(f"{path}: no {kind} in this directory ({said}); name a file or another directory")
    return list(found)


def _octets(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError) as problem:  # ValueError: a path with a zero octet
        raise _no_access(path, problem) from problem
    return content


def _no_access(path: Path, problem: OSError | ValueError) -> UnreadableInput:
    said = (isinstance(problem, OSError) and problem.strerror) or str(problem)
    return UnreadableInput(f"{path}: {said}; check the path and the right to read it")


def _views(data: bytes, name: str, view: type[View], kind: str, password: bytes | None) -> list[View]:
    """What is asked for among the pieces of one file, or `UnreadableInput` with what was there instead."""
    if len(data) > _LARGEST:
        raise UnreadableInput(f"{name}: larger than {_LARGEST >> 20} MiB; split it")
    found: list[View] = []
    others: dict[str, None] = {}
    for piece in _pieces(data):
        if piece.kind == _PKCS12 and kind == CERTIFICATE:
            found += map(view, certificates_of_pkcs12(piece.content, name, password))
        elif piece.kind in (kind, _UNKNOWN):
            found.append(view(piece.content))
        else:
            others[piece.kind] = None
        _bound(len(found), name, kind)
    if not found:
        instead = ", ".join(list(others)[:5]) or ("nothing that is PEM or DER" if data else "nothing, it is empty")
        raise UnreadableInput(f"{name}: no {kind} in it, but {instead}; expected {_EXPECTED[kind]}")
    return found


_EXPECTED: Final = {CERTIFICATE: "PEM, DER, PKCS#7 or PKCS#12", CRL: "PEM, DER or PKCS#7", OCSP: "PEM or DER"}


def _bound(count: int, name: str, kind: str) -> None:
    if count > _MOST:
        raise UnreadableInput(f"{name}: more than {_MOST} of kind {kind}; split it")


def _pieces(data: bytes) -> Iterator[_Piece]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # how PowerShell redirects text into a file
        data = data.decode("utf-16", "replace").encode("ascii", "replace")
    for piece in _pem(data) if b"-----BEGIN " in data else _concatenated(data):
        if piece.kind == _PKCS7:
            yield from _of_pkcs7(piece.content)
        else:
            yield piece


_LABELS: Final = {
    b"CERTIFICATE": CERTIFICATE,
    b"X509 CERTIFICATE": CERTIFICATE,
    b"TRUSTED CERTIFICATE": CERTIFICATE,
    b"X509 CRL": CRL,
    b"CRL": CRL,
    b"OCSP RESPONSE": OCSP,
    b"PKCS7": _PKCS7,
    b"PKCS #7 SIGNED DATA": _PKCS7,
    b"CMS": _PKCS7,
    b"PKCS12": _PKCS12,
}


def _pem(data: bytes) -> Iterator[_Piece]:
    """Each PEM block, RFC 7468, whatever stands around it; a block without an end does not swallow the next."""
    parts = iter(data.split(b"-----"))
    for part in parts:
        if part.startswith(b"BEGIN "):
            label = part[6:]
            content = _base64(next(parts, b""))
            if label == b"TRUSTED CERTIFICATE":  # OpenSSL puts trust settings behind the certificate
                content = next(_concatenated(content), _Piece(_UNKNOWN, content)).content
            yield _Piece(_LABELS.get(label) or label[:40].decode("ascii", "replace"), content)


def _base64(text: bytes) -> bytes:
    """What base64 says, whatever its lines; the text itself where it is damaged. Headers of RFC 1421 are left out."""
    if b":" in text:
        text = text.replace(b"\r\n", b"\n").partition(b"\n\n")[2] or text
    try:
        return binascii.a2b_base64(text.translate(None, _WHITESPACE), strict_mode=True)
    except binascii.Error:
        return text.strip()


_WHITESPACE: Final = b" \t\n\r\v\f"


def _concatenated(data: bytes) -> Iterator[_Piece]:
    """Each of several DER elements in a row; from the first that cannot be followed on, the rest as one."""
    offset = 0
    while data[offset : offset + 1] == b"\x30" and not _is_text(data[offset : offset + 64]):
        try:
            _, _, end, _ = read_header(data, offset, len(data))
        except MalformedDER:
            break
        yield _Piece(_kind(data[offset:end]), data[offset:end])
        offset = end
    rest = data[offset:].strip(b"\0\r\n\t ")
    if rest.startswith(tuple(_INDEFINITE)):
        yield _Piece(next(kind for opening, kind in _INDEFINITE.items() if rest.startswith(opening)), data[offset:])
    elif rest and not _is_text(rest[:64]) and (offset or rest[0] == 0x30):
        yield _Piece(_UNKNOWN, data[offset:])


# What containers open with that leave their length open, as RFC 5652 allows: its end is for their reader to find.
_INDEFINITE: Final = {
    bytes.fromhex("3080 0609 2a864886f70d010702"): _PKCS7,
    bytes.fromhex("3080 020103 30"): _PKCS12,
}


def _is_text(data: bytes) -> bool:
    return (
        data.isascii() and data.decode("ascii").replace("\n", " ").replace("\r", " ").replace("\t", " ").isprintable()
    )


def _kind(data: bytes) -> str:
    """What a DER element is by the tags that it opens with."""
    try:
        _, start, end, _ = read_header(data, 0, len(data))
        elements = _opening(data, start, end)
        match [tag for tag, _, _ in elements]:
            case [0x0A, *_]:
                return OCSP
            case [0x06, *_]:
                return _PKCS7 if _leading_oid(data, start) == SIGNED_DATA else "a container of another kind"
            case [0x02, 0x30, *_] if _leading_oid(data, elements[1][1]) in (DATA, SIGNED_DATA):
                return _PKCS12
            case [0x02, *_]:
                return "a key"
            case [0x30, 0x03 | 0x04] if _leading_oid(data, elements[0][1]):
                return "a key"
            case [0x30, 0x30, 0x03]:
                return _kind_of_signed([tag for tag, _, _ in _opening(data, *elements[0][1:])])
    except MalformedDER:
        pass
    return _UNKNOWN


def _kind_of_signed(tags: list[int]) -> str:
    """Certificate, CRL and request open alike: version, algorithm, name; then they part.

    RFC 5280 4.1 and 5.1, RFC 2986 4.
    """
    match tags[1:] if tags[:1] == [0x02] else tags:
        case [0xA0, *_] | [0x30, 0x30, 0x30, *_]:
            return CERTIFICATE
        case [0x30, 0x30, 0x17 | 0x18, *_]:
            return CRL
        case [0x30, 0x30] | [0x30, 0x30, 0xA0]:
            return "a certificate request"
    return _UNKNOWN


def _opening(data: bytes, start: int, end: int) -> list[tuple[int, int, int]]:
    """(tag octet, content start, content end) of the first four elements there."""
    found: list[tuple[int, int, int]] = []
    while start < end and len(found) < 4:
        tag, content, start, _ = read_header(data, start, end)
        found.append((tag, content, start))
    return found


def _leading_oid(data: bytes, start: int) -> str:
    """The OBJECT IDENTIFIER at this place, or empty."""
    tag, start, end, _ = read_header(data, start, len(data))
    return oid_text(data[start:end]) if tag == 0x06 else ""


def _of_pkcs7(data: bytes) -> Iterator[_Piece]:
    try:
        found = signed_data(data)
    except MalformedDER:
        yield _Piece(_UNKNOWN, data)
    else:
        yield from [_Piece(CERTIFICATE, one) for one in found.certificates]
        yield from [_Piece(CRL, one) for one in found.crls]
        if not any(found):
            yield _Piece("an empty PKCS#7", b"")
