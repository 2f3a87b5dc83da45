"""Real certificates, the questions asked about them, and the answers that are expected.

Makes: `Question`, `QUESTIONS`, `tpm_roots`, `tpm_intermediates`, `ask`.
May import: devicetrust, as its users do.
Must never: hold a date that was read with devicetrust; those here are what ``openssl x509 -dates`` prints.
Read first: `QUESTIONS`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from devicetrust import (
    Certificate,
    Profile,
    Reference,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    load_certificates,
    profiles,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)
# While the vendor's CA of the IDevID was valid: 2021-04-13 to 2023-04-13.
IN_2022 = datetime(2022, 1, 1, tzinfo=UTC)

TPM_ROOTS = 26
TPM_INTERMEDIATES = 143


class Question(NamedTuple):
    """One certificate against its CA as anchor, or pinned where ``anchor`` is empty, and the answer.

    ``headline`` is code and certificate of what refuses; None for TRUSTED. ``last_second`` is the last at which the
    answer holds, and None where no date ends it. ``among`` is a code that is found too, and ``words`` are in its text.
    """

    leaf: str
    anchor: str
    profile: Profile
    at: datetime
    headline: tuple[str, int] | None = None
    last_second: datetime | None = None
    among: str = ""
    words: str = ""

    def __str__(self) -> str:
        below = f"below {Path(self.anchor).stem}" if self.anchor else "pinned"
        return f"{Path(self.leaf).stem} {below} under {self.profile.name} in {self.at.year}"


_SDC = ("sdc/sdc-participant.pem", "sdc/draeger-test-root.pem")
_SDC_END = datetime(2070, 10, 5, 12, 16, 43, tzinfo=UTC)
_SDC_ROOT_END = datetime(2062, 6, 15, 9, 20, 27, tzinfo=UTC)
_IDEVID = ("idevid/idevid-masa-url.pem", "idevid/vendor-ca.pem")
_IDEVID_END = datetime(2999, 12, 31, tzinfo=UTC)
_MASA = ("idevid/masa.pem", "idevid/vendor-ca.pem")
_MASA_END = datetime(2023, 4, 13, 21, 40, 16, tzinfo=UTC)
_VENDOR_END = datetime(2023, 4, 13, 20, 34, 24, tzinfo=UTC)
_MATTER = ("matter/dac-0001.pem", "matter/pai.pem")
_MLDSA_END = datetime(2040, 1, 29, 4, 32, 10, tzinfo=UTC)
_VERSION_1 = "sdc/version1-self-signed.pem"
_VERSION_1_END = datetime(2051, 6, 13, 13, 55, 59, tzinfo=UTC)
_SLH_DSA = "mldsa/slh-dsa-sha2-128s.pem"

_NOT_SUPPORTED = "SLH-DSA-SHA2-128s (2.16.840.1.101.3.4.3.20) is not supported"
_NO_KEY_IDENTIFIER = "rfc5280.authority_key_identifier_present"

QUESTIONS = (
    # An anchor's dates count in rfc5280_tolerant and not in rfc5280 (RFC 5280 6.1.1 (d) leaves that open).
    Question(*_SDC, profiles.rfc5280, NOW, last_second=_SDC_END),
    Question(*_SDC, profiles.rfc5280_tolerant, NOW, last_second=_SDC_ROOT_END),
    Question(*_SDC, profiles.tls_client, NOW, ("cabf.subject_alternative_name_present", 0)),
    Question(*_SDC, profiles.tls_server, NOW, ("cabf.subject_alternative_name_present", 0)),
    # The IDevID outlives its CA by centuries: trusted only where the dates of an anchor do not count.
    Question(*_IDEVID, profiles.rfc5280, IN_2022, last_second=_IDEVID_END, among=_NO_KEY_IDENTIFIER),
    Question(*_IDEVID, profiles.rfc5280, NOW, last_second=_IDEVID_END),
    Question(*_IDEVID, profiles.rfc5280_tolerant, IN_2022, last_second=_VENDOR_END),
    Question(*_IDEVID, profiles.rfc5280_tolerant, NOW, ("validity.expired", 1)),
    Question(*_IDEVID, profiles.tls_client, IN_2022, ("purpose.not_allowed", 0), among=_NO_KEY_IDENTIFIER),
    Question(*_MASA, profiles.rfc5280, IN_2022, last_second=_MASA_END),
    Question(*_MASA, profiles.rfc5280_tolerant, IN_2022, last_second=_VENDOR_END),
    Question(*_MASA, profiles.rfc5280, NOW, ("validity.expired", 0)),
    # 9999-12-31T23:59:59 is no date but "never" (RFC 5280 4.1.2.5).
    Question(*_MATTER, profiles.rfc5280, NOW),
    Question(*_MATTER, profiles.rfc5280_tolerant, NOW),
    Question(*_MATTER, profiles.tls_client, NOW, ("purpose.not_allowed", 0)),
    Question("mldsa/ML-DSA-44.pem", "", profiles.rfc5280, NOW, last_second=_MLDSA_END),
    Question("mldsa/ML-DSA-65.pem", "", profiles.rfc5280, NOW, last_second=_MLDSA_END),
    Question("mldsa/ML-DSA-87.pem", "", profiles.rfc5280, NOW, last_second=_MLDSA_END),
    Question(_SLH_DSA, "", profiles.rfc5280, NOW, ("key.unreadable", 0), words=_NOT_SUPPORTED),
    Question(
        _SLH_DSA,
        _SLH_DSA,
        profiles.rfc5280,
        NOW,
        ("key.unreadable", 0),
        words=_NOT_SUPPORTED,
    ),
    # A version 1 certificate that its owner pins is good for RFC 5280, which asks nothing of a pinned one; TLS refuses.
    Question(_VERSION_1, "", profiles.rfc5280, NOW, last_second=_VERSION_1_END),
    Question(
        _VERSION_1, "", profiles.tls_client, NOW, ("purpose.not_allowed", 0), among="cabf.version_3", words="version 1"
    ),
    Question(_VERSION_1, _SDC[1], profiles.rfc5280, NOW, ("issuer.self_signed", 0), words="self-signed"),
)


def ask(folder: Path, question: Question) -> Verdict:
    """The verdict on a question, revocation aside; ``folder`` is that of the samples."""
    (leaf,) = load_certificates(folder / question.leaf)
    trust = TrustStore.from_file(folder / question.anchor) if question.anchor else TrustStore(pinned=[leaf])
    return Verifier(trust, profile=_aside(question.profile)).verify(leaf, reference=Reference.UNCHECKED, at=question.at)


def tpm_roots(folder: Path) -> list[Certificate]:
    """The root certificates of the makers of TPMs."""
    return load_certificates(folder / "tpm" / "roots.pem")


def tpm_intermediates(folder: Path) -> list[Certificate]:
    """The intermediate CA certificates of the makers of TPMs."""
    return load_certificates(folder / "tpm" / "intermediates.pem")


def ask_tpm(folder: Path, profile: Profile) -> list[Verdict]:
    """The verdicts on all intermediates in their order, with the roots as anchors, revocation aside."""
    pool = tpm_intermediates(folder)
    verifier = Verifier(TrustStore(tpm_roots(folder)), profile=_aside(profile), intermediates=pool)
    return [verifier.verify(one, at=NOW) for one in pool]


def _aside(profile: Profile) -> Profile:
    """The profile with revocation not asked about: no CRL of theirs is at hand."""
    return profile.evolve(revocation=RevocationPolicy.OFF, name=profile.name)
