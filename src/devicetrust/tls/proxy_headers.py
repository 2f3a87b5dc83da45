"""The header fields in which a proxy passes on the certificate that a client showed it.

Makes: `ProxyForm`, `Fields`, `read_fields`, `NotReadable`.
May import: errors, x509; the standard library.
Must never: raise on what a client or a proxy sent; guess; ask whether a certificate is trusted.
Read first: `ProxyForm`, then `read_fields`.

What is not exactly of the form is not read. A proxy writes one form only, so whatever departs from it was not written
by the proxy, or not by it alone. RFC 9440 and RFC 8941 are known here at second hand, the first from a draft of it; the
other forms from the manuals of the programs that write them, and tests ask nginx and Envoy.
"""

from __future__ import annotations

import base64
import binascii
import enum
import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import unquote_to_bytes

from devicetrust.errors import DeviceTrustError, MisuseError
from devicetrust.x509.der import MalformedDER, children
from devicetrust.x509.files import load_certificates

__all__ = ["Fields", "NotReadable", "ProxyForm", "fields_of", "read_fields"]


class ProxyForm(enum.Enum):
    """How the proxy writes the certificate. One form is read, and no other."""

    RFC_9440 = "RFC 9440"
    """``Client-Cert`` and ``Client-Cert-Chain``: structured fields of byte sequences."""
    NGINX = "nginx"
    """``$ssl_client_escaped_cert``, a PEM escaped as in a URL, in a header that you name."""
    ENVOY = "Envoy"
    """``x-forwarded-client-cert`` with ``Cert`` or ``Chain``, and of one proxy alone (``SANITIZE_SET``)."""
    HAPROXY = "HAProxy"
    """``%[ssl_c_der,base64]`` in a header that you name; ``%[ssl_c_chain_der,base64]`` in another."""


class Fields(NamedTuple):
    """The names of the header fields, in lower case with hyphens."""

    certificate: str
    chain: str | None


class NotReadable(NamedTuple):
    """Why the fields are not of the form, in words for the log. Quotes nothing of them."""

    reason: str


Chain: TypeAlias = tuple[bytes, ...]


def fields_of(form: ProxyForm, header: str | None, chain_header: str | None) -> Fields:
    """The fields that ``form`` is read from. Raises `MisuseError` where names lack, or where the form has its own."""
    if form in _NAMED:
        if header is not None or chain_header is not None:
            raise MisuseError(f"the headers of {form.value} have names of their own: pass no header and chain_header")
        return _NAMED[form]
    if header is None:
        raise MisuseError(f"name the header in which {form.value} passes the certificate: header='ClientCertificate'")
    if chain_header is not None and form is not ProxyForm.HAPROXY:
        raise MisuseError(f"{form.value} passes no chain: give the intermediates to the verifier, and no chain_header")
    for name in (header, chain_header):
        if name is not None and (not isinstance(name, str) or not _TOKEN.fullmatch(name)):
            raise MisuseError(f"{name!r} is no name of a header: letters, digits and hyphens")
    found = Fields(header.lower(), None if chain_header is None else chain_header.lower())
    if found.certificate == found.chain:
        raise MisuseError(f"header and chain_header are both {header}")
    return found


def read_fields(form: ProxyForm, fields: Fields, values: Mapping[str, Sequence[bytes]]) -> Chain | NotReadable:
    """The certificates as DER, leaf first, unread; none where no field came or none with a value. Never raises.

    ``values`` are those of each field by its name, in order, without the whitespace around them. A certificate comes
    once; of RFC 9440 the chain may come in several fields (2.3).
    """
    certificate, chain = values.get(fields.certificate, ()), values.get(fields.chain or "", ())
    if sum(map(len, certificate)) + sum(map(len, chain)) > _MOST_OCTETS:
        return NotReadable(f"more than {_MOST_OCTETS} octets")
    if len(certificate) > 1:
        return NotReadable(f"{fields.certificate} came {len(certificate)} times")
    try:
        found = _READERS[form](certificate[0] if certificate else None, b",".join(chain) if chain else None)
    except (_Departs, DeviceTrustError, MalformedDER, binascii.Error) as problem:
        return NotReadable(f"not as {form.value} writes it: {problem}")
    if len(found) > _MOST_CERTIFICATES:
        return NotReadable(f"more than {_MOST_CERTIFICATES} certificates")
    return found


class _Departs(Exception):
    """Why the value is not of the form."""


_NAMED: Final = {
    ProxyForm.RFC_9440: Fields("client-cert", "client-cert-chain"),
    ProxyForm.ENVOY: Fields("x-forwarded-client-cert", None),
}
# Ours: nginx takes 32 KiB of headers by default, Envoy 60 KiB; and no chain of devices has a tenth of that many.
_MOST_OCTETS: Final = 64 * 1024
_MOST_CERTIFICATES: Final = 32

