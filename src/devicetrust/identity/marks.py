"""By which marks a certificate looks like an initial or a local device identifier.

Makes: `DevID`, `devid_marks`.
May import: x509.
Must never: be taken for proof: who issued it says more than any mark, and the verdict's path says who did.
Read first: `devid_marks`.

IEEE 802.1AR, the TCG's profile and RFC 8995 are known here at second hand.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Final

from devicetrust.x509.certificate import Certificate
from devicetrust.x509.device_names import HARDWARE_MODULE_NAME

__all__ = ["DevID", "devid_marks"]


class DevID(enum.Enum):
    """A device identifier, IEEE 802.1AR 6: whose it is."""

    IDEVID = "the initial one, of the manufacturer, for the life of the device"
    LDEVID = "a local one, of the operator, for a time"


def devid_marks(certificate: Certificate) -> tuple[DevID | None, tuple[str, ...]]:
    """What it looks like, and the marks that were found, for and against; None where they do not tell.

    It looks initial where it names a device and has a mark that only an initial one should have: no end (802.1AR 8.5),
    a MASA URL (RFC 8995 2.3.2), or the policy of a key fixed to a TPM. It looks local where it names a device, ends,
    and is for named purposes, which an initial one should not list. A CA is neither.
    """
    constraints = certificate.basic_constraints
    if constraints is not None and constraints.ca:
        return None, ("it is a CA's certificate",)
    has_serial = bool(certificate.subject.values(_SERIAL_NUMBER))
    has_module = any(name.type_id == HARDWARE_MODULE_NAME for name in certificate.subject_alternative_names)
    endless = certificate.not_after == _WITHOUT_END
    purposes = certificate.extended_key_usage is not None
    initial = {
        "it has no end (IEEE 802.1AR 8.5)": endless,
        "it has a MASA URL (RFC 8995 2.3.2)": _MASA_URL in certificate.extensions.present,
        "its policy says that its key is fixed to a TPM (TCG)": _TPM_FIXED in (certificate.policies or ()),
    }
    marks = {
        "its subject has a serialNumber (IEEE 802.1AR 8.6)": has_serial,
        "it has a hardwareModuleName (IEEE 802.1AR 8.10.4)": has_module,
        **initial,
        "it has an end, which a local one has": not endless,
        "it lists key purposes, which an initial one should not (IEEE 802.1AR 8.10.3)": purposes,
    }
    reasons = tuple(mark for mark, found in marks.items() if found)
    if not has_serial and not has_module:
        return None, ("it names no device by serialNumber or hardwareModuleName", *reasons)
    if any(initial.values()):
        return DevID.IDEVID, reasons
    return (DevID.LDEVID if purposes and not has_module else None), reasons


_SERIAL_NUMBER: Final = "2.5.4.5"
_MASA_URL: Final = "1.3.6.1.5.5.7.1.32"
_TPM_FIXED: Final = "2.23.133.11.1.2"  # tcg-cap-verifiedTPMFixed
_WITHOUT_END: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)  # RFC 5280 4.1.2.5
