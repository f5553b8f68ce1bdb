"""The fast way and the slow way: if the fast way takes messages, both give the same rows."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest.formats.tick import Tick

from ingest.formats import native_columns
from ingest.formats.decode import decode, decode_each
from ingest.formats.times import EPOCH
from tests.ingest import made
from tests.ingest.made import quote


def slowly(values, offsets):
    return decode_each(values, offsets, [None] * len(values))


def fast(values, offsets=None):
    offsets = range(len(values)) if offsets is None else offsets
    return native_columns.decode(values, offsets, range(len(values)))


def lines(columns):
    return columns.text.decode().splitlines()


def exact(line):
    """Returns a row's fields, numbers as numbers: 1. and 01 are 1, None if it is not a number."""
    fields = line.split("\t")
    return fields[:3] + [_number(field) for field in fields[3:7]] + fields[7:]


def _number(field):
    if field == r"\N":
        return field
    try:
        return Decimal(field)
    except InvalidOperation:
        return None


def test_a_trade_becomes_its_row():
    found = fast([made.trade(1)], [9])
    # 2026-02-27T12:00:01Z is 825,508,801 seconds after 2000; 1 is the message's seq
    ord_ = 825_508_801 * 1_000_000 * 4096 + 1
    assert found.times == ["2026-02-27T12:00:01.000000Z"]
    assert found.symbols == ["AAPL"]
    assert lines(found) == [
        f"2026-02-27T12:00:01.000000Z\tAAPL\tsim\t100.25\t10\t\\N\t\\N\t1\t{ord_}"
    ]


def test_a_quote_becomes_its_row():
    found = fast([quote(source="kraken")], [4096 + 9])
    ord_ = 825_508_800 * 1_000_000 * 4096 + 9  # the low 12 bits of the offset
    time = "2026-02-27T12:00:00.000000Z"
    assert lines(found) == [f"{time}\tEUR/USD\tkraken.quotes\t1.150\t\\N\t1.10\t1.2\tx\t{ord_}"]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="no-value"),
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="no-fields"),
        pytest.param(b"not json", id="not-json"),
        pytest.param(made.trade(v=2), id="v-2"),
        pytest.param(made.trade(v=True), id="v-true"),
        pytest.param(made.trade(kind="bar"), id="kind-bar"),
        pytest.param(made.trade(price=100.25), id="price-as-a-number"),
        pytest.param(made.trade(price=None), id="no-price"),
        pytest.param(made.trade(price="1e3"), id="price-with-exponent"),
        pytest.param(made.trade(price="-1"), id="price-negative"),
        pytest.param(made.trade(price="1" * 21), id="price-long"),
        pytest.param(made.trade(price="\u0661"), id="price-in-arabic-digits"),
        pytest.param(made.trade(price=r"\N"), id="price-null-of-copy"),
        pytest.param(made.trade(size=r"\N"), id="size-null-of-copy"),
        pytest.param(made.trade(size="1\t2"), id="size-with-a-tab"),
        pytest.param(made.trade(size="1\n2"), id="size-with-a-line-end"),
        pytest.param(made.trade(symbol=" A"), id="symbol-with-a-blank-before"),
        pytest.param(made.trade(symbol="A\\"), id="symbol-with-a-backslash"),
        pytest.param(made.trade(symbol="A\tB"), id="symbol-with-a-tab"),
        pytest.param(made.trade(symbol="A\x00"), id="symbol-with-zero"),
        pytest.param(made.trade(symbol="A" * 65), id="symbol-long"),
        pytest.param(made.trade(symbol=""), id="symbol-empty"),
        pytest.param(made.trade(source=""), id="source-empty"),
        pytest.param(made.trade(dedupe_id=None), id="no-id"),
        pytest.param(made.trade(dedupe_id=""), id="id-empty"),
        pytest.param(made.trade(dedupe_id="\\"), id="id-with-a-backslash"),
        pytest.param(made.trade(dedupe_id="a\nb"), id="id-with-a-line-end"),
        pytest.param(made.trade(dedupe_id="x" * 201), id="id-long"),
        pytest.param(made.trade(seq=1.0), id="seq-1.0"),
        pytest.param(made.trade(seq="1"), id="seq-text"),
        pytest.param(made.trade(flags=["no_size"]), id="flag-that-matters"),
        pytest.param(made.trade(flags=["non_tradeable"]), id="flag-that-drops"),
        pytest.param(made.trade(event_time="2026-02-27 12:00:00.000000Z"), id="time-with-blank"),
        pytest.param(made.trade(event_time="2026-02-27T12:00:00.0000000"), id="time-without-zone"),
        pytest.param(made.trade(event_time="2026-W09-5T12:00:00.000000Z"), id="time-of-a-week"),
        pytest.param(made.trade(event_time="2026-02-27T120000.0.000000Z"), id="time-two-fractions"),
        pytest.param(made.trade(event_time="2026-02-30T12:00:00.000000Z"), id="february-30"),
        pytest.param(made.trade(event_time="2026-02-27T24:00:00.000000Z"), id="hour-24"),
        pytest.param(made.trade(event_time="2026-02-27T12:00:00.+00000Z"), id="time-with-a-sign"),
        pytest.param(made.trade(event_time="2026-02-27T12:00:00.\u06610000Z"), id="time-arabic"),
        pytest.param(quote(bid="0"), id="bid-0"),
        pytest.param(quote(ask="0.00"), id="ask-0"),
        pytest.param(quote(bid="1..2"), id="bid-1..2"),
        pytest.param(quote(bid=None), id="no-bid"),
        pytest.param(quote(ask=r"\N"), id="ask-null-of-copy"),
    ],
)
def test_a_message_out_of_the_ordinary_sends_its_slice_the_slow_way(value):
    assert fast([value]) is None
    assert fast([made.trade(1), value, made.trade(2)]) is None
    assert fast([quote(), value, quote()]) is None


