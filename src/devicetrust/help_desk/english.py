"""The help desk's voice in English.

Makes: `ENGLISH`.
May import: voice, groups.
Must never: use an acronym.
Read first: `ENGLISH`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from devicetrust.help_desk.groups import Actor, Group
from devicetrust.help_desk.voice import Text, Voice, When
from devicetrust.verdict import Outcome

__all__ = ["ENGLISH"]

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _time(moment: datetime) -> str:
    """``31 May 2026 at 23:59 universal time``, of a moment in UTC."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year} at {moment:%H:%M} universal time"


_DEVICE: Final = "Device, as its certificate names it: {device}."
_AUTHORITY: Final = "an authority that vouches for the device"

ENGLISH: Final = Voice(
    device={
        Outcome.TRUSTED: f"{_DEVICE} It is let in.",
        Outcome.TRUSTED_BY_EXCEPTION: f"{_DEVICE} It is let in by an exception.",
        Outcome.UNTRUSTED: f"{_DEVICE} It is turned away.",
        Outcome.UNDECIDED: f"{_DEVICE} It is not let in before more is known.",
    },
    serial="{name} (serial number {serial})",
    unreadable="unknown (fingerprint {fingerprint})",
    happened="What happened: {happened} ({when}).",
    lasting="Let in until {until}. Beyond that: {happened}.",
    excepted="Let in until {until}. Why only by an exception: {happened} ({when}).",
    endless="No date ends it, and nothing need be done.",
    not_enough="That is less than was asked for.",
    acts="Who acts: {actor}.",
    acts_before="Who acts before then: {actor}.",
    to_do="What to do: {to_do}.",
    code="Code to quote on the telephone: {code}",
    when={When.SINCE: "since {time}", When.BEGINS: "valid from {time}", When.SEEN: "seen on {time}"},
    time=_time,
    actors={
        Actor.DEVICE_MAKER: "the maker of the device",
        Actor.CERTIFICATE_TEAM: "the team that issues certificates",
        Actor.SERVER_OWNER: "the owner of this server",
        Actor.NETWORK_TEAM: "the network team",
        Actor.CLOCK_KEEPER: "whoever keeps the clock of this server",
    },
    texts={
        Group.EXPIRED: Text(
            "the certificate of the device has run out",
            "have a new certificate issued, and put it on the device",
            f"the certificate of {_AUTHORITY} has run out",
            "have the certificate of that authority renewed, then connect the device again",
        ),
        Group.NOT_YET_VALID: Text(
            "the certificate of the device is not valid yet",
            "check the clock of this server. If it is right, wait for that day, or have another certificate issued",
            f"the certificate of {_AUTHORITY} is not valid yet",
        ),
        Group.WITHDRAWN: Text(
            "the certificate of the device has been withdrawn",
            "keep the device off the network until the reason is known and a new certificate is on it",
            f"the certificate of {_AUTHORITY} has been withdrawn",
            "expect the same of other devices. Ask which authority takes its place, and have that one issue new "
            "certificates",
        ),
        Group.SUSPENDED: Text(
            "the certificate of the device has been suspended",
            "keep the device off the network until the suspension is lifted",
            f"the certificate of {_AUTHORITY} has been suspended",
        ),
        Group.STATUS_UNKNOWN: Text(
            "it cannot be found out whether the certificate of the device has been withdrawn",
            "see that this server can reach the service that lists withdrawn certificates, then try again",
            f"it cannot be found out whether the certificate of {_AUTHORITY} has been withdrawn",
        ),
        Group.STATUS_OUTDATED: Text(
            "the list of withdrawn certificates that this server has is out of date",
            "have a newer list brought to this server",
        ),
        Group.UNKNOWN_AUTHORITY: Text(
            "this server does not know the authority that issued the certificate of the device",
            "find out whether the device belongs here. If it does, add its authority to those that this server "
            "trusts, or set the device to send its whole chain of certificates",
            "this server does not know the authority above the one that issued the certificate of the device",
        ),
        Group.SELF_MADE: Text(
            "the device shows a certificate that it made for itself",
            "put a certificate of this house on the device, or list the device on this server by name if it can hold "
            "none",
            "the chain of the device ends with an authority that made its own certificate and is not known here",
            "find out whether that authority belongs here, and whether this server should trust it",
        ),
        Group.FORGED: Text(
            "the certificate was altered after it was issued, or its issuer is not who it claims to be",
            "keep the device off the network, and have the matter looked into as a possible attack",
        ),
        Group.OVERREACH: Text(
            "an authority has issued a certificate that it was not allowed to issue",
            "have the certificate of the device issued by an authority that may do so",
        ),
        Group.WRONG_NAME: Text(
            "the certificate does not bear the name that is expected",
            "check that this is the right device, and that this server knows it by its right name. If both are right, "
            "have a certificate with that name issued",
        ),
        Group.WRONG_DEVICE: Text(
            "the certificate is not that of the device expected here",
            "find out which device this is. If it replaces another, correct the inventory. If it is the right one, "
            "have a certificate issued that names it as the inventory does",
        ),
        Group.WRONG_PURPOSE: Text(
            "the certificate was not issued for this use",
            "have a certificate issued for the use that is made of the device",
            f"{_AUTHORITY} may not do so for this use",
        ),
        Group.TOO_WEAK: Text(
            "the key of the device, or the signature on its certificate, is too weak to rely on",
            "ask how the device can be given a stronger key, then have a new certificate issued",
            f"the key of {_AUTHORITY}, or the signature on its certificate, is too weak to rely on",
            "have that authority replaced by a stronger one, and a new certificate issued for the device",
        ),
        Group.KEY_KNOWN: Text(
            "the key of the device is known to others, who can pass for it",
            "keep the device off the network until it has a new key and a new certificate",
            f"the key of {_AUTHORITY} is known to others, who can issue false certificates",
            "have that authority replaced, and new certificates issued for the devices below it",
        ),
        Group.UNREADABLE: Text(
            "the certificate of the device cannot be read, or holds something that this server does not understand",
            "ask for a certificate that keeps to the standard, and send the file of the present one along",
            f"the certificate of {_AUTHORITY} cannot be read, or holds something that this server does not understand",
        ),
        Group.AGAINST_THE_RULES: Text(
            "the certificate of the device breaks a rule that applies here",
            "have a certificate issued that keeps to the rules. The code below says which rule is broken",
            f"the certificate of {_AUTHORITY} breaks a rule that applies here",
        ),
        Group.AGAINST_THE_FIELD: Text(
            "the certificate of the device breaks a rule for devices of its kind",
            "send the code below to the maker, and ask for a certificate that keeps to the rules",
            f"the certificate of {_AUTHORITY} breaks a rule for devices of this kind",
            "have that certificate replaced by one that keeps to the rules. The code below says which rule is broken",
        ),
        Group.SOON_REFUSED: Text(
            "other software refuses this certificate, or soon will",
            "have a certificate issued in good time that will be accepted everywhere",
        ),
        Group.CLOCK: Text(
            "the clock of this server is wrong, or the time is not known well enough",
            "set the clock of this server by a time service, then try again",
        ),
        Group.TEST_ONLY: Text(
            "the certificate comes from an authority for tests, whose keys everybody knows",
            "take that authority off this server at once, and put a real certificate on the device",
        ),
        Group.CUT_SHORT: Text(
            "the check could not be brought to its end",
            "send the code below and the file of the certificate to the owner of this server",
        ),
        Group.EXCEPTION: Text(
            "an exception has been granted that bears on this device",
            "have the cause put right before the exception ends",
        ),
        Group.NOTE: Text("nothing is wrong, something was only noted", "nothing"),
    },
)
