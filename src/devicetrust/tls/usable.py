"""Whether a credential can be used, before any peer sees it.

Makes: `check_usable`.
May import: everything below; credential, sides.
Must never: ask whether anybody trusts it: that is for each peer to say.
Read first: `check_usable`.
"""

from __future__ import annotations

from typing import Final

from devicetrust.errors import MisuseError
from devicetrust.identity import Reference
from devicetrust.profiles import rfc5280_tolerant
from devicetrust.revocation import RevocationPolicy
from devicetrust.tls.credential import Credential
from devicetrust.tls.sides import Side
from devicetrust.trust.store import TrustStore
from devicetrust.trust.test_mark import TestAnchors
from devicetrust.verdict import Verdict
from devicetrust.verifier import Verifier

__all__ = ["check_usable"]

# RFC 5280 section 6 and sound algorithms, as any peer asks for; names and rules of some peers are not looked at.
_AS_ANY_PEER: Final = rfc5280_tolerant.evolve(
    name="own credential", revocation=RevocationPolicy.OFF, rules=(), reported_only=frozenset()
)


def check_usable(credential: Credential, side: Side, test_anchors: TestAnchors) -> Verdict:
    """That its chain verifies to its own end, now, and for the purpose of this side; raises `MisuseError` with why not.

    RFC 5280 6.1, with the last certificate of the chain as the anchor; a certificate alone stands for itself. One that
    is made for tests, with a key that everyone can read, goes with a trust store made for tests alone. Of the verdict
    the caller may take the moment.
    """
    leaf, *above = credential.chain
    store = TrustStore.for_tests if test_anchors is TestAnchors.ADMITTED else TrustStore
    trust = store([credential.chain[-1]])
    profile = _AS_ANY_PEER.evolve(name=_AS_ANY_PEER.name, key_purposes=frozenset({side.own_purpose}))
    verdict = Verifier(trust, profile=profile).verify(leaf, above, reference=Reference.UNCHECKED)
    if not verdict.outcome.admits:
        told = "; ".join(dict.fromkeys(str(one) for one in verdict.blocking()))
        raise MisuseError(
            f"the credential of {leaf.subject} cannot serve a TLS {side.value}: {told or verdict.headline}"
        )
    return verdict
