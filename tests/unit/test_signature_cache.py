"""Signatures that were checked once: what is remembered, and what it says nothing about."""

from __future__ import annotations

from typing import Any

import pytest

import pki
from devicetrust.x509 import signatures
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.signatures import Check, verify, verify_issued_by_authority

SIGNED = b"what was signed"


class TestCache:
    KEY = pki.key("p256", 3)

    def arguments(self, signed: bytes = SIGNED) -> tuple[PublicKey, bytes, bytes, bytes]:
        signature = pki.signature(self.KEY, "ecdsa-sha256", signed)
        return PublicKey(self.KEY.subject_public_key_info), pki.ALGORITHMS["ecdsa-sha256"], signed, signature

    def test_a_success_is_remembered_and_stays_one(self) -> None:
        """A signature over given bytes by a given key is true for ever."""
        assert [verify_issued_by_authority(*self.arguments()) for _ in range(2)] == [Check.VALID] * 2

    @pytest.mark.parametrize("part", [1, 2, 3])
    def test_a_success_says_nothing_of_its_neighbours(self, part: int) -> None:
        """With another algorithm, other bytes or another signature the question is another one."""
        arguments: list[Any] = list(self.arguments())
        verify_issued_by_authority(*self.arguments())
        arguments[part] = arguments[part] + b"\x00"
        assert verify_issued_by_authority(*arguments) is not Check.VALID

    def test_parts_cannot_be_shifted(self) -> None:
        """What ends one part cannot begin the next: the parts are told apart by their lengths."""
        key, algorithm, signed, signature = self.arguments()
        verify_issued_by_authority(key, algorithm, signed, signature)
        shifted = verify_issued_by_authority(key, algorithm, signed + signature[:1], signature[1:])
        assert shifted is Check.INVALID

    def test_another_key(self) -> None:
        """The key is part of the question."""
        _, *rest = self.arguments()
        verify_issued_by_authority(*self.arguments())
        other = PublicKey(pki.key("p256", 4).subject_public_key_info)
        assert verify_issued_by_authority(other, *rest) is Check.INVALID

    def test_failures_and_leaves_are_not_kept(self) -> None:
        """Only successes by authorities are kept, so nobody outside fills the cache."""
        before = len(signatures._SUCCESSES)
        key, algorithm, _, signature = self.arguments(b"never asked before")
        verify(key, algorithm, b"never asked before", signature)
        verify_issued_by_authority(key, algorithm, b"something else", signature)
        assert len(signatures._SUCCESSES) == before

    def test_it_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many are asked, no more than the bound are kept."""
        monkeypatch.setattr(signatures, "_MOST_SUCCESSES", 8)
        monkeypatch.setattr(signatures, "_SUCCESSES", {})
        for number in range(30):
            assert verify_issued_by_authority(*self.arguments(b"%d" % number)) is Check.VALID
        assert len(signatures._SUCCESSES) <= 8
