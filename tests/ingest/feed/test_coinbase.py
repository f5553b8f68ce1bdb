"""Coinbase: recorded frames, snapshots from the newest on, numbers of frames."""

import json
from datetime import UTC, datetime

import pytest

from db.errors import UsageError
from ingest.feed.source import Acknowledged, BadFrame, Missed, Notice, Options, Refused
from ingest.formats.instrument import Instrument
from ingest.sources import coinbase
from tests.ingest.feed.venues import connected, messages

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 4, 7, 14, 30, 3, 500_000, tzinfo=UTC)
SYMBOL = "COINBASE:BTC-USD"
# Recorded.
TRADES = """{"channel":"market_trades","client_id":"","timestamp":"2026-04-07T14:30:02.789012Z",
    "sequence_num":5,"events":[{"type":"update","trades":[
    {"trade_id":"995098700","product_id":"BTC-USD","price":"68900.50","size":"0.00150000",
    "side":"BUY","time":"2026-04-07T14:30:02.789012Z"},
    {"trade_id":"995098701","product_id":"BTC-USD","price":"68900.00","size":"0.05000000",
    "side":"SELL","time":"2026-04-07T14:30:02.800000Z"}]}]}"""
TICKER = """{"channel":"ticker","client_id":"","timestamp":"2026-04-07T14:30:03.000000Z",
    "sequence_num":12,"events":[{"type":"snapshot","tickers":[{"type":"ticker",
    "product_id":"BTC-USD","price":"68900.50","volume_24_h":"15328.12345678",
    "best_bid":"68900.00","best_bid_quantity":"1.50000000","best_ask":"68901.00",
    "best_ask_quantity":"0.50000000"}]}]}"""
HEARTBEAT = """{"channel":"heartbeats","client_id":"","timestamp":"2026-04-07T14:30:03.000000Z",
    "sequence_num":0,"events":[{"current_time":"2026-04-07 14:30:10.000000000+00:00",
    "heartbeat_counter":42}]}"""
SUBSCRIPTIONS = """{"channel":"subscriptions","client_id":"",
    "timestamp":"2026-04-07T14:30:00.000000Z","sequence_num":0,"events":[{"subscriptions":{
    "level2":["BTC-USD"],"market_trades":["BTC-USD","ETH-USD"]}}]}"""


def source():
    return coinbase.source(Options(symbols=("BTC-USD",)))


def read(feed, text, now=NOW):
    return feed.read(text.encode(), now)


def trades(*ids, kind="update", number=5, **more):
    items = [
        {
            "trade_id": str(id_),
            "product_id": "BTC-USD",
            "price": "1.0",
            "size": "2",
            "side": "BUY",
            "time": f"2026-04-07T14:30:{id_ % 60:02d}Z",
        }
        | more
        for id_ in ids
    ]
    events = [{"type": kind, "trades": items}]
    return json.dumps({"channel": "market_trades", "sequence_num": number, "events": events})


def ids(reading):
    return [one["dedupe_id"] for one in messages(reading)]


def test_recorded_trades_have_the_side_of_the_taker():
    reading = read(source(), TRADES)
    first, second = messages(reading)
    assert first == {
        "v": 1,
        "kind": "trade",
        "source": "coinbase",
        "symbol": SYMBOL,
        "event_time": "2026-04-07T14:30:02.789012Z",
        "received_at": "2026-04-07T14:30:03.500000Z",
        "price": "68900.50",
        "size": "0.00150000",
        "side": "sell",
        "dedupe_id": "995098700",
    }
    assert (second["dedupe_id"], second["price"], second["side"]) == (
        "995098701",
        "68900.00",
        "buy",
    )
    assert reading.newest == datetime(2026, 4, 7, 14, 30, 2, 800_000, tzinfo=UTC)


