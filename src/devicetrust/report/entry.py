"""One answer, and where what it is about came from.

Makes: `Entry`.
May import: everything below the reports.
Must never: judge.
Read first: `Entry`.
"""

from __future__ import annotations

import attrs

from devicetrust.explanation import title
from devicetrust.findings import Finding, printable
from devicetrust.linting import LintReport
from devicetrust.profiles.profile import Profile
from devicetrust.trust.anchor import TrustAnchor
from devicetrust.verdict import Verdict
from devicetrust.x509.certificate import Certificate

__all__ = ["Entry"]


@attrs.frozen
class Entry:
    """What `lint` or `Verifier.verify` said of the certificate with this number (from 0) in a file.

    ``file`` is a path as the reader of the report will know it: relative where the report travels. A chain is entered
    by its first certificate. ``not_accepted`` says why the caller refuses what the verdict admits; empty where it does
    not.
    """

    file: str
    number: int
    answer: LintReport | Verdict
    not_accepted: str = ""

    @property
    def profile(self) -> Profile:
        """The profile that was asked under."""
        return self.answer.profile

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was found."""
        return self.answer.findings

    @property
    def members(self) -> tuple[Certificate | TrustAnchor, ...]:
        """The certificates by the index that findings name, an anchor last where a path has one."""
        return self.answer.certificates if isinstance(self.answer, LintReport) else self.answer.path

    @property
    def place(self) -> str:
        """File and number, as people read them."""
        return printable(f"{self.file}[{self.number}]")

    def subject(self, index: int) -> str:
        """Whom the certificate at this index is for; the digest of one that cannot be read, or names nobody."""
        member = self.members[index]
        readable = isinstance(member, TrustAnchor) or member.unreadable is None
        return printable((str(member.subject) if readable else "") or member.fingerprint.hex())

    def title(self, index: int) -> str:
        """The certificate at this index: subject, names, key and dates."""
        return printable(title(self.members[index], index))
