"""One descriptor: a value that is worked out when first asked for and then kept.

Makes: `lazy`.
May import: the standard library.
Must never: take a lock. Computing a pure value twice in two threads costs time only.
Read first: `lazy`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

__all__ = ["lazy"]

Value = TypeVar("Value")


class lazy(Generic[Value]):  # noqa: N801, used as a decorator like property
    """A method whose result replaces it on the instance.

    ``functools.cached_property`` does the same, but takes a lock on Python 3.11, which costs more than what is kept.
    """

    __slots__ = ("__dict__", "compute", "name")

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> lazy[Value]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...
    def __get__(self, instance: object | None, owner: type) -> lazy[Value] | Value:
        if instance is None:
            return self
        value = self.compute(instance)
        object.__setattr__(instance, self.name, value)  # of a frozen value too
        return value
