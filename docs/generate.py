"""Draws the pages of the reference that the code itself can tell: findings, steps, profiles, faults, rules, commands.

Makes: ``reference/findings.md``, ``rfc5280-steps.md``, ``revocation-deviations.md``, ``profiles.md``, ``faults.md``,
  ``command-line-help.txt``, and with `rule_pages` the folder ``rules``.
May import: devicetrust, and Sphinx to read the docstrings of attributes.
Must never: state what the code does not.
Read first: `write`.
"""

from __future__ import annotations

import enum
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs
from rule_pages import rule_pages
from sphinx.pycode import ModuleAnalyzer

import devicetrust
from devicetrust import Profile, revocation
from devicetrust.findings import Code, Effect, Knowledge
from devicetrust.path import steps
from devicetrust.profiles import BUILT_IN, StrengthPolicy, strength
from devicetrust.profiles.forms import STRENGTH_POLICIES
from devicetrust.rules.rule import Rule
from devicetrust.testing.faults import BEYOND_CERTIFICATES, Fault, Part
from devicetrust.x509.der import Tolerance

REFERENCE = Path(__file__).parent / "reference"


def write() -> None:
    """Write every generated page whose text has changed."""
    pages = {
        "findings.md": findings_page(),
        "rfc5280-steps.md": steps_page(),
        "revocation-deviations.md": deviations_page(),
        "profiles.md": profiles_page(),
        "faults.md": faults_page(),
        "command-line-help.txt": command_line_help(),
        **rule_pages(_text, _sentence),
    }
    (REFERENCE / "rules").mkdir(exist_ok=True)
    for stale in {*(REFERENCE / "rules").iterdir()} - {REFERENCE / name for name in pages}:
        stale.unlink()
    for name, text in pages.items():
        page = REFERENCE / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8", newline="\n")


# Findings


def findings_page() -> str:
    """Every code, by the first part of its id."""
    lines = [
        # Families alone in the tree of contents: furo copies the whole tree for every page.
        "---",
        "tocdepth: 2",
        "---",
        "# Findings",
        "",
        "Every finding that a verdict can hold. The code is stable and never changes its meaning; the sentences are",
        "for people and may. Of several findings that block, the one with the highest rank is the verdict's headline.",
        "Whether an error blocks is the profile's word, unless its entry says what it does.",
    ]
    family = ""
    for code in sorted(all_codes().values(), key=lambda one: one.id):
        if code.id.partition(".")[0] != family:
            family = code.id.partition(".")[0]
            lines += ["", f"## {family}"]
        lines += ["", f"(finding-{_slug(code.id)})=", f"### {code.id}", "", _sentence(code.what), ""]
        lines += [f"Severity and rank\n: {code.severity.value}, {code.rank}", ""]
        if code.effect is not Effect.BY_PROFILE:
            lines += [f"What it does\n: {_text(code.effect.value)}", ""]
        lines += [f"Source\n: {_text(str(code.citation))}", ""]
        lines += [f"Why it matters\n: {_sentence(code.why)}", "", f"What to do\n: {_sentence(code.remedy)}"]
    return "\n".join(lines) + "\n"


