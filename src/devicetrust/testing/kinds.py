"""What kinds of devices there are, and what their certificates are for.

Makes: `DeviceKind`, `DevID`.
May import: the writers of this room.
Must never: issue anything.
Read first: `DeviceKind`.

The key purposes are those that a device of the kind needs to speak TLS in its usual role. The SDC roles are those of
IEEE 11073-20701, known here at second hand.
"""

from __future__ import annotations

import enum
from typing import Final

from devicetrust.testing.extensions import CLIENT_AUTH, SERVER_AUTH

__all__ = ["DevID", "DeviceKind"]

SDC_PROVIDER_ROLE: Final = "1.2.840.10004.20701.1.1"
SDC_CONSUMER_ROLE: Final = "1.2.840.10004.20701.1.2"


class DeviceKind(enum.Enum):
    """A kind of device; ``purposes`` are the key purposes of its certificate, RFC 5280 4.2.1.12."""

    INFUSION_PUMP = "infusion_pump"
    """Calls its gateway: a TLS client."""
    PATIENT_MONITOR = "patient_monitor"
    """Calls the central station, and answers it."""
    IMAGING_MODALITY = "imaging_modality"
    """Sends and receives over DICOM TLS (DICOM PS3.15 B)."""
    LABORATORY_ANALYSER = "laboratory_analyser"
    """Calls the laboratory's system: a TLS client."""
    PACS = "pacs"
    """An archive of images: receives over DICOM TLS, and sends."""
    GATEWAY = "gateway"
    """Answers devices, and calls the hospital's systems."""
    SDC_PROVIDER = "sdc_provider"
    """Offers a medical device's state to consumers, TLS in both directions."""
    SDC_CONSUMER = "sdc_consumer"
    """Uses the state that providers offer, TLS in both directions."""
    MQTT_DEVICE = "mqtt_device"
    """Calls a broker: a TLS client."""

    @property
    def purposes(self) -> tuple[str, ...]:
        return _PURPOSES[self]


class DevID(enum.Enum):
    """Whose identity for the device it is, IEEE 802.1AR (known at second hand)."""

    IDEVID = "the initial one, of the manufacturer, without end"
    LDEVID = "the local one, of the operator"


_PURPOSES: Final = {
    DeviceKind.INFUSION_PUMP: (CLIENT_AUTH,),
    DeviceKind.PATIENT_MONITOR: (SERVER_AUTH, CLIENT_AUTH),
    DeviceKind.IMAGING_MODALITY: (SERVER_AUTH, CLIENT_AUTH),
    DeviceKind.LABORATORY_ANALYSER: (CLIENT_AUTH,),
    DeviceKind.PACS: (SERVER_AUTH, CLIENT_AUTH),
    DeviceKind.GATEWAY: (SERVER_AUTH, CLIENT_AUTH),
    DeviceKind.SDC_PROVIDER: (SERVER_AUTH, CLIENT_AUTH, SDC_PROVIDER_ROLE),
    DeviceKind.SDC_CONSUMER: (SERVER_AUTH, CLIENT_AUTH, SDC_CONSUMER_ROLE),
    DeviceKind.MQTT_DEVICE: (CLIENT_AUTH,),
}
