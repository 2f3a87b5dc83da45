"""An `ssl.SSLContext` that asks a verifier about each peer.

Makes: `server_context`, `client_context`, `JudgingContext`.
May import: everything below; tls siblings; ``ssl``.
Must never: be made weaker by whoever is given it; lose the last good inputs to bad ones.
Read first: `server_context`, then `JudgingContext`.

Two contexts. The outer one, which programs are given, holds neither credential nor anchors: alone it can admit nobody.
At the beginning of each handshake OpenSSL is moved to an inner one, which `JudgingContext.replace` makes anew. So
a new credential and new anchors, and their removal, hold from the next handshake on, in both gates together.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Literal, NoReturn, Self, final

from devicetrust.errors import DeviceTrustError, MisuseError
from devicetrust.identity import Reference
from devicetrust.profiles.profile import ReferenceDemand
from devicetrust.tls import floor, loading
from devicetrust.tls.admit import Authorizer
from devicetrust.tls.connections import JudgedObject, JudgedSocket
from devicetrust.tls.counts import Counts
from devicetrust.tls.credential import Credential
from devicetrust.tls.events import Event, tell
from devicetrust.tls.inputs import EvidenceLike, Inputs, announce, made
from devicetrust.tls.passage import KnownPeers, Passage, ReferenceLike, reference_for
from devicetrust.tls.sides import Side
from devicetrust.tls.status import Reload, Status, reloaded, status_of
from devicetrust.trust.store import TrustStore
from devicetrust.verifier import Verifier

__all__ = ["KEPT", "JudgingContext", "Kept", "client_context", "server_context"]


@final
class Kept:
    """What `JudgingContext.replace` is not given stays."""

    def __repr__(self) -> str:
        return "<as it is>"


KEPT: Final = Kept()


def server_context(
    verifier: Verifier,
    credential: Credential,
    *,
    evidence: EvidenceLike = None,
    authorizer: Authorizer | None = None,
) -> JudgingContext:
    """The context of a server that demands a certificate of each client, and judges it before anything else passes.

    OpenSSL's own check comes first, ours decides: chain, purpose, dates, revocation by ``evidence`` (a value, or a
    source such as `fetch.FreshEvidence`), waivers of the verifier; then ``authorizer`` says whether this device is
    admitted. Without one, every peer whom the verifier trusts is; a profile that asks whom you expect demands one.
    Nothing is fetched within a handshake: for want of evidence a peer is refused. Raises `MisuseError` for what does
    not fit together or cannot be used.
    """
    return JudgingContext._made(Side.SERVER, verifier, credential, evidence, authorizer, None)


def client_context(
    verifier: Verifier,
    credential: Credential | None = None,
    *,
    evidence: EvidenceLike = None,
    authorizer: Authorizer | None = None,
    reference: ReferenceLike = None,
) -> JudgingContext:
    """The context of a client that judges the server, and presents ``credential`` where it is asked for one.

    Whom it means is the ``server_hostname`` given at connect, a name or an address; or ``reference``: a `Reference`, or
    a function of that host and the port (each None where it is not known; asyncio never tells the port), for devices
    that are reached by addresses which their certificates do not state.
    """
    return JudgingContext._made(Side.CLIENT, verifier, credential, evidence, authorizer, reference)


class JudgingContext(ssl.SSLContext):
    """An `ssl.SSLContext` for whatever takes one, sync or asyncio. Made by `server_context` and `client_context`.

    What would weaken it is refused with `MisuseError`; what adds trust of its own (``load_verify_locations``, as HTTP
    clients call it) changes nothing, for whom we trust is the verifier's word. A session offered for resumption is not
    used; a client's that is resumed is judged as any other. Thread-safe.
    """

    sslsocket_class = JudgedSocket
    sslobject_class = JudgedObject

    _inputs: Inputs
    _known: KnownPeers
    _counts: Counts
    _last_reload: Reload | None
    _reference: ReferenceLike
    _protocols: list[str] | None
    _ciphers: str

    def __new__(cls, *_: Any, **__: Any) -> Self:
        raise MisuseError("a JudgingContext is made by tls.server_context or tls.client_context, which say who judges")

    @classmethod
    def _made(
        cls,
        side: Side,
        verifier: Verifier,
        credential: Credential | None,
        evidence: EvidenceLike,
        authorizer: Authorizer | None,
        reference: ReferenceLike,
    ) -> JudgingContext:
        protocol = ssl.PROTOCOL_TLS_SERVER if side is Side.SERVER else ssl.PROTOCOL_TLS_CLIENT
        context: JudgingContext = super().__new__(cls, protocol)
        context._protocols, context._ciphers, context._reference = None, floor.CIPHERS, reference
        context._known, context._counts, context._last_reload = KnownPeers(), Counts(), None
        floor.hold(context)
        if side is Side.SERVER:
            floor.put(context, "sni_callback", _at_hello)
        inputs, lacking = context._inputs_of(side, verifier, credential, evidence, authorizer)
        context._take(inputs)
        announce(inputs)
        for one in lacking:
            tell(Event.NOT_TOLD, one, side=side.value)
        return context

    @property
    def verifier(self) -> Verifier:
        """Whom we trust, at present."""
        return self._inputs.verifier

    @property
    def credential(self) -> Credential | None:
        """Who we are, at present."""
        return self._inputs.credential

    @property
    def refuses_from(self) -> datetime | None:
        """When peers begin to be refused for want of evidence that no source renews, as far as that is known (UTC)."""
        return self._inputs.refuses_from

    def status(self, at: datetime | None = None) -> Status:
        """How it stands at ``at`` (aware; None: now): whom it let in and refused, what ends when, and its health."""
        return status_of(self._inputs, self._counts, self._last_reload, at)

    def replace(
        self,
        *,
        verifier: Verifier | Kept = KEPT,
        credential: Credential | Kept | None = KEPT,
        evidence: EvidenceLike | Kept = KEPT,
        authorizer: Authorizer | Kept | None = KEPT,
    ) -> None:
        """Go by these from the next handshake on, all at once; what is not given stays.

        They are checked as when the context was made. Where they do not hold it raises `MisuseError`, the log is told
        why, and all stays as it was. Connections that are open stay open.
        """
        old = self._inputs
        try:
            inputs, lacking = self._inputs_of(
                old.side,
                old.verifier if isinstance(verifier, Kept) else verifier,
                old.credential if isinstance(credential, Kept) else credential,
                old.evidence if isinstance(evidence, Kept) else evidence,
                old.authorizer if isinstance(authorizer, Kept) else authorizer,
            )
        except DeviceTrustError as problem:
            self._last_reload = reloaded(str(problem))
            tell(Event.NOT_REPLACED, f"what is in force stays: {problem}", side=old.side.value, reason=str(problem))
            raise
        self._take(inputs)
        self._last_reload = reloaded(None)
        self._counts.forget_exceptions()
        tell(Event.REPLACED, f"a TLS {old.side.value} goes by new inputs", side=old.side.value, **_changes(old, inputs))
        announce(inputs)
        for one in lacking:
            tell(Event.NOT_TOLD, one, side=old.side.value)

    def _inputs_of(
        self,
        side: Side,
        verifier: Verifier,
        credential: Credential | None,
        evidence: EvidenceLike,
        authorizer: Authorizer | None,
    ) -> tuple[Inputs, list[str]]:
        inner = _Inner(self.protocol)
        inner.outer = self
        inputs = made(side, verifier, credential, evidence, authorizer, inner)
        floor.hold(inner)
        inner.set_ciphers(self._ciphers)
        if self._protocols is not None:
            inner.set_alpn_protocols(self._protocols)
        if credential is not None:
            loading.load_credential(inner, credential)
        return inputs, loading.load_trust(inner, verifier)

    def _take(self, inputs: Inputs) -> None:
        # Only these flags are read when a connection is made; all else of OpenSSL's is the inner context's.
        floor.put(self, "verify_flags", floor.verify_flags(inputs.verifier))
        self._inputs = inputs

    def passage(self, connection: JudgedSocket | JudgedObject, address: tuple[str, int] | None) -> Passage:
        """The way in of a connection whose handshake begins now. Raises what makes it impossible."""
        inputs = self._inputs
        reference: Reference | None = Reference.UNCHECKED  # of a server: whom it expects is the authorizer's to say
        if inputs.side is Side.CLIENT:
            reference = reference_for(self._reference, connection.server_hostname, address[1] if address else None)
        peer = _shown(address) if address else connection.server_hostname
        passage = Passage(inputs, self._known, self._counts, reference, peer)
        if inputs.side is Side.CLIENT:
            passage.begin(connection, inputs)
        return passage

    # Making connections

    def wrap_socket(
        self,
        sock: Any,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        self._check_reference(server_side, server_hostname)
        return super().wrap_socket(
            sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, None
        )

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        self._check_reference(server_side, server_hostname)
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, None)

    def _check_reference(self, server_side: bool, server_hostname: str | bytes | None) -> None:
        if server_side or self._reference is not None:
            return
        if not server_hostname and self._inputs.verifier.profile.reference is ReferenceDemand.REQUIRED:
            raise MisuseError(
                f"the profile {self._inputs.verifier.profile.name} asks whom you expect: connect with a "
                "server_hostname, or make the context with reference="
            )
        host = server_hostname.decode("ascii") if isinstance(server_hostname, bytes) else server_hostname
        reference_for(None, host, None)

    # What whoever is given the context may change, and what not

    def set_alpn_protocols(self, alpn_protocols: Any) -> None:
        """As of `ssl`; holds for what is replaced later too."""
        self._protocols = list(alpn_protocols)
        super().set_alpn_protocols(self._protocols)
        self._inputs.openssl.set_alpn_protocols(self._protocols)

    def set_ciphers(self, cipherlist: str) -> None:
        """As of `ssl`, for TLS 1.2; raises `MisuseError` for suites without authenticated encryption."""
        floor.check_ciphers(cipherlist)
        super().set_ciphers(cipherlist)
        if hasattr(self, "_inputs"):
            self._ciphers = cipherlist
            self._inputs.openssl.set_ciphers(cipherlist)

    def load_verify_locations(self, *_: Any, **__: Any) -> None:
        """Changes nothing: whom we trust is the verifier's word."""

    def load_default_certs(self, *_: Any, **__: Any) -> None:
        """Changes nothing: whom we trust is the verifier's word."""

    def set_default_verify_paths(self) -> None:
        """Changes nothing: whom we trust is the verifier's word."""

    def load_cert_chain(self, *_: Any, **__: Any) -> NoReturn:
        raise MisuseError("who we are is replace(credential=tls.Credential.from_files(...)), which is checked first")

    def get_ca_certs(self, binary_form: bool = False) -> Any:
        """What OpenSSL takes for anchors at present."""
        return self._inputs.openssl.get_ca_certs(binary_form)

    def cert_store_stats(self) -> dict[str, int]:
        """Of what OpenSSL takes for anchors at present."""
        return self._inputs.openssl.cert_store_stats()

    def set_servername_callback(self, server_name_callback: Any) -> NoReturn:
        raise MisuseError(_NO_CALLBACK)

    @property
    def sni_callback(self) -> Callable[[ssl.SSLObject, str, ssl.SSLContext], int | None] | None:
        return super().sni_callback

    @sni_callback.setter
    def sni_callback(self, value: Any) -> None:
        raise MisuseError(_NO_CALLBACK)

    @property
    def verify_mode(self) -> Any:
        return super().verify_mode

    @verify_mode.setter
    def verify_mode(self, value: Any) -> None:
        if value != ssl.CERT_REQUIRED:
            raise MisuseError("each peer is judged by its certificate: verify_mode stays CERT_REQUIRED")

    @property
    def options(self) -> ssl.Options:
        return super().options

    @options.setter
    def options(self, value: int) -> None:
        floor.put(self, "options", value | floor.OPTIONS)

    @property
    def minimum_version(self) -> Any:
        return super().minimum_version

    @minimum_version.setter
    def minimum_version(self, value: Any) -> None:
        if value not in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.MAXIMUM_SUPPORTED):
            raise MisuseError("TLS 1.2 is the oldest version that is spoken here (RFC 9325 3.1.1)")
        floor.put(self, "minimum_version", value)

    @property
    def keylog_filename(self) -> Any:
        return None

    @keylog_filename.setter
    def keylog_filename(self, value: Any) -> None:
        if value:
            raise MisuseError("a log of the keys would lay open what every device says")

    def __repr__(self) -> str:
        inputs = self._inputs
        return f"<JudgingContext of a TLS {inputs.side.value}, {inputs.verifier!r}>"


