"""What to say to a server once the handshake is done, and which answers mean that it admits the client.

Makes: `Conversation`, `LINE`, `HTTP`, `MQTT`, `DICOM`.
May import: the standard library.
Must never: open a connection.
Read first: `Conversation`.

The end of a handshake says little: in TLS 1.3 the client has finished before the server refuses, and some servers
(nginx, for one) finish it with any client and refuse in their own protocol.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final, NamedTuple

__all__ = ["DICOM", "HTTP", "LINE", "MQTT", "Conversation"]


class Conversation(NamedTuple):
    """A ``question``, and whether the first octets of its answer are those to a client that is admitted."""

    question: bytes
    admits: Callable[[bytes], bool]


# nginx answers 400 where the certificate was missing or wrong, and calls that 495 and 496 in its own configuration.
_REFUSALS: Final = {b"400", b"401", b"403", b"495", b"496"}


def _is_http_admission(answer: bytes) -> bool:
    version, _, rest = answer.partition(b" ")
    return version.startswith(b"HTTP/") and rest[:3] not in _REFUSALS


def _is_connection_accepted(answer: bytes) -> bool:
    """CONNACK with return code 0, MQTT 3.1.1 3.2."""
    return answer[:1] == b"\x20" and answer[3:4] == b"\x00"


def _is_association_accepted(answer: bytes) -> bool:
    """A-ASSOCIATE-AC, DICOM PS3.8 9.3.3 (at second hand)."""
    return answer[:1] == b"\x02"


def _dicom_item(kind: int, content: bytes) -> bytes:
    """An item of a PDU: its type, a reserved octet, the length in two."""
    return struct.pack(">BxH", kind, len(content)) + content


def _association_request() -> bytes:
    """A-ASSOCIATE-RQ, DICOM PS3.8 9.3.2 and annex D.1 (at second hand): to verify the connection, and nothing else."""
    verification = _dicom_item(0x30, b"1.2.840.10008.1.1") + _dicom_item(0x40, b"1.2.840.10008.1.2")
    us = _dicom_item(0x51, struct.pack(">I", 1 << 14)) + _dicom_item(
        0x52, b"2.25.185090549828462548382708083692311609480"
    )
    content = (
        struct.pack(">Hxx16s16s32x", 1, b"ANY-SCP".ljust(16), b"TEST".ljust(16))
        + _dicom_item(0x10, b"1.2.840.10008.3.1.1.1")
        + _dicom_item(0x20, b"\x01\x00\x00\x00" + verification)
        + _dicom_item(0x50, us)
    )
    return struct.pack(">BxI", 1, len(content)) + content


LINE: Final = Conversation(b"\n", bool)
"""An empty line; any answer will do."""
HTTP: Final = Conversation(b"GET / HTTP/1.0\r\n\r\n", _is_http_admission)
"""A request for the first page; a status that is not about the client (404, say) admits it."""
MQTT: Final = Conversation(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04test", _is_connection_accepted)
"""CONNECT of MQTT 3.1.1 with a clean session and the client identifier ``test``."""
DICOM: Final = Conversation(_association_request(), _is_association_accepted)
"""A request for an association of ``TEST`` with ``ANY-SCP``, for Verification; a rejection of any kind is a refusal."""