def test_trades_and_quotes_together_go_the_slow_way():
    assert fast([made.trade(), quote()]) is None


texts_of_numbers = (
    st.text("0123456789.\n", max_size=21)
    | st.sampled_from(["0", "0.0", "", ".", "1.", ".5", "007", "1..2", "1e3", r"\N", "-1", "+1"])
    | made.prices.map(lambda number: format(number, "f"))
)
times = (
    st.sampled_from([
        "2026-02-27T12:00:00.000000Z",
        "1999-12-31T23:59:59.999999Z",
        "2500-01-01T00:00:00.000000Z",
        "0001-01-01T00:00:00.000000Z",
        "2026-02-27T12:00:00.123456+",
        "2026-W09-5T12:00:00.000000Z",
        "2026-02-27T12:00:00Z",
    ])
    | st.datetimes().map(lambda moment: moment.isoformat(timespec="microseconds") + "Z")
)  # fmt: skip
changes = st.fixed_dictionaries(
    {},
    optional={
        "source": st.text(max_size=5) | st.sampled_from(["kraken", "yahoo"]),
        "symbol": st.text(max_size=5) | made.names,
        "event_time": times,
        "dedupe_id": st.none() | made.ids | st.text(max_size=5),
        "price": st.none() | texts_of_numbers,
        "size": st.none() | texts_of_numbers,
        "bid": st.none() | texts_of_numbers,
        "ask": st.none() | texts_of_numbers,
        "seq": made.sequences,
        "flags": st.lists(
            st.sampled_from(["backfill", "snapshot", "no_size", "non_tradeable", "odd"]), max_size=2
        ),
        "exchange": st.text(max_size=3),
    },
)
nearly_usual_trades = changes.map(lambda fields: made.trade(5, **fields))
nearly_usual_quotes = changes.map(lambda fields: quote(**fields))


@given(
    st.lists(nearly_usual_trades, min_size=1, max_size=3)
    | st.lists(nearly_usual_quotes, min_size=1, max_size=3)
    | st.lists(
        nearly_usual_trades
        | nearly_usual_quotes
        | made.ticks.map(made.native)
        | made.odd_messages.map(msgspec.json.encode)
        | st.binary(max_size=5)
        | st.none(),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 2**40),
)
def test_the_fast_way_gives_the_rows_of_the_slow_way_or_none(values, first):
    offsets = list(range(first, first + len(values)))
    found = fast(values, offsets)
    if found is None:
        return
    assert len(found.times) == len(found.symbols) == len(lines(found)) == len(values)
    for index, value in enumerate(values):
        expected = slowly([value], [offsets[index]])
        fields = exact(lines(found)[index])
        if 0 in expected.rejects:
            assert expected.rejects[0].reason == "time out of range" or is_refused(fields)
        else:
            assert [found.times[index]] == expected.columns.times
            assert [found.symbols[index]] == expected.columns.symbols
            assert [fields] == [exact(line) for line in lines(expected.columns)]


def is_refused(fields):
    """Returns whether the database refuses a row, for a field that is no number or a price of 0."""
    return None in fields[3:7] or fields[3] == 0


PRESENT = (made.NOW - EPOCH) // timedelta(microseconds=1)
# Short enough for the fast way.
short_ticks = st.builds(
    Tick,
    st.integers(0, PRESENT),
    st.sampled_from(["AAPL", "DUKASCOPY:EUR/USD", "ÄÖ\u20ac"]),
    st.just("sim"),
    st.decimals("0.01", "99999", places=4),
    st.none() | st.decimals("0", "99999", places=2),
    tick_id=st.integers(0).map(str),
    seq=made.sequences,
)


@given(short_ticks | made.ticks, st.integers(0, 2**40))
def test_a_published_tick_has_the_same_row_on_both_ways(tick, offset):
    value = made.native(tick)
    found = fast([value], [offset])
    if found is not None:
        expected = slowly([value], [offset]).columns
        assert list(map(exact, lines(found))) == list(map(exact, lines(expected)))


def test_the_usual_messages_of_every_publisher_go_the_fast_way():
    trades = [made.trade(number) for number in range(3)]
    quotes = [quote(flags=["backfill"], bid_size="900000", ask_size="1", seq=1)]
    assert fast(trades) is not None
    assert fast(quotes) is not None
    assert fast([made.trade(0), made.trade(1, size=None)]) is not None


def test_a_slice_takes_the_fast_way_if_all_its_messages_can():
    def unread():
        raise AssertionError("headers were read")

    values = [made.trade(0), made.trade(1)]
    assert decode(values, [7, 8], unread, 5).columns == native_columns.decode(
        values, [7, 8], range(5, 7)
    )


def test_a_slice_of_one_message_out_of_the_ordinary_is_decoded_message_by_message():
    legacy = b'{"symbol":"A","price":1,"timestamp":1772193600}'
    found = decode([made.trade(0), legacy, b"poison"], [7, 8, 9], lambda: [None, "feed", "x"], 5)
    assert [line.split("\t")[2] for line in lines(found.columns)] == ["sim", "feed"]
    assert list(found.columns.owners) == [5, 6]
    assert {index: reject.reason for index, reject in found.rejects.items()} == {7: "not JSON"}
    assert found.sources == [None, "feed", "x"]
