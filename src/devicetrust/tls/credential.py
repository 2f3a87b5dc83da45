"""Who we are: a certificate chain, and the private key of its leaf.

Makes: `Credential`.
May import: errors, x509, `cryptography` for private keys.
Must never: judge whether the chain is trusted (usable.py does, where it is to be used), or show the key in a text.
Read first: `Credential`.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias, final

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)

from devicetrust.errors import MisuseError, PasswordRequired, UnreadableInput, WrongPassword
from devicetrust.x509.certificate import Certificate, CertificateLike, as_certificate

__all__ = ["Credential", "private_key_pem"]

_Path: TypeAlias = "str | os.PathLike[str]"


@final
class Credential:
    """A chain, leaf first and without the root, and the private key of the leaf. Immutable, checked when made.

    That the key is the leaf's, that each certificate is issued in the name of the one after it, and that all can be
    read is asserted here, for a server that starts with the wrong file would find out with its first peer. Signatures,
    dates and purposes are the verifier's to judge. ``private_key`` is one of ``cryptography``.
    """

    __slots__ = ("chain", "private_key")

    def __init__(self) -> None:
        raise MisuseError("a Credential is made by Credential.from_files, from_pkcs12 or from_objects")

    @staticmethod
    def from_objects(chain: Sequence[CertificateLike], private_key: PrivateKeyTypes) -> Credential:
        """The credential of these certificates, leaf first, and this private key; raises `MisuseError`."""
        return _made(tuple(map(as_certificate, chain)), private_key, MisuseError)

    @staticmethod
    def from_files(certificate_path: _Path, private_key_path: _Path, password: str | bytes | None = None) -> Credential:
        """The credential in these files: the chain as `load_certificates` reads it, the key in PEM or DER.

        A root at the end of the chain is left out. Raises `UnreadableInput` for what cannot be read or does not belong
        together, `PasswordRequired` and `WrongPassword` for an encrypted key.
        """
        from devicetrust.x509.files import load_certificates  # noqa: PLC0415, readers of files load when first used

        secret = password.encode() if isinstance(password, str) else password
        chain = load_certificates(certificate_path)
        private_key = _read_private_key(Path(private_key_path), secret)
        if len(chain) > 1 and chain[-1].unreadable is None and chain[-1].is_self_issued:
            chain.pop()
        return _made(tuple(chain), private_key, UnreadableInput)

    @staticmethod
    def from_pkcs12(source: _Path | bytes, password: str | bytes | None = None) -> Credential:
        """The credential in a PKCS#12 (RFC 7292): a path, or the octets of one.

        The certificate of its key comes first, then its issuers as far as they are there, in whatever order they lie; a
        root is left out. Raises `UnreadableInput` for what holds no key or no certificate of it, `PasswordRequired` and
        `WrongPassword`.
        """
        name = "the bytes given" if isinstance(source, bytes) else str(Path(source))
        data = source if isinstance(source, bytes) else _octets(Path(source))
        secret = password.encode() if isinstance(password, str) else password
        try:
            bundle = pkcs12.load_pkcs12(data, secret)
        except Exception as problem:  # whatever cryptography objects to
            if "password" not in str(problem).lower():
                raise UnreadableInput(f"{name}: no PKCS#12 that can be read: {problem}") from problem
            if password is None:
                raise PasswordRequired(f"{name}: the PKCS#12 is encrypted; pass password=") from problem
            raise WrongPassword(f"{name}: the password given does not open the PKCS#12") from problem
        if bundle.key is None or bundle.cert is None:
            lacking = "private key" if bundle.key is None else "certificate of its private key"
            raise UnreadableInput(f"{name}: holds no {lacking}; export both together")
        others = [as_certificate(one.certificate) for one in bundle.additional_certs]
        return _made(_in_order(as_certificate(bundle.cert.certificate), others), bundle.key, UnreadableInput)

    @property
    def certificate(self) -> Certificate:
        """The leaf."""
        return self.chain[0]

    chain: tuple[Certificate, ...]
    private_key: PrivateKeyTypes

    def __repr__(self) -> str:
        return f"<Credential of {self.certificate.subject}, {len(self.chain)} certificates>"


def private_key_pem(credential: Credential, password: bytes | None = None) -> bytes:
    """The private key as PKCS#8, encrypted under ``password`` where one is given: for loading.py alone."""
    encryption = NoEncryption() if password is None else BestAvailableEncryption(password)
    return credential.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def _made(
    chain: tuple[Certificate, ...], private_key: PrivateKeyTypes, problem: type[MisuseError | UnreadableInput]
) -> Credential:
    reason = _objection(chain, private_key)
    if reason:
        raise problem(reason)
    credential = object.__new__(Credential)
    credential.chain = chain
    credential.private_key = private_key
    return credential


def _objection(chain: tuple[Certificate, ...], private_key: PrivateKeyTypes) -> str:
    """Why these make no credential; empty where they do."""
    if not chain:
        return "a credential needs at least the certificate of its own key"
    for position, certificate in enumerate(chain):
        if certificate.unreadable is not None:
            return f"certificate {position} of the chain cannot be read: {certificate.unreadable}"
    try:
        encoded = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except AttributeError:
        return f"expected a private key of cryptography, got {type(private_key).__name__}"
    if encoded != chain[0].subject_public_key_info:
        holders = [place for place, one in enumerate(chain) if one.subject_public_key_info == encoded]
        hint = f"; it is that of certificate {holders[0]}: put the leaf first" if holders else ""
        return f"the private key is not that of {chain[0].subject}{hint}"
    for position, (below, above) in enumerate(itertools.pairwise(chain)):
        if below.issuer.key != above.subject.key:
            return (
                f"certificate {position} of the chain was issued by {below.issuer}, but certificate {position + 1} is "
                f"{above.subject}: put the leaf first, and each one's issuer after it"
            )
    return ""


def _in_order(leaf: Certificate, others: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """The leaf, its issuer, and so on, below the root; what is none of these is left out."""
    chain = [leaf]
    left = [one for one in others if one.unreadable is None and not one.is_self_issued]
    while leaf.unreadable is None:
        issuer = next((one for one in left if one.subject.key == chain[-1].issuer.key), None)
        if issuer is None:
            break
        left.remove(issuer)
        chain.append(issuer)
    return tuple(chain)


_Loader: Final = {True: load_pem_private_key, False: load_der_private_key}


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise UnreadableInput(f"{path}: {problem.strerror or problem}") from problem


def _read_private_key(path: Path, password: bytes | None) -> PrivateKeyTypes:
    data = _octets(path)
    try:
        return _Loader[b"-----BEGIN" in data](data, password)
    except TypeError as problem:  # cryptography's word for a password that is lacking, or not needed
        if password is None:
            raise PasswordRequired(f"{path}: the key is encrypted; pass password=") from problem
        return _Loader[b"-----BEGIN" in data](data, None)
    except Exception as problem:  # whatever cryptography objects to
        if password is not None and "password" in str(problem).lower():
            raise WrongPassword(f"{path}: the password given does not open the key") from problem
        raise UnreadableInput(f"{path}: holds no private key that can be read: {problem}") from problem
