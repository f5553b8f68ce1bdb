"""One message at a time: every format that is accepted, and everything that must be refused."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.formats.decode import decode
from ingest.formats.tick import Reject, Tick
from tests.ingest import made

# 2026-02-27T12:05:00Z, in microseconds since 2000-01-01: 9554 days and 43,500 seconds.
NOON = (9554 * 86_400 + 43_500) * 1_000_000
UNIX = 1_772_193_900  # the same in seconds of Unix time

TRADE = {
    "v": 1,
    "kind": "trade",
    "source": "kraken",
    "symbol": "KRAKEN:BTC/USD",
    "event_time": "2026-02-27T12:05:00.123456Z",
    "price": "64012.1",
    "size": "0.0031",
    "side": "buy",
    "trade_id": "77001",
    "seq": 77001,
    "dedupe_id": "77001",
}
QUOTE = {
    "v": 1,
    "kind": "quote",
    "source": "dukascopy",
    "symbol": "DUKASCOPY:EUR/USD",
    "event_time": "2026-02-26T12:00:00.093Z",
    "bid": "1.08001",
    "bid_size": "900000",
    "ask": "1.08004",
    "ask_size": "1800000",
    "dedupe_id": "1772107200093-0",
    "flags": ["backfill"],
}


def encoded(message):
    return message if isinstance(message, bytes) else msgspec.json.encode(message)


def without(message, *names):
    return {name: value for name, value in message.items() if name not in names}


@pytest.mark.parametrize(
    "message, ticks",
    [
        pytest.param(
            TRADE,
            [
                Tick(
                    NOON + 123456,
                    "KRAKEN:BTC/USD",
                    "kraken",
                    Decimal("64012.1"),
                    Decimal("0.0031"),
                    tick_id="77001",
                    seq=77001,
                )
            ],
            id="native-trade",
        ),
        pytest.param(
            QUOTE,
            [
                Tick(
                    NOON - 86_700_000_000 + 93_000,
                    "DUKASCOPY:EUR/USD",
                    "dukascopy",
                    Decimal("1.080025"),
                    None,
                    Decimal("1.08001"),
                    Decimal("1.08004"),
                    tick_id="1772107200093-0",
                )
            ],
            id="native-quote",
        ),
        pytest.param(
            QUOTE | {"source": "kraken", "bid": "1", "ask": "2"},
            [
                Tick(
                    NOON - 86_700_000_000 + 93_000,
                    "DUKASCOPY:EUR/USD",
                    "kraken.quotes",
                    Decimal("1.5"),
                    None,
                    Decimal(1),
                    Decimal(2),
                    tick_id="1772107200093-0",
                )
            ],
            id="native-quote-of-a-venue-that-trades",
        ),
        pytest.param(
            without(TRADE, "dedupe_id", "seq", "size"),
            [
                Tick(
                    NOON + 123456,
                    "KRAKEN:BTC/USD",
                    "kraken",
                    Decimal("64012.1"),
                    tick_id="77001",
                )
            ],
            id="native-trade-with-nothing-but-a-trade-id",
        ),
        pytest.param(
            TRADE | {"dedupe_id": "", "trade_id": 5, "seq": None, "flags": None},
            [
                Tick(
                    NOON + 123456,
                    "KRAKEN:BTC/USD",
                    "kraken",
                    Decimal("64012.1"),
                    Decimal("0.0031"),
                    tick_id="5",
                )
            ],
            id="native-trade-with-a-number-for-its-id",
        ),
        pytest.param(
            TRADE | {"flags": ["no_size", "something new"], "new": {"field": [1]}},
            [
                Tick(
                    NOON + 123456,
                    "KRAKEN:BTC/USD",
                    "kraken",
                    Decimal("64012.1"),
                    tick_id="77001",
                    seq=77001,
                )
            ],
            id="native-trade-without-a-size",
        ),
        pytest.param(TRADE | {"flags": ["non_tradeable"]}, [], id="native-not-tradeable"),
        pytest.param({"v": 1, "kind": "batch_end", "batch": "b", "rows": 3}, [], id="batch-end"),
        pytest.param(
            {"s": "AAPL", "p": 1.5, "t": UNIX * 1000 + 7, "v": 100, "c": ["1"]},
            [Tick(NOON + 7000, "AAPL", "finnhub", Decimal("1.5"), Decimal(100))],
            id="finnhub-bare-trade",
        ),
        pytest.param(
            {"s": "OANDA:EUR_USD", "p": 1.5, "t": UNIX * 1000, "v": 0},
            [Tick(NOON, "OANDA:EUR_USD", "finnhub", Decimal("1.5"))],
            id="finnhub-price-update-without-volume",
        ),
        pytest.param({"type": "ping"}, [], id="finnhub-ping"),
        pytest.param({"type": "error", "msg": "Invalid API key"}, [], id="finnhub-error"),
        pytest.param({"type": "trade", "data": []}, [], id="finnhub-empty-frame"),
        pytest.param(
            {
                "channel": "trade",
                "type": "update",
                "data": [
                    {
                        "symbol": "XBT/USD",
                        "side": "sell",
                        "price": 64012.1,
                        "qty": 0.0031,
                        "ord_type": "market",
                        "trade_id": 77001,
                        "timestamp": "2026-02-27T12:05:00.123456Z",
                    },
                    {
                        "symbol": "ETH/USD",
                        "side": "buy",
                        "price": 3000,
                        "qty": 1,
                        "ord_type": "limit",
                        "trade_id": 4097,
                        "timestamp": "2026-02-27T12:05:01Z",
                    },
                ],
            },
            [
                Tick(
                    NOON + 123456,
                    "KRAKEN:BTC/USD",
                    "kraken",
                    Decimal("64012.1"),
                    Decimal("0.0031"),
                    tick_id="77001",
                    seq=77001,
                ),
                Tick(
                    NOON + 1_000_000,
                    "KRAKEN:ETH/USD",
                    "kraken",
                    Decimal(3000),
                    Decimal(1),
                    tick_id="4097",
                    seq=4097,
                ),
            ],
            id="kraken-trades",
        ),
        pytest.param(
            {
                "channel": "ticker",
                "type": "snapshot",
                "data": [
                    {
                        "symbol": "XDG/USD",
                        "bid": 0.1,
                        "bid_qty": 5,
                        "ask": 0.2,
                        "ask_qty": 6,
                        "last": 0.1,
                        "timestamp": "2026-02-27T12:05:00Z",
                    }
                ],
            },
            [
                Tick(
                    NOON,
                    "KRAKEN:DOGE/USD",
                    "kraken.quotes",
                    Decimal("0.15"),
                    None,
                    Decimal("0.1"),
                    Decimal("0.2"),
                )
            ],
            id="kraken-ticker",
        ),
        pytest.param({"channel": "heartbeat"}, [], id="kraken-heartbeat"),
        pytest.param({"channel": "status", "data": [{"api": "v2"}]}, [], id="kraken-status"),
        pytest.param({"method": "subscribe", "success": True}, [], id="kraken-acknowledgement"),
        pytest.param(
            b'{"symbol":"AAPL","price":187.10,"volume":1e2,"event_time":"2026-02-27 12:05:00"}',
            [Tick(NOON, "AAPL", "legacy", Decimal("187.10"), Decimal(100))],
            id="legacy-with-event-time",
        ),
        pytest.param(
            {
                "symbol": "MSFT",
                "price": "410",
                "volume": None,
                "timestamp": UNIX,
                "fetch_timestamp": UNIX * 1000,
            },
            [Tick(NOON, "MSFT", "legacy", Decimal(410))],
            id="legacy-with-timestamp",
        ),
    ],
)
def test_every_accepted_format_gives_its_ticks(message, ticks):
    assert decode(encoded(message)) == ticks


def test_a_finnhub_frame_gives_equal_trades_an_identity_each():
    trade = {"s": "AAPL", "p": 187.10, "t": UNIX * 1000, "v": 100, "c": ["1"]}
    frame = encoded({"type": "trade", "data": [trade, trade, trade | {"v": 5}]})
    ticks = decode(frame)
    assert [(tick.us, tick.symbol, tick.price, tick.size, tick.seq) for tick in ticks] == [
        (NOON, "AAPL", Decimal("187.1"), Decimal(100), 0),
        (NOON, "AAPL", Decimal("187.1"), Decimal(100), 1),
        (NOON, "AAPL", Decimal("187.1"), Decimal(5), 2),
    ]
    assert len({tick.tick_id for tick in ticks}) == 3
    assert decode(frame) == ticks


@pytest.mark.parametrize(
    "header, source",
    [(None, "legacy"), ("", "legacy"), ("yfinance", "yfinance"), (" yfinance ", "yfinance")],
)
def test_the_header_names_the_source_of_a_message_that_names_none(header, source):
    message = encoded({"symbol": "A", "price": 1, "volume": 1, "timestamp": UNIX})
    assert [tick.source for tick in decode(message, header)] == [source]


def test_the_header_does_not_change_a_message_that_names_its_source():
    assert [tick.source for tick in decode(encoded(TRADE), "somebody")] == ["kraken"]


@pytest.mark.parametrize("header", ["   ", "a\nb", "a\x00b", "x" * 65])
def test_a_header_that_is_no_name_is_refused(header):
    message = encoded({"symbol": "A", "price": 1, "volume": 1, "timestamp": UNIX})
    assert isinstance(decode(message, header), Reject)


@pytest.mark.parametrize(
    "text, us",
    [
        pytest.param('"2026-02-27T12:05:00Z"', NOON, id="seconds"),
        pytest.param('"2026-02-27T12:05Z"', NOON, id="minutes"),
        pytest.param('"2026-02-27T12:05:00.1Z"', NOON + 100_000, id="tenths"),
        pytest.param('"2026-02-27T12:05:00.123456Z"', NOON + 123_456, id="microseconds"),
        pytest.param('"2026-02-27 12:05:00.5"', NOON + 500_000, id="blank-naive"),
        pytest.param('"2026-02-27T12:05:00"', NOON, id="T-naive"),
        pytest.param('" 2026-02-27T12:05:00Z "', NOON, id="blanks-around"),
        pytest.param('"2026-02-27T14:05:00+02:00"', NOON, id="offset-east"),
        pytest.param('"2026-02-27T07:05:00-0500"', NOON, id="offset-west"),
        pytest.param('"20260227T120500Z"', NOON, id="basic"),
        pytest.param('"2026-02-27"', NOON - 43_500_000_000, id="day"),
        pytest.param(str(UNIX), NOON, id="s"),
        pytest.param(f"{UNIX}.5", NOON + 500_000, id="s-with-decimals"),
        pytest.param(f"{UNIX}000", NOON, id="ms"),
        pytest.param(f"{UNIX}007", NOON + 7_000, id="ms-that-are-not-zero"),
        pytest.param(f"{UNIX}000007", NOON + 7, id="us"),
        pytest.param(f"{UNIX}000007999", NOON + 7, id="ns"),
        pytest.param(f'"{UNIX}"', NOON, id="s-as-text"),
        pytest.param(f'"{UNIX}.25"', NOON + 250_000, id="s-with-decimals-as-text"),
        pytest.param(f'"{UNIX}000"', NOON, id="ms-as-text"),
        pytest.param(f'"{UNIX}000007"', NOON + 7, id="us-as-text"),
        pytest.param(f'"{UNIX}000007999"', NOON + 7, id="ns-as-text"),
        pytest.param("1.7721939e9", NOON, id="exponent"),
        pytest.param("946684800", 0, id="first-instant"),
        # floors, not rounds: all of these stay in their second, and so in their minute
        pytest.param('"2026-02-27T12:04:59.9999999Z"', NOON - 1, id="floor-text"),
        pytest.param('"2026-02-27T12:04:59.999999999Z"', NOON - 1, id="floor-text-ns"),
        pytest.param(f"{UNIX - 1}.9999999", NOON - 1, id="floor-s"),
        pytest.param(f"{UNIX - 1}999.9999", NOON - 1, id="floor-ms"),
        pytest.param(f"{UNIX - 1}999999999", NOON - 1, id="floor-ns"),
        pytest.param(f"{UNIX - 1}.{'9' * 70}", NOON - 1, id="floor-more-digits-than-any"),
        pytest.param(f'"{UNIX - 1}.{"9" * 70}"', NOON - 1, id="floor-more-digits-as-text"),
        pytest.param("946684799.9999999", -1, id="floor-before-2000"),
        pytest.param('"1900-01-01T00:00:00Z"', -36_524 * 86_400_000_000, id="1900"),
        pytest.param("-2208988800", -36_524 * 86_400_000_000, id="1900-as-a-number"),
        pytest.param('"2500-01-01T00:00:00Z"', 182_622 * 86_400_000_000, id="2500"),
    ],
)
def test_every_spelling_of_a_time_is_read_and_floored(text, us):
    value = b'{"symbol":"A","price":1,"volume":1,"event_time":' + text.encode() + b"}"
    assert [tick.us for tick in decode(value)] == [us]


@pytest.mark.parametrize(
    "text, digits",
    [
        ("0.10", "0.10"),
        ('"0.10"', "0.10"),
        ("1e-8", "0.00000001"),
        ('"1E-8"', "0.00000001"),
        ("1e3", "1000"),
        ("123456789.123456789", "123456789.123456789"),
        ('"0.123456789012345678"', "0.123456789012345678"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("9007199254740993", "9007199254740993"),
        ("99999999999999999999.99999999999999999999", "99999999999999999999.99999999999999999999"),
        ('".5"', "0.5"),
        ('"5."', "5"),
        ('"+5"', "5"),
        ("1e-20", "0.00000000000000000001"),
    ],
)
def test_numbers_stay_exactly_as_they_are_written(text, digits):
    head = b'{"symbol":"A","timestamp":1772193900,"price":'
    [tick] = decode(head + text.encode() + b',"volume":' + text.encode() + b"}")
    assert format(tick.price, "f") == digits
    assert format(tick.size, "f") == digits


def test_the_mid_of_two_numbers_at_their_limits_is_exact():
    bid, ask = "99999999999999999999.99999999999999999997", "0.00000000000000000002"
    [tick] = decode(encoded(QUOTE | {"bid": bid, "ask": ask}))
    assert tick.price == Decimal("49999999999999999999.999999999999999999995")


NUMBERS_REFUSED = {
    "NaN-as-text": ('"NaN"', "number out of range"),
    "Infinity-as-text": ('"Infinity"', "number out of range"),
    "minus-infinity-as-text": ('"-inf"', "number out of range"),
    "sNaN": ('"sNaN"', "number out of range"),
    "1e400": ("1e400", "number out of range"),
    "1e400-as-text": ('"1e400"', "number out of range"),
    "-1e400": ("-1e400", "number out of range"),
    "1e20": ("1e20", "number out of range"),
    "an-int-of-30-digits": ("1" * 30, "number out of range"),
    "an-int-of-4000-digits": ("1" * 4000, "number out of range"),
    "21-decimals": ("1e-21", "number out of range"),
    "21-decimals-as-text": ('"0.000000000000000000001"', "number out of range"),
    "61-digits": ("1." + "1" * 60, "number out of range"),
    "61-digits-as-text": ('"1.' + "1" * 60 + '"', "number out of range"),
    "true": ("true", "wrong type"),
    "list": ("[1]", "wrong type"),
    "object": ('{"a":1}', "wrong type"),
    "word": ('"abc"', "bad number"),
    "empty-text": ('""', "bad number"),
    "blank": ('" 1"', "bad number"),
    "comma": ('"1,5"', "bad number"),
    "underscore": ('"1_000"', "bad number"),
    "two-points": ('"1..2"', "bad number"),
    "arabic-digits": ('"\u0661"', "bad number"),
    "null-of-copy": ('"\\\\N"', "bad number"),
    "hexadecimal": ('"0x10"', "bad number"),
    "zero-character": ('"1\\u0000"', "bad number"),
}


@pytest.mark.parametrize("field", ["price", "volume"])
@pytest.mark.parametrize("text, reason", NUMBERS_REFUSED.values(), ids=list(NUMBERS_REFUSED))
def test_what_is_no_number_of_a_market_is_refused(field, text, reason):
    fields = {"price": "1", "volume": "1"} | {field: text}
    value = '{{"symbol":"A","timestamp":1772193900,"price":{price},"volume":{volume}}}'
    found = decode(value.format(**fields).encode())
    assert isinstance(found, Reject)
    assert found.reason == reason
    assert field in found.detail


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
        pytest.param(TRADE | {"v": 2}, "unknown version", id="v-2"),
        pytest.param(TRADE | {"v": "1"}, "unknown version", id="v-text"),
        pytest.param(TRADE | {"v": True}, "unknown version", id="v-true"),
        pytest.param(TRADE | {"v": None}, "unknown version", id="v-null"),
        pytest.param(TRADE | {"kind": "bar"}, "unknown kind", id="kind-bar"),
        pytest.param(TRADE | {"kind": None}, "unknown kind", id="kind-null"),
        pytest.param(TRADE | {"kind": ["trade"]}, "unknown kind", id="kind-list"),
        pytest.param(TRADE | {"flags": "backfill"}, "wrong type", id="flags-text"),
        pytest.param(TRADE | {"symbol": ""}, "no symbol", id="symbol-empty"),
        pytest.param(TRADE | {"symbol": "  "}, "no symbol", id="symbol-blank"),
        pytest.param(TRADE | {"symbol": None}, "no symbol", id="symbol-null"),
        pytest.param(TRADE | {"symbol": 17}, "wrong type", id="symbol-number"),
        pytest.param(TRADE | {"symbol": "A" * 65}, "bad symbol", id="symbol-65-characters"),
        pytest.param(TRADE | {"symbol": "A\x00"}, "bad symbol", id="symbol-with-zero"),
        pytest.param(TRADE | {"symbol": "A\tB"}, "bad symbol", id="symbol-with-tab"),
        pytest.param(TRADE | {"symbol": "A\u2028B"}, "bad symbol", id="symbol-with-line-end"),
        pytest.param(without(TRADE, "source"), "no source", id="source-missing"),
        pytest.param(TRADE | {"source": ["kraken"]}, "wrong type", id="source-list"),
        pytest.param(TRADE | {"dedupe_id": True}, "wrong type", id="id-true"),
        pytest.param(TRADE | {"dedupe_id": "x" * 201}, "bad dedupe_id", id="id-201-characters"),
        pytest.param(TRADE | {"dedupe_id": "a\x00"}, "bad dedupe_id", id="id-with-zero"),
        pytest.param(TRADE | {"seq": "5"}, "wrong type", id="seq-text"),
        pytest.param(TRADE | {"seq": 5.0}, "wrong type", id="seq-5.0"),
        pytest.param(TRADE | {"seq": False}, "wrong type", id="seq-false"),
        pytest.param(without(TRADE, "price"), "no price", id="price-missing"),
        pytest.param(TRADE | {"price": 0}, "bad price", id="price-0"),
        pytest.param(TRADE | {"price": "-1"}, "bad price", id="price-negative"),
        pytest.param(TRADE | {"size": "-0.1"}, "bad size", id="size-negative"),
        pytest.param(without(QUOTE, "ask"), "no ask", id="ask-missing"),
        pytest.param(QUOTE | {"bid": "0"}, "bad bid", id="bid-0"),
        pytest.param(without(TRADE, "event_time"), "no time", id="time-missing"),
        pytest.param(TRADE | {"event_time": True}, "wrong type", id="time-true"),
        pytest.param(TRADE | {"event_time": [1]}, "wrong type", id="time-list"),
        pytest.param(TRADE | {"event_time": ""}, "bad time", id="time-empty"),
        pytest.param(TRADE | {"event_time": "yesterday"}, "bad time", id="time-word"),
        pytest.param(TRADE | {"event_time": "2026-02-30T00:00:00Z"}, "bad time", id="february-30"),
        pytest.param(TRADE | {"event_time": "NaN"}, "bad time", id="time-NaN"),
        pytest.param(TRADE | {"event_time": "1" * 21}, "bad time", id="time-21-digits"),
        pytest.param(TRADE | {"event_time": 10**300}, "bad time", id="time-huge"),
        pytest.param(TRADE | {"event_time": "--5"}, "bad time", id="time-two-signs"),
        pytest.param({"type": "trade", "data": None}, "wrong type", id="finnhub-data-null"),
        pytest.param({"type": "trade", "data": [1]}, "wrong type", id="finnhub-data-numbers"),
        pytest.param({"type": "trade", "data": [{"s": "A"}]}, "no time", id="finnhub-no-time"),
        pytest.param({"channel": "trade"}, "wrong type", id="kraken-no-data"),
        pytest.param({"channel": "ticker", "data": [[]]}, "wrong type", id="kraken-data-lists"),
        pytest.param({"channel": "trade", "data": [{}]}, "no time", id="kraken-empty-trade"),
    ],
)
def test_poison_is_refused_with_a_reason(message, reason):
    found = decode(encoded(message))
    assert isinstance(found, Reject)
    assert found.reason == reason
    assert found.detail.isprintable()
    assert 0 < len(found.detail) <= 300


@pytest.mark.parametrize("value", [None, b""], ids=["none", "empty"])
def test_a_message_without_a_value_is_refused(value):
    assert decode(value) == Reject("empty", "the message has no value")


def test_a_large_message_with_a_tick_in_it_is_read():
    [tick] = decode(encoded(TRADE | {"comment": "x" * 10_000_000}))
    assert tick.tick_id == "77001"


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
def test_no_depth_of_nesting_is_an_exception(head, tail):
    # Where the limit lies depends on how deep the caller is itself, so all depths around it.
    kinds = {type(decode(head + b"[" * depth + b"]" * depth + tail)) for depth in range(800, 1010)}
    assert kinds <= {Reject, list}


@given(st.binary(max_size=200))
@example(b"\x00")
def test_any_bytes_give_ticks_or_a_reject(value):
    check(decode(value))


@given(made.json_values)
def test_any_json_value_gives_ticks_or_a_reject(value):
    check(decode(msgspec.json.encode(value)))


@given(made.odd_messages, st.none() | st.text(max_size=5))
def test_any_value_in_any_field_of_a_known_format_gives_ticks_or_a_reject(message, header):
    check(decode(msgspec.json.encode(message), header))


def check(found):
    if isinstance(found, Reject):
        assert found.reason
        assert found.detail.isprintable()
    else:
        assert all(isinstance(tick, Tick) and tick.price > 0 for tick in found)


@given(made.ticks)
def test_a_tick_in_a_native_message_is_that_tick(tick):
    assert decode(made.native(tick)) == [tick]
