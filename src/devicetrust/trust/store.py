"""The trust store: anchors, and certificates that are trusted by themselves.

Makes: `TrustStore`.
May import: errors, x509, trust siblings.
Must never: load anything that the caller did not name.
Read first: `TrustStore`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import TypeAlias

from devicetrust.errors import MisuseError, UnreadableInput
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.trust.test_mark import TestAnchors
from devicetrust.x509.certificate import Certificate, CertificateLike, as_certificate
from devicetrust.x509.lazy import lazy

__all__ = ["TrustStore"]

AnchorLike: TypeAlias = "TrustAnchor | CertificateLike"


class TrustStore:
    """Trust anchors, and pinned certificates. Immutable; made once, shared by every verification.

    ``anchors`` vouch for what they issued. ``pinned`` certificates (direct trust, IHE ITI-19 3.19.6.1.2) are trusted
    by themselves, by exact bytes: they make a path of one and never vouch for another certificate. What could not be
    read stays in ``unreadable`` for the caller to see. ``test_anchors`` is `TestAnchors.ADMITTED` in a store made by
    `for_tests` alone, and in what is derived from it.
    """

    test_anchors: TestAnchors = TestAnchors.REFUSED

    def __init__(self, anchors: Iterable[AnchorLike] = (), *, pinned: Iterable[CertificateLike] = ()) -> None:
        for given in (anchors, pinned):
            if isinstance(given, str | bytes) or not isinstance(given, Iterable):
                raise MisuseError(
                    "anchors and pinned are lists of certificates; TrustStore.from_file(path) reads a file"
                )
        made: dict[TrustAnchor, None] = {}
        unreadable: list[Certificate] = []
        for anchor in anchors:
            if isinstance(anchor, TrustAnchor):
                made[anchor] = None
                continue
            certificate = as_certificate(anchor)
            if certificate.unreadable is None:
                made[TrustAnchor.from_certificate(certificate)] = None
            else:
                unreadable.append(certificate)
        self.anchors: tuple[TrustAnchor, ...] = tuple(made)
        self.pinned: frozenset[Certificate] = frozenset(as_certificate(one) for one in pinned)
        self.unreadable: tuple[Certificate, ...] = tuple(unreadable)
        if not self.anchors and not self.pinned:
            raise MisuseError(
                "the trust store is empty: nothing could be trusted; pass at least one anchor or pinned certificate"
                + (f" ({len(unreadable)} given certificates cannot be read)" if unreadable else "")
            )
        self._by_subject: dict[bytes, list[TrustAnchor]] = {}
        for anchor in self.anchors:
            self._by_subject.setdefault(anchor.subject.key, []).append(anchor)
        self._by_certificate: dict[Certificate, tuple[TrustAnchor, ...]] = {}
        for anchor in self.anchors:
            if anchor.certificate is not None:
                same = (*self._by_certificate.get(anchor.certificate, ()), anchor)
                self._by_certificate[anchor.certificate] = same if len(same) == 1 else _in_order(same)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, password: str | bytes | None = None) -> TrustStore:
        """Every certificate of a file as an anchor; the formats of `load_certificates`."""
        from devicetrust.x509.files import load_certificates  # noqa: PLC0415, readers of files load when first used

        found = load_certificates(path, password)
        if all(certificate.unreadable is not None for certificate in found):
            reasons = "; ".join(sorted({certificate.unreadable or "" for certificate in found}))
            raise UnreadableInput(f"{os.fspath(path)}: none of its certificates can be read ({reasons})")
        return cls(found)

    @classmethod
    def from_directory(cls, path: str | os.PathLike[str]) -> TrustStore:
        """Every certificate of the files in a directory as an anchor."""
        if not os.path.isdir(path):
            raise UnreadableInput(f"{os.fspath(path)}: not a directory; TrustStore.from_file reads a single file")
        return cls.from_file(path)

    @classmethod
    def for_tests(
        cls,
        source: str | os.PathLike[str] | bytes | Iterable[AnchorLike],
        *,
        pinned: Iterable[CertificateLike] = (),
    ) -> TrustStore:
        """A store that also admits anchors made for tests, whose keys everyone can read: never for real devices.

        ``source`` is a path, the bytes of a file, or a list of certificates; ``pinned`` as in any store.
        """
        if isinstance(source, bytes):
            from devicetrust.x509.files import load_certificates  # noqa: PLC0415, readers load when first used

            source = load_certificates(source)
        if isinstance(source, str | os.PathLike):
            source = cls.from_file(source).anchors
        return _admitting_tests(cls(source, pinned=pinned))

    @classmethod
    def certifi(cls) -> TrustStore:
        """The public web's roots, as the package ``certifi`` ships them. Not meant for devices of a private PKI."""
        import certifi  # noqa: PLC0415, only this call needs it

        return cls.from_file(certifi.where())

    @classmethod
    def system(cls) -> TrustStore:
        """The anchors that the operating system's administrator trusts."""
        from devicetrust.trust.system import system_anchors  # noqa: PLC0415, only this call needs it

        return cls(system_anchors())

    def including(self, *anchors: AnchorLike, pinned: Iterable[CertificateLike] = ()) -> TrustStore:
        """A store with these anchors and pinned certificates as well."""
        more = [as_certificate(one) for one in pinned]
        return _store(type(self), (*self.anchors, *anchors), (*self.pinned, *more), self.test_anchors)

    def without(self, anchor: AnchorLike) -> TrustStore:
        """A store without this anchor: what would fall if it went. Raises `MisuseError` where it is not a member."""
        gone = anchor if isinstance(anchor, TrustAnchor) else TrustAnchor.from_certificate(anchor)
        left = [one for one in self.anchors if one.fingerprint != gone.fingerprint]
        if len(left) == len(self.anchors):
            raise MisuseError(f"{gone!r} is not an anchor of this store")
        return _store(type(self), left, self.pinned, self.test_anchors)

    def named(self, subject_key: bytes) -> list[TrustAnchor] | tuple[()]:
        """The anchors whose subject has this `Name.key`."""
        return self._by_subject.get(subject_key, ())

    def anchors_of(self, certificate: Certificate) -> tuple[TrustAnchor, ...]:
        """The anchors that were made from exactly this certificate; several where their constraints differ."""
        return self._by_certificate.get(certificate, ())

    @lazy
    def digest(self) -> bytes:
        """SHA-256 over anchors, constraints, pinned certificates, ``test_anchors``, whatever their order. 32 octets."""
        anchors = b"".join(sorted(anchor.digest for anchor in self.anchors))
        pinned = b"".join(sorted(certificate.fingerprint for certificate in self.pinned))
        mark = b"for tests" if self.test_anchors is TestAnchors.ADMITTED else b""
        return hashlib.sha256(len(anchors).to_bytes(8, "big") + anchors + pinned + mark).digest()

    def __len__(self) -> int:
        return len(self.anchors)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TrustStore) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[object, ...]:
        return _store, (type(self), self.anchors, tuple(self.pinned), self.test_anchors)

    def __repr__(self) -> str:
        kind = ", for tests" if self.test_anchors is TestAnchors.ADMITTED else ""
        return f"<TrustStore of {len(self.anchors)} anchors, {len(self.pinned)} pinned{kind}>"


def _in_order(anchors: tuple[TrustAnchor, ...]) -> tuple[TrustAnchor, ...]:
    """An order of their own, whatever the order in which they were given."""
    return tuple(sorted(anchors, key=lambda anchor: anchor.digest))


def _store(
    kind: type[TrustStore],
    anchors: Iterable[AnchorLike],
    pinned: Iterable[CertificateLike],
    test_anchors: TestAnchors,
) -> TrustStore:
    store = kind(anchors, pinned=pinned)
    return _admitting_tests(store) if test_anchors is TestAnchors.ADMITTED else store


def _admitting_tests(store: TrustStore) -> TrustStore:
    store.test_anchors = TestAnchors.ADMITTED
    return store