def all_codes() -> dict[str, Code]:
    """Every `Code` that a module of the package holds, by id. Raises `ValueError` where two share an id."""
    found: dict[str, Code] = {}
    for module in pkgutil.walk_packages(devicetrust.__path__, "devicetrust."):
        if module.name.endswith(".__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            for code in _codes_in(value):
                if found.setdefault(code.id, code) is not code:
                    raise ValueError(f"two codes have the id {code.id}; one is in {module.name}")
    return found


def _codes_in(value: object) -> Iterator[Code]:
    if isinstance(value, Code):
        yield value
    elif isinstance(value, Rule):
        yield value.code
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _codes_in(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _codes_in(one)


# Steps


def steps_page() -> str:
    """The tuples that path validation runs through, each function with its clause."""
    tuples: dict[str, tuple[str, tuple[Callable[..., object], ...]]] = {
        "The anchor": ("Run on the anchor's own certificate, where the profile judges it as one.", steps.ANCHOR),
        "The anchor by name and key": ("Run on it where the profile takes no more.", steps.ANCHOR_NAME_AND_KEY),
        "Basic processing": ("RFC 5280 6.1.3: run on every certificate, from the anchor down.", steps.BASIC_PROCESSING),
        "Preparation for the next certificate": ("RFC 5280 6.1.4: run on every CA certificate.", steps.PREPARE_NEXT),
        "Wrap-up": ("RFC 5280 6.1.5: run on the leaf.", steps.WRAP_UP),
    }
    introduction, _, deviations = (steps.__doc__ or "").partition("\nDeviations\n")
    lines = [
        "# The steps of RFC 5280 section 6.1",
        "",
        "The tables are printed from the tuples in `devicetrust.path.steps` that validation runs through, in order.",
        "",
        introduction.strip().rpartition("\n\n")[2],
    ]
    for title, (when, functions) in tuples.items():
        lines += ["", f"## {title}", "", when, "", "| clause | step | asserts |", "|---|---|---|"]
        for function in functions:
            asserted = (function.__doc__ or "").strip().partition("\n")[0]
            clause = getattr(function, "clause", "")
            lines.append(f"| {_text(clause)} | `{function.__name__}` | {_text(asserted)} |")
    if deviations:
        lines += ["", "## Deviations", "", deviations.strip()]
    return "\n".join(lines) + "\n"


def deviations_page() -> str:
    """Where the judge of revocation departs from the standard, each module's section on it as it stands there."""
    lines = [
        "# Departures in revocation",
        "",
        "Printed from the modules of `devicetrust.revocation`, each by its name.",
    ]
    for module in pkgutil.iter_modules(revocation.__path__, "devicetrust.revocation."):
        docstring = importlib.import_module(module.name).__doc__ or ""
        _, heading, section = docstring.partition("\nDeviations from ")
        if heading:
            standard, _, items = section.partition("\n")
            lines += ["", f"## {_text(standard)}", "", f"`{module.name}`:", "", items.strip()]
    return "\n".join(lines) + "\n"


# Faults


def faults_page() -> str:
    """Every fault that can be issued by name, and what devicetrust says of it."""
    lines = [
        "# Faults",
        "",
        "What `hospital.device(name, faults=[…])` can make wrong, and what `hospital.verify(device)` finds: the",
        "headline, in which certificate (0 is the device's), and the outcome under the profile `tls_client`. The",
        "library's own tests check every row. Every error of paths, revocation and identity has a fault or is named",
        "below, and of each family of rules by which `tls_client` refuses there is one fault at least.",
    ]
    for part in Part:
        lines += ["", f"## {part.value.capitalize()}", ""]
        lines += ["| `testing.Fault` | what is wrong | finding | certificate | outcome |", "|---|---|---|---|---|"]
        for fault in Fault:
            if fault.part is part:
                code, certificate, outcome, _ = fault.expected
                found = f"[`{code}`](#finding-{_slug(code)})"
                lines.append(f"| `{fault.name}` | {_text(fault.what)} | {found} | {certificate} | {outcome} |")
    lines += ["", "## Beyond certificates", "", "Errors that no certificate brings about:", ""]
    lines += ["| finding | what brings it about |", "|---|---|"]
    lines += [f"| [`{code}`](#finding-{_slug(code)}) | {_text(why)} |" for code, why in BEYOND_CERTIFICATES.items()]
    return "\n".join(lines) + "\n"


# Profiles


def profiles_page() -> str:
    """Every named profile with all its fields, and the tolerances that a profile may name."""
    lines = [
        "# Profiles",
        "",
        "Every named profile with every field, as the library ships it. A profile is named for the certificate's",
        "holder: `tls_client` judges the certificate of a TLS client. The edition changes whenever the profile begins",
        "to refuse what it admitted. `devicetrust profiles NAME` shows the same, and `--toml` writes it.",
    ]
    for profile in BUILT_IN.values():
        lines += ["", f"(profile-{_slug(profile.name)})=", f"## {profile.name}", "", _text(profile.summary), ""]
        lines += ["| field | value |", "|---|---|"]
        for field in attrs.fields(Profile):
            if field.name not in ("name", "summary"):
                lines.append(f"| `{field.name}` | {_value(getattr(profile, field.name))} |")
    lines += ["", "(strength-policies)=", "## Strength policies", ""]
    lines += ["Each combines with any profile: `profile.evolve(strength=profiles.strength.cnsa_2)`."]
    told = ModuleAnalyzer.for_module(strength.__name__).find_attr_docs()
    for name, policy in STRENGTH_POLICIES.items():
        lines += ["", f"### {name}", "", *_paragraphs(told["", name]), "| field | value |", "|---|---|"]
        for field in attrs.fields(StrengthPolicy):
            if field.name == "citation":
                seen = "" if policy.citation.knowledge is Knowledge.FIRST_HAND else " (known at second hand)"
                lines.append(f"| `citation` | {_text(str(policy.citation))}{seen} |")
            elif field.name != "name":
                lines.append(f"| `{field.name}` | {_value(getattr(policy, field.name))} |")
    lines += ["", "## Tolerances", "", "| name | departure |", "|---|---|"]
    told = ModuleAnalyzer.for_module(Tolerance.__module__).find_attr_docs()
    for tolerance in Tolerance:
        departure = " ".join(told["Tolerance", tolerance.name]).strip().replace("``", "`")
        lines.append(f"| `{tolerance.name}` | {departure} |")
    return "\n".join(lines) + "\n"


def _paragraphs(docstring: list[str]) -> list[str]:
    """A docstring's paragraphs as Markdown, each followed by an empty line."""
    paragraphs = "\n".join(docstring).strip().replace("``", "`").split("\n\n")
    return [part for one in paragraphs for part in (" ".join(one.split()), "")]


def _value(value: object) -> str:
    """A field's value as the cell of a table."""
    if isinstance(value, enum.Enum):
        text = f": {_text(value.value)}" if isinstance(value.value, str) else ""
        return f"`{value.name}`{text}"
    if isinstance(value, Rule):
        return f"[{value.code.id}](#finding-{_slug(value.code.id)})"
    if isinstance(value, frozenset):
        return ", ".join(sorted(_name(one) for one in value)) or "none"
    if isinstance(value, StrengthPolicy):
        return f"[{value.name}](#strength-policies)"
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return "; ".join(f"{name.replace('_', ' ')}: {_value(one)}" for name, one in value._asdict().items())
    if isinstance(value, tuple):
        return ", ".join(_value(one) for one in value) or "none"
    return "none" if value is None else _text(str(value))


def _name(value: object) -> str:
    return f"`{value.name}`" if isinstance(value, enum.Enum) else f"`{value}`"


# The command line


def command_line_help() -> str:
    """What ``--help`` says, of the whole and of each command named there."""
    whole = _help()
    commands = re.findall(r"^  ([a-z][a-z-]*)  +\S", whole, flags=re.MULTILINE)
    return "\n".join([whole, *(_help(command) for command in commands)])


def _help(*command: str) -> str:
    start = "import sys; sys.argv[0] = 'devicetrust'; from devicetrust.cli import main; main()"
    told = subprocess.run(
        [sys.executable, "-c", start, *command, "--help"],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
    )
    title = " ".join(("$ devicetrust", *command, "--help"))
    return f"{title}\n\n{told.stdout.strip()}\n"


# Markdown


def _text(text: str) -> str:
    """Plain text as Markdown that shows the same."""
    return re.sub(r"([\\`*_\[\]<>|{}])", r"\\\1", text)


def _sentence(template: str) -> str:
    """A finding's sentence, its facts shown by their names."""
    text = re.sub(r"\{(\w+)[^}]*\}", lambda fact: f"\0{fact[1]}\1", template)
    return re.sub("\0(.*?)\1", lambda fact: f"*{fact[1]}*", _text(text).replace("\\_", "_"))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


if __name__ == "__main__":
    write()
