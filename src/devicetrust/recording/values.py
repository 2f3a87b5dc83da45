"""Values of known types as plain data, and back: a type says what is read, never the data.

Makes: `plain`, `read`.
May import: errors, rules, x509.
Must never: make a value of a type that the caller did not name; import a module outside of ``devicetrust.rules``.
Read first: `read`.

Named tuples and attrs classes are objects by field; tuples, lists; frozensets, sorted lists; enums, the names of their
members; octets, base64; moments, RFC 3339; spans, microseconds; a rule, its code and where its check is.
"""

from __future__ import annotations

import base64
import enum
import json
import re
import types
import typing
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from ipaddress import ip_address, ip_network
from typing import Any, Final

import attrs

from devicetrust.errors import DeviceTrustError, MisuseError, UnreadableInput
from devicetrust.findings import rfc3339
from devicetrust.rules.rule import Rule
from devicetrust.x509.general_names import GeneralName, GeneralNameType
from devicetrust.x509.names import Name

__all__ = ["plain", "read"]

_MICROSECOND: Final = timedelta(microseconds=1)
# Ours: times in seconds and sizes in octets stay far below.
_LARGEST: Final = 1 << 53


def plain(value: object) -> Any:
    """``value`` as JSON holds it. Raises `MisuseError` for a value of a type that is not foreseen here."""
    if isinstance(value, enum.Enum):
        return value.name
    if value is None or isinstance(value, bool | int | str):
        return value
    for known, write in _WRITERS.items():
        if isinstance(value, known):
            return write(value)
    kind = type(value)
    if attrs.has(kind):
        return {field.name: plain(getattr(value, field.name)) for field in attrs.fields(kind)}
    raise MisuseError(f"a {kind.__name__} cannot be recorded")


def read(kind: Any, value: Any) -> Any:
    """What ``plain`` made of a value of the type ``kind``, a class or an annotation, as that value.

    Raises `UnreadableInput` for anything else, whatever it is.
    """
    try:
        return _read(kind, value)
    except UnreadableInput:
        raise
    except (DeviceTrustError, ArithmeticError, LookupError, TypeError, ValueError) as problem:
        raise UnreadableInput(f"no {_called(kind)}: {problem}") from None


def _read(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        # Only "this or None" is foreseen.
        (present,) = (one for one in arguments if one is not types.NoneType)
        return None if value is None else read(present, value)
    if origin in (tuple, frozenset):
        return origin([read(arguments[0], one) for one in _exactly(list, value)])
    if kind in _READERS:
        return _READERS[kind](value)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind[_exactly(str, value)]
    fields = _fields(kind)
    stated = _exactly(dict, value)
    if unknown := sorted(stated.keys() - fields.keys()):
        raise UnreadableInput(f"a {_called(kind)} has no field {', '.join(unknown)}")
    return kind(**{name: read(fields[name], one) for name, one in stated.items()})


@cache
def _fields(kind: Any) -> dict[str, Any]:
    """The fields of a named tuple or an attrs class, and their types."""
    hints = typing.get_type_hints(kind)
    names = [field.name for field in attrs.fields(kind)] if attrs.has(kind) else kind._fields
    return {name: hints[name] for name in names}


def _called(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind))


def _exactly(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise UnreadableInput(f"expected a {kind.__name__}, got a {type(value).__name__}")
    return value


def _octets(value: Any) -> bytes:
    return base64.b64decode(_exactly(str, value), validate=True)


def _text(value: Any) -> str:
    text: str = _exactly(str, value)
    text.encode()  # no half of a surrogate pair
    return text


def _number(value: Any) -> int:
    number: int = _exactly(int, value)
    if abs(number) > _LARGEST:
        raise UnreadableInput(f"{str(number)[:20]}... is no number of anything")
    return number


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_exactly(str, value))
    if moment.utcoffset() is None:
        raise UnreadableInput(f"{value!r} has no time zone")
    return moment.astimezone(UTC)


def _plain_name(name: GeneralName) -> dict[str, str]:
    value = name.value.der if isinstance(name.value, Name) else name.value
    if isinstance(value, bytes) and name.type is GeneralNameType.IP_ADDRESS:
        raise MisuseError("an iPAddress that is no network cannot be recorded")
    text = base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else str(value)
    return {"type": name.type.name, "type_id": name.type_id, "value": text}


_TEXTUAL: Final = {
    GeneralNameType.RFC822_NAME,
    GeneralNameType.DNS_NAME,
    GeneralNameType.UNIFORM_RESOURCE_IDENTIFIER,
    GeneralNameType.REGISTERED_ID,
}


def _general_name(value: Any) -> GeneralName:
    form, type_id, text = (_text(_exactly(dict, value)[key]) for key in ("type", "type_id", "value"))
    kind = GeneralNameType[form]
    if kind in _TEXTUAL:
        return GeneralName(kind, text, type_id)
    if kind is GeneralNameType.IP_ADDRESS:
        return GeneralName(kind, ip_network(text) if "/" in text else ip_address(text), type_id)
    octets = _octets(text)
    return GeneralName(kind, Name(octets) if kind is GeneralNameType.DIRECTORY_NAME else octets, type_id)


def _plain_rule(rule: Rule) -> dict[str, str]:
    return {"code": rule.code.id, "module": rule.check.__module__, "name": rule.check.__qualname__}


_RULES: Final = re.compile(r"devicetrust\.rules(?:\.[a-z][a-z0-9_]*)+")


def _rule(value: Any) -> Rule:
    """The rule of this library that was recorded: a record names no module of anybody else's to be run."""
    code, module, name = (_text(_exactly(dict, value)[key]) for key in ("code", "module", "name"))
    if _RULES.fullmatch(module) is None:
        raise UnreadableInput(f"the rule {code} of {module} is not one of devicetrust's")
    try:
        rule = getattr(import_module(module), name, None)
    except ImportError:
        rule = None
    if not isinstance(rule, Rule) or _plain_rule(rule) != value:
        raise UnreadableInput(f"this version of devicetrust has no rule {code} in {module}")
    return rule


_WRITERS: Final[dict[type, typing.Callable[[Any], Any]]] = {
    GeneralName: _plain_name,
    Rule: _plain_rule,
    bytes: lambda value: base64.b64encode(value).decode("ascii"),
    datetime: rfc3339,
    timedelta: lambda value: value // _MICROSECOND,
    frozenset: lambda value: sorted(map(plain, value), key=json.dumps),
    tuple: lambda value: (
        {name: plain(one) for name, one in value._asdict().items()}
        if hasattr(value, "_asdict")
        else [plain(one) for one in value]
    ),
}
_READERS: Final[dict[type, typing.Callable[[Any], Any]]] = {
    GeneralName: _general_name,
    Rule: _rule,
    bool: lambda value: _exactly(bool, value),
    bytes: _octets,
    datetime: _moment,
    int: _number,
    str: _text,
    timedelta: lambda value: timedelta(microseconds=_number(value)),
}
