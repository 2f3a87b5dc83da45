"""The floor of the protocol, which no program that is given a context can lower.

Makes: `hold`, `put`, `CIPHERS`, `OPTIONS`, `check_ciphers`, `verify_flags`.
May import: errors, verifier; ``ssl``.
Must never: depend on what a peer says.
Read first: `hold`.

RFC 9325 (BCP 195), known here at second hand: TLS 1.2 and 1.3 (3.1.1), no compression (3.3), no renegotiation (3.5),
suites with forward secrecy and authenticated encryption (4.2). No early data: Python's ssl has none.
"""

from __future__ import annotations

import ssl
from typing import Any, Final

from devicetrust.errors import MisuseError
from devicetrust.verifier import Verifier

__all__ = ["CIPHERS", "OPTIONS", "check_ciphers", "hold", "put", "verify_flags"]

CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"
"""Of TLS 1.2; those of TLS 1.3 are all of this kind."""
OPTIONS: Final = (
    ssl.OP_NO_COMPRESSION
    | ssl.OP_NO_RENEGOTIATION
    | ssl.OP_NO_TICKET
    | ssl.OP_CIPHER_SERVER_PREFERENCE
    | ssl.OP_SINGLE_ECDH_USE
)
# X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python does not name.
_NO_CHECK_TIME: Final = 0x200000


def hold(context: ssl.SSLContext) -> None:
    """Versions, suites and options; a certificate is demanded; no tickets, so that few sessions are resumed."""
    context.check_hostname = False  # the verifier judges names, by the reference
    put(context, "verify_mode", ssl.CERT_REQUIRED)
    put(context, "minimum_version", ssl.TLSVersion.TLSv1_2)
    context.options |= OPTIONS
    ssl.SSLContext.set_ciphers(context, CIPHERS)
    if context.protocol == ssl.PROTOCOL_TLS_SERVER:
        context.num_tickets = 0


def put(context: ssl.SSLContext, name: str, value: object) -> None:
    """Set an attribute as `ssl.SSLContext` does, also where the context given to programs does not let it be set."""
    attribute: Any = getattr(ssl.SSLContext, name)
    attribute.__set__(context, value)


def check_ciphers(ciphers: str) -> None:
    """That each of these suites encrypts and authenticates in one (AEAD), with forward secrecy; else `MisuseError`."""
    trial = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trial.set_ciphers(ciphers)
    weak = [
        str(one["name"])
        for one in trial.get_ciphers()
        if not one["aead"] or one["kea"] not in ("kx-any", "kx-ecdhe", "kx-dhe")
    ]
    if weak:
        raise MisuseError(f"these suites are below the floor (RFC 9325 4.2): {', '.join(weak)}")


def verify_flags(verifier: Verifier) -> ssl.VerifyFlags:
    """How OpenSSL verifies: any anchor given ends a path, and time is ours to judge while a waiver bears on it.

    OpenSSL refuses who is expired before the verifier is asked; where an exception to that may be in force, it leaves
    dates to the verifier, whose check of them is never left out.
    """
    flags = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST | ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if any(waiver.code.id.startswith("validity.") for waiver in verifier.waivers.waivers):
        flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    return flags
