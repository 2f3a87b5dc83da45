"""The iss of a UDAP JWT is a URI of the certificate, character by character."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from devicetrust.errors import MisuseError
from devicetrust.identity import Reference, findings, matches
from devicetrust.x509.general_names import GeneralName, GeneralNameType
from devicetrust.x509.names import Name

WRITTEN = "https://EHR.example:443/fhir"


class Presented(NamedTuple):
    """A certificate, as far as identities are concerned."""

    subject_alternative_names: tuple[GeneralName, ...]
    subject: Name = Name(b"\x30\x00")


def takes(reference: Reference, kind: GeneralNameType = GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER) -> bool:
    """Whether ``reference`` matches a certificate with `WRITTEN`; `matches` and `findings` must agree."""
    certificate = Presented((GeneralName(kind, WRITTEN),))
    matched = bool(matches(reference, certificate))
    assert (findings(reference, certificate) == ()) is matched
    return matched


def test_the_same_characters() -> None:
    """What is written the same is the same, as a URI alone."""
    assert takes(Reference.udap(WRITTEN))
    assert not takes(Reference.udap(WRITTEN), GeneralNameType.DNS_NAME)


@pytest.mark.parametrize(
    "iss",
    [
        "https://ehr.example:443/fhir",
        "https://EHR.example/fhir",
        "https://EHR.example:443/fhir/",
        "https://EHR.example:443/./fhir",
        "https://EHR.example:443/%66hir",
        "HTTPS://EHR.example:443/fhir",
    ],
)
def test_other_spellings(iss: str) -> None:
    """Equal as URIs (RFC 5280 7.4), or nearly so, is not the same characters. `Reference.uri` is laxer."""
    assert not takes(Reference.udap(iss))
    assert takes(Reference.uri(iss)) is not iss.endswith("/")


@pytest.mark.parametrize(
    "iss", ["", "ehr.example", "https://", "https://*.example/", "https://h\u00f6.example/", "a b:c"]
)
def test_what_is_no_uri(iss: str) -> None:
    """It is misuse: no certificate could hold it."""
    with pytest.raises(MisuseError):
        Reference.udap(iss)
