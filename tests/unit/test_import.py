"""Importing devicetrust does nothing else, and the public face is whole."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import devicetrust

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
    )
    found = fresh(f"import devicetrust\nprint([name for name in {unwanted!r} if name in sys.modules])")
    assert found == "[]"


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
