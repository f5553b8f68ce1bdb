"""The registry: formats are recognised, everything else is rejected, and nothing raises."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.formats.decode import decode_message
from ingest.formats.tick import Reject, Tick
from tests.ingest import made
from tests.ingest.formats.rejected import assert_rejected


@pytest.mark.parametrize(
    "message, reason",
    [
        pytest.param(b"not json", "not JSON", id="not-json"),
        pytest.param(b'{"symbol":"A"', "not JSON", id="cut-off"),
        pytest.param(b'{"symbol":"A"}x', "not JSON", id="more-after-the-end"),
        pytest.param(b"\x00" * 1000, "not JSON", id="zero-bytes"),
        pytest.param(b'{"symbol":"\x00"}', "not JSON", id="zero-byte-in-a-text"),
        pytest.param(b"\xff\xfe{}", "not JSON", id="byte-order-mark"),
        pytest.param(b'{"symbol":"\xff","price":1}', "not JSON", id="invalid-utf8"),
        pytest.param(b'{"symbol":"\\ud800","price":1}', "not JSON", id="lone-surrogate-escaped"),
        pytest.param(b'{"symbol":"\xed\xa0\x80","price":1}', "not JSON", id="lone-surrogate"),
        pytest.param(b"x" * 10_000_000, "not JSON", id="10-MB-of-rubbish"),
        pytest.param(b'"' + b"x" * 10_000_000 + b'"', "unknown format", id="10-MB-of-text"),
        pytest.param(b'{"price":NaN}', "not JSON", id="NaN"),
        pytest.param(b'{"price":-Infinity}', "not JSON", id="Infinity"),
        pytest.param(b'{"x":1e99999999999999999999}', "bad number", id="exponent-of-20-digits"),
        pytest.param(b"[" * 10_000 + b"]" * 10_000, "nested too deep", id="10000-lists"),
        pytest.param(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested too deep", id="10000-dicts"),
        pytest.param(b"null", "unknown format", id="null"),
        pytest.param(b"17", "unknown format", id="number"),
        pytest.param(b"[]", "unknown format", id="list"),
        pytest.param(b"{}", "unknown format", id="no-keys"),
        pytest.param(b'{"\\u0000":1}', "unknown format", id="zero-character-in-a-key"),
        pytest.param(b'{"' + b"k" * 1_000_000 + b'":1}', "unknown format", id="1-MB-key"),
        pytest.param({"price": 1}, "no symbol", id="price-but-no-symbol"),
        pytest.param({"symbol": "A"}, "unknown format", id="symbol-but-no-price"),
    ],
)
def test_a_message_of_no_known_format_is_rejected(message, reason):
    assert_rejected(message, reason)


@pytest.mark.parametrize("value", [None, b""], ids=["none", "empty"])
def test_a_message_without_a_value_is_rejected(value):
    assert decode_message(value) == Reject("empty", "the message has no value")


@pytest.mark.parametrize(
    "head, tail",
    [
        pytest.param(b'{"v":', b',"kind":"trade"}', id="version"),
        pytest.param(b'{"v":1,"kind":', b"}", id="kind"),
        pytest.param(b'{"symbol":"A","price":', b',"timestamp":1}', id="price"),
        pytest.param(b'{"symbol":', b',"timestamp":1,"price":1}', id="symbol"),
        pytest.param(b'{"symbol":"A","price":1,"timestamp":', b"}", id="time"),
        pytest.param(
            b'{"type":"trade","data":[{"s":"A","p":1,"t":1772193900,"c":', b"}]}", id="conditions"
        ),
    ],
)
def test_no_depth_of_nesting_raises(head, tail):
    # The limit depends on the depth of the caller's own stack, so all depths around it are tried.
    kinds = {
        type(decode_message(head + b"[" * depth + b"]" * depth + tail))
        for depth in range(800, 1010)
    }
    assert kinds <= {Reject, list}


@given(st.binary(max_size=200))
@example(b"\x00")
def test_any_bytes_give_ticks_or_a_reject(value):
    check(decode_message(value))


@given(made.json_values)
def test_any_json_value_gives_ticks_or_a_reject(value):
    check(decode_message(msgspec.json.encode(value)))


@given(made.odd_messages, st.none() | st.text(max_size=5))
def test_any_value_in_any_field_of_a_known_format_gives_ticks_or_a_reject(message, header):
    check(decode_message(msgspec.json.encode(message), header))


def check(found):
    if isinstance(found, Reject):
        assert found.reason
        assert found.detail.isprintable()
    else:
        assert all(isinstance(tick, Tick) and tick.price > 0 for tick in found)
