"""A record as octets: one JSON document, the same for the same verdict.

Makes: `record`, `load`, `Record`.
May import: recording siblings and below.
Must never: read more than `MOST_RECORD_OCTETS`, or raise anything but `UnreadableInput` for what is read.
Read first: `record`, then `load`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from devicetrust.errors import MisuseError, UnreadableInput
from devicetrust.recording.contents import Answer, Inputs, answer_of, check_moments, digests_of, inputs_of
from devicetrust.recording.values import plain, read
from devicetrust.verdict import Verdict

__all__ = ["MOST_RECORD_OCTETS", "SCHEMA", "Record", "load", "record"]

SCHEMA: Final = "devicetrust.record/1"
"""Names the layout of a record. The number rises with every key that comes, goes or changes."""
MOST_RECORD_OCTETS: Final = 1 << 26
"""Ours: 64 MiB, room for CRLs of 48 MiB. JSON of that size takes some hundred megabytes to read."""


class Record(NamedTuple):
    """A record as read. ``profile`` is plain data still: it may be one that cannot be had here.

    ``question`` holds the digests of what was asked.
    """

    question: Mapping[str, Any]
    profile: Any
    inputs: Inputs
    answer: Answer


def record(verdict: Verdict) -> bytes:
    """The verdict with all that it rests on. Raises `MisuseError` where that cannot be written down."""
    document = {
        "schema": SCHEMA,
        "question": digests_of(verdict),
        "profile": plain(verdict.profile),
        "inputs": plain(inputs_of(verdict)),
        "answer": plain(answer_of(verdict)),
    }
    octets = json.dumps(document, indent=1, sort_keys=True).encode("ascii")
    if len(octets) > MOST_RECORD_OCTETS:
        raise MisuseError(
            f"the record would have {len(octets)} octets, and no more than {MOST_RECORD_OCTETS} are read; verify with "
            "the CRLs that bear on this certificate alone"
        )
    return octets


def load(source: bytes | str | os.PathLike[str]) -> Record:
    """The record in a file or in octets. Raises `UnreadableInput` where there is none."""
    name, octets = _octets(source)
    try:
        document = json.loads(octets)
    except (ValueError, RecursionError) as problem:
        raise UnreadableInput(f"{name}: no record of a verdict: it is not JSON ({_short(problem)})") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        found = f"it is a {schema}" if isinstance(schema, str) else "it names no schema"
        raise UnreadableInput(f"{name}: no record of a verdict that can be read here: {found[:100]}, not a {SCHEMA}")
    try:
        question, profile = document["question"], document["profile"]
        if not isinstance(question, dict):
            raise UnreadableInput("its question is no object")
        inputs: Inputs = read(Inputs, document["inputs"])
        check_moments(inputs)
        return Record(question, profile, inputs, read(Answer, document["answer"]))
    except KeyError as missing:
        raise UnreadableInput(f"{name}: the record is damaged: it lacks {missing}") from None
    except (UnreadableInput, RecursionError) as problem:
        raise UnreadableInput(f"{name}: the record is damaged: {_short(problem)}") from None


def _octets(source: bytes | str | os.PathLike[str]) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        name, octets = "the record given", source
    elif isinstance(source, str | os.PathLike):
        name = os.fspath(source)
        try:
            with Path(source).open("rb") as file:
                octets = file.read(MOST_RECORD_OCTETS + 1)
        except (OSError, ValueError) as problem:
            raise UnreadableInput(f"{name}: {getattr(problem, 'strerror', None) or problem}") from None
    else:
        raise MisuseError(f"a record is bytes or a path, not a {type(source).__name__}")
    if len(octets) > MOST_RECORD_OCTETS:
        raise UnreadableInput(f"{name}: longer than {MOST_RECORD_OCTETS} octets, the most that a record has")
    return name, octets


def _short(problem: Exception) -> str:
    return str(problem).partition("\n")[0][:300]
