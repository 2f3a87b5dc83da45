"""Importing devicetrust does nothing else, and the public face is whole."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
import subprocess
import sys

import pytest

import devicetrust
from devicetrust import profiles

PACKAGES = ["devicetrust"] + [
    one.name for one in pkgutil.walk_packages(devicetrust.__path__, "devicetrust.") if one.ispkg
]
MODULES = [one.name for one in pkgutil.walk_packages(devicetrust.__path__, "devicetrust.")]
CHARTER = ("Makes: ", "May import: ", "Must never: ", "Read first: ")


def fresh(code: str) -> str:
    """What a new interpreter prints for this code."""
    script = f"import sys; sys.path[:0] = {sys.path!r}\n{code}"
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_nothing_heavy_is_imported() -> None:
    """What only some callers need, or what lies above the verdict, loads when first used."""
    unwanted = (
        "OpenSSL",
        "click",
        "rich",
        "certifi",
        "idna",
        "ssl",
        "asyncio",
        "devicetrust.cli",
        "devicetrust.timeline",
        "devicetrust.explanation",
        "devicetrust.fetch",
        "devicetrust.report",
        "devicetrust.testing",
        "devicetrust.tls",
        "httpcore2",
        "devicetrust.x509.files",
        "devicetrust.profiles.strength",
        "devicetrust.profiles.tls",
        "tomllib",
    )
    found = fresh(f"import devicetrust\nprint([name for name in {unwanted!r} if name in sys.modules])")
    assert found == "[]"


# What judges with rules, and holds none.
GRAMMAR = {"devicetrust.rules", "devicetrust.rules.rule", "devicetrust.rules.asking"}


def loaded(code: str) -> set[str]:
    """The modules with rules, families and profiles in a new interpreter after this code."""
    names = fresh(
        f"import devicetrust\n{code}\nprint(*(n for n in sys.modules if n.startswith('devicetrust.')))"
    ).split()
    rooms = ("devicetrust.rules.", "devicetrust.profiles.")
    return {name for name in names if name.startswith(rooms)} - GRAMMAR


def test_rules_and_named_profiles_load_when_first_used() -> None:
    """The package alone knows what a rule, a profile and a waiver are, and none by name."""
    assert loaded("") == {"devicetrust.profiles.profile", "devicetrust.profiles.waivers"}


def test_a_profile_loads_its_own_rules() -> None:
    """Who verifies by `tls_client` pays for no rule that it does not ask."""
    rules = {name for name in loaded("devicetrust.profiles.tls_client") if name.startswith("devicetrust.rules.")}
    asked = {rule.check.__module__ for rule in devicetrust.profiles.tls_server_public.rules}
    packages = {name.rpartition(".")[0] for name in asked}
    assert rules == asked | packages | {"devicetrust.rules.families", "devicetrust.rules.families.handshakes"}


@pytest.mark.parametrize(
    "code",
    [
        "from devicetrust.profiles import sdc_provider",
        "devicetrust.profiles.sdc_provider",
        "import pickle; pickle.loads(pickle.dumps(devicetrust.profiles.rfc5280_tolerant))",
        "from devicetrust.rules.families.medical import SDC_PROVIDER",
    ],
)
def test_who_uses_one_profile_does_not_load_all(code: str) -> None:
    """Neither the catalogue of all rules nor the table of all profiles is needed for one."""
    everything = {"devicetrust.rules.catalogue", "devicetrust.profiles.built_in", "devicetrust.profiles.known_codes"}
    assert loaded(code) & everything == set()


def test_a_pickled_profile_loads_what_it_names() -> None:
    """A process that has named no profile is sent one, and has the same."""
    sent = pickle.dumps(devicetrust.profiles.sdc_provider)
    found = fresh(f"import pickle\none = pickle.loads({sent!r})\nprint(one.name, one.digest.hex())")
    assert found == f"sdc_provider {devicetrust.profiles.sdc_provider.digest.hex()}"


def test_named_profiles_are_whole() -> None:
    """Every name in ``__all__`` of the profiles is had by star and shown by dir(), and each built-in profile is one."""
    found = fresh(
        "from devicetrust.profiles import *\nfrom devicetrust import profiles\n"
        "print([n for n in profiles.__all__ if n not in globals() or n not in dir(profiles)])"
    )
    assert found == "[]"
    named = {name for name in profiles.__all__ if isinstance(getattr(profiles, name), devicetrust.Profile)}
    assert named == set(profiles.BUILT_IN)
    assert [name for name in named if getattr(profiles, name) is not profiles.BUILT_IN[name]] == []


def test_dir_names_profiles_before_they_are_loaded() -> None:
    """What completes names in a shell sees them all, and loads none."""
    found = fresh(
        "from devicetrust import profiles\nprint(set(profiles.__all__) <= set(dir(profiles)), "
        "'devicetrust.profiles.tls' in sys.modules)"
    )
    assert found == "True False"


def test_importing_says_nothing() -> None:
    """No output, no warning."""
    assert fresh("import devicetrust") == ""


def test_star() -> None:
    """Every public name can be had by star, the lazy ones too."""
    found = fresh(
        "from devicetrust import *\nimport devicetrust\nprint([n for n in devicetrust.__all__ if n not in globals()])"
    )
    assert found == "[]"


def test_all_names_are_there_and_sorted() -> None:
    """``__all__`` has each public name once, in order, and dir() shows them."""
    assert sorted(set(devicetrust.__all__)) == sorted(devicetrust.__all__)
    assert set(devicetrust.__all__) <= set(dir(devicetrust))
    assert [name for name in devicetrust.__all__ if getattr(devicetrust, name, None) is None] == []


def test_all_is_complete() -> None:
    """What the package imports for its users is in ``__all__``, and no more."""
    public = {name for name in vars(devicetrust) if not name.startswith("_")}
    modules = {name.removeprefix("devicetrust.").partition(".")[0] for name in MODULES}
    assert public - modules - {"annotations", "TYPE_CHECKING", "Any", "import_module"} <= set(devicetrust.__all__)


def test_an_unknown_name_is_an_error() -> None:
    """The lazy door opens for its own names alone."""
    with pytest.raises(AttributeError, match="lint_everything"):
        devicetrust.lint_everything  # noqa: B018
    with pytest.raises(AttributeError, match="tls_everything"):
        profiles.tls_everything  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith(("__main__", "_version"))])
def test_every_module_opens_with_its_charter(name: str) -> None:
    """What a module makes, may import, must never do, and where to begin: each in its docstring."""
    text = importlib.import_module(name).__doc__ or ""
    lines = text.splitlines()
    if name.endswith(".errors"):
        return  # the exception tree is its charter
    assert [mark for mark in CHARTER if not any(line.startswith(mark) for line in lines)] == []


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_exports(name: str) -> None:
    """Each name in ``__all__`` is there."""
    module = importlib.import_module(name)
    assert [one for one in getattr(module, "__all__", ()) if not hasattr(module, one)] == []
