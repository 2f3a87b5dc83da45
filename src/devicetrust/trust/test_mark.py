"""The mark of certificates whose keys everyone can read.

Makes: `TEST_ORGANIZATION`, `TEST_POLICY`, `TestAnchors`, `is_marked`.
May import: x509, trust siblings.
Must never: refuse; the path room does.
Read first: `is_marked`.

`devicetrust.testing` puts the mark on everything that it issues. Whoever trusts such a root trusts everybody.
"""

from __future__ import annotations

import enum
from typing import Final

from devicetrust.trust.anchor import TrustAnchor
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.names import text_key

__all__ = ["TEST_ORGANIZATION", "TEST_POLICY", "TestAnchors", "is_marked"]

TEST_ORGANIZATION: Final = "TEST ONLY (devicetrust.testing)"
"""The organizationName of every certificate that is made for tests."""
TEST_POLICY: Final = "2.25.185090549828462548382708083692311609480"
"""The certificate policy that each of them asserts: a UUID as ITU-T X.667 makes it an OID."""


class TestAnchors(enum.Enum):
    """Whether a trust store may lead to authorities that bear the mark."""

    __test__ = False  # pytest takes names that begin so for tests

    REFUSED = "an anchor or issuer that is made for tests is an error"
    ADMITTED = "the store is itself made for tests"


def is_marked(authority: TrustAnchor | Certificate) -> bool:
    """Whether this anchor or issuer bears the mark: in its name, or as a policy of its certificate.

    In whatever writing of the name: what matches the name of a test CA (RFC 5280 7.1) vouches for its devices.
    """
    if _MARK in authority.subject.der or _MARK_IN_KEYS in authority.subject.key:
        return True
    certificate = authority.certificate if isinstance(authority, TrustAnchor) else authority
    return certificate is not None and TEST_POLICY in (certificate.extensions.policies or ())


_MARK: Final = TEST_ORGANIZATION.encode()
_MARK_IN_KEYS: Final = text_key(TEST_ORGANIZATION).encode()
