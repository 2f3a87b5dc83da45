"""RFC 8446 4.4.2: certificates of TLS peers.

Makes: rules on the leaf.
May import: findings, x509, rules.rule.
Must never: ask which version of TLS will be spoken.
Read first: `digital_signature`.

The clause is known at second hand (RFC 9846 has replaced RFC 8446 since).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from devicetrust.findings import Citation, Code, Finding, Knowledge, Severity, Waivable
from devicetrust.rules.rule import Role, rule
from devicetrust.x509.certificate import Certificate

__all__ = ["digital_signature"]

NO_DIGITAL_SIGNATURE: Final = Code(
    "tls.digital_signature",
    Severity.ERROR,
    Citation("RFC 8446", "4.4.2.2", Knowledge.SECOND_HAND),
    rank=778,
    what="keyUsage lacks digitalSignature",
    why="In TLS 1.3, and in 1.2 with forward secrecy, a peer proves itself by a signature; OpenSSL refuses such a one.",
    remedy="have the certificate issued with digitalSignature in its keyUsage",
    waivable=Waivable.BY_WAIVER,
)


@rule(NO_DIGITAL_SIGNATURE, Role.LEAF)
def digital_signature(certificate: Certificate, index: int) -> Iterable[Finding]:
    """Where keyUsage is present, it has digitalSignature."""
    usage = certificate.extensions.key_usage
    if usage is not None and not usage.digital_signature:
        return (NO_DIGITAL_SIGNATURE.at(index, "tbsCertificate.extensions.keyUsage"),)
    return ()
