"""The two independent engines, asked the same question as devicetrust.

Makes: `OPINIONS`: what pyca's verifier and OpenSSL's X509_verify_cert say about a `Case`, None for "trusted".
May import: cryptography, pyOpenSSL, pki.
Must never: import devicetrust.
Read first: `OPINIONS`.

OpenSSL is asked strictly (X509_STRICT), with its policy check, and for the purpose of the profile. The host name is
compared by OpenSSL's own `X509_VERIFY_PARAM_set1_host`, which pyOpenSSL does not publish; its bindings do.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from OpenSSL import crypto
from OpenSSL._util import ffi as _ffi
from OpenSSL._util import lib as _lib

from pki_shapes import Case


def pyca(case: Case) -> str | None:
    """The reason of pyca's verifier with its default policy, or None if it trusts."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _pyca(case)
    except (ValueError, VerificationError, x509.DuplicateExtension) as error:
        return str(error) or type(error).__name__
    return None


def openssl(case: Case) -> str | None:
    """OpenSSL's reason, strict and for the purpose of a TLS server or client, or None if it trusts."""
    server = case.kind == "server"
    return _openssl(case, _lib.X509_PURPOSE_SSL_SERVER if server else _lib.X509_PURPOSE_SSL_CLIENT, named=server)


def openssl_path_only(case: Case) -> str | None:
    """OpenSSL's reason, strict but for no purpose and no name, or None if it trusts."""
    return _openssl(case, None, named=False)


Opinion = Callable[[Case], str | None]

OPINIONS: Mapping[str, Mapping[str, Opinion]] = {
    "tls_server": {"pyca": pyca, "openssl": openssl},
    "tls_client": {"pyca": pyca, "openssl": openssl},
    "rfc5280": {"openssl": openssl_path_only},
}
"""By the profile of devicetrust that asks the same: the engines and how they are asked."""


def _pyca(case: Case) -> None:
    leaf, *others = map(x509.load_der_x509_certificate, (case.leaf, *case.intermediates))
    store = Store(list(map(x509.load_der_x509_certificate, case.roots)))
    builder = PolicyBuilder().store(store).time(case.at.replace(tzinfo=None))
    if case.kind == "server":
        builder.build_server_verifier(x509.DNSName(case.dns_name)).verify(leaf, others)
    else:
        builder.build_client_verifier().verify(leaf, others)


def _openssl(case: Case, purpose: Any, *, named: bool) -> str | None:
    try:
        leaf, *others = (crypto.load_certificate(crypto.FILETYPE_ASN1, der) for der in (case.leaf, *case.intermediates))
        store = crypto.X509Store()
        for der in case.roots:
            store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, der))
    except crypto.Error as error:
        return f"unreadable: {error}"
    store.set_flags(crypto.X509StoreFlags.X509_STRICT | crypto.X509StoreFlags.POLICY_CHECK)
    store.set_time(case.at)
    if purpose is not None:
        _lib.X509_STORE_set_purpose(store._store, purpose)
    if named:
        _require_host(store, case.dns_name)
    try:
        crypto.X509StoreContext(store, leaf, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        return str(error)
    return None


def _require_host(store: crypto.X509Store, dns_name: str) -> None:
    parameters = _ffi.gc(_lib.X509_VERIFY_PARAM_new(), _lib.X509_VERIFY_PARAM_free)
    encoded = dns_name.encode()
    if not _lib.X509_VERIFY_PARAM_set1_host(parameters, encoded, len(encoded)):
        raise AssertionError("OpenSSL refuses the host name")
    _lib.X509_STORE_set1_param(store._store, parameters)