# A header that has an underscore in its name is dropped by some programs, and taken for another one by others.
_TOKEN: Final = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
_BYTE_SEQUENCE: Final = re.compile(rb":([A-Za-z0-9+/]*={0,2}):")
_ESCAPED: Final = re.compile(rb"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+")
_PEM: Final = re.compile(
    rb"(?:-----BEGIN CERTIFICATE-----\r?\n(?:[A-Za-z0-9+/]+={0,2}\r?\n)+-----END CERTIFICATE-----(?:\r?\n|$))+"
)
# A key, and a value that is quoted or has none of the marks that would make it be (a quotation mark is escaped within).
_PAIR: Final = re.compile(rb'([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;=]*))(;|$)')


def _rfc_9440(certificate: bytes | None, chain: bytes | None) -> Chain:
    """RFC 9440 2.2 and 2.3: an item and a list of byte sequences, without parameters (at second hand)."""
    if certificate is None:
        if chain is not None:
            raise _Departs("a chain without a certificate")
        return ()
    others = [] if chain is None else [_byte_sequence(one.strip(b" \t")) for one in chain.split(b",")]
    return (_byte_sequence(certificate.strip(b" ")), *others)


def _nginx(certificate: bytes | None, _chain: bytes | None) -> Chain:
    """A PEM of one certificate, everything but unreserved characters escaped."""
    if not certificate:
        return ()
    return _only_one(_escaped_pem(certificate))


def _envoy(certificate: bytes | None, _chain: bytes | None) -> Chain:
    """One element of pairs; ``Cert`` is the client's, ``Chain`` begins with it."""
    if not certificate:
        return ()
    pairs = _pairs(certificate)
    alone = _only_one(_escaped_pem(pairs[b"cert"])) if pairs.get(b"cert") else ()
    whole = _escaped_pem(pairs[b"chain"]) if pairs.get(b"chain") else ()
    if alone and whole and alone[0] != whole[0]:
        raise _Departs("Chain begins with another certificate than Cert")
    if not alone and not whole:
        raise _Departs("neither Cert nor Chain: let set_current_client_cert_details send them")
    return whole or alone


def _haproxy(certificate: bytes | None, chain: bytes | None) -> Chain:
    """Base64 of a DER, and of several one after the other; the client's own is not counted twice."""
    if not certificate:
        if chain:
            raise _Departs("a chain without a certificate")
        return ()
    leaf = _only_one(_concatenated(certificate))
    others = _concatenated(chain) if chain else ()
    return leaf + tuple(one for one in others if one != leaf[0])


_READERS: Final = {
    ProxyForm.RFC_9440: _rfc_9440,
    ProxyForm.NGINX: _nginx,
    ProxyForm.ENVOY: _envoy,
    ProxyForm.HAPROXY: _haproxy,
}


def _byte_sequence(text: bytes) -> bytes:
    """RFC 8941 4.2.7: base64 between colons; padding may be left out (at second hand)."""
    found = _BYTE_SEQUENCE.fullmatch(text)
    if found is None:
        raise _Departs("no byte sequence between colons")
    content = found[1].rstrip(b"=")
    return _filled(base64.b64decode(content + b"=" * (-len(content) % 4), validate=True))


def _filled(octets: bytes) -> bytes:
    if not octets:
        raise _Departs("an empty certificate")
    return octets


def _escaped_pem(text: bytes) -> Chain:
    if not _ESCAPED.fullmatch(text):
        raise _Departs("a character that would be escaped")
    pem = unquote_to_bytes(text)
    if not _PEM.fullmatch(pem):
        raise _Departs("no PEM of certificates alone")
    return tuple(one.der for one in load_certificates(pem))


def _concatenated(text: bytes) -> Chain:
    octets = base64.b64decode(text, validate=True)  # of several fields, joined by commas, there is none
    return tuple(octets[start:end] for _, start, _, end in children(octets, 0, len(octets)))


def _only_one(found: Chain) -> Chain:
    if len(found) != 1:
        raise _Departs(f"{len(found)} certificates where one is the client's")
    return found


def _pairs(text: bytes) -> dict[bytes, bytes]:
    """The pairs of the one element there is; keys in lower case. A comma outside quotation marks begins another."""
    pairs: dict[bytes, bytes] = {}
    at = 0
    while at < len(text):
        found = _PAIR.match(text, at)
        if found is None:
            raise _Departs("no list of key=value of one proxy")
        key = found[1].lower()
        value = found[3] if found[2] is None else re.sub(rb"\\(.)", rb"\1", found[2])
        # Of the names of a client there may be several.
        if key in (b"cert", b"chain") and key in pairs:
            raise _Departs("a key that came twice")
        pairs[key] = value
        at = found.end()
    return pairs
