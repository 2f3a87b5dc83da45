"""What is said after a handshake: each question is whole, and only the answer to an admitted client admits."""

from __future__ import annotations

import pytest

from devicetrust.testing.conversations import DICOM, HTTP, LINE, MQTT, Conversation

ANSWERS = {
    "a line": (LINE, b"x", True),
    "nothing": (LINE, b"", False),
    "a page": (HTTP, b"HTTP/1.1 200 OK\r\n", True),
    "no such page": (HTTP, b"HTTP/1.1 404 Not Found\r\n", True),
    "a certificate is missing or wrong, says nginx": (HTTP, b"HTTP/1.1 400 Bad Request\r\n", False),
    "forbidden": (HTTP, b"HTTP/1.1 403 Forbidden\r\n", False),
    "no HTTP": (HTTP, b"SSH-2.0", False),
    "CONNACK, accepted": (MQTT, b"\x20\x02\x00\x00", True),
    "CONNACK, not authorized": (MQTT, b"\x20\x02\x00\x05", False),
    "half a CONNACK": (MQTT, b"\x20\x02\x00", False),
    "A-ASSOCIATE-AC": (DICOM, b"\x02\x00\x00\x00\x00\xb8", True),
    "A-ASSOCIATE-RJ": (DICOM, b"\x03\x00\x00\x00\x00\x04\x00\x01\x01\x07", False),
    "A-ABORT": (DICOM, b"\x07\x00\x00\x00\x00\x04\x00\x00\x00\x00", False),
    "no PDU": (DICOM, b"", False),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name: str) -> None:
    """An answer admits, or it does not."""
    conversation, answer, expected = ANSWERS[name]
    assert conversation.admits(answer) is expected


@pytest.mark.parametrize(
    ("conversation", "header"), [(MQTT, 2), (DICOM, 6)], ids=["MQTT 3.1.1 2.2.3", "DICOM PS3.8 9.3.2, at second hand"]
)
def test_questions_are_of_the_length_that_they_state(conversation: Conversation, header: int) -> None:
    """A server that waits for more than comes would be silent, and silence proves nothing."""
    stated = int.from_bytes(conversation.question[header - 1 if header == 2 else header - 4 : header], "big")
    assert stated == len(conversation.question) - header
