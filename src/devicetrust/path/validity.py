"""The dates of the CAs above a leaf, under the models other than SHELL.

Makes: `authority_dates`, `never_ends`, `DATES_IN_PATH`.
May import: findings, x509, path siblings.
Must never: look at the leaf's own dates, which count at the moment under every model (`steps.within_validity` does).
Read first: `authority_dates`, then `ValidityModel` in `path.inputs`.

RFC 5280 6.1.3 (a)(2) is SHELL. These models depart from it, each by a name that a profile states. What a CA signed
after its end they never admit by its own word: notBefore is a date that the CA itself writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from devicetrust.findings import Finding
from devicetrust.path import codes
from devicetrust.path.inputs import ValidityModel
from devicetrust.path.moment import NEVER
from devicetrust.path.state import Run, State, as_time
from devicetrust.path.steps import Step, within_validity
from devicetrust.path.titles import title
from devicetrust.x509.certificate import Certificate

__all__ = ["DATES_IN_PATH", "authority_dates", "never_ends"]

# The steps that `authority_dates` takes the place of.
DATES_IN_PATH: Final[frozenset[Step]] = frozenset({within_validity})
_MASA_URL: Final = frozenset({"1.3.6.1.5.5.7.1.32"})


def never_ends(certificate: Certificate) -> bool:
    """Whether the certificate is for as long as the device: notAfter 99991231235959Z, or an IDevID by its MASA URL.

    RFC 5280 4.1.2.5 (no well-defined expiration date), RFC 8995 2.3.2 (second hand: the extension is for IDevIDs).
    """
    return certificate.validity[1] >= NEVER - 1 or not certificate.extensions.has_none_of(_MASA_URL)


def authority_dates(run: Run, leaf: Certificate, above: Sequence[Certificate]) -> Iterable[Finding]:
    """Every CA in ``above`` (the leaf's issuer first) was valid when it counts under the model of ``run``.

    CHAIN: at the notBefore of the certificate below it. IDEVID: at the notBefore of a leaf that never ends; above any
    other leaf at the moment. ``validity.not_valid_at_issuance`` where it was not; where it was and has ended since,
    the notice ``validity.ended_after_issuance``. Indices are those of a path with the leaf at 0.
    """
    model = run.inputs.validity_model
    if model is ValidityModel.IDEVID and not never_ends(leaf):
        state = State(run.inputs, None, len(above))
        for index, certificate in enumerate(above, 1):
            yield from within_validity(run, state, certificate, index)
        return
    issued = leaf.validity[0]
    for index, certificate in enumerate(above, 1):
        not_before, not_after = certificate.validity
        if not not_before <= issued <= not_after:
            yield codes.NOT_VALID_AT_ISSUANCE.at(
                index,
                "tbsCertificate.validity",
                subject=title(certificate),
                issued=as_time(issued),
                not_before=as_time(not_before),
                not_after=as_time(not_after),
                model=model.name,
            )
        elif run.moment.reached(not_after + 1):
            yield codes.ENDED_AFTER_ISSUANCE.at(
                index,
                "tbsCertificate.validity.notAfter",
                subject=title(certificate),
                not_after=as_time(not_after),
                model=model.name,
            )
        if model is ValidityModel.CHAIN:
            issued = not_before
