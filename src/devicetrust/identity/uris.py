"""The form in which two URIs are compared.

Makes: `comparison_form`, `URIParts`, `uri_parts`.
May import: the standard library.
Must never: fetch or resolve anything.
Read first: `comparison_form`.

Deviations
- RFC 5280 7.4 (steps 3 to 5) is not applied to ``spiffe``: a SPIFFE ID has one spelling only (SPIFFE-ID 2, known at
  second hand), so past the trust domain it is compared octet for octet.
- The host in ``sip:host`` and ``sips:host`` has no authority component in front; it counts as one (RFC 9525 6.2).
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["URIParts", "comparison_form", "uri_parts"]

_DEFAULT_PORTS = {"http": "80", "https": "443", "ftp": "21", "ldap": "389"}  # the schemes that RFC 5280 7.4 demands
_HOST_WITHOUT_AUTHORITY = frozenset({"sip", "sips"})
_ONE_SPELLING = frozenset({"spiffe"})
# Compiled when first used, by `re` itself: few programs ask for a URI, and compiling takes longer than loading.
_CHARACTERS = r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*"
_COMPONENTS = r"(?s)([A-Za-z][A-Za-z0-9+.\-]*):(?://([^/?#]*))?([^?#]*)((?:\?[^#]*)?(?:#.*)?)"
_AUTHORITY = r"((?:[^@]*@)?)(\[[^@\[\]]*\]|[^:@\[\]]*)(?::([0-9]*))?"
_HOST_NAME = r"[A-Za-z0-9.\-]+"
_TRIPLET = r"%[0-9A-Fa-f]{2}"
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class URIParts(NamedTuple):
    """The components of a URI (RFC 3986 3). ``host`` is None where there is no authority.

    ``user`` ends in "@" where there is one; ``rest`` is query and fragment with their delimiters.
    """

    scheme: str
    user: str
    host: str | None
    port: str | None
    path: str
    rest: str

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        authority = "" if self.host is None else f"//{self.user}{self.host}{port}"
        return f"{self.scheme}:{authority}{self.path}{self.rest}"


def uri_parts(uri: str) -> URIParts | None:
    """The components of ``uri``, non-ASCII ones included; None when it has no scheme or its authority is malformed."""
    components = re.fullmatch(_COMPONENTS, uri)
    if components is None:
        return None
    scheme, authority, path, rest = components.groups()
    if authority is None:
        return URIParts(scheme, "", None, None, path, rest)
    sides = re.fullmatch(_AUTHORITY, authority)
    return None if sides is None else URIParts(scheme, sides[1], sides[2], sides[3], path, rest)


def comparison_form(uri: str) -> str | None:
    """``uri`` in the form that is compared octet for octet; None when it is no URI, which matches nothing.

    RFC 5280 7.4 steps 2 to 5. The form of a form is itself.
    """
    if not re.fullmatch(_CHARACTERS, uri):
        return None
    parts = uri_parts(uri)
    if parts is None:
        return None
    scheme = parts.scheme.lower()
    host = None if parts.host is None else parts.host.lower()
    if scheme in _ONE_SPELLING:
        return str(parts._replace(scheme=scheme, host=host))
    path = _percent_normalized(parts.path)
    if host is not None:
        host = _percent_normalized(host).lower()
        path = _without_dot_segments(path)  # not without a host: "x:/.//y" must not come to look like "x://y"
    elif scheme in _HOST_WITHOUT_AUTHORITY and re.fullmatch(_HOST_NAME, path):
        path = path.lower()
    port = parts.port
    if scheme in _DEFAULT_PORTS and host is not None:
        port = None if port in ("", _DEFAULT_PORTS[scheme]) else port
        path = path or "/"
    user, rest = _percent_normalized(parts.user), _percent_normalized(parts.rest)
    return str(URIParts(scheme, user, host, port, path, rest))


def _percent_normalized(text: str) -> str:
    """RFC 3986 6.2.2.1 and 6.2.2.2: needless escapes are undone, the others written in upper case."""
    return re.sub(_TRIPLET, _unescaped, text) if "%" in text else text


def _unescaped(triplet: re.Match[str]) -> str:
    character = chr(int(triplet[0][1:], 16))
    return character if character in _UNRESERVED else triplet[0].upper()


def _without_dot_segments(path: str) -> str:
    """RFC 3986 5.2.4 for a path that is empty or absolute."""
    segments = path.split("/")
    kept: list[str] = []
    for segment in segments[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "".join("/" + segment for segment in kept)
