"""A citation says how well its clause is known."""

from __future__ import annotations

import pytest

from devicetrust.findings import Code, Knowledge
from devicetrust.report import every_code

READ = {
    "RFC 4055",
    "RFC 5280",
    "RFC 6818",
    "RFC 6960",
    "RFC 9325",  # as its final draft
    "RFC 9598",
    "RFC 9608",
    "draft-ietf-uta-tls13-iot-profile",
    "HL7 UDAP Security",
    "IHE ITI-19",
    # Held against the software itself, which the tests run.
    "OpenSSL 3",
    "cryptography",
    # What this library demands for reasons of its own.
    "devicetrust",
}
"""The documents whose texts were read when the checks were written."""


@pytest.mark.parametrize("code", every_code().values(), ids=lambda code: code.id)
def test_what_nobody_read_is_known_at_second_hand(code: Code) -> None:
    """No clause of another document is cited as if it had been read."""
    assert code.citation.knowledge is Knowledge.SECOND_HAND or code.citation.document in READ
