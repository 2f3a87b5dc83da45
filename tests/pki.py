"""Makes certificates for tests, quickly and deterministically, right ones and wrong ones.

Makes: authorities and leaves that satisfy the strictest profile, of the drafts that `devicetrust.testing` writes.
May import: the writers of `devicetrust.testing`, which share nothing with the rest of devicetrust.
Must never: import the rest of devicetrust: what is tested must not make its own input.
Read first: `Draft`, then `Authority`.

Everything in a certificate may be overridden, the wrong things too: a `Draft` is a plain tuple of fields, `_replace`
changes one, and `sealed` signs whatever is there.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple

from devicetrust.testing import keys
from devicetrust.testing.der import (  # noqa: F401, for those who import this module
    NULL,
    bit_string,
    directory,
    dns,
    email,
    generalized_time,
    integer,
    ip,
    name,
    object_identifier,
    octet_string,
    other_name,
    sequence,
    tlv,
    uri,
    validity_time,
)
from devicetrust.testing.drafts import CertificateDraft as Draft
from devicetrust.testing.extensions import (  # noqa: F401, for those who import this module
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    CERTIFICATE_POLICIES,
    CLIENT_AUTH,
    CODE_SIGNING,
    CRL_SIGN,
    DIGITAL_SIGNATURE,
    EXTENDED_KEY_USAGE,
    KEY_CERT_SIGN,
    KEY_ENCIPHERMENT,
    KEY_USAGE,
    NAME_CONSTRAINTS,
    POLICY_CONSTRAINTS,
    SERVER_AUTH,
    SUBJECT_ALTERNATIVE_NAME,
    SUBJECT_KEY_IDENTIFIER,
    UNKNOWN,
    Extension,
    authority_key_identifier,
    basic_constraints,
    certificate_policies,
    crl_at,
    extended_key_usage,
    key_usage,
    name_constraints,
    policy_constraints,
    responder_at,
    subject_alternative_name,
    subject_key_identifier,
)
from devicetrust.testing.keys import ALGORITHMS, Key, signature  # noqa: F401, for those who import this module

AT = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
"""The moment at which everything made here is valid unless it is told otherwise."""
FOR_EVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
COMMON_NAME = "2.5.4.3"
ORGANIZATION = "2.5.4.10"


@lru_cache(maxsize=4096)
def common_name(text: str) -> bytes:
    return name((ORGANIZATION, "Ward"), (COMMON_NAME, text))


@lru_cache(maxsize=256)
def key(kind: str, number: int = 0) -> Key:
    """The key ``number`` of ``kind``: ``p256``, ``p384``, ``ed25519``, or ``rsa`` and a count of bits."""
    return keys.key(keys.KeyAlgorithm(kind), f"{kind}/{number}")


def rsa_public_key(bits: int) -> bytes:
    """The SubjectPublicKeyInfo of an RSA key of this size that nobody has: its modulus is an odd number, no product."""
    key_octets = sequence(integer(1 << bits - 1 | 1), integer(65537))
    return sequence(sequence(object_identifier("1.2.840.113549.1.1.1"), NULL), bit_string(key_octets))


class Authority(NamedTuple):
    """A certification authority: a name and a key. Its certificates are made by whoever vouches for it."""

    name: bytes
    key: Key

    def vouches_for(self, subject: Authority, *, path_length: int | None = None) -> Draft:
        """The draft of a CA certificate for ``subject``, issued by this authority; to itself: a root."""
        extensions: tuple[Extension, ...] = (
            basic_constraints(ca=True, path_length=path_length),
            key_usage(KEY_CERT_SIGN, CRL_SIGN),
            subject_key_identifier(subject.key.identifier),
        )
        if subject != self:
            extensions = (*extensions, self.key_identifier())
        return Draft(
            subject=subject.name,
            issuer=self.name,
            subject_public_key_info=subject.key.subject_public_key_info,
            extensions=extensions,
            not_before=AT - timedelta(days=400),
            not_after=AT + timedelta(days=2000),
            serial_number=serial_number(self.name, subject.name, subject.key.identifier),
        )

    def issues(self, subject: bytes, holder: Key, *names: bytes) -> Draft:
        """The draft of a TLS server and client certificate for ``names``."""
        extensions = (
            basic_constraints(ca=False),
            key_usage(DIGITAL_SIGNATURE),
            extended_key_usage(SERVER_AUTH, CLIENT_AUTH),
            subject_key_identifier(holder.identifier),
            self.key_identifier(),
            subject_alternative_name(*names),
        )
        return Draft(
            subject=subject,
            issuer=self.name,
            subject_public_key_info=holder.subject_public_key_info,
            extensions=extensions,
            not_before=AT - timedelta(days=10),
            not_after=AT + timedelta(days=80),
            serial_number=serial_number(self.name, subject, holder.identifier, *names),
        )

    def key_identifier(self) -> Extension:
        """The authorityKeyIdentifier of what this authority issues."""
        return authority_key_identifier(self.key.identifier)

    def root(self) -> bytes:
        return self.vouches_for(self).sealed(self.key)


def serial_number(*seeds: bytes) -> int:
    """A positive serial number of 16 octets, the same for the same seeds."""
    return int.from_bytes(hashlib.sha256(b"|".join(seeds)).digest()[:16], "big") >> 1 | 1 << 120


def any_key(rng: Random, number: int) -> Key:
    """A key of the pool: mostly P-256, sometimes another kind; ``number`` keeps the keys of one chain apart."""
    kind = rng.choices(("p256", "p384", "rsa2048"), (12, 2, 1))[0]
    return key(kind, number % RSA_KEYS if kind == "rsa2048" else number)


RSA_KEYS = 3
