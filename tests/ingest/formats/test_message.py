"""The registry: each format is recognised by one module, everything else is rejected."""

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.formats import message
from ingest.formats.amendments import BatchEnd, Cancel, Correction
from ingest.formats.events import Ignored, Quote, Reject, Trade
from ingest.formats.feed import Marker
from tests.ingest import made
from tests.ingest.formats import samples
from tests.ingest.formats.rejected import assert_rejected

MODULES = {module.__name__.rpartition(".")[2]: module for module in message.FORMATS}
SAMPLES = [
    (name, sample)
    for name, some in [
        *samples.WITH_EVENTS.items(),
        *((name, [sample for sample, _ in some]) for name, some in samples.IGNORED.items()),
    ]
    for sample in some
]


def recognisers(sample):
    """Returns the formats that a message has, as it comes from its bytes."""
    payload = message.payload.read(msgspec.json.encode(sample))
    return [name for name, module in MODULES.items() if module.recognises(payload)]


@pytest.mark.parametrize("name, sample", SAMPLES)
def test_a_message_has_one_format(name, sample):
    assert recognisers(sample) == [name]


@pytest.mark.parametrize(
    "name, sample",
    [
        (name, sample)
        for name, some in samples.WITH_EVENTS.items()
        for sample in some
        if "stream" not in sample and sample != samples.FINNHUB_TRADE
    ],
)
def test_unknown_keys_are_tolerated_in_messages_with_events(name, sample):
    assert recognisers(sample | {"comment": "late", "extra": {"a": [1]}}) == [name]


def test_every_format_has_samples():
    assert MODULES.keys() == samples.WITH_EVENTS.keys()


@pytest.mark.parametrize("name", samples.WITH_EVENTS)
def test_samples_with_events_hold_some(name):
    for sample in samples.WITH_EVENTS[name]:
        found = made.decoded(msgspec.json.encode(sample))
        assert isinstance(found, list), sample
        assert found, sample


@pytest.mark.parametrize(
    "sample, reason", [pair for some in samples.IGNORED.values() for pair in some]
)
def test_messages_without_events_are_ignored_by_their_exact_shape(sample, reason):
    assert made.decoded(msgspec.json.encode(sample)) == Ignored(reason)
    assert_rejected(sample | {"one more": 1}, "unknown format")


@pytest.mark.parametrize("sample", samples.FOREIGN)
def test_frames_of_other_venues_are_of_no_format(sample):
    assert recognisers(sample) == []
    assert_rejected(sample, "unknown format", "no known format has the keys [")


def test_the_reject_of_an_unknown_message_names_what_was_seen():
    found = made.decoded(b'{"event":"trade","channel":"live_trades","data":{"price":1}}')
    assert found == Reject(
        "unknown format",
        "no known format has the keys ['channel', 'data', 'event']; "
        "channel is 'live_trades'; event is 'trade'",
    )


