"""Rules of lists that the caller has: what they find, how they travel, and which lists are refused."""

from __future__ import annotations

import base64
import hashlib
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import pki
from devicetrust import Certificate, MisuseError, lint, profiles
from devicetrust.rules.keys import known_keys
from devicetrust.rules.rule import Rule
from rule_cases.case import LEAF
from rule_cases.keys import EC_PUBLIC_KEY, MODULUS, P256, RSASSA_PSS, holding, point, rsa, spki
from ward import DEVICE, ISSUING, ask, blocking, scene

KNOWN = hashlib.sha256(DEVICE.key.subject_public_key_info).digest()
OTHER = bytes(32)
# The end of what `openssl rsa -modulus -noout | sha1sum` prints for the key that MODULUS is of.
FRAGMENT = bytes.fromhex("ed244b821c777bdff5b4")


def codes(rule: Rule, key: bytes) -> list[str]:
    certificate = Certificate(holding(key).sealed(ISSUING.key))
    return [one.code.id for one in lint(certificate, profile=profiles.rfc5280, rules=[rule], at=pki.AT).findings]


class TestCompromisedKeys:
    def test_found_by_digest(self) -> None:
        """A key on the list is found, another is not."""
        rule = known_keys.compromised_keys([KNOWN, OTHER])
        assert codes(rule, DEVICE.key.subject_public_key_info) == ["keys.not_compromised"]
        assert codes(rule, ISSUING.key.subject_public_key_info) == []

    def test_found_however_written(self) -> None:
        """Other parameters, another algorithm for the same key or a compressed point hide nothing."""
        rule = known_keys.compromised_keys([KNOWN, hashlib.sha256(rsa(MODULUS)).digest()])
        compressed = DEVICE.key.private_key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        for key in (
            spki(EC_PUBLIC_KEY, P256, compressed),
            rsa(MODULUS, parameters=b""),
            rsa(MODULUS, algorithm=RSASSA_PSS, parameters=b""),
        ):
            assert codes(rule, key) == ["keys.not_compromised"]

    def test_in_a_verdict(self) -> None:
        """A profile that names the rule refuses the key."""
        listed = (*profiles.rfc5280.rules, known_keys.compromised_keys([KNOWN]))
        profile = profiles.rfc5280.evolve(rules=listed)
        assert blocking(ask(scene(), profile)) == {("keys.not_compromised", 0)}
        assert blocking(ask(scene(), profiles.rfc5280)) == set()

    @pytest.mark.parametrize("digests", [[], [b""], [KNOWN, KNOWN[:31]], [KNOWN.hex()]])
    def test_other_lists_are_misuse(self, digests: list[bytes]) -> None:
        """A list of something else would find nothing, so it is refused; so is an empty one."""
        with pytest.raises(MisuseError):
            known_keys.compromised_keys(digests)


class TestDebianWeakKeys:
    def test_found_by_the_digest_of_what_openssl_prints(self) -> None:
        """The list holds the last 80 bits of SHA-1 over the line that OpenSSL prints of a modulus."""
        rule = known_keys.debian_weak_keys([FRAGMENT])
        assert codes(rule, rsa(MODULUS)) == ["keys.not_debian_weak"]
        assert codes(rule, rsa(MODULUS + 2)) == []

    def test_directory(self, tmp_path: Path) -> None:
        """All files of RSA keys are read, comments passed over."""
        (tmp_path / "blacklist.RSA-2048").write_text(f"# comment\n\n{FRAGMENT.hex()}\n")
        (tmp_path / "blacklist.RSA-1024").write_text(f"{bytes(10).hex()} # another\n")
        (tmp_path / "blacklist.DSA-1024").write_text("of no concern\n")
        assert known_keys.read_debian_blacklist(tmp_path) == {FRAGMENT, bytes(10)}

    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            ("blacklist.RSA-2048", "0123\n", "line 1: 20 hexadecimal digits are due"),
            ("blacklist.RSA-2048", f"#\n{'z' * 20}\n", "line 2"),
            ("blacklist.RSA-2048", f"{'0' * 18} 0\n", "line 1"),
            ("blacklist.RSA-2048", "\xe9\n", "cannot be read"),
            ("blacklist.DSA-1024", "", "no file blacklist.RSA"),
        ],
    )
    def test_other_files_are_misuse(self, tmp_path: Path, name: str, text: str, said: str) -> None:
        """A file that is no such list is named, with its line."""
        (tmp_path / name).write_text(text, "utf-8")
        with pytest.raises(MisuseError, match=said):
            known_keys.read_debian_blacklist(tmp_path)

    @pytest.mark.parametrize("fragments", [[], [bytes(20)]])
    def test_other_lists_are_misuse(self, fragments: list[bytes]) -> None:
        """A list of something else would find nothing."""
        with pytest.raises(MisuseError):
            known_keys.debian_weak_keys(fragments)


def test_file_of_compromised_keys(tmp_path: Path) -> None:
    """One digest a line, comments passed over; a file that is not there is misuse."""
    file = tmp_path / "compromised.txt"
    file.write_text(f"# from a router's firmware\n{KNOWN.hex().upper()}\n")
    assert known_keys.read_compromised_keys(file) == {KNOWN}
    with pytest.raises(MisuseError, match="cannot be read"):
        known_keys.read_compromised_keys(tmp_path / "none")


def test_programs_of_the_how_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The programs of the page on known keys, one after another, do what it says: here the pump's key is tiny."""
    monkeypatch.chdir(tmp_path)
    small = holding(point(5, PublicFormat.SubjectPublicKeyInfo)).sealed(ISSUING.key)
    pem = f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(small).decode()}-----END CERTIFICATE-----\n"
    (tmp_path / "pump.pem").write_text(pem)
    (tmp_path / "compromised-keys.txt").write_text(f"{KNOWN.hex()}\n")
    (tmp_path / "blacklist.RSA-2048").write_text(f"{FRAGMENT.hex()}\n")
    names: dict[str, Any] = {}
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "refuse-known-keys.md").read_text("utf-8")
    for program in re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S):
        exec(program.replace('"/usr/share/openssl-blacklist"', '"."'), names)
    assert blocking(ask(scene(), names["profile"].evolve(key_purposes=frozenset()))) == {("keys.not_compromised", 0)}
    assert names["rule"].code.id == "keys.not_debian_weak"
    assert "[keys.ec_private_key_not_small" in capsys.readouterr().out


class TestBoundRules:
    @pytest.mark.parametrize(
        "rule", [known_keys.compromised_keys([KNOWN]), known_keys.debian_weak_keys([FRAGMENT])], ids=repr
    )
    def test_pickle(self, rule: Rule) -> None:
        """A rule of a list is an equal one in another process, and finds the same."""
        again = pickle.loads(pickle.dumps(rule))
        assert (again, hash(again), again.identity) == (rule, hash(rule), rule.identity)
        for key in (DEVICE.key.subject_public_key_info, rsa(MODULUS), LEAF.subject_public_key_info):
            assert codes(again, key) == codes(rule, key)

    def test_another_list_is_another_profile(self) -> None:
        """Profiles that differ in their lists alone share no verdicts."""
        one, same, other = (known_keys.compromised_keys([digest]) for digest in (KNOWN, KNOWN, OTHER))
        digests = [profiles.rfc5280.evolve(rules=(rule,)).digest for rule in (one, same, other)]
        assert digests[0] == digests[1] != digests[2]
        assert (one == same, one == other) == (True, False)
