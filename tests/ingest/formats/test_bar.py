"""Bars of vendors: read exactly, and refused with the field that is wrong."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ingest.formats import bar_message
from ingest.formats.bar import Bar
from ingest.formats.bar_message import BarMessage
from ingest.formats.events import Reject
from ingest.formats.message import FORMATS
from ingest.formats.payload import read
from ingest.formats.times import EPOCH, MICROSECOND
from tests.ingest import made
from tests.ingest.bars.vendors import bar

NOON = (datetime(2026, 2, 27, 12, tzinfo=UTC) - EPOCH) // MICROSECOND
OWN = (
    b'{"v":1,"kind":"bar","source":"kraken","symbol":"KRAKEN:BTC/USD","interval":"1m",'
    b'"bar_start":"2026-02-27T12:05:00Z","open":"64012.1","high":"64020","low":"64001.5",'
    b'"close":"64003.2","volume":"1.7531","vwap":"64010.7","tick_count":412,"revision":1,'
    b'"final":true}'
)
OWN_DELETED = (
    b'{"v":1,"kind":"bar","source":"kraken","symbol":"KRAKEN:BTC/USD","interval":"1m",'
    b'"bar_start":"2026-02-27T12:06:00Z","tick_count":0,"revision":2,"final":true,"deleted":true}'
)


def read_bar(value):
    [found] = made.decoded(value)
    return found


def test_a_bar_is_read_exactly():
    assert read_bar(bar()) == Bar(
        us=NOON,
        symbol="IBM",
        source="alphavantage",
        interval="1m",
        open=Decimal("10.00"),
        high=Decimal("12.50"),
        low=Decimal(9),
        close=Decimal(11),
        volume=Decimal(300),
        trades=None,
        final=True,
    )
    value = bar(open="0.1234567890123456789", low="0.1", close=10.25, volume=1e3, trades=7)
    found = read_bar(value)
    assert (found.open, found.close) == (Decimal("0.1234567890123456789"), Decimal("10.25"))
    assert (found.volume, found.trades) == (1000, 7)


def test_what_publishers_write_is_what_is_read():
    start, received = (datetime(2026, 2, 27, 12, 5 * n, tzinfo=UTC) for n in (1, 2))
    message = BarMessage(
        source="yahoo", symbol="YAHOO:BTC-USD", interval="5m", bar_start=start, open="1", high="3",
        low="1", close="2.50", volume="0", trades=4, final=False, received_at=received,
    )  # fmt: skip
    found = read_bar(bar_message.encode(message))
    assert (found.us, found.received_us) == (NOON + 300_000_000, NOON + 600_000_000)
    assert (found.interval, found.final, found.volume, found.trades) == ("5m", False, 0, 4)
    assert str(found.close) == "2.50"


@pytest.mark.parametrize(
    "interval, start",
    [
        ("1m", "2026-02-27T12:01:00Z"),
        ("5m", "2026-02-27T12:05:00+00:00"),
        ("15m", "2026-02-27T07:45:00-05:00"),
        ("30m", 1772193600),
        ("1h", "2026-02-27T12:00:00.000Z"),
        ("1d", "2026-02-27T00:00:00Z"),
    ],
)
def test_a_bar_starts_on_the_grid_of_its_interval(interval, start):
    assert read_bar(bar(interval=interval, bar_start=start)).interval == interval


@pytest.mark.parametrize(
    "changes, reason, detail",
    [
        ({"v": 2}, "unknown version", "v is 2, known is 1"),
        ({"v": True}, "unknown version", "v is True, known is 1"),
        ({"source": None}, "no source", "source is missing"),
        ({"symbol": 7203}, "bad symbol", "symbol is 7203, a number"),
        ({"symbol": "x" * 129}, "bad symbol", "of more than 128 characters"),
        ({"interval": None}, "unknown interval", "None, not 1m, 5m, 15m, 30m, 1h, 1d"),
        ({"interval": "1Min"}, "unknown interval", "'1Min', not 1m"),
        ({"interval": "2m"}, "unknown interval", "'2m', not 1m"),
        ({"interval": ["1m"]}, "unknown interval", "['1m'], not 1m"),
        ({"bar_start": None}, "no time", "bar_start is missing"),
        ({"bar_start": "soon"}, "bad time", "bar_start is 'soon'"),
        ({"bar_start": "1999-12-31T00:00:00Z"}, "time out of range", "before 2000"),
        ({"bar_start": "2026-02-27T12:00:30Z"}, "bad bar_start", "where no bar of 1m starts"),
        ({"bar_start": "2026-02-27T12:00:00.000000001Z"}, "bad bar_start", "no bar of 1m starts"),
        ({"interval": "5m", "bar_start": "2026-02-27T12:01:00Z"}, "bad bar_start", "no bar of 5m"),
        ({"interval": "1d"}, "bad bar_start", "where no bar of 1d starts"),
        ({"open": None}, "no open", "open is missing"),
        ({"high": ""}, "no high", "high is missing"),
        ({"low": "nine"}, "bad number", "low is 'nine', not a number"),
        ({"close": "NaN"}, "number out of range", "close is 'NaN'"),
        ({"close": True}, "wrong type", "close is True, not a number"),
        ({"high": "1e40"}, "number out of range", "high is '1e40'"),
        ({"open": "8.99"}, "bad prices", "open 8.99 is not from low 9 to high 12.50"),
        ({"close": "12.51"}, "bad prices", "close 12.51 is not from low 9 to high 12.50"),
        ({"high": "8", "low": "9"}, "bad prices", "from low 9 to high 8"),
        ({"volume": "-1"}, "bad volume", "below zero"),
        ({"volume": {}}, "wrong type", "volume is {}, not a number"),
        ({"trades": -1}, "bad trades", "trades is -1, not a count"),
        ({"trades": 1 << 63}, "bad trades", "not a count"),
        ({"trades": "1.5"}, "wrong type", "trades is '1.5', not a whole number"),
        ({"final": None}, "no final", "final is missing"),
        ({"final": "true"}, "wrong type", "final is 'true', not true or false"),
        ({"received_at": "x"}, "bad time", "received_at is 'x'"),
    ],
)
def test_a_wrong_bar_is_rejected_with_its_field(changes, reason, detail):
    found = made.decoded(bar(**changes))
    assert isinstance(found, Reject)
    assert (found.reason, detail in found.detail) == (reason, True), found


@pytest.mark.parametrize("value", [OWN, OWN_DELETED, OWN.replace(b',"revision":1', b"")])
def test_a_bar_of_our_own_is_no_vendors(value):
    found = made.decoded(value)
    assert isinstance(found, Reject)
    assert found.reason == "bar of our own"
    assert "take its topic out of STOCKPULSE_TOPICS" in found.detail


def test_a_bar_below_zero_is_refused_where_the_source_has_none():
    below = bar(source="sim", open="-1", low="-2", close="-1", high="0")
    assert read_bar(below).low == -2
    found = made.decoded(below, known=made.catalog_with(negative_prices=False))
    assert found == Reject("bad price", "sim has no prices of zero or below")


def test_a_bar_is_recognised_by_one_format():
    for value in (bar(), OWN, bar(price="1", event_time="2026-02-27T12:00:00Z")):
        assert sum(one.recognises(read(value)) for one in FORMATS) == 1


def test_a_list_may_hold_bars_and_trades_and_is_rejected_for_one_of_them():
    message = b"[" + bar(0) + b"," + made.trade(0) + b"," + bar(1) + b"]"
    assert [type(one).__name__ for one in made.decoded(message)] == ["Bar", "Trade", "Bar"]
    found = made.decoded(b"[" + bar(0) + b"," + bar(1, high="1") + b"]")
    assert found.detail.startswith("item 2 of 2: open 10.00 is not from low 9")


def test_bars_after_a_trade_in_a_slice_keep_their_message():
    decoded = made.slowly([made.trade(0), bar(0), b"x", bar(1)], first=5)
    assert (list(decoded.bars), list(decoded.rejects)) == ([6, 8], [7])
