"""Which device is this, is it trusted, why (not), and until when.

The names below are the public face. What lies above the verdict loads when first used; importing does nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from devicetrust import profiles
from devicetrust._version import __version__
from devicetrust.errors import (
    DeviceTrustError,
    MisuseError,
    PasswordRequired,
    UnreadableCertificate,
    UnreadableInput,
    WrongPassword,
)
from devicetrust.evidence import Evidence, Failure, Want, WantKind
from devicetrust.findings import Effect, Finding, Severity, Waivable
from devicetrust.identity import Reference
from devicetrust.profiles import Profile
from devicetrust.profiles.waivers import Waiver, Waivers
from devicetrust.revocation import RevocationDepth, RevocationPolicy, RevocationSource, UnknownStatus
from devicetrust.trust import AnchorConstraints, TrustAnchor, TrustStore
from devicetrust.verdict import EvidenceOutlook, Horizon, Outcome, TimeInterval, Undecided, Untrusted, Verdict
from devicetrust.verifier import Verifier
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.crl import CertificateRevocationList
from devicetrust.x509.ocsp import CertificateID, OCSPResponse

if TYPE_CHECKING:
    from devicetrust.audience import Audience, Language
    from devicetrust.identity.device import DeviceIdentity
    from devicetrust.linting import LintReport, lint
    from devicetrust.profiles.reading import load_profile
    from devicetrust.profiles.waiver_file import WaiverFile, load_waivers
    from devicetrust.recording.replaying import Difference, DifferencePart, Replay, replay
    from devicetrust.timeline import Period, forecast
    from devicetrust.x509.files import load_certificates, load_crls, load_ocsp

__all__ = [
    "AnchorConstraints",
    "Audience",
    "Certificate",
    "CertificateID",
    "CertificateRevocationList",
    "DeviceIdentity",
    "DeviceTrustError",
    "Difference",
    "DifferencePart",
    "Effect",
    "Evidence",
    "EvidenceOutlook",
    "Failure",
    "Finding",
    "Horizon",
    "Language",
    "LintReport",
    "MisuseError",
    "OCSPResponse",
    "Outcome",
    "PasswordRequired",
    "Period",
    "Profile",
    "Reference",
    "Replay",
    "RevocationDepth",
    "RevocationPolicy",
    "RevocationSource",
    "Severity",
    "TimeInterval",
    "TrustAnchor",
    "TrustStore",
    "Undecided",
    "UnknownStatus",
    "UnreadableCertificate",
    "UnreadableInput",
    "Untrusted",
    "Verdict",
    "Verifier",
    "Waivable",
    "Waiver",
    "WaiverFile",
    "Waivers",
    "Want",
    "WantKind",
    "WrongPassword",
    "__version__",
    "forecast",
    "lint",
    "load_certificates",
    "load_crls",
    "load_ocsp",
    "load_profile",
    "load_waivers",
    "profiles",
    "replay",
]

_WHEN_FIRST_USED = {
    "Audience": "devicetrust.audience",
    "Difference": "devicetrust.recording.replaying",
    "DifferencePart": "devicetrust.recording.replaying",
    "Language": "devicetrust.audience",
    "WaiverFile": "devicetrust.profiles.waiver_file",
    "load_waivers": "devicetrust.profiles.waiver_file",
    "DeviceIdentity": "devicetrust.identity.device",
    "LintReport": "devicetrust.linting",
    "lint": "devicetrust.linting",
    "Period": "devicetrust.timeline",
    "forecast": "devicetrust.timeline",
    "load_certificates": "devicetrust.x509.files",
    "load_crls": "devicetrust.x509.files",
    "load_ocsp": "devicetrust.x509.files",
    "load_profile": "devicetrust.profiles.reading",
    "Replay": "devicetrust.recording.replaying",
    "replay": "devicetrust.recording.replaying",
}


def __getattr__(name: str) -> Any:
    module = _WHEN_FIRST_USED.get(name)
    if module is None:
        raise AttributeError(f"module 'devicetrust' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(module), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