@pytest.mark.parametrize(
    "message, reason",
    [
        pytest.param(b"not json", "not JSON", id="not-json"),
        pytest.param(b'{"symbol":"A"', "not JSON", id="cut-off"),
        pytest.param(b'{"symbol":"A"}x', "not JSON", id="more-after-the-end"),
        pytest.param(b"\x00" * 1000, "not JSON", id="zero-bytes"),
        pytest.param(b'{"symbol":"\x00"}', "not JSON", id="zero-byte-in-a-text"),
        pytest.param(b'{"symbol":"\xff","price":1}', "not JSON", id="invalid-utf8"),
        pytest.param(b'{"symbol":"\\ud800","price":1}', "not JSON", id="lone-surrogate-escaped"),
        pytest.param(b'{"symbol":"\xed\xa0\x80","price":1}', "not JSON", id="lone-surrogate"),
        pytest.param(b"x" * 10_000_000, "not JSON", id="10-MB-of-rubbish"),
        pytest.param(b'"' + b"x" * 10_000_000 + b'"', "unknown format", id="10-MB-of-text"),
        pytest.param(b'{"x":1e99999999999999999999}', "unknown format", id="exponent-of-20-digits"),
        pytest.param(b"[" * 10_000 + b"]" * 10_000, "nested too deep", id="10000-lists"),
        pytest.param(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested too deep", id="10000-dicts"),
        pytest.param(b"null", "unknown format", id="null"),
        pytest.param(b"17", "unknown format", id="number"),
        pytest.param(b"[]", "unknown format", id="list"),
        pytest.param(b"{}", "unknown format", id="no-keys"),
        pytest.param(b'{"\\u0000":1}', "unknown format", id="zero-character-in-a-key"),
        pytest.param(b'{"' + b"k" * 1_000_000 + b'":1}', "unknown format", id="1-MB-key"),
        pytest.param({"price": 1}, "unknown format", id="price-but-no-symbol"),
    ],
)
def test_a_message_of_no_known_format_is_rejected(message, reason):
    assert_rejected(message, reason)


def test_a_message_without_any_byte_is_rejected_and_a_tombstone_ignored():
    assert made.decoded(b"") == Reject("empty", "the message has no value")
    assert made.decoded(None) == Ignored("tombstone")


@pytest.mark.parametrize("text", [b"ping", b"pong"])
def test_the_heartbeats_that_are_no_json_are_ignored(text):
    assert made.decoded(text) == Ignored("heartbeat")


@pytest.mark.parametrize(
    "frame", [samples.BYBIT_TRADES, samples.FINNHUB_FRAME, samples.OKX_TRADES | {"data": []}]
)
def test_a_frame_without_events_is_ignored(frame):
    assert made.decoded(msgspec.json.encode(frame | {"data": []})) == Ignored("no events")


@pytest.mark.parametrize(
    "head, tail",
    [
        pytest.param(b'{"v":', b',"kind":"trade"}', id="version"),
        pytest.param(b'{"v":1,"kind":', b"}", id="kind"),
        pytest.param(b'{"symbol":"A","price":', b',"timestamp":1}', id="price"),
        pytest.param(b'{"symbol":', b',"timestamp":1,"price":1}', id="symbol"),
        pytest.param(b'{"symbol":"A","price":1,"timestamp":', b"}", id="time"),
        pytest.param(b'{"symbol":"A","price":1,"timestamp":1772193900,"id":', b"}", id="id"),
        pytest.param(
            b'{"type":"trade","data":[{"s":"A","p":1,"t":1772193900,"c":', b"}]}", id="conditions"
        ),
        pytest.param(b'{"schema":{},"payload":', b"}", id="envelope"),
        pytest.param(b"[", b"]", id="list"),
    ],
)
def test_no_depth_of_nesting_raises(head, tail):
    # The limit depends on the depth of the caller's own stack, so all depths around it are tried.
    kinds = {
        type(made.decoded(head + b"[" * depth + b"]" * depth + tail)) for depth in range(800, 1010)
    }
    assert kinds <= {Reject, list}


@settings(deadline=None)
@given(st.binary(max_size=200))
@example(b"\x00")
def test_any_bytes_give_events_or_a_reason(value):
    check(made.decoded(value))


@settings(deadline=None)
@given(made.json_values)
def test_any_json_value_gives_events_or_a_reason(value):
    check(made.decoded(msgspec.json.encode(value)))


@settings(deadline=None)
@given(made.odd_messages, st.none() | st.text(max_size=5))
def test_any_value_in_any_field_of_a_known_format_gives_events_or_a_reason(message, header):
    check(made.decoded(msgspec.json.encode(message), header))


def check(found):
    if isinstance(found, Reject):
        assert found.reason
        assert found.detail.isprintable()
    elif not isinstance(found, Ignored):
        assert found
        assert all(
            isinstance(one, Trade | Quote | Correction | Cancel | BatchEnd | Marker)
            for one in found
        )


# Facts of the source.


def trade_of(exchange, tick_id="5", **changes):
    [found] = made.decoded(
        made.trade(source="Alpaca", exchange=exchange, dedupe_id=tick_id, seq=None, **changes)
    )
    return found


def test_an_id_that_is_unique_per_exchange_is_stored_with_it():
    found = trade_of("V")
    assert (found.source, found.tick_id, found.seq) == ("alpaca", "V:5", 5)
    assert trade_of(None).tick_id == "5"
    assert trade_of("V", tick_id=None, trade_id=None).tick_id is None
    [other] = made.decoded(made.trade(source="kraken", exchange="V"))
    assert other.tick_id == "0"


def test_the_ids_of_amendments_are_those_of_what_they_amend():
    correction = trade_of("V", flags=["correction"], amends=["4", "3"])
    assert (correction.event.tick_id, correction.amends) == ("V:5", ("V:4", "V:3"))
    cancel = trade_of("V", flags=["cancel"], amends="4")
    assert (cancel.tick_id, cancel.amends) == ("V:5", ("V:4",))
    replaced = trade_of("V", flags=["replace"], batch="b")
    assert replaced.event.tick_id == "V:5"


@pytest.mark.parametrize("price", ["0", "-37.63", "0.00"])
def test_prices_of_zero_and_below_are_stored_where_the_source_has_them(price):
    value = made.trade(price=price)
    [found] = made.decoded(value)
    assert found.price <= 0
    without = made.catalog_with(negative_prices=False)
    assert made.decoded(value, None, without) == Reject(
        "bad price", "sim has no prices of zero or below"
    )


def test_a_side_of_zero_is_none_and_one_below_zero_is_a_price():
    without = made.catalog_with(negative_prices=False)
    [found] = made.decoded(made.quote(bid="0"), None, without)
    assert found.bid == 0
    assert made.decoded(made.quote(bid="-1"), None, without).reason == "bad price"
    assert made.decoded(made.quote(bid="-1")) != []


# Lists.


def test_a_list_holds_what_its_items_hold():
    frame = [samples.ALPACA_TRADE, {"T": "success", "msg": "connected"}, samples.ALPACA_CANCEL]
    trade, cancel = made.decoded(msgspec.json.encode(frame))
    assert (trade.tick_id, cancel.tick_id) == ("V:52983", "V:52983")


def test_a_list_of_nothing_but_heartbeats_is_ignored():
    frame = [{"T": "success", "msg": "connected"}]
    assert made.decoded(msgspec.json.encode(frame)) == Ignored("status")


def test_an_item_that_cannot_be_read_rejects_the_list():
    good = samples.ALPACA_TRADE
    assert_rejected([good, good | {"p": "x"}], "bad number", "item 2 of 2: p is 'x'")
    assert_rejected([good, {"x": 1}], "unknown format", "item 2 of 2: no known format")
    assert_rejected([good, [good]], "unknown format", "item 2 of 2: it is [{")