class _Inner(ssl.SSLContext):
    """What OpenSSL goes by. Whoever finds it on a connection and makes another one makes a judged one."""

    outer: JudgingContext

    def wrap_socket(self, *arguments: Any, **named: Any) -> ssl.SSLSocket:
        return self.outer.wrap_socket(*arguments, **named)

    def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:
        return self.outer.wrap_bio(*arguments, **named)


_NO_CALLBACK: Final = "the context moves each handshake to the credential in force; use replace() to change that"


def _at_hello(connection: Any, _name: str | None, context: ssl.SSLContext) -> Literal[80] | None:
    """A client's hello is there: from here on both gates go by what is in force now."""
    passage = getattr(connection, "_passage", None)
    if not isinstance(passage, Passage) or not isinstance(context, JudgingContext):
        return 80  # internal_error
    passage.begin(connection, context._inputs)
    return None


def _shown(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _changes(old: Inputs, new: Inputs) -> dict[str, Any]:
    """What is another than before, by fingerprints."""
    facts: dict[str, Any] = {}
    if new.credential is not old.credential:
        facts["credential"] = [
            None if one.credential is None else one.credential.certificate.fingerprint.hex() for one in (old, new)
        ]
    before, after = old.verifier.trust, new.verifier.trust
    if before != after:
        held, holds = _fingerprints(before), _fingerprints(after)
        facts["anchors_added"], facts["anchors_removed"] = sorted(holds - held), sorted(held - holds)
    if old.verifier.profile.digest != new.verifier.profile.digest:
        facts["profile"] = [one.verifier.profile.digest.hex() for one in (old, new)]
    if old.verifier.waivers != new.verifier.waivers:
        facts["waivers"] = [one.verifier.waivers.digest.hex() for one in (old, new)]
    if new.authorizer is not old.authorizer:
        facts["authorizer"] = [repr(one.authorizer) for one in (old, new)]
    if new.evidence is not old.evidence:
        facts["evidence"] = "replaced"
    return facts


def _fingerprints(trust: TrustStore) -> set[str]:
    return {one.fingerprint.hex() for one in trust.anchors} | {one.fingerprint.hex() for one in trust.pinned}
