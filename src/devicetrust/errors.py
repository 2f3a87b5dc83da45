"""The exceptions of devicetrust: misuse by the caller, and input that cannot be read at all.

    DeviceTrustError
    ├── MisuseError (also ValueError)         a call that can never be right: naive time, empty trust store
    ├── UnreadableInput (also ValueError)     a file or bytes from which nothing could be read
    │   ├── PasswordRequired                  encrypted, and no password was given
    │   └── WrongPassword                     encrypted, and the password given does not open it
    ├── UnreadableCertificate (also ValueError)   a field was asked of a certificate that cannot be read
    └── Untrusted                             raised by ``Verdict.require()``; lives beside ``Verdict``
        └── Undecided

What a *peer* did wrong is never an exception: it is a finding in the verdict.
"""

from __future__ import annotations

__all__ = [
    "DeviceTrustError",
    "MisuseError",
    "PasswordRequired",
    "UnreadableCertificate",
    "UnreadableInput",
    "WrongPassword",
]


class DeviceTrustError(Exception):
    """The root of every exception that devicetrust raises on purpose."""


class MisuseError(DeviceTrustError, ValueError):
    """The call itself is wrong: its arguments could never give an answer."""


class UnreadableInput(DeviceTrustError, ValueError):
    """Nothing could be read from a file or from bytes. The text names the source and what to do."""


class PasswordRequired(UnreadableInput):
    """The container is encrypted and no password was given."""


class WrongPassword(UnreadableInput):
    """The container is encrypted and the password given does not open it."""


class UnreadableCertificate(DeviceTrustError, ValueError):
    """A field was asked of a certificate whose bytes cannot be read; ``verify`` reports it as a finding."""
