"""What a caller may ask for of a device: entries of an inventory are read once, at the door, and stay as they are."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicetrust import MisuseError
from devicetrust.identity import Reference, ReferenceKind

TYPE = "1.3.6.1.4.1.343.9"
UUID = "urn:uuid:142c0e2d-5af8-54c0-bb7e-6b603f646e4a"
UDI = "(01)10614141123459(21)400"
SPIFFE = "spiffe://hospital.example/pump/17"
DEVICE = Reference.device(serial_number="SN-17")

MISUSES: list[tuple[Any, str]] = [
    (lambda: Reference.device(serial_number=""), "must not be empty"),
    (lambda: Reference.device(serial_number="  "), "must not be empty"),
    (lambda: Reference.device(serial_number="\u200b"), "no character that is compared"),
    (lambda: Reference.device(serial_number=17), "is a str"),
    (lambda: Reference.device(serial_number="\udc80"), "UTF-8"),
    (lambda: Reference.device(serial_number="1" * 3000), "at most 2048"),
    (lambda: Reference.device(serial_number="1", manufacturer=""), "must not be empty"),
    (lambda: Reference.hardware_module("", b"1"), "dotted object identifier"),
    (lambda: Reference.hardware_module("1.2.x", b"1"), "dotted object identifier"),
    (lambda: Reference.hardware_module("3.1", b"1"), "dotted object identifier"),
    (lambda: Reference.hardware_module("1.2.03", b"1"), "dotted object identifier"),
    (lambda: Reference.hardware_module(TYPE, b""), "must not be empty"),
    (lambda: Reference.hardware_module(TYPE, "SN-17"), "is bytes"),
    (lambda: Reference.permanent_identifier("", TYPE), "must not be empty"),
    (lambda: Reference.permanent_identifier("1", ""), "dotted object identifier"),
    (lambda: Reference.udi(""), "must not be empty"),
    (lambda: Reference.udi("51022222233336"), "is no UDI"),
    (lambda: Reference.udi("(01)51022222233337(21)1"), "check digit"),
    (lambda: Reference.udi("(01)51022222233336"), "no serial number"),
    (lambda: Reference.udi("=/A9999XYZ100T0944=,000025"), "no standard puts a UDI of ICCBBA"),
    (lambda: Reference.udi("(01)51022222233336", listed=Reference.UNCHECKED), "UNCHECKED"),
    (lambda: Reference.sdc_endpoint(""), "is no UUID"),
    (lambda: Reference.sdc_endpoint("urn:uuid:1"), "is no UUID"),
    (lambda: Reference.sdc_endpoint(1), "is a str"),
    (lambda: Reference.spiffe("spiffe://Hospital.example/a"), "is no SPIFFE ID"),
    (lambda: Reference.spiffe("spiffe:///a"), "is no SPIFFE ID"),
    (lambda: Reference.spiffe("spiffe://a/b/"), "is no SPIFFE ID"),
    (lambda: Reference.spiffe("spiffe://a/../b"), "is no SPIFFE ID"),
    (lambda: Reference.spiffe("spiffe://a:1/b"), "is no SPIFFE ID"),
    (lambda: Reference.spiffe("https://a/b"), "is no SPIFFE ID"),
    (lambda: Reference.ae_title("", listed=DEVICE), "must not be empty"),
    (lambda: Reference.ae_title("A" * 17, listed=DEVICE), "is no AE title"),
    (lambda: Reference.ae_title("A\\B", listed=DEVICE), "is no AE title"),
    (lambda: Reference.ae_title("PUMP17", listed="SN-17"), "is a Reference"),
    (lambda: Reference.ae_title("PUMP17", listed=Reference.UNCHECKED), "UNCHECKED"),
    (lambda: Reference.any_of(DEVICE, Reference.UNCHECKED), "UNCHECKED"),
]


@pytest.mark.parametrize(("make", "reason"), MISUSES)
def test_what_is_empty_or_cannot_be_is_misuse(make: Any, reason: str) -> None:
    """An inventory's slip is said when the reference is made; it never binds to nothing."""
    with pytest.raises(MisuseError, match=reason):
        make()


TEXTS = st.text(alphabet="ab;\\=:,1m", min_size=1, max_size=6)
SIMPLE = st.one_of(
    st.builds(lambda serial: Reference.device(serial_number=serial), TEXTS),
    st.builds(lambda serial, maker: Reference.device(serial_number=serial, manufacturer=maker), TEXTS, TEXTS),
    st.builds(lambda serial, maker: Reference.device(serial_number=f"{serial};manufacturer={maker}"), TEXTS, TEXTS),
    st.builds(Reference.hardware_module, st.sampled_from(["1.2", "1.2.3"]), st.binary(min_size=1, max_size=2)),
    st.builds(Reference.permanent_identifier, TEXTS, st.sampled_from(["1.2", "1.2.3"])),
    st.just(Reference.udi(UDI)),
    st.just(Reference.sdc_endpoint(UUID)),
    st.just(Reference.spiffe(SPIFFE)),
)
REFERENCES = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds(
            lambda title, one: Reference.ae_title(title, listed=one), st.text("A;:,1", min_size=1, max_size=4), inner
        ),
        st.builds(lambda one: Reference.udi(UDI, listed=one), inner),
        st.builds(lambda one: Reference.sdc_endpoint(UUID, listed=one), inner),
        st.builds(Reference.any_of, inner, inner),
    ),
    max_leaves=3,
)


def structure(reference: Reference) -> object:
    """All that a reference says, apart from its key."""
    value = "" if reference.kind in (ReferenceKind.ANY_OF, ReferenceKind.ALL_OF) else reference.entry or reference.value
    return reference.kind, value, reference.accepted, tuple(map(structure, reference.references))


@given(REFERENCES, REFERENCES)
def test_a_key_tells_every_reference_apart(one: Reference, other: Reference) -> None:
    """Two references of one key say the same: a kept judgement is never that of another device."""
    assert (one.key == other.key) is (structure(one) == structure(other))
    assert (one == other) is (one.key == other.key)


@given(REFERENCES)
def test_a_reference_survives_pickle_and_copy(reference: Reference) -> None:
    """It is the same value, with the same members."""
    for twin in (pickle.loads(pickle.dumps(reference)), copy.deepcopy(reference)):
        assert structure(twin) == structure(reference)
        assert (twin, twin.key, str(twin)) == (reference, reference.key, str(reference))
