"""What the rules on compatibility say of a chain, real OpenSSLs do with it.

The laws: a chain that breaks a rule about OpenSSL ends the handshake with the rule's verify code, and one that keeps it
is accepted in the same circumstances; so is each other chain on which no rule about OpenSSL finds anything.
"""

from __future__ import annotations

import shutil
import ssl
import subprocess
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

import pki
from devicetrust import Certificate, Finding, lint, profiles
from devicetrust.rules import catalogue
from devicetrust.rules.rule import Rule
from openssl_answers import Side, in_handshake, in_store
from pki import AT
from rule_cases.compatibility import CASES, PRIVATE_KEYS, chain
from ward import replacing

RULES = {rule.code.id: rule for rule in (*catalogue.COMPATIBILITY_CLIENT, *catalogue.COMPATIBILITY_SERVER)}


class Circumstances(NamedTuple):
    """Whose certificate is judged, whether X509_STRICT is set, and the security level."""

    side: Side
    strict: bool = False
    level: int = 0


def _circumstances(code: str) -> list[Circumstances]:
    """In which a rule of this code is about what OpenSSL does; none where it is about another engine."""
    check = code.removeprefix("compatibility.")
    if check.startswith("strict_"):
        return [Circumstances("client", strict=True), Circumstances("server", strict=True)]
    if check.startswith("security_level_"):
        level = int(check[-1])
        return [Circumstances("client", level=level), Circumstances("server", level=level)]
    if check == "handshake_key_identifiers":
        return [Circumstances("client"), Circumstances("server")]
    side = check.partition("_")[0]
    return [Circumstances(side)] if side in ("client", "server") else []  # type: ignore[list-item]


ASKED = [(code, one) for code in CASES for one in _circumstances(code)]
_NAMES = [f"{code}-{one.side}" for code, one in ASKED]


@pytest.mark.parametrize(("code", "circumstances"), ASKED, ids=_NAMES)
def test_broken_is_refused(code: str, circumstances: Circumstances) -> None:
    """A chain that breaks the rule is refused in a handshake, with the verify code that the finding names."""
    for broken in CASES[code].breaks:
        assert _handshake(broken, circumstances) == _verify_code(RULES[code], broken, CASES[code].index)


@pytest.mark.parametrize(("code", "circumstances"), ASKED, ids=_NAMES)
def test_kept_is_accepted(code: str, circumstances: Circumstances) -> None:
    """A chain that keeps the rule is accepted in a handshake."""
    assert [_handshake(kept, circumstances) for kept in CASES[code].keeps] == [0] * len(CASES[code].keeps)


# OpenSSL 4 looks at neither any longer; Python's ssl is built with 3.
FORGIVEN_BY_4 = {89, 88}


@pytest.mark.parametrize("code", sorted(code for code in CASES if code.startswith("compatibility.strict_")))
def test_other_openssl(code: str) -> None:
    """OpenSSL 4, asked without a handshake, refuses the same with the same code, but for what it forgives."""
    for broken in CASES[code].breaks:
        expected = _verify_code(RULES[code], broken, CASES[code].index)
        assert in_store(broken, AT, strict=True) == (0 if expected in FORGIVEN_BY_4 else expected)
        assert in_store(broken, AT, strict=False) == 0
    assert [in_store(kept, AT, strict=True) for kept in CASES[code].keeps] == [0] * len(CASES[code].keeps)


EVERY_CHAIN = [one for case in CASES.values() for one in (*case.breaks, *case.keeps) if len(one) == 3]


@pytest.mark.parametrize("side", ["client", "server"])
def test_never_silent(side: Side) -> None:
    """What OpenSSL refuses under strict flags at level 2, a rule has said; what no rule says a word of, it accepts."""
    rules = catalogue.COMPATIBILITY_CLIENT if side == "client" else catalogue.COMPATIBILITY_SERVER
    about = [rule for rule in rules if _circumstances(rule.code.id) and not rule.code.id.endswith("_level_3")]
    wrong = []
    for number, one in enumerate(EVERY_CHAIN):
        if _found(one, _CURVE):
            continue  # no certificate is seen in such a handshake
        found = _found(one, *about)
        refused = _handshake(one, Circumstances(side, strict=True, level=2))
        if bool(found) is not bool(refused):
            wrong.append((number, refused, [finding.code.id for finding in found]))
    assert wrong == []


