"""The two sides of a connection, and the key purposes that go with each.

Makes: `Side`.
May import: the standard library.
Must never: decide anything.
Read first: `Side`.
"""

from __future__ import annotations

import enum

__all__ = ["Side"]

_SERVER_AUTH, _CLIENT_AUTH = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"  # RFC 5280 4.2.1.12


class Side(enum.Enum):
    """Which side of a connection we are."""

    SERVER = "server"
    CLIENT = "client"

    @property
    def own_purpose(self) -> str:
        """The key purpose that our own certificate serves."""
        return _SERVER_AUTH if self is Side.SERVER else _CLIENT_AUTH

    @property
    def peer_purpose(self) -> str:
        """The key purpose that the peer's certificate serves."""
        return _CLIENT_AUTH if self is Side.SERVER else _SERVER_AUTH
