"""The findings of path validation.

Makes: one `Code` for each thing that the steps and the search can find.
May import: findings.
Must never: hold a check.
Read first: any one of them.

Ranks, highest first: unreadable 980, keys that everyone knows 970, dates 940, limiting extensions 910, algorithms 898,
anchor 880, extensions 860, CA role 840, names 820, policies 800, purposes 780, strength 760, encoding 700, limits 480,
signature 420 (most often a wrong candidate), issuer not found 400.
"""

from __future__ import annotations

from typing import Final

from devicetrust.findings import Citation, Code, Effect, Knowledge, Severity, Waivable

_ERROR: Final = Severity.ERROR


def _rfc5280(clause: str) -> Citation:
    return Citation("RFC 5280", clause)


UNREADABLE: Final = Code(
    "certificate.unreadable",
    _ERROR,
    _rfc5280("4.1"),
    rank=980,
    what="the certificate cannot be read: {reason}",
    why="What cannot be read without doubt cannot be trusted: two readers might see two different certificates.",
    remedy="get the certificate again from its source; if it is the same there, ask its issuer for a correct one",
    effect=Effect.REFUSES,
)
TEST_ONLY: Final = Code(
    "anchor.test_only",
    _ERROR,
    Citation("devicetrust", "testing"),
    rank=970,
    what="{subject} is made for tests alone: its private key is published with devicetrust",
    why="Whoever reads that key can issue certificates for any device, and no one could tell them from true ones.",
    remedy="take the test root out of the trust store; in a test, use hospital.trust_store() or TrustStore.for_tests",
    effect=Effect.REFUSES,
)
EXPIRED: Final = Code(
    "validity.expired",
    _ERROR,
    _rfc5280("6.1.3 (a)(2)"),
    rank=940,
    what="{subject} expired: its last valid second was {not_after}",
    why="After that moment the issuer answers neither for the name nor for the state of the key.",
    remedy="renew the certificate, or present a newer one for the same key",
    waivable=Waivable.BY_WAIVER,
)
NOT_YET_VALID: Final = Code(
    "validity.not_yet_valid",
    _ERROR,
    _rfc5280("6.1.3 (a)(2)"),
    rank=935,
    what="{subject} is not valid before {not_before}",
    why="Either the certificate was put to use too early, or a clock is wrong.",
    remedy="check the clock of this host first, then the date on which the certificate was to begin",
    waivable=Waivable.BY_WAIVER,
)
NOT_VALID_AT_ISSUANCE: Final = Code(
    "validity.not_valid_at_issuance",
    _ERROR,
    Citation("devicetrust", "validity models"),
    rank=930,
    what="{subject} was valid from {not_before} to {not_after}, and not at {issued}, when it is said to have issued",
    why="What a CA issues outside of its dates nobody has answered for, whichever validity model is chosen.",
    remedy="ask the manufacturer for the CA certificate that was valid when the device's certificate was issued",
)
ENDED_AFTER_ISSUANCE: Final = Code(
    "validity.ended_after_issuance",
    Severity.NOTICE,
    Citation("devicetrust", "validity models"),
    rank=310,
    what="{subject} has ended at {not_after}, after it had issued; the validity model {model} lets that stand",
    why="Whoever has its key today could still issue certificates with an old date, and nobody publishes their status.",
    remedy="ask the manufacturer what became of the CA's key, and enrol the device for a certificate of your own",
)
SIGNATURE_INVALID: Final = Code(
    "signature.invalid",
    _ERROR,
    _rfc5280("6.1.3 (a)(1)"),
    rank=420,
    what="the signature on {subject} does not verify with the key of {issuer}",
    why="The certificate was altered, or was issued by somebody else of the same name.",
    remedy="present the intermediate certificate that really issued it; if it is this one, treat it as tampered with",
    effect=Effect.REFUSES,
)
SIGNATURE_UNSUPPORTED: Final = Code(
    "signature.unsupported",
    _ERROR,
    _rfc5280("6.1.3 (a)(1)"),
    rank=765,
    what="the signature on {subject} cannot be checked: algorithm {algorithm}: {reason}",
    why="A signature that is not checked proves nothing.",
    remedy="have the certificate issued again with an algorithm that is supported and allowed here",
    effect=Effect.REFUSES,
)
ALGORITHMS_DIFFER: Final = Code(
    "signature.algorithms_differ",
    _ERROR,
    _rfc5280("4.1.1.2"),
    rank=898,
    what="the signature algorithm inside the signed part differs from the one outside it",
    why="The field outside is not signed; a difference means that the certificate was altered or wrongly made.",
    remedy="ask the issuer for a correctly made certificate",
    effect=Effect.REFUSES,
)
NO_WAY_TO_ANCHOR: Final = Code(
    "issuer.no_way_to_anchor",
    _ERROR,
    _rfc5280("6.1.1 (d)"),
    rank=401,
    what="the certificates at hand above {subject} lead around in a circle, or too far, and to no trust anchor",
    why="Without a chain to an anchor nobody that you trust vouches for this device.",
    remedy="present the chain that the issuer hands out, and add its root to the trust store if you trust it",
    effect=Effect.REFUSES,
)
ISSUER_UNKNOWN: Final = Code(
    "issuer.unknown",
    _ERROR,
    _rfc5280("6.1.1 (d)"),
    rank=400,
    what="the issuer {issuer} of {subject} is neither a trust anchor nor among the certificates at hand",
    why="Without a chain to an anchor nobody that you trust vouches for this device.",
    remedy="present the missing intermediate certificate, or add the issuer's root to the trust store if you trust it",
    effect=Effect.REFUSES,
)
SELF_SIGNED: Final = Code(
    "issuer.self_signed",
    _ERROR,
    _rfc5280("6.1.1 (d)"),
    rank=402,
    what="{subject} is self-signed, and is neither a trust anchor nor pinned",
    why="A self-signed certificate vouches only for itself.",
    remedy="pin this very certificate if you know it to be the device's, or have one issued by a CA that you trust",
    effect=Effect.REFUSES,
)
DISTRUSTED_AFTER: Final = Code(
    "anchor.distrusted_after",
    _ERROR,
    Citation("RFC 5914", "2", Knowledge.SECOND_HAND),
    rank=880,
    what="the anchor {anchor} vouches for nothing that begins after {distrust_after}; this began {not_before}",
    why="The owner of the trust store has set an end to what this anchor may vouch for.",
    remedy="have the certificate issued under an anchor that is still trusted",
    effect=Effect.REFUSES,
)
ANCHOR_PURPOSE: Final = Code(
    "anchor.purpose",
    _ERROR,
    Citation("RFC 5914", "2", Knowledge.SECOND_HAND),
    rank=879,
    what="the anchor {anchor} may not vouch for the purpose {purpose}",
    why="The owner of the trust store has limited what this anchor may vouch for.",
    remedy="use an anchor for this purpose, or widen the anchor's purposes if that is what you mean",
    effect=Effect.REFUSES,
)
EXTENSION_REPEATED: Final = Code(
    "extension.repeated",
    _ERROR,
    _rfc5280("4.2"),
    rank=866,
    what="the extension {oid} occurs more than once",
    why="Two readers may heed two different ones.",
    remedy="ask the issuer for a correctly made certificate",
    effect=Effect.REFUSES,
)
EXTENSIONS_IN_OLD_VERSION: Final = Code(
    "extension.version",
    _ERROR,
    _rfc5280("4.1.2.9"),
    rank=865,
    what="a certificate of version {version} has extensions, which only version 3 may have",
    why="Software that goes by the version passes over the extensions, other software heeds them.",
    remedy="ask the issuer for a certificate of version 3",
    effect=Effect.REFUSES,
)
EXTENSION_UNREADABLE: Final = Code(
    "extension.unreadable",
    _ERROR,
    _rfc5280("4.2"),
    rank=910,
    what="the extension {oid}, which decides what the certificate is good for, cannot be read: {reason}",
    why="What limits a certificate must be understood, or the limit is lost.",
    remedy="ask the issuer for a correctly made certificate",
    effect=Effect.REFUSES,
)
MINOR_EXTENSION_UNREADABLE: Final = Code(
    "extension.minor_unreadable",
    _ERROR,
    _rfc5280("4.2"),
    rank=640,
    what="the non-critical extension {oid} cannot be read: {reason}",
    why="The certificate is wrongly made; nothing that this extension says can be used.",
    remedy="ask the issuer for a correctly made certificate",
)
CRITICAL_EXTENSION: Final = Code(
    "extension.critical_unknown",
    _ERROR,
    _rfc5280("6.1.4 (o), 6.1.5 (f)"),
    rank=860,
    what="the critical extension {oid} is not understood",
    why="The issuer says that whoever does not understand this extension must not use the certificate.",
    remedy="have the certificate issued without it, or with the extension marked non-critical",
    effect=Effect.REFUSES,
)
NOT_A_CA: Final = Code(
    "ca.not_a_ca",
    _ERROR,
    _rfc5280("6.1.4 (k)"),
    rank=840,
    what="{subject} issued a certificate, but is no CA: {reason}",
    why="If any device could issue certificates, one stolen pump could speak for all of them.",
    remedy="present the CA certificate that issued the device's certificate, and not another device's",
    effect=Effect.REFUSES,
)
PATH_TOO_LONG: Final = Code(
    "ca.path_length",
    _ERROR,
    _rfc5280("6.1.4 (l), (m)"),
    rank=838,
    what="{subject} lies deeper below a CA than that CA's path length allows",
    why="The CA above was given no right to create further CAs at this depth.",
    remedy="issue the device's certificate directly from the CA whose path length is exhausted",
    effect=Effect.REFUSES,
)
CERTIFICATE_SIGNING_NOT_ALLOWED: Final = Code(
    "ca.key_usage",
    _ERROR,
    _rfc5280("6.1.4 (n)"),
    rank=836,
    what="{subject} issued a certificate, but its keyUsage lacks keyCertSign",
    why="The key was not meant to sign certificates.",
    remedy="present the issuer's CA certificate with keyCertSign, or have it issued again",
    effect=Effect.REFUSES,
)
NAME_NOT_PERMITTED: Final = Code(
    "names.not_permitted",
    _ERROR,
    _rfc5280("6.1.3 (b)"),
    rank=822,
    what="the name {name} is outside of what the CAs above may name ({constraint})",
    why="The CA may only name devices within its own part of the name space.",
    remedy="have the certificate issued by the CA that is responsible for this name",
    effect=Effect.REFUSES,
)
NAME_EXCLUDED: Final = Code(
    "names.excluded",
    _ERROR,
    _rfc5280("6.1.3 (c)"),
    rank=824,
    what="the name {name} is among those that a CA above must not name ({constraint})",
    why="The CA was denied the right to name this.",
    remedy="have the certificate issued by the CA that is responsible for this name",
    effect=Effect.REFUSES,
)
NAME_UNPROCESSABLE: Final = Code(
    "names.unprocessable",
    _ERROR,
    _rfc5280("4.2.1.10"),
    rank=820,
    what="the name {name} falls under a constraint that cannot be applied ({constraint})",
    why="A constraint that cannot be applied must not be passed over.",
    remedy="have the name or the constraint written in a form that RFC 5280 defines",
    effect=Effect.REFUSES,
)
POLICY_MAPPING_ANY: Final = Code(
    "policy.any_policy_mapped",
    _ERROR,
    _rfc5280("6.1.4 (a)"),
    rank=804,
    what="{subject} maps to or from anyPolicy",
    why="Such a mapping would turn every policy into every other.",
    remedy="ask the issuer to correct the policyMappings extension",
    effect=Effect.REFUSES,
)
POLICY_NOT_VALID: Final = Code(
    "policy.none_valid",
    _ERROR,
    _rfc5280("6.1.3 (f), 6.1.5 (g)"),
    rank=800,
    what="the path is valid for none of the required certificate policies ({wanted})",
    why="A policy is required, and the CAs of this path do not all vouch for one that is wanted.",
    remedy="use a chain that was issued under the wanted policy, or correct the profile's user_initial_policy_set",
    effect=Effect.REFUSES,
)
PURPOSE_NOT_ALLOWED: Final = Code(
    "purpose.not_allowed",
    _ERROR,
    _rfc5280("4.2.1.12"),
    rank=780,
    what="{subject} is not meant for {purpose}; the purposes in its extendedKeyUsage: {found}",
    why="The issuer gave this certificate for other purposes.",
    remedy="have the device's certificate issued with the key purpose that this role needs",
)
TOLERATED: Final = Code(
    "encoding.tolerated",
    Severity.WARNING,
    _rfc5280("4.1"),
    rank=120,
    what="the encoding departs from the standard ({tolerance}); the profile tolerates it here",
    why="Stricter software refuses this certificate.",
    remedy="nothing now; ask the maker for a correctly encoded certificate when it is next renewed",
)
NOT_TOLERATED: Final = Code(
    "encoding.not_tolerated",
    _ERROR,
    _rfc5280("4.1"),
    rank=700,
    what="the encoding departs from the standard ({tolerance}), which the profile does not tolerate here",
    why="Every leniency of a reader is a way to make two readers see two things.",
    remedy="ask the issuer for a correctly encoded certificate, or use a profile that names this tolerance",
    effect=Effect.REFUSES,
)
TOO_MANY_INTERMEDIATES: Final = Code(
    "path.too_many_intermediates",
    _ERROR,
    Citation("RFC 4158", "2.4.2", Knowledge.SECOND_HAND),
    rank=482,
    what="the path needs more than {max_intermediates} intermediates, the most that the profile allows",
    why="A limit on the length of paths bounds the work that strangers can cause.",
    remedy="shorten the chain, or raise the profile's max_intermediates",
    effect=Effect.REFUSES,
)
BUDGET_SPENT: Final = Code(
    "path.budget_spent",
    _ERROR,
    Citation("RFC 4158", "2.4.2", Knowledge.SECOND_HAND),
    rank=480,
    what="the search was cut short: its budget of {limit} is spent",
    why="Without a limit a stranger could make the search run for hours.",
    remedy=(
        "present only certificates of the device's own chain, and pass only CRLs and OCSP responses about them; if all "
        "are needed, raise the profile's budget"
    ),
    effect=Effect.REFUSES,
)
PRESENTED_UNREADABLE: Final = Code(
    "certificate.presented_unreadable",
    Severity.WARNING,
    _rfc5280("4.1"),
    rank=405,
    what="certificate {position} of those presented beside the leaf cannot be read and was passed over: {reason}",
    why="If it was an intermediate of the chain, the chain may look incomplete.",
    remedy="have the peer present correctly encoded intermediate certificates",
)