_CURVE = RULES["compatibility.handshake_curve"]


def test_curve() -> None:
    """A curve outside of the default groups ends the handshake before a certificate is judged."""
    case = CASES["compatibility.handshake_curve"]
    for broken in case.breaks:
        for side in ("client", "server"):
            with pytest.raises(ssl.SSLError) as refusal:
                _handshake(broken, Circumstances(side))  # type: ignore[arg-type]
            assert not isinstance(refusal.value, ssl.SSLCertVerificationError)
    assert [_handshake(kept, Circumstances("client")) for kept in case.keeps] == [0] * len(case.keeps)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("compatibility.cryptography_key_purpose", "required EKU not found"),
        ("compatibility.cryptography_authority_key", "Forbidden public key algorithm"),
    ],
)
def test_cryptography(code: str, reason: str) -> None:
    """The verifier of cryptography refuses what breaks the rule, for the rule's reason, and accepts what keeps it."""
    assert [reason in _cryptography(broken) for broken in CASES[code].breaks] == [True] * len(CASES[code].breaks)
    assert [_cryptography(kept) for kept in CASES[code].keeps] == [""] * len(CASES[code].keeps)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="asks the openssl of the machine")
@pytest.mark.parametrize(("level", "least"), [(1, 920), (2, 1963), (3, 2671)])
def test_least_rsa_keys(level: int, least: int, tmp_path: Path) -> None:
    """The least RSA keys of each level are where OpenSSL has them, to the bit."""
    rule = RULES[f"compatibility.security_level_{level}"]
    for bits, expected in ((least, False), (least - 1, True)):
        asked = chain(replacing(0, subject_public_key_info=pki.rsa_public_key(bits)))
        assert bool(_found(asked, rule)) is expected
        assert _verified_at(level, asked, tmp_path) is not expected


def _verified_at(level: int, asked: Sequence[bytes], folder: Path) -> bool:
    files = [folder / f"{number}.pem" for number in range(len(asked))]
    for file, der in zip(files, asked, strict=True):
        file.write_text(ssl.DER_cert_to_PEM_cert(der), "ascii")
    leaf, authority, root = map(str, files)
    command = ["openssl", "verify", "-no_check_time", "-auth_level", str(level), "-CAfile", root]
    answer = subprocess.run([*command, "-untrusted", authority, leaf], capture_output=True, timeout=60, check=False)
    assert answer.returncode in (0, 2), answer
    return answer.returncode == 0


def _found(asked: Sequence[bytes], *rules: Rule) -> tuple[Finding, ...]:
    return lint(list(map(Certificate, asked)), profile=profiles.rfc5280, rules=rules, at=AT).findings


def _handshake(asked: Sequence[bytes], circumstances: Circumstances) -> int:
    key = PRIVATE_KEYS[Certificate(asked[0]).subject_public_key_info]
    # A chain of one is trusted by itself.
    whole = asked if len(asked) > 1 else (*asked, asked[0])
    return in_handshake(whole, key, circumstances.side, strict=circumstances.strict, level=circumstances.level)


def _verify_code(rule: Rule, asked: Sequence[bytes], index: int) -> int:
    (finding,) = _found(asked, rule)
    assert finding.where.certificate == index
    found = finding.facts.get("verify_code", 34 if "identifier" in rule.code.id else 26)
    assert isinstance(found, int)
    return found


def _cryptography(asked: Sequence[bytes]) -> str:
    leaf, *others = map(x509.load_der_x509_certificate, asked)
    builder = PolicyBuilder().store(Store([others.pop()])).time(AT.replace(tzinfo=None))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            builder.build_client_verifier().verify(leaf, others)
    except VerificationError as error:
        return str(error)
    return ""
