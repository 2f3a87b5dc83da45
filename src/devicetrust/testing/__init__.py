"""A certificate authority for tests, which can also issue what is wrong, and servers on loopback that misbehave.

Makes: `Hospital`, `Device`, `Fault`, `DeviceKind`, `DevID`, `KeyAlgorithm`, drafts of anything; `responders`,
`refusals`, `pki_folder`, the pytest `plugin`.
May import: everything below it; `cryptography`, `OpenSSL`, `ssl` and sockets for its servers.
Must never: be imported by the library, or issue anything without the mark by which devicetrust refuses it elsewhere.
Read first: `hospital`, then `faults`; `responders`, then `handshakes`.

Three lines make a device and judge it:

>>> from devicetrust import testing
>>> hospital = testing.Hospital(seed=1)
>>> pump = hospital.device("pump-1", kind="infusion_pump")
>>> hospital.verify(pump).outcome
<Outcome.TRUSTED: 'trusted'>

And one that is wrong:

>>> late = hospital.device("pump-2", faults=[testing.Fault.EXPIRED])
>>> hospital.verify(late).headline.code.id
'validity.expired'
"""

from __future__ import annotations

from devicetrust.testing.authority import Authority
from devicetrust.testing.device import Device
from devicetrust.testing.drafts import CertificateDraft
from devicetrust.testing.faults import Expected, Fault, Part
from devicetrust.testing.hospital import Hospital
from devicetrust.testing.keys import KeyAlgorithm
from devicetrust.testing.kinds import DeviceKind, DevID
from devicetrust.testing.status_drafts import CRLDraft, ResponseDraft

__all__ = [
    "Authority",
    "CRLDraft",
    "CertificateDraft",
    "DevID",
    "Device",
    "DeviceKind",
    "Expected",
    "Fault",
    "Hospital",
    "KeyAlgorithm",
    "Part",
    "ResponseDraft",
]
