"""The fast way and the slow way: if the fast way takes messages, both give the same rows."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats import native_columns
from ingest.formats.copy_format import QUOTES, TRADES
from ingest.formats.decode import decode
from ingest.formats.events import Trade
from ingest.formats.times import EPOCH
from tests.ingest import made
from tests.ingest.made import quote, trade

NUMBERS = {"price", "size", "bid", "ask", "bid_size", "ask_size"}
TABLES = {"trade": TRADES, "quote": QUOTES}


def fast(values, known=made.CATALOG, first=0):
    return native_columns.decode(values, range(first, first + len(values)), known, made.BATCH)


def rows(columns):
    """Returns rows by their columns, numbers as numbers: 1. and 01 are 1."""
    if columns is None:
        return []
    names = TABLES[columns.kind].columns
    lines = columns.text.decode().split("\n")[:-1]
    found = [dict(zip(names, line.split("\t"), strict=True)) for line in lines]
    return [
        {name: _number(text) if name in NUMBERS else text for name, text in row.items()}
        for row in found
    ]


def _number(text):
    if text == r"\N":
        return text
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


ALPACA = {"source": "Alpaca", "exchange": "V", "tape": "C", "side": "sell"}


def test_a_trade_becomes_its_row():
    value = trade(
        1,
        **ALPACA,
        conditions=["@", "I"],
        event_time="2026-02-27T12:00:01.123456007Z",
        received_at="2026-02-27T12:00:01.5Z",
    )
    found = fast([value], first=9).trades
    assert found.times == ["2026-02-27T12:00:01.123456Z"]
    assert (found.symbols, list(found.owners)) == (["AAPL"], [9])
    assert (found.distinct_symbols, found.distinct_sources) == ({"AAPL"}, {"alpaca"})
    assert found.text.decode().split("\t") == [
        "2026-02-27T12:00:01.123456Z",
        "AAPL",
        "alpaca",
        "100.25",
        "10",
        "V:1",
        "1",
        "sell",
        "V",
        "C",
        '{"@","I"}',
        "136",  # an odd lot moves the volume alone, of minutes and of days
        "2026-02-27T12:00:01.500000Z",
        "7",
        "7",
        "1\n",
    ]


def test_a_quote_becomes_its_row():
    found = fast([quote(source="kraken", bid_size="3", seq=5)])
    assert found.trades is None
    assert found.quotes.text.decode() == (
        "2026-02-27T12:00:00.000000Z\tEUR/USD\tkraken\t1.10\t1.2\t3\t\\N\tx\t5\t7"
        "\t\\N\t\\N\t\\N\t\\N\t0\t7\n"
    )


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="no-value"),
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="no-fields"),
        pytest.param(b"not json", id="not-json"),
        pytest.param(trade(v=2), id="v-2"),
        pytest.param(trade(v=True), id="v-true"),
        pytest.param(trade(kind="bar"), id="kind-bar"),
        pytest.param(trade(price=100.25), id="price-as-a-number"),
        pytest.param(trade(price=None), id="no-price"),
        pytest.param(trade(price="1e3"), id="price-with-exponent"),
        pytest.param(trade(price="-1"), id="price-negative"),
        pytest.param(trade(price="1..2"), id="price-with-two-points"),
        pytest.param(trade(price="."), id="price-without-digits"),
        pytest.param(trade(price=""), id="price-empty"),
        pytest.param(trade(price="1" * 39), id="price-long"),
        pytest.param(trade(price="\u0661"), id="price-in-arabic-digits"),
        pytest.param(trade(price=r"\N"), id="price-null-of-copy"),
        pytest.param(trade(size=r"\N"), id="size-null-of-copy"),
        pytest.param(trade(size="1\t2"), id="size-with-a-tab"),
        pytest.param(trade(size="1\n2"), id="size-with-a-line-end"),
        pytest.param(trade(size="nan"), id="size-nan"),
        pytest.param(trade(symbol=" A"), id="symbol-with-a-blank-before"),
        pytest.param(trade(symbol="A\\"), id="symbol-with-a-backslash"),
        pytest.param(trade(symbol="A\tB"), id="symbol-with-a-tab"),
        pytest.param(trade(symbol="A\x00"), id="symbol-with-zero"),
        pytest.param(trade(symbol="A" * 129), id="symbol-long"),
        pytest.param(trade(symbol=""), id="symbol-empty"),
        pytest.param(trade(source=""), id="source-empty"),
        pytest.param(trade(dedupe_id=None), id="no-id"),
        pytest.param(trade(dedupe_id=""), id="id-empty"),
        pytest.param(trade(dedupe_id="\\"), id="id-with-a-backslash"),
        pytest.param(trade(dedupe_id="a\nb"), id="id-with-a-line-end"),
        pytest.param(trade(dedupe_id="x" * 186), id="id-long"),
        pytest.param(trade(source="\u0130" * 33), id="source-long-in-lower-case"),
        pytest.param(trade(seq=1.0), id="seq-1.0"),
        pytest.param(trade(seq="1"), id="seq-text"),
        pytest.param(trade(seq=-1), id="seq-negative"),
        pytest.param(trade(seq=2**63), id="seq-huge"),
        pytest.param(trade(side="BUY"), id="side-in-capitals"),
        pytest.param(trade(exchange=4), id="exchange-number"),
        pytest.param(trade(exchange="a\tb"), id="exchange-with-a-tab"),
        pytest.param(trade(tape="x" * 65), id="tape-long"),
        pytest.param(trade(conditions="@"), id="conditions-text"),
        pytest.param(trade(conditions=[1]), id="conditions-numbers"),
        pytest.param(trade(conditions=["\n"]), id="conditions-line-end"),
        pytest.param(trade(conditions=["@"] * 65), id="conditions-many"),
        pytest.param(trade(received_at=5), id="received-number"),
        pytest.param(trade(received_at="soon"), id="received-word"),
        pytest.param(trade(amends=["1"]), id="amends"),
        pytest.param(trade(flags=["no_size"]), id="flag-that-matters"),
        pytest.param(trade(flags=["non_tradeable"]), id="flag-that-drops"),
        pytest.param(trade(event_time="2026-02-27 12:00:00.000000Z"), id="time-with-blank"),
        pytest.param(trade(event_time="2026-02-27T12:00:00.0000000"), id="time-without-zone"),
        pytest.param(trade(event_time="2026-02-27T12:00:00.0000000000Z"), id="time-of-10-digits"),
        pytest.param(trade(event_time="2026-02-27T12:00:00.Z"), id="time-without-digits"),
        pytest.param(trade(received_at="2026-02-27T12:00:00.Z"), id="received-without-digits"),
        pytest.param(trade()[:-1] + b',"x":"\xff"}', id="invalid-utf8-in-a-key-nobody-reads"),
        pytest.param(trade()[:-1] + b',"\xff":1}', id="key-of-invalid-utf8"),
        pytest.param(trade(event_time="2026-02-27T23:59:60.000000Z"), id="leap-second"),
        pytest.param(trade(event_time="2026-W09-5T12:00:00.000000Z"), id="time-of-a-week"),
        pytest.param(trade(event_time="2026-02-27T120000.0.000000Z"), id="time-two-fractions"),
        pytest.param(trade(event_time="2026-02-30T12:00:00.000000Z"), id="february-30"),
        pytest.param(trade(event_time="2026-02-27T24:00:00.000000Z"), id="hour-24"),
        pytest.param(trade(event_time="2026-02-27T12:00:00.+00000Z"), id="time-with-a-sign"),
        pytest.param(trade(event_time="2026-02-27T12:00:00.\u06610000Z"), id="time-arabic"),
        pytest.param(trade(event_time="1999-12-31T23:59:59.999999Z"), id="time-of-1999"),
        pytest.param(quote(bid="1..2"), id="bid-1..2"),
        pytest.param(quote(bid=None), id="no-bid"),
        pytest.param(quote(ask=r"\N"), id="ask-null-of-copy"),
        pytest.param(quote(ask_size="-1"), id="ask-size-negative"),
    ],
)
def test_a_message_out_of_the_ordinary_sends_its_slice_the_slow_way(value):
    assert fast([value]) is None
    assert fast([trade(1), value, trade(2)]) is None
    assert fast([quote(), value, quote()]) is None


def test_trades_and_quotes_together_go_the_fast_way():
    found = fast([trade(0), quote(), trade(2)], first=5)
    assert (list(found.trades.owners), list(found.quotes.owners)) == ([5, 7], [6])


def test_a_price_of_zero_goes_the_fast_way_unless_its_source_has_none():
    assert rows(fast([trade(price="0.00")]).trades)[0]["price"] == 0
    assert fast([trade(price="0.00")], made.catalog_with(negative_prices=False)) is None


def test_sources_with_ids_of_which_events_are_history_are_named():
    values = [
        trade(1, source="Kraken", flags=["backfill"]),
        trade(2, flags=["backfill"]),
        trade(3, source="binance"),
    ]
    assert fast(values).backfilled == {"kraken"}
    assert made.slowly(values).backfilled == {"kraken"}


texts_of_numbers = (
    st.text("0123456789.\n", max_size=40)
    | st.sampled_from(["0", "0.0", "", ".", "1.", ".5", "007", "1..2", "1e3", r"\N", "-1", "+1"])
    | made.prices.map(lambda number: format(number, "f"))
)
times = (
    st.sampled_from([
        "2026-02-27T12:00:00.000000Z",
        "2026-02-27T12:00:00.000000001Z",
        "2026-02-27T12:00:00.1234567899Z",
        "1999-12-31T23:59:59.999999Z",
        "2071-12-31T23:59:59.999999Z",
        "2500-01-01T00:00:00.000000Z",
        "0001-01-01T00:00:00.000000Z",
        "2026-02-27T12:00:00.123456+",
        "2026-02-27T12:00:00.Z",
        "2026-02-27T12:00:00.1Z",
        "2026-W09-5T12:00:00.000000Z",
        "2026-02-27T23:59:60Z",
        "2026-02-27T12:00:00Z",
    ])
    | st.datetimes().map(lambda moment: moment.isoformat(timespec="microseconds") + "Z")
)  # fmt: skip
labels = st.none() | st.text(max_size=3) | st.sampled_from(["V", "A", "C", ""])
changes = st.fixed_dictionaries(
    {},
    optional={
        "source": st.text(max_size=5)
        | st.sampled_from(["kraken", "Alpaca", "MASSIVE", "algoseek", "\u0130" * 33]),
        "symbol": st.text(max_size=5) | made.names,
        "event_time": times,
        "received_at": st.none() | times,
        "dedupe_id": st.none() | made.ids | st.text(max_size=5),
        "price": st.none() | texts_of_numbers,
        "size": st.none() | texts_of_numbers,
        "bid": st.none() | texts_of_numbers,
        "ask": st.none() | texts_of_numbers,
        "bid_size": st.none() | texts_of_numbers,
        "seq": st.none() | st.integers(-1, 2**63),
        "flags": st.lists(
            st.sampled_from(["backfill", "snapshot", "no_size", "non_tradeable", "odd"]), max_size=2
        ),
        "side": st.sampled_from([None, "buy", "sell", "x", ""]),
        "exchange": labels,
        "tape": labels,
        "conditions": st.none() | made.conditions.map(list),
        "amends": st.none() | made.ids,
        "comment": made.json_values,
    },
)
other_facts = made.catalog_with(3, negative_prices=False, rule_set="massive")
nearly_usual_trades = changes.map(lambda fields: trade(5, **fields))
nearly_usual_quotes = changes.map(lambda fields: quote(**fields))


@pytest.mark.parametrize(
    "further",
    [
        b'"x":1e99999999999999999999',
        b'"x":' + b"1" * 5000,
        b'"x":1e400',
        b'"before":1,"after":2,"op":"u"',
        b'"specversion":"1.0","id":"1","type":"tick"',
        b'"trade_id":[1]',
        b'"bid":"x"',
        b'"batch":[5]',
    ],
)
def test_further_keys_are_tolerated_in_both_ways(further):
    value = trade(5)[:-1] + b"," + further + b"}"
    assert rows(fast([value]).trades) == rows(fast([trade(5)]).trades)
    same_rows(fast([value]), made.slowly([value]))


@settings(deadline=None)
@given(
    st.lists(nearly_usual_trades, min_size=1, max_size=3)
    | st.lists(nearly_usual_quotes, min_size=1, max_size=3)
    | st.lists(
        nearly_usual_trades
        | nearly_usual_quotes
        | made.events.map(made.native)
        | made.odd_messages.map(msgspec.json.encode)
        | st.binary(max_size=5)
        | st.none(),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(
        [made.CATALOG, made.catalog_with(3, negative_prices=False, rule_set="massive")]
    ),
)
def test_the_fast_way_gives_the_rows_of_the_slow_way_or_none(values, known):
    found = fast(values, known)
    if found is not None:
        same_rows(found, made.slowly(values, known=known))


def same_rows(found, expected):
    assert expected.rejects == {}
    assert expected.amendments == {}
    assert expected.ignored == {}
    assert found.backfilled == expected.backfilled
    for kind in ("trades", "quotes"):
        one, other = getattr(found, kind), getattr(expected, kind)
        assert rows(one) == rows(other)
        if one is not None:
            assert list(one.owners) == list(other.owners)
            assert (one.times, one.symbols) == (other.times, other.symbols)
            assert one.distinct_symbols == other.distinct_symbols
            assert one.distinct_sources == other.distinct_sources
            assert (one.oldest, one.newest) == (other.oldest, other.newest)


PRESENT = (made.NOW - EPOCH) // timedelta(microseconds=1)
# Usual enough for the fast way.
usual_trades = st.builds(
    Trade,
    st.integers(0, PRESENT),
    st.sampled_from(["AAPL", "DUKASCOPY:EUR/USD", "ÄÖ\u20ac"]),
    st.sampled_from(["sim", "alpaca", "massive", "algoseek"]),
    st.decimals("0.01", "99999", places=4),
    st.none() | st.decimals("0", "99999", places=2),
    side=st.sampled_from([None, "buy", "sell"]),
    tick_id=st.integers(0).map(str),
    seq=st.none() | st.integers(0, 2**63 - 1),
    ns=st.just(0) | st.integers(0, 999),
    exchange=st.sampled_from([None, "V", "D"]),
    tape=st.sampled_from([None, "A", "B", "C", "O"]),
    conditions=made.conditions,
    received_us=st.none() | st.integers(0, PRESENT),
    backfill=st.booleans(),
)


@settings(deadline=None)
@given(st.lists(usual_trades, min_size=1, max_size=5))
def test_usual_trades_go_the_fast_way_and_have_the_rows_of_the_slow_way(trades):
    values = [made.native(one) for one in trades]
    found = fast(values)
    assert found is not None
    same_rows(found, made.slowly(values))


@pytest.mark.parametrize("ratio", ["10", "2.5"])
@pytest.mark.parametrize(
    "bid, ask",
    [
        ("1.10", "1.12"),
        ("1.12", "1.10"),
        ("0", "1"),
        ("1", "0.00"),
        ("0", "0"),
        ("1", "10"),
        ("1", "9.9999"),
        ("1", "10.0000000000000000000000000001"),
        ("1", "2.5"),
        ("1", "2.51"),
        ("0.01", "199999.99"),
    ],
)
def test_the_masks_of_quotes_are_exact(bid, ask, ratio):
    known = made.catalog_with(wide_quote_ratio=Decimal(ratio))
    values = [quote(), quote(bid=bid, ask=ask)]
    assert rows(fast(values, known).quotes) == rows(made.slowly(values, known=known).quotes)


def test_the_usual_messages_of_every_publisher_go_the_fast_way():
    trades = [trade(number) for number in range(3)]
    quotes = [quote(flags=["backfill"], bid_size="900000", ask_size="1", seq=1)]
    full = [trade(1, **ALPACA, conditions=["@"], received_at="2026-02-27T12:00:01.5Z")]
    assert fast(trades) is not None
    assert fast(quotes) is not None
    assert fast(full) is not None
    assert fast([trade(0), trade(1, size=None)]) is not None
    assert fast([trade(0), full[0], trade(1, seq=None)]) is not None


def test_a_slice_takes_the_fast_way_if_all_its_messages_can():
    def unread():
        raise AssertionError("headers were read")

    values = [trade(0), trade(1)]
    found = decode(values, unread, 5, made.CATALOG, made.BATCH)
    assert found.trades == fast(values, first=5).trades


def test_a_slice_of_one_message_out_of_the_ordinary_is_decoded_message_by_message():
    legacy = b'{"symbol":"A","price":1,"timestamp":1772193600}'
    values = [trade(0), legacy, b"poison", None]
    headers = [None, "feed", "x", None]
    found = decode(values, lambda: headers, 5, made.CATALOG, made.BATCH)
    assert [row["source"] for row in rows(found.trades)] == ["sim", "feed"]
    assert list(found.trades.owners) == [5, 6]
    assert {index: reject.reason for index, reject in found.rejects.items()} == {7: "not JSON"}
    assert found.ignored == {8: "tombstone"}
    assert found.headers == headers


STORED = {**ALPACA, "flags": ["backfill", "stored"], "seq": 9}


def test_stored_events_go_the_fast_way_with_their_ids_or_without():
    values = [
        trade(1, **STORED | {"dedupe_id": "V:1"}),
        trade(1, **STORED | {"dedupe_id": None}),
        trade(2, **ALPACA),
    ]
    found = fast(values)
    same_rows(found, made.slowly(values))
    assert [row["tick_id"] for row in rows(found.trades)] == ["V:1", r"\N", "V:2"]


@pytest.mark.parametrize(
    "changes", [{"seq": None}, {"conditions": []}], ids=["no-seq", "empty-list"]
)
def test_stored_events_out_of_the_ordinary_go_the_slow_way(changes):
    assert fast([trade(1, **STORED | changes)]) is None
