"""What all questions under one trust store and profile share.

Makes: `Workings`.
May import: everything below the verifier.
Must never: let one question change the answer to another.
Read first: `Workings`.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from devicetrust.findings import Finding
from devicetrust.path.moment import Moment
from devicetrust.path.validate import PathValidator, ValidatedPath
from devicetrust.profiles.profile import Profile
from devicetrust.profiles.waivers import Waivers
from devicetrust.revocation.check import RevocationJudge
from devicetrust.trust.pool import IssuerPool
from devicetrust.trust.store import TrustStore
from devicetrust.verdict import Judgement
from devicetrust.x509.certificate import Certificate

__all__ = ["Workings"]


class Workings:
    """What all questions under one trust store and profile share. Picklable by what it is made of.

    ``judgements`` holds what was found about peers that were admitted; it is bounded, and no question changes another.
    """

    __slots__ = ("inputs", "intermediates", "judgements", "paths", "profile", "revocation", "trust", "waivers")

    def __init__(
        self, trust: TrustStore, profile: Profile, intermediates: tuple[Certificate, ...], waivers: Waivers
    ) -> None:
        pool = IssuerPool(intermediates)
        self.trust: Final = trust
        self.profile: Final = profile
        self.intermediates: Final = intermediates
        self.waivers: Final = waivers
        self.inputs: Final = profile.path_inputs
        self.paths: Final = PathValidator(trust, pool, self.inputs)
        signer_paths = PathValidator(trust, pool, profile.signer_inputs)
        # No method of our own: what refers to itself lies about until the garbage collector comes by.
        refusals = partial(_refusals, profile, waivers)
        self.revocation: Final = RevocationJudge(profile.revocation, signer_paths, intermediates, refusals)
        self.judgements: Final[dict[bytes, Judgement]] = {}

    def __reduce__(self) -> tuple[object, ...]:
        return Workings, (self.trust, self.profile, self.intermediates, self.waivers)


def _refusals(profile: Profile, waivers: Waivers, path: ValidatedPath, moment: Moment) -> list[Finding]:
    """What refuses a path of who signs evidence, and in the place of what is waived the exception in use."""
    found = [finding for finding in path.findings if profile.blocks(finding.code)]
    if not found or not waivers.waivers:
        return found
    return waivers.applied(found, (path.certificates[0], *path.above), moment, profile)
