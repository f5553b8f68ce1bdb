"""Both forms of Alpaca's messages, byte by byte."""

import msgspec
import pytest

from api.alpaca.stream.wire import FRAME_BYTES, JSON, MSGPACK, frames, wire_of


def test_the_header_content_type_chooses_the_form() -> None:
    assert wire_of([(b"content-type", b"application/msgpack")]) is MSGPACK
    assert wire_of([(b"Content-Type", b"Application/MsgPack; v=1")]) is MSGPACK
    assert wire_of([(b"content-type", b"application/json")]) is JSON
    assert wire_of([]) is JSON


def test_a_list_of_one_control_message_in_json() -> None:
    message = JSON.encode({"T": "success", "msg": "connected"})
    assert JSON.frame([message]) == b'[{"T":"success","msg":"connected"}]'


def test_a_list_of_one_control_message_in_messagepack() -> None:
    message = MSGPACK.encode({"T": "success", "msg": "connected"})
    assert MSGPACK.frame([message]) == b"\x91\x82\xa1T\xa7success\xa3msg\xa9connected"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-02-27T12:05:00Z", "d7ff0000000069a1886c", id="whole second"),
        # 123,456,789 ns are 0x75BCD15, shifted by two bits 0x1D6F3454.
        pytest.param("2026-02-27T12:05:00.123456789Z", "d7ff1d6f345469a1886c", id="nanoseconds"),
        pytest.param("2026-02-27T12:05:00.5Z", "d7ff7735940069a1886c", id="half a second"),
        pytest.param("1969-12-31T23:59:59Z", "c70cff00000000ffffffffffffffff", id="before 1970"),
    ],
)
def test_a_time_is_a_timestamp_of_messagepack(text: str, expected: str) -> None:
    assert MSGPACK.encode(MSGPACK.time(text)).hex() == expected
    assert JSON.time(text) == text


@pytest.mark.parametrize(
    ("digits", "price", "size"),
    [
        (b"100", "cb4059000000000000", "64"),
        (b"100.00000000", "cb4059000000000000", "64"),
        (b"0.5", "cb3fe0000000000000", "cb3fe0000000000000"),
        (b"0", "cb0000000000000000", "00"),
        (b"1000000", "cb412e848000000000", "ce000f4240"),
    ],
)
def test_a_price_is_a_double_and_a_whole_size_an_integer(
    digits: bytes, price: str, size: str
) -> None:
    raw = msgspec.Raw(digits)
    assert MSGPACK.encode(MSGPACK.price(raw)).hex() == price
    assert MSGPACK.encode(MSGPACK.size(raw)).hex() == size
    assert JSON.encode(JSON.price(raw)) == digits
    assert JSON.encode(JSON.size(raw)) == digits


def test_an_event_is_given_its_type_and_the_name_of_its_symbol() -> None:
    assert JSON.event("t", 'B"R', b'{"p":1}') == b'{"T":"t","S":"B\\"R","p":1}'
    assert MSGPACK.event("t", "AAPL", b"\x81\xa1p\x01") == b"\x83\xa1T\xa1t\xa1S\xa4AAPL\xa1p\x01"


def test_sixteen_messages_are_a_long_list_of_messagepack() -> None:
    assert MSGPACK.frame([b"\x01"] * 15) == b"\x9f" + b"\x01" * 15
    assert MSGPACK.frame([b"\x01"] * 16) == b"\xdd\x00\x00\x00\x10" + b"\x01" * 16


@pytest.mark.parametrize("wire", [JSON, MSGPACK])
def test_many_messages_are_several_frames_in_their_order(wire: object) -> None:
    assert wire in (JSON, MSGPACK)
    form = JSON if wire is JSON else MSGPACK
    messages = [form.encode({"T": "t", "i": n, "p": "x" * 90}) for n in range(2000)]
    made = list(frames(form, messages))
    assert len(made) > 3
    assert all(len(frame) <= FRAME_BYTES + 8 for frame in made)
    ids = [message["i"] for frame in made for message in form.decode(frame, list)]
    assert ids == list(range(2000))


def test_no_messages_are_no_frame() -> None:
    assert list(frames(JSON, [])) == []