def test_a_recorded_ticker_is_a_quote_at_the_time_of_its_frame():
    reading = read(source(), TICKER)
    assert messages(reading) == [
        {
            "v": 1,
            "kind": "quote",
            "source": "coinbase",
            "symbol": SYMBOL,
            "event_time": "2026-04-07T14:30:03.000000Z",
            "received_at": "2026-04-07T14:30:03.500000Z",
            "bid": "68900.00",
            "bid_size": "1.50000000",
            "ask": "68901.00",
            "ask_size": "0.50000000",
            "seq": 12,
            "dedupe_id": "1.50000000@68900.00/0.50000000@68901.00",
            "flags": ["snapshot"],
        }
    ]
    assert reading.newest is None


def test_heartbeats_hold_nothing_and_show_that_events_would_come():
    reading = read(source(), HEARTBEAT)
    assert (list(reading.messages), reading.facts, reading.is_alive) == ([], [], True)


def test_nanoseconds_at_the_edge_of_a_minute_stay_in_it():
    text = TRADES.replace("14:30:02.789012Z", "14:30:59.999999900Z", 2)
    first, _ = messages(read(source(), text))
    assert first["event_time"] == "2026-04-07T14:30:59.999999900Z"
    assert read(source(), text).newest == datetime(2026, 4, 7, 14, 30, 59, 999_999, tzinfo=UTC)


async def test_the_answer_names_what_is_served_from_when_it_was_sent():
    feed = source()
    sent = await connected(feed, Options(symbols=("BTC-USD", "ETH-USD"), quotes=True))
    assert sent == [
        {"type": "subscribe", "channel": "heartbeats"},
        {
            "type": "subscribe",
            "product_ids": ["BTC-USD", "ETH-USD"],
            "channel": "market_trades",
        },
        {"type": "subscribe", "product_ids": ["BTC-USD", "ETH-USD"], "channel": "ticker"},
    ]
    since = datetime(2026, 4, 7, 14, 30, tzinfo=UTC)
    facts = [Acknowledged(one, "trade", since) for one in (SYMBOL, "COINBASE:ETH-USD")]
    assert read(feed, SUBSCRIPTIONS).facts == facts
    assert read(feed, SUBSCRIPTIONS).facts == []  # said before


@pytest.mark.parametrize("text", [SUBSCRIPTIONS, trades(1)], ids=["answer", "trade"])
async def test_a_wrong_clock_of_the_venue_does_not_claim_the_past(text):
    feed = source()
    await connected(feed, Options(symbols=("BTC-USD",)))
    late = NOW.replace(hour=16)
    [fact] = read(feed, text, late).facts
    assert fact.since == late.replace(minute=29, second=53)  # ten seconds ago


async def test_an_answer_before_its_time_is_one_of_now():
    feed = source()
    await connected(feed, Options(symbols=("BTC-USD",)))
    early = NOW.replace(hour=13)
    [fact] = read(feed, SUBSCRIPTIONS, early).facts
    assert fact.since == early


async def test_what_was_not_asked_for_is_neither_served_nor_missed():
    feed = source()
    await connected(feed, Options(symbols=("BTC-USD",)))
    other = SUBSCRIPTIONS.replace("market_trades", "ticker")
    assert read(feed, other).facts == []
    assert read(feed, other.replace('"sequence_num":0', '"sequence_num":9')).facts == []


async def test_an_error_refuses_the_products_that_it_names():
    feed = source()
    await connected(feed, Options(symbols=("BTC-USD", "ABC-USD"), quotes=True))
    reason = "failed to subscribe: ABC-USD is not a valid product"
    text = json.dumps({"type": "error", "message": reason})
    refused = [Refused("COINBASE:ABC-USD", kind, reason) for kind in ("trade", "quote")]
    assert read(feed, text).facts == refused
    apart = {"type": "error", "message": "Failed to subscribe", "reason": "ABC-USD is no product"}
    told = "Failed to subscribe: ABC-USD is no product"
    assert read(feed, json.dumps(apart)).facts == [
        Refused("COINBASE:ABC-USD", kind, told) for kind in ("trade", "quote")
    ]
    other = '{"type":"error","message":"rate limit exceeded"}'
    assert read(feed, other).facts == [Notice("rate limit exceeded")]


