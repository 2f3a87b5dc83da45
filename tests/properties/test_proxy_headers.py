"""Whatever octets stand in the headers of a proxy, reading them never raises, and never reads more than there is."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicetrust import testing
from devicetrust.tls.proxy_headers import Fields, NotReadable, ProxyForm, read_fields

FIELDS = Fields("certificate", "chain")
DEVICE = testing.Hospital(seed=1).device("pump-1")
LEAF = DEVICE.certificate.der
ESCAPED = quote(DEVICE.chain_pem, safe="").encode()
GOOD = [
    b":" + base64.b64encode(LEAF) + b":",
    base64.b64encode(LEAF),
    quote(DEVICE.chain_pem.partition(b"-----END")[0] + b"-----END CERTIFICATE-----\n", safe="").encode(),
    b'Hash=1;Cert="";Chain="' + ESCAPED + b'"',
]
MARKS = st.text(alphabet=':,;="\\%+-_ \tAZ09\r\n\x00\x80', max_size=60).map(lambda text: text.encode("latin-1"))


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A good value with something put into it, or cut out of it."""
    good = draw(st.sampled_from(GOOD))
    start = draw(st.integers(0, len(good)))
    end = draw(st.one_of(st.just(start), st.integers(start, len(good))))
    return good[:start] + draw(MARKS) + good[end:]


VALUES = st.lists(st.one_of(st.binary(max_size=200), MARKS, spoiled(), st.sampled_from(GOOD)), max_size=3)


@pytest.mark.parametrize("form", ProxyForm)
@given(certificate=VALUES, chain=VALUES)
def test_totality(form: ProxyForm, certificate: list[bytes], chain: list[bytes]) -> None:
    """Certificates or a reason; none where nothing came, and never without a field of the certificate."""
    found = read_fields(form, FIELDS, {"certificate": certificate, "chain": chain})
    if isinstance(found, NotReadable):
        assert found.reason
        return
    assert all(isinstance(one, bytes) and one for one in found)
    assert sum(map(len, found)) <= sum(map(len, certificate + chain))
    if not certificate:
        assert found == ()


@pytest.mark.parametrize("form", ProxyForm)
@given(value=spoiled())
def test_spoiled(form: ProxyForm, value: bytes) -> None:
    """No more than one form reads a value: none is taken for another."""
    others = [one for one in ProxyForm if one is not form]
    found = read_fields(form, FIELDS, {"certificate": [value]})
    if found and not isinstance(found, NotReadable):
        read_by_others = [read_fields(one, FIELDS, {"certificate": [value]}) for one in others]
        assert all(isinstance(one, NotReadable) or not one for one in read_by_others)
