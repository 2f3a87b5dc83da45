"""What two real OpenSSLs say of a chain: the verify code, 0 where they accept it.

Makes: `in_store` (that of pyOpenSSL, asked without a handshake), `in_handshake` (that of Python's ``ssl``, in memory).
May import: cryptography, pyOpenSSL, ssl, pki.
Must never: import devicetrust; open a connection; read the clock.
Read first: `in_handshake`.

A chain is DER, the leaf first and the root, which alone is trusted, last. Python 3.13 sets X509_STRICT by default;
here it is set whatever the Python. Dates are not looked at in a handshake.
"""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import crypto
from OpenSSL._util import lib as _lib

import pki

__all__ = ["Side", "in_handshake", "in_store"]

Side = Literal["client", "server"]
"""Whose certificate is judged."""

# X509_V_FLAG_NO_CHECK_TIME of x509_vfy.h: the chains of tests are of one moment, and a handshake is of today.
_WITHOUT_TIME = 0x200000
_PURPOSES = {"client": _lib.X509_PURPOSE_SSL_CLIENT, "server": _lib.X509_PURPOSE_SSL_SERVER}


def in_store(chain: Sequence[bytes], at: datetime, *, strict: bool, side: Side | None = None) -> int:
    """The verify code of ``X509_verify_cert``."""
    leaf, *others = (crypto.load_certificate(crypto.FILETYPE_ASN1, der) for der in chain)
    store = crypto.X509Store()
    store.add_cert(others.pop() if others else leaf)
    store.set_time(at)
    if strict:
        store.set_flags(crypto.X509StoreFlags.X509_STRICT)
    if side is not None:
        _lib.X509_STORE_set_purpose(store._store, _PURPOSES[side])
    try:
        crypto.X509StoreContext(store, leaf, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        return int(error.errors[0])
    return 0


def in_handshake(chain: Sequence[bytes], private_key: Any, side: Side, *, strict: bool = False, level: int = 1) -> int:
    """The verify code with which the other side of TLS ends the handshake, at this security level of OpenSSL."""
    presenter, judge = _context(is_server=side == "server"), _context(is_server=side == "client")
    presenter.set_ciphers("DEFAULT:@SECLEVEL=0")
    _load(presenter, chain[:-1], private_key)
    _load(judge, [_JUDGE.root()], _JUDGE.key.private_key)
    judge.set_ciphers(f"DEFAULT:@SECLEVEL={level}")
    judge.load_verify_locations(cadata=chain[-1])
    judge.verify_mode = ssl.CERT_REQUIRED
    judge.verify_flags |= _WITHOUT_TIME | (ssl.VERIFY_X509_STRICT if strict else 0)
    return _meet(presenter, judge, judge_is_server=side == "client")


_JUDGE = pki.Authority(pki.common_name("judge"), pki.key("p256", 40))


def _context(*, is_server: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if is_server else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _load(context: ssl.SSLContext, chain: Sequence[bytes], private_key: Any) -> None:
    secret = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chain.pem"
        file.write_bytes(secret + b"".join(ssl.DER_cert_to_PEM_cert(der).encode() for der in chain))
        context.load_cert_chain(file)


def _meet(presenter: ssl.SSLContext, judge: ssl.SSLContext, *, judge_is_server: bool) -> int:
    """Both sides' handshake, each fed with what the other wrote, until the judge has judged."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    judging = judge.wrap_bio(up, down, server_side=judge_is_server)
    presenting = presenter.wrap_bio(down, up, server_side=not judge_is_server)
    for _ in range(_MOST_FLIGHTS):
        with contextlib.suppress(ssl.SSLWantReadError):
            presenting.do_handshake()
        try:
            judging.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as refusal:
            return int(refusal.verify_code)
        return 0
    raise AssertionError("the handshake does not come to an end")


# Ours: the handshakes of TLS 1.2 and 1.3 take four flights at most.
_MOST_FLIGHTS = 10
