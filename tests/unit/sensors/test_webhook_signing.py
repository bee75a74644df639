"""The signature of a delivery, beside the public package's."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from daemon.core.errors import IncompleteDeliveryError, UnsignedDeliveryError
from daemon.core.settings.listed import is_webhook_secret
from sensors.webhooks.signing import SignatureCheck, check_time, read_head

AT = 1_790_000_000
IDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=100)
KEYS = st.binary(min_size=24, max_size=64)


def written(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


def headers_of(body: str, *, id_: str = "msg_1", key: bytes = b"k" * 32) -> dict[str, str]:
    """As the package signs."""
    signature = Webhook(written(key)).sign(id_, datetime.fromtimestamp(AT, UTC).replace(tzinfo=None), body)
    return {"webhook-id": id_, "webhook-timestamp": str(AT), "webhook-signature": signature}


def check(headers: dict[str, str], body: bytes, *secrets: str, pieces: int = 1) -> None:
    """Raises what the door would."""
    signed = SignatureCheck(read_head(headers), secrets=secrets)
    size = max(1, len(body) // pieces)
    for start in range(0, len(body), size):
        signed.add(body[start : start + size])
    signed.finish()


@given(body=st.text(max_size=500), id_=IDS, key=KEYS, pieces=st.integers(1, 9))
def test_whatever_the_package_signs_is_found_right(body: str, id_: str, key: bytes, pieces: int) -> None:
    """In however many pieces it comes."""
    check(headers_of(body, id_=id_, key=key), body.encode(), written(key), pieces=pieces)


@given(body=st.text(min_size=1, max_size=200), at=st.integers(0, 10**6), bit=st.integers(0, 7), key=KEYS)
def test_one_bit_changed_anywhere_is_found(body: str, at: int, bit: int, key: bytes) -> None:
    changed = bytearray(body.encode())
    changed[at % len(changed)] ^= 1 << bit
    with pytest.raises(UnsignedDeliveryError):
        check(headers_of(body, key=key), bytes(changed), written(key))


@given(key=KEYS, other=KEYS)
def test_any_of_the_secrets_will_do_and_no_other(key: bytes, other: bytes) -> None:
    headers = headers_of("body", key=key)
    check(headers, b"body", written(other), written(key))
    if key != other:
        with pytest.raises(UnsignedDeliveryError):
            check(headers, b"body", written(other))


def test_without_a_secret_nothing_is_right() -> None:
    with pytest.raises(UnsignedDeliveryError, match="does not fit"):
        check(headers_of("body"), b"body")


@pytest.mark.parametrize("others", ["", "v1,AAAA ", "v2,x v1a,y ", "v1 ", ", ,, ", "v1,= ", "v1,\u00e9 "])
def test_what_stands_beside_the_right_one_does_no_harm(others: str) -> None:
    headers = headers_of("body")
    for value in (f"{others}{headers['webhook-signature']}", f"{headers['webhook-signature']} {others}"):
        check({**headers, "webhook-signature": value}, b"body", written(b"k" * 32))


@pytest.mark.parametrize("signature", ["v1", "v1,", "v1,!", "V1,AAAA", "v2,AAAA", " , "])
def test_what_is_no_signature_is_none(signature: str) -> None:
    with pytest.raises((UnsignedDeliveryError, IncompleteDeliveryError)):
        check({**headers_of("body"), "webhook-signature": signature}, b"body", written(b"k" * 32))


@pytest.mark.parametrize("timestamp", ["", "soon", "1790000000.5", "-1", "+1", "1e9", "١٧٩", "9" * 13, "0x10"])
def test_a_timestamp_is_whole_seconds(timestamp: str) -> None:
    with pytest.raises(IncompleteDeliveryError, match="webhook-timestamp"):
        read_head({**headers_of("body"), "webhook-timestamp": timestamp})


@pytest.mark.parametrize(("off", "is_fresh"), [(-300, True), (300, True), (-300.1, False), (301, False), (1e9, False)])
def test_the_time_may_be_off_by_the_tolerance_either_way(off: float, is_fresh: bool) -> None:  # noqa: FBT001
    head = read_head(headers_of("body"))
    if is_fresh:
        check_time(head, now=AT + off, tolerance=300)
    else:
        with pytest.raises(UnsignedDeliveryError, match="set the sender's clock"):
            check_time(head, now=AT + off, tolerance=300)


@given(st.binary(max_size=80))
def test_what_counts_as_a_secret_is_what_a_key_can_be_made_of(key: bytes) -> None:
    assert is_webhook_secret(written(key)) == (24 <= len(key) <= 64)
