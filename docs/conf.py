"""How Sphinx builds the documentation. Pages drawn from the code are written first, by `generate`."""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx

from devicetrust import __version__

sys.path.insert(0, str(Path(__file__).parent))

project = "devicetrust"
author = "The devicetrust maintainers"
copyright = "The devicetrust maintainers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.doctest"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
default_role = "py:obj"
exclude_patterns = ["_build"]

autodoc_member_order = "groupwise"
autodoc_typehints = "signature"

html_theme = "furo"
html_title = f"devicetrust {release}"
html_show_sourcelink = False


def setup(app: Sphinx) -> None:
    """Draw the generated pages before Sphinx looks which pages there are; leave out what says nothing."""
    app.connect("builder-inited", lambda _: _generate())
    app.connect("autodoc-skip-member", _is_field_of_a_tuple)


def _is_field_of_a_tuple(
    _app: Sphinx, _kind: str, _name: str, member: object, _skip: bool, _options: object
) -> bool | None:
    """The fields of a named tuple stand in its signature; their docstrings are Python's own."""
    return True if type(member).__name__ == "_tuplegetter" else None


def _generate() -> None:
    import generate  # noqa: PLC0415, found only once this folder is on the path

    generate.write()
