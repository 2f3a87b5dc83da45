"""Who stands directly above a certificate in its path.

Makes: `Authority`, `authorities_of`.
May import: x509, trust, path.
Must never: look outside the path.
Read first: `Authority`.
"""

from __future__ import annotations

from typing import NamedTuple

from devicetrust.path.validate import ValidatedPath
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.x509.certificate import Certificate
from devicetrust.x509.keys import PublicKey
from devicetrust.x509.names import Name

__all__ = ["Authority", "authorities_of"]


class Authority(NamedTuple):
    """A CA of a path: its name, its key, and its certificate where it has one. ``is_anchor`` ends the path."""

    name: Name
    key: PublicKey
    certificate: Certificate | None
    is_anchor: bool


def authorities_of(path: ValidatedPath) -> tuple[Authority, ...]:
    """The authorities of a path, the leaf's issuer first; empty for a leaf that stands alone."""
    if not path.authorities.vouches or path.anchor is None:
        return ()
    below = [Authority(one.subject, one.public_key, one, False) for one in path.authorities.certificates]
    return (*below, _of_anchor(path.anchor))


def _of_anchor(anchor: TrustAnchor) -> Authority:
    return Authority(anchor.subject, anchor.public_key, anchor.certificate, True)
