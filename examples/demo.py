"""The main job on real input: verdicts on chains that nobody here wrote, each with its reasons and its horizon.

Makes: ``make demo``. Exits with 1 if anything falls out otherwise than it should.
May import: what ``devicetrust`` publishes.
Must never: open a connection, or read the clock; it says the same every day.
Read first: `main`.

Samples of real makers are read from ``../shared`` beside the checkout, or where ``DEVICETRUST_SHARED`` says; where
there are none, a real web server's chain of the package cryptography-vectors stands in for them.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import cryptography_vectors

from devicetrust import (
    Certificate,
    Evidence,
    Outcome,
    Reference,
    RevocationPolicy,
    TrustStore,
    Verdict,
    Verifier,
    load_certificates,
    load_crls,
    profiles,
)

CHECKOUT = Path(__file__).resolve().parents[1]
SAMPLES = Path(os.environ.get("DEVICETRUST_SHARED") or CHECKOUT.parent / "shared") / "samples"
VECTORS = Path(cryptography_vectors.__file__).parent / "x509"
PKITS = VECTORS / "PKITS_data/certs"
PKITS_CRLS = VECTORS / "PKITS_data/crls"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)

COLOURS = {"TRUSTED": 32, "UNTRUSTED": 31, "UNDECIDED": 35, "error:": 31, "open:": 35, "exception:": 33}
COLOURS |= {"warning:": 33, "notice:": 2, "to do:": 36}
IN_COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
WIDTH = min(shutil.get_terminal_size((120, 24)).columns, 120)


def main() -> int:
    """One that is trusted, one that is not, then many at once. Returns the exit code."""
    counts = [makers(), tpm(), pkits()] if SAMPLES.is_dir() else [web(), pkits()]
    summary = "; ".join(f"{good} of {of} {what}" for good, of, what in counts)
    as_known = all(good == of for good, of, _ in counts)
    print(paint(f"\n{'As' if as_known else 'NOT as'} it should be: {summary}.", 32 if as_known else 31))
    return 0 if as_known else 1


def makers() -> tuple[int, int, str]:
    """A medical device of the IEEE 11073 SDC family; and an IDevID until 2999, from a CA that ended in 2023."""
    trusted = under("sdc/draeger-test-root.pem").verify(first_of(SAMPLES / "sdc/sdc-participant.pem"), at=NOW)
    outlived = under("idevid/vendor-ca.pem").verify(first_of(SAMPLES / "idevid/idevid-masa-url.pem"), at=NOW)
    show("A medical device under its maker's root", trusted)
    show("A device whose certificate outlives its CA", outlived)
    return (trusted.outcome is Outcome.TRUSTED) + (outlived.outcome is Outcome.UNTRUSTED), 2, "devices as known"


def web() -> tuple[int, int, str]:
    """A web server while its certificate and the CA that issued it were valid; and ten years later."""
    server, *presented = load_certificates(VECTORS / "cryptography.io.chain.pem")
    reference = Reference.dns("cryptography.io")
    profile = profiles.tls_server.evolve(revocation=RevocationPolicy.BEST_EFFORT)
    valid = Verifier(TrustStore(presented), profile=profile)
    trusted = valid.verify(server, reference=reference, at=datetime(2016, 11, 24, tzinfo=UTC))
    later = valid.evolve(trust=TrustStore.certifi()).verify(server, presented, reference=reference, at=NOW)
    show("A web server in 2016, under the CA that issued its certificate", trusted)
    show("The same server in 2026, under certifi's roots", later)
    return (trusted.outcome is Outcome.TRUSTED) + (later.outcome is Outcome.UNTRUSTED), 2, "web servers as known"


def tpm() -> tuple[int, int, str]:
    """Every CA certificate of the TPM makers under their roots, oddly encoded ones too."""
    intermediates = load_certificates(SAMPLES / "tpm/intermediates.pem")
    verifier = under("tpm/roots.pem").evolve(intermediates=intermediates)
    verdicts = [verifier.verify(certificate, at=NOW) for certificate in intermediates]
    trusted = [verdict for verdict in verdicts if verdict.outcome is Outcome.TRUSTED]
    odd = sum(any(finding.code.id.startswith("encoding.") for finding in verdict.findings) for verdict in trusted)
    first = min(trusted, key=lambda verdict: verdict.lifetime.until or NEVER).lifetime
    print(paint("\nCA certificates of TPM makers\n", 1))
    say(f"  {len(trusted)} of {len(verdicts)} are trusted, under {len(verifier.trust)} roots.")
    say(f"  {odd} of them stand on a certificate that is not strict DER; each departure is a finding.")
    say(f"  The first to end does so at {first.until}: {first.cause}.")
    return len(trusted), len(verdicts), "TPM CA certificates verified"


def pkits() -> tuple[int, int, str]:
    """NIST's paths with their CRLs, the expected policies included."""
    answers: Counter[str] = Counter()
    for line in (CHECKOUT / "tests/conformance/pkits.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            answers[pkits_answer(*(field.strip() for field in line.split("|")))] += 1
    good, of = answers["as expected"], answers["as expected"] + answers["otherwise"]
    print(paint("\nNIST PKITS, the tests of path validation and CRLs\n", 1))
    say(f"  {good} of {of} paths fall out as NIST expects, revocation and policies included.")
    say(f"  {answers['DSA']} are signed with DSA, which is refused on purpose: FIPS 186-5 has withdrawn it.")
    return good, of, "PKITS paths as NIST expects"


def pkits_answer(
    test: str, expected: str, flags: str, wanted: str, valid_for: str, path: str, more: str, crls: str
) -> str:
    """How one test falls out. Its fields are named at the top of the file that lists them."""
    certificates = {name: first_of(PKITS / f"{name}.crt") for name in f"{path},{more}".split(",") if name != "-"}
    leaf = certificates.pop(path.rpartition(",")[2])
    root, *presented = certificates.values()
    profile = profiles.rfc5280.evolve(
        user_initial_policy_set=pkits_policies(wanted),
        initial_explicit_policy="e" in flags,
        initial_policy_mapping_inhibit="m" in flags,
        initial_any_policy_inhibit="a" in flags,
        revocation=RevocationPolicy.REQUIRED,
    )
    names = ["TrustAnchorRootCRL", *(name for name in crls.split(",") if name != "-")]
    lists = [one for name in names for one in load_crls(PKITS_CRLS / f"{name}.crl")]
    verifier = Verifier(TrustStore([root]), profile=profile)
    verdict = verifier.verify(leaf, presented, evidence=Evidence(crls=lists), at=NOW)
    if test in ("4.1.4", "4.1.5") and verdict.outcome is Outcome.UNTRUSTED:
        return "DSA"
    good = (verdict.outcome is Outcome.TRUSTED) is (expected == "valid")
    if expected == "valid" and valid_for != "?":
        good = good and verdict.user_constrained_policies == pkits_policies(valid_for)
    return "as expected" if good else "otherwise"


def pkits_policies(names: str) -> frozenset[str]:
    oids = {"any": "2.5.29.32.0"} | {str(n): f"2.16.840.1.101.3.2.1.48.{n}" for n in range(1, 11)}
    return frozenset(oids[name] for name in names.split(",") if name != "-")


def first_of(file: Path) -> Certificate:
    return load_certificates(file)[0]


def under(roots: str) -> Verifier:
    profile = profiles.rfc5280_tolerant.evolve(revocation=RevocationPolicy.OFF)
    return Verifier(TrustStore.from_file(SAMPLES / roots), profile=profile)


def show(name: str, verdict: Verdict) -> None:
    print(paint(f"\n{name}\n", 1))
    for line in verdict.explain().splitlines():
        say(f"  {line}", next((colour for word, colour in COLOURS.items() if line.lstrip().startswith(word)), 0))


def say(text: str, colour: int = 0) -> None:
    hanging = " " * (len(text) - len(text.lstrip()) + 6)
    for line in textwrap.wrap(text, WIDTH, subsequent_indent=hanging, break_long_words=False):
        print(paint(line, colour).encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding))


def paint(text: str, colour: int) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if IN_COLOUR and colour else text


if __name__ == "__main__":
    raise SystemExit(main())
