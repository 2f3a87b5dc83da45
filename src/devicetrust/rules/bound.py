"""Rules that are bound to data of the caller's: lists of known keys and the like.

Makes: `BoundRule`.
May import: findings, rules.rule.
Must never: read a file.
Read first: `BoundRule`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from devicetrust.findings import Code
from devicetrust.rules.rule import CheckFunction, Concern, Role, Rule

__all__ = ["BoundRule"]


class BoundRule(Rule):
    """A rule that a function made of data.

    ``maker(data)`` makes it again, in another process too, so ``maker`` is a function of a module. Two are equal where
    code and data are: profiles that differ in their lists alone are different profiles, and share no verdicts.
    """

    __slots__ = ("_digest", "data", "maker")

    def __init__(
        self,
        code: Code,
        applies_to: frozenset[Role],
        check: CheckFunction,
        *,
        maker: Callable[[frozenset[bytes]], Rule],
        data: frozenset[bytes],
        concerns: Concern | None = None,
    ) -> None:
        super().__init__(code, applies_to, check, concerns=concerns)
        self.maker: Final = maker
        self.data: Final = data
        self._digest: str | None = None

    @property
    def identity(self) -> str:
        """The id of its code, and the SHA-256 of its data, in hexadecimal."""
        if self._digest is None:
            digest = hashlib.sha256()
            for one in sorted(self.data):
                digest.update(len(one).to_bytes(8, "big") + one)
            self._digest = digest.hexdigest()
        return f"{self.code.id} {self._digest}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BoundRule) and (other.code, other.data) == (self.code, self.data)

    def __hash__(self) -> int:
        return hash((self.code, self.data))

    def __reduce__(self) -> tuple[object, ...]:
        return self.maker, (self.data,)
