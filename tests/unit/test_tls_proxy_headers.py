"""The certificate in a header is what the proxy wrote, to the last octet, or it is not read."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from devicetrust import MisuseError, testing
from devicetrust.tls.proxy_headers import Fields, NotReadable, ProxyForm, fields_of, read_fields

HOSPITAL = testing.Hospital(seed=1)
PUMP, OTHER = HOSPITAL.device("pump-1"), HOSPITAL.device("pump-2")
LEAF, ISSUER = (one.der for one in PUMP.chain[:2])
LEAF_PEM = PUMP.chain_pem[: PUMP.chain_pem.index(b"-----END CERTIFICATE-----\n") + 26]
NAMED = Fields("clientcertificate", "clientchain")
ESCAPED = quote(LEAF_PEM, safe="").encode()
ESCAPED_CHAIN = quote(PUMP.chain_pem, safe="").encode()
ESCAPED_OTHER = quote(OTHER.chain_pem, safe="").encode()
BASE64 = base64.b64encode(LEAF)
SEQUENCE, ISSUER_SEQUENCE = (b":" + base64.b64encode(one) + b":" for one in (LEAF, ISSUER))
RFC_9440, NGINX, ENVOY, HAPROXY = ProxyForm


def read(form: ProxyForm, *certificate: bytes, chain: tuple[bytes, ...] = ()) -> object:
    fields = fields_of(form, None, None) if form in (RFC_9440, ENVOY) else NAMED
    return read_fields(form, fields, {fields.certificate: certificate, fields.chain or "-": chain})


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(read(RFC_9440), (), id="no field"),
        pytest.param(read(RFC_9440, SEQUENCE), (LEAF,), id="byte sequence"),
        pytest.param(read(RFC_9440, SEQUENCE.replace(b"=", b"")), (LEAF,), id="without padding, RFC 8941 4.2.7"),
        pytest.param(read(RFC_9440, SEQUENCE, chain=(ISSUER_SEQUENCE,)), (LEAF, ISSUER), id="chain"),
        pytest.param(
            read(RFC_9440, SEQUENCE, chain=(ISSUER_SEQUENCE + b" ,\t" + SEQUENCE, ISSUER_SEQUENCE)),
            (LEAF, ISSUER, LEAF, ISSUER),
            id="chain in several fields, RFC 9440 2.3",
        ),
        pytest.param(read(NGINX), (), id="nginx without a certificate"),
        pytest.param(read(NGINX, b""), (), id="nginx with an empty value"),
        pytest.param(read(NGINX, ESCAPED), (LEAF,), id="nginx"),
        pytest.param(read(ENVOY, b'Hash=ab;Cert="' + ESCAPED + b'"'), (LEAF,), id="Envoy, Cert"),
        pytest.param(
            read(ENVOY, rb'By=spiffe://a/b;Hash=ab;Subject="CN=\"a,b;Cert=\"";cert=' + ESCAPED),
            (LEAF,),
            id="Envoy, marks within quotation marks; keys in any case",
        ),
        pytest.param(
            read(ENVOY, b'Cert="' + ESCAPED + b'";Chain="' + ESCAPED_CHAIN + b'"'),
            tuple(one.der for one in PUMP.chain),
            id="Envoy, Chain begins with the client's",
        ),
        pytest.param(
            read(ENVOY, b"Chain=" + ESCAPED_CHAIN), tuple(one.der for one in PUMP.chain), id="Envoy, Chain alone"
        ),
        pytest.param(read(HAPROXY, BASE64), (LEAF,), id="HAProxy"),
        pytest.param(read(HAPROXY, b""), (), id="HAProxy with an empty value"),
        pytest.param(
            read(HAPROXY, BASE64, chain=(base64.b64encode(ISSUER + ISSUER),)),
            (LEAF, ISSUER, ISSUER),
            id="HAProxy, chain",
        ),
        pytest.param(
            read(HAPROXY, BASE64, chain=(base64.b64encode(LEAF + ISSUER),)),
            (LEAF, ISSUER),
            id="HAProxy, chain with the client's",
        ),
    ],
)
def test_read(found: object, expected: tuple[bytes, ...]) -> None:
    """The certificates, leaf first."""
    assert found == expected


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(read(RFC_9440, b""), id="empty item"),
        pytest.param(read(RFC_9440, b"::"), id="empty byte sequence"),
        pytest.param(read(RFC_9440, BASE64), id="no colons"),
        pytest.param(read(RFC_9440, SEQUENCE + b";a=1"), id="parameter"),
        pytest.param(read(RFC_9440, SEQUENCE, SEQUENCE), id="twice"),
        pytest.param(read(RFC_9440, SEQUENCE + b"," + SEQUENCE), id="twice, joined by the server"),
        pytest.param(read(RFC_9440, SEQUENCE + b", "), id="joined with an empty one"),
        pytest.param(read(RFC_9440, b":A:"), id="no base64"),
        pytest.param(read(RFC_9440, b":AA=A:"), id="padding within"),
        pytest.param(read(RFC_9440, b":AA-_:"), id="base64url"),
        pytest.param(read(RFC_9440, SEQUENCE + b"\n"), id="line feed at the end"),
        pytest.param(read(RFC_9440, chain=(ISSUER_SEQUENCE,)), id="chain without a certificate"),
        pytest.param(read(RFC_9440, SEQUENCE, chain=(ISSUER_SEQUENCE + b",",)), id="chain with a trailing comma"),
        pytest.param(read(RFC_9440, SEQUENCE, chain=(b"",)), id="empty chain"),
        pytest.param(read(RFC_9440, SEQUENCE, chain=(b",".join([b":AAAA:"] * 32),)), id="33 certificates"),
        pytest.param(read(RFC_9440, b":" + b"A" * 65536 + b":"), id="too long"),
        pytest.param(read(RFC_9440, SEQUENCE, chain=(b":" + b"A" * 65000 + b":",)), id="too long in all"),
        pytest.param(read(NGINX, LEAF_PEM), id="PEM that is not escaped"),
        pytest.param(read(NGINX, ESCAPED + b"," + ESCAPED), id="nginx, joined by the server"),
        pytest.param(read(NGINX, ESCAPED, ESCAPED), id="nginx, twice"),
        pytest.param(read(NGINX, ESCAPED.replace(b"%2B", b"+")), id="plus, which may mean a space")
        if b"%2B" in ESCAPED
        else pytest.param(read(NGINX, b"+" + ESCAPED), id="plus"),
        pytest.param(read(NGINX, ESCAPED + b"%4"), id="half an escape"),
        pytest.param(read(NGINX, ESCAPED + b"%20"), id="text after the PEM"),
        pytest.param(read(NGINX, ESCAPED_CHAIN), id="several where one is the client's"),
        pytest.param(
            read(NGINX, quote(b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", safe="").encode()),
            id="another kind of PEM",
        ),
        pytest.param(read(NGINX, SEQUENCE), id="nginx, another form"),
        pytest.param(read(ENVOY, ESCAPED), id="Envoy, another form"),
        pytest.param(read(ENVOY, b"Hash=ab"), id="Envoy without the certificate"),
        pytest.param(read(ENVOY, b"Cert=" + ESCAPED + b",Cert=" + ESCAPED), id="Envoy, two proxies"),
        pytest.param(read(ENVOY, b"Cert=" + ESCAPED + b";Cert=" + ESCAPED), id="Envoy, Cert twice"),
        pytest.param(read(ENVOY, b"Cert=;Cert=" + ESCAPED), id="Envoy, Cert twice, once empty"),
        pytest.param(read(ENVOY, b"Cert=" + ESCAPED + b";Hash=a,Cert=" + ESCAPED), id="Envoy, two proxies, later"),
        pytest.param(read(ENVOY, b"Cert=" + ESCAPED + b";Hash"), id="Envoy, no pair after it"),
        pytest.param(read(ENVOY, b'Cert="' + ESCAPED), id="Envoy, quotation mark that stays open"),
        pytest.param(read(ENVOY, b'Cert="' + ESCAPED + b'"x'), id="Envoy, text after a quotation mark"),
        pytest.param(read(ENVOY, b"Cert=" + ESCAPED_CHAIN), id="Envoy, several in Cert"),
        pytest.param(read(ENVOY, b"Cert=" + ESCAPED + b";Chain=" + ESCAPED_OTHER), id="Envoy, Cert not of Chain"),
        pytest.param(read(HAPROXY, SEQUENCE), id="HAProxy, another form"),
        pytest.param(read(HAPROXY, BASE64 + b"," + BASE64), id="HAProxy, joined by the server"),
        pytest.param(read(HAPROXY, BASE64, BASE64), id="HAProxy, twice"),
        pytest.param(read(HAPROXY, base64.b64encode(LEAF + ISSUER)), id="HAProxy, several where one is the client's"),
        pytest.param(read(HAPROXY, base64.b64encode(LEAF + b"\x30")), id="HAProxy, cut off"),
        pytest.param(read(HAPROXY, chain=(BASE64,)), id="HAProxy, chain without a certificate"),
        pytest.param(read(HAPROXY, BASE64, chain=(BASE64, BASE64)), id="HAProxy, chain twice"),
    ],
)
def test_not_read(found: object) -> None:
    """What the proxy would not write is no certificate, and why is said."""
    assert isinstance(found, NotReadable)
    assert found.reason


@pytest.mark.parametrize(
    ("form", "header", "chain_header"),
    [
        (RFC_9440, "X-Cert", None),
        (ENVOY, None, "X-Chain"),
        (NGINX, None, None),
        (NGINX, "X-Cert", "X-Chain"),
        (NGINX, "X_Cert", None),
        (NGINX, "X Cert", None),
        (NGINX, "", None),
        (NGINX, "X-Cert\n", None),
        (HAPROXY, "X-Cert", "x-cert"),
    ],
)
def test_names(form: ProxyForm, header: str | None, chain_header: str | None) -> None:
    """Names are given where the form has none of its own, and there alone."""
    with pytest.raises(MisuseError):
        fields_of(form, header, chain_header)