async def test_a_snapshot_is_read_from_the_oldest_on_and_closes_the_gap():
    feed = source()
    wanted = Options(symbols=("BTC-USD",))
    await connected(feed, wanted)
    read(feed, trades(10))
    await connected(feed, wanted)  # the next connection
    reading = read(feed, trades(13, 12, 11, 10, 9, kind="snapshot"))
    assert ids(reading) == ["11", "12", "13"]
    assert {one["flags"][0] for one in messages(reading)} == {"snapshot"}
    last = datetime(2026, 4, 7, 14, 30, 10, tzinfo=UTC)
    assert reading.facts == [Acknowledged(SYMBOL, "trade", last)]
    assert reading.newest is None


async def test_a_snapshot_that_does_not_reach_back_tells_what_is_missing():
    feed = source()
    await connected(feed, Options(symbols=("BTC-USD",)))
    read(feed, trades(10))
    await connected(feed, Options(symbols=("BTC-USD",)))
    [fact] = read(feed, trades(31, 30, kind="snapshot")).facts
    assert (fact.first_id, fact.last_id) == ("11", "29")


async def test_frames_that_are_lost_are_a_gap_of_quotes():
    """The ids of trades tell more exactly which of them are missing."""
    feed = source()
    await connected(feed, Options(symbols=("BTC-USD",), quotes=True))
    answer = SUBSCRIPTIONS.replace("level2", "ticker").replace(
        '"sequence_num":0', '"sequence_num":1'
    )
    read(feed, answer)
    read(feed, HEARTBEAT.replace('"sequence_num":0', '"sequence_num":2'))
    lost = HEARTBEAT.replace("14:30:03.000000Z", "14:30:03.400000Z")
    reading = read(feed, lost.replace('"sequence_num":0', '"sequence_num":5'))
    since, until = NOW.replace(microsecond=0), NOW.replace(microsecond=400_000)
    assert reading.facts == [Missed(SYMBOL, "quote", since, until)]
    assert read(feed, lost.replace('"sequence_num":0', '"sequence_num":4')).facts == []  # late
    await connected(feed, Options(symbols=("BTC-USD",), quotes=True))
    assert read(feed, HEARTBEAT).facts == []  # each connection counts from zero


def test_what_is_good_of_a_bad_frame_is_published():
    text = json.loads(trades(1, 2, 3))
    text["events"][0]["trades"][1]["price"] = "x"
    text["events"].append({"type": "update"})
    reading = read(source(), json.dumps(text))
    assert ids(reading) == ["1", "3"]
    assert [one.first_id for one in reading.facts if isinstance(one, Missed)] == ["2"]
    assert reading.fault


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", "{}", '{"channel":"market_trades","events":1}', "[" * 100_000]
)
def test_what_is_no_frame_is_refused(text):
    with pytest.raises(BadFrame):
        read(source(), text)


def test_a_frame_without_a_time_is_read_all_the_same():
    text = trades(7).replace('"sequence_num"', '"timestamp": "soon", "sequence_num"')
    assert ids(read(source(), text)) == ["7"]


def test_a_pair_has_its_currencies_in_its_name():
    [one] = source().subscriptions(Options(symbols=(" coinbase:btc-usd",)))
    assert one[:3] == (SYMBOL, "trade", "BTC-USD")
    assert one.instrument == Instrument("crypto", "BTC", "USD", calendar="24/7")


@pytest.mark.parametrize("text", ["BTCUSD", "BTC/USD", "BTC-", "BIT-29NOV24-CDE"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(UsageError, match="write it like BTC-USD"):
        source().subscriptions(Options(symbols=(text,)))


def test_a_pair_that_has_the_trades_of_another_is_refused():
    with pytest.raises(UsageError, match="BTC-USDC has the trades of BTC-USD: ask for that"):
        source().subscriptions(Options(symbols=("BTC-USDC",)))
    assert source().subscriptions(Options(symbols=("USDT-USDC",)))
