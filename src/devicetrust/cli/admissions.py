"""What came of presenting wrong devices to a server, as data, as text, and as an exit code.

Makes: `Trial`, `conclusion`, `trial_facts`, `trial_lines`.
May import: `fields`, `output`, `exit_codes`; testing, for only `test-server` imports this module, when it runs.
Must never: take what nobody answered for a refusal.
Read first: `conclusion`.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, Final, NamedTuple

from devicetrust.cli.exit_codes import ExitCode
from devicetrust.cli.fields import moment
from devicetrust.cli.output import Line
from devicetrust.testing.faults import Fault
from devicetrust.testing.handshakes import Attempt, Reception
from devicetrust.testing.pki_folder import CRLS, ROOTS, PKIFolder
from devicetrust.testing.refusals import NO_CERTIFICATE, Examination

__all__ = ["SCHEMA", "Trial", "conclusion", "trial_facts", "trial_lines"]

SCHEMA: Final = "devicetrust.server-test/1"


class Trial(NamedTuple):
    """One run: the server, what was spoken, when, from which PKI, and what came of it.

    ``left_out`` are the faults that were not to be presented; ``is_selection``: those presented were asked for by name.
    """

    server: str
    protocol: str
    at: datetime
    pki: PKIFolder
    examined: Examination
    left_out: tuple[str, ...]
    is_selection: bool


def conclusion(trial: Trial) -> tuple[ExitCode, str]:
    """What it comes to, in words too. That a wrong device was admitted stands, whatever became of the server later."""
    good = _first(trial.examined.before)
    if good.reception is not Reception.ADMITTED:
        return ExitCode.UNUSABLE, f"the good device is not admitted: {good}; {_advice(trial, good)}"
    counted = _counted(trial.examined)
    if counted[Reception.ADMITTED]:
        return ExitCode.REFUSED, f"{_devices(counted[Reception.ADMITTED])} admitted"
    after = _first(trial.examined.after)
    if after.reception is not Reception.ADMITTED:
        return ExitCode.UNUSABLE, f"the good device is no longer admitted: {after}; {_AFTERWARDS}"
    if counted[Reception.NO_ANSWER]:
        return ExitCode.UNDECIDED, f"{_devices(counted[Reception.NO_ANSWER])} neither admitted nor refused"
    if not counted[Reception.REFUSED] or (trial.is_selection and counted[Reception.NOT_OFFERABLE]):
        unsent = _devices(counted[Reception.NOT_OFFERABLE])
        return ExitCode.UNDECIDED, f"{unsent} never reached the server, which shows nothing"
    return ExitCode.ACCEPTED, "no wrong device was admitted"


_AFTERWARDS: Final = "it ended on the way, or shuts this client out, so that the refusals before prove nothing"


def _advice(trial: Trial, good: Attempt) -> str:
    """What to do where the good device is not admitted: a refusal of others then proves nothing."""
    if good.reception is Reception.NO_ANSWER:
        return "start the server, and see that it speaks TLS on this port and --protocol is what it speaks"
    if good.reception is Reception.NOT_OFFERABLE:
        return "let the server take ECDSA signatures with SHA-256 of its clients"
    crls = f"where it checks revocation {trial.pki.path / CRLS}, which last until {moment(trial.pki.crls_end)}"
    return f"let the server trust {trial.pki.path / ROOTS} for its clients, and load {crls}"


def trial_facts(trial: Trial) -> dict[str, Any]:
    """The whole of it in plain values (str, int, list, dict, None)."""
    code, told = conclusion(trial)
    after = trial.examined.after
    return {
        "schema": SCHEMA,
        "server": trial.server,
        "protocol": trial.protocol,
        "at": moment(trial.at),
        "exit_code": int(code),
        "conclusion": told,
        "good_device": {"before": _attempt(_first(trial.examined.before)), "after": _attempt(_first(after))},
        "faults": [
            {"fault": name, "what": _what(name), "finding": _finding(name), **_attempt(attempt)}
            for name, attempt in trial.examined.faulty.items()
        ],
        "left_out": list(trial.left_out),
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    """``alert`` is the number of RFC 8446 6, None where the server sent none."""
    alert = None if attempt.alert is None else int(attempt.alert)
    return {"reception": attempt.reception.name.lower(), "alert": alert, "detail": attempt.detail}


def trial_lines(trial: Trial) -> list[Line]:
    """A line a device: what devicetrust finds of it, and what became of it; then the sum, and what it comes to."""
    code, told = conclusion(trial)
    examined = trial.examined
    lines = [
        Line(f"{trial.server}, TLS and then {trial.protocol}", "bold"),
        _good_line("a good device", _first(examined.before)),
        *(_wrong_line(name, attempt) for name, attempt in examined.faulty.items()),
        _good_line("the good one again", _first(examined.after)),
    ]
    counted = _counted(examined)
    words = [f"{counted[one]} {text}" for one, text in _WORDS.items() if counted[one]]
    words += [f"left out: {', '.join(trial.left_out)}"] if trial.left_out else []
    # What it comes to where nothing was shown is an error, and goes where errors go.
    ending = [] if code is ExitCode.UNUSABLE else [Line(told, _STYLES[code])]
    return [*lines, Line(f"{_devices(len(examined.faulty))}: {', '.join(words)}", "bold"), *ending]


def _good_line(name: str, attempt: Attempt) -> Line:
    return _line(name, "", str(attempt), is_wrong=attempt.reception is not Reception.ADMITTED)


def _wrong_line(name: str, attempt: Attempt) -> Line:
    is_wrong = attempt.reception is Reception.ADMITTED
    told = str(attempt)
    if is_wrong:
        told = f"{told.replace('admitted', 'ADMITTED', 1)}, though {_what(name)}"
    return _line(name, _finding(name) or "", told, is_wrong=is_wrong)


def _line(name: str, finding: str, told: str, *, is_wrong: bool) -> Line:
    return Line(f"  {name:<30} {finding:<32} {told}", "red" if is_wrong else "")


def _what(name: str) -> str:
    """What is wrong with a client that goes by the name of its fault."""
    return "it presents no certificate" if name == NO_CERTIFICATE else Fault[name].what


def _finding(name: str) -> str | None:
    """The code of what devicetrust finds of it; None where there is no certificate to find anything of."""
    return None if name == NO_CERTIFICATE else Fault[name].expected.code


def _first(attempts: dict[str, Attempt]) -> Attempt:
    """What became of the one good device."""
    (attempt,) = attempts.values()
    return attempt


def _counted(examined: Examination) -> Counter[Reception]:
    return Counter(attempt.reception for attempt in examined.faulty.values())


def _devices(count: int) -> str:
    return "1 wrong device" if count == 1 else f"{count} wrong devices"


_WORDS: Final = {
    Reception.ADMITTED: "admitted",
    Reception.REFUSED: "refused",
    Reception.NO_ANSWER: "without an answer",
    Reception.NOT_OFFERABLE: "could not be offered",
}
_STYLES: Final = {
    ExitCode.ACCEPTED: "bold green",
    ExitCode.REFUSED: "bold red",
    ExitCode.UNDECIDED: "bold magenta",
}
