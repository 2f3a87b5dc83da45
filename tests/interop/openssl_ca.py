"""A CA that the program `openssl` keeps: index.txt, certificates, CRLs, and `openssl ocsp` as responder.

Makes: `OpenSSLAuthority`, `Holder`, `answering`.
May import: loopback; the program openssl does the work.
Must never: import devicetrust, or sign anything itself.
Read first: `OpenSSLAuthority`.

`openssl ocsp -port` listens on all interfaces, so the responder stands behind a server of ours on loopback, which hands
each request to it and its response back, both untouched.
"""

from __future__ import annotations

import base64
import itertools
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from interop.loopback import Answer, Exchange, program, run

_CONFIGURATION = """
[ca]
default_ca = authority
[authority]
database = index.txt
new_certs_dir = issued
crlnumber = crlnumber
rand_serial = yes
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_days = 30
default_crl_days = 7
policy = anything
unique_subject = no
[anything]
commonName = supplied
[req]
distinguished_name = none
prompt = no
[none]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[device]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth,serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:$ENV::NAME
{sources}
[responder]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class Holder(NamedTuple):
    """A certificate and its key, as files of PEM."""

    certificate: Path
    key: Path


class OpenSSLAuthority:
    """A CA in ``folder``. Its devices name a CRL and a responder at ``url``, or no source where that is empty."""

    def __init__(self, folder: Path, name: str = "Ward Root", *, url: str = "") -> None:
        self.openssl = program("openssl", "Debian's openssl")
        self.folder = folder
        (folder / "issued").mkdir(parents=True)
        (folder / "index.txt").write_text("")
        (folder / "crlnumber").write_text("01\n")
        sources = f"crlDistributionPoints = URI:{url}/ca.crl\nauthorityInfoAccess = OCSP;URI:{url}/ocsp" if url else ""
        (folder / "openssl.cnf").write_text(_CONFIGURATION.format(sources=sources))
        self._numbers = itertools.count()
        self.root = Holder(folder / "ca.pem", folder / "ca.key")
        self._key_and_request(name, self.root.key, folder / "ca.csr")
        self._run("x509", "-req", "-in", "ca.csr", "-signkey", "ca.key", "-out", "ca.pem", "-days", "365",
                  "-extfile", "openssl.cnf", "-extensions", "root")  # fmt: skip

    def issue(self, name: str, kind: str = "device") -> Holder:
        """A certificate of the CA, entered in its index. ``kind`` is a section of the configuration."""
        holder = self._holder()
        self._key_and_request(name, holder.key, holder.key.with_suffix(".csr"))
        self._run("ca", "-batch", "-notext", "-in", holder.key.with_suffix(".csr"), "-out",
                  holder.certificate, "-extensions", kind, name=name)  # fmt: skip
        return holder

    def issue_unrecorded(self, name: str) -> Holder:
        """A certificate of the CA's key that its index does not know."""
        holder = self._holder()
        request = holder.key.with_suffix(".csr")
        self._key_and_request(name, holder.key, request)
        self._run("x509", "-req", "-in", request, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAserial", "stray.srl",
                  "-CAcreateserial", "-out", holder.certificate, "-days", "30", "-extfile", "openssl.cnf",
                  "-extensions", "device", name=name)  # fmt: skip
        return holder

    def revoke(self, holder: Holder, reason: str) -> None:
        """Enters a revocation for ``reason``, in the spelling of RFC 5280."""
        self._run("ca", "-batch", "-revoke", holder.certificate, "-crl_reason", reason)

    def hold(self, holder: Holder) -> None:
        """Enters a certificateHold."""
        self._run("ca", "-batch", "-revoke", holder.certificate, "-crl_hold", "holdInstructionReject")

    def crl(self) -> bytes:
        """A fresh CRL as DER."""
        made = self.folder / f"{next(self._numbers)}.crl"
        self._run("ca", "-batch", "-gencrl", "-out", made)
        return run(self.openssl, "crl", "-in", made, "-outform", "DER")

    def request(self, holder: Holder, *options: str) -> bytes:
        """An OCSP request as openssl's client makes it; ``options`` such as ``-sha256`` come before the certificate."""
        made = self.folder / f"{next(self._numbers)}.req"
        self._run("ocsp", "-issuer", "ca.pem", *options, "-cert", holder.certificate, "-reqout", made)
        return made.read_bytes()

    def response(self, request: bytes, signer: Holder, *options: str) -> bytes:
        """The responder's answer, signed by ``signer``; ``options`` such as ``-resp_key_id``."""
        number = next(self._numbers)
        asked, told = self.folder / f"{number}.req", self.folder / f"{number}.resp"
        asked.write_bytes(request)
        lifetime = () if "-nmin" in options else ("-nmin", "60")
        self._run("ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", signer.certificate, "-rkey", signer.key,
                  "-reqin", asked, "-respout", told, *lifetime, *options)  # fmt: skip
        return told.read_bytes()

    def client_says(self, response: bytes, holder: Holder, *options: str) -> str:
        """What openssl's client makes of a response: its lines, one of them about the signature."""
        read = self.folder / f"{next(self._numbers)}.resp"
        read.write_bytes(response)
        return self._run("ocsp", "-respin", read, "-issuer", "ca.pem", *options, "-cert", holder.certificate,
                         "-CAfile", "ca.pem", "-no_nonce", refusals=(1,)).decode()  # fmt: skip

    def _holder(self) -> Holder:
        number = next(self._numbers)
        return Holder(self.folder / f"{number}.pem", self.folder / f"{number}.key")

    def _key_and_request(self, name: str, key: Path, request: Path) -> None:
        self._run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                  "-out", request, "-subj", f"/CN={name}")  # fmt: skip

    def _run(
        self, command: str, *arguments: str | Path, name: str = "none.invalid", refusals: tuple[int, ...] = ()
    ) -> bytes:
        configured = ("-config", "openssl.cnf") if command in ("ca", "req") else ()
        told = [self.openssl, command, *configured, *arguments]
        return run(*told, cwd=self.folder, environment={"NAME": name}, refusals=refusals)


Respond = Callable[[bytes], bytes]


def answering(respond: Respond, crl: Callable[[], bytes]) -> Callable[[Exchange], Answer]:
    """Answers for `loopback.serving`: OCSP by POST or GET (RFC 6960 A.1) under /ocsp, and the CRL at /ca.crl."""

    def answer(asked: Exchange) -> Answer:
        if asked.path == "/ca.crl":
            return Answer(crl(), "application/pkix-crl")
        if not asked.path.startswith("/ocsp"):
            return Answer(b"", "text/plain", 404)
        encoded = urllib.parse.unquote(asked.path.removeprefix("/ocsp").removeprefix("/"))
        request = asked.body if asked.method == "POST" else base64.b64decode(encoded)
        return Answer(respond(request), "application/ocsp-response")

    return answer
