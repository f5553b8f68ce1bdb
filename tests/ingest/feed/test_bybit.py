"""Bybit: a recorded frame, one answer per topic, quotes that come again, a pair that shows life."""

import json
from datetime import UTC, datetime

import pytest

from db.errors import UsageError
from ingest.feed.source import Acknowledged, BadFrame, Notice, Options, Refused
from ingest.sources import bybit
from tests.ingest.feed.venues import connected, messages

pytestmark = pytest.mark.anyio
NOW = datetime(2024, 3, 8, 9, 54, 39, 200_000, tzinfo=UTC)
SYMBOL = "BYBIT:BTCUSDT"
# Recorded, but for the name of the topic, which was another category's.
TRADES = """{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1709891679005,"data":[
    {"T":1709891679000,"s":"BTCUSDT","S":"Buy","v":"0.010","p":"27451.00",
    "i":"9dc75fca-4bdd-4773-9f78-6f5d7ab2a110","BT":false}]}"""
ACK = """{"success":true,"ret_msg":"","conn_id":"cejreaspqfm9se7usbrg-2xh",
    "req_id":"publicTrade.BTCUSDT","op":"subscribe"}"""
FAILURE = """{"success":false,"ret_msg":"Invalid topic: publicTrade.ABCUSDT",
    "conn_id":"cejreaspqfm9se7usbrg-2xh","op":"subscribe"}"""
BOOK = """{"topic":"orderbook.1.BTCUSDT","ts":1709891679105,"type":"snapshot","data":{
    "s":"BTCUSDT","b":[["27450.00","1.50"]],"a":[["27451.00","0.010"]],"u":7,"seq":9},
    "cts":1709891679100}"""


async def feeding(*names, **options):
    feed = bybit.source(Options(symbols=names))
    await connected(feed, Options(symbols=names, **options))
    return feed


def read(feed, text):
    return feed.read(text.encode(), NOW)


async def test_a_recorded_trade_becomes_a_message():
    reading = read(await feeding("BTCUSDT"), TRADES)
    assert messages(reading) == [
        {
            "v": 1,
            "kind": "trade",
            "source": "bybit",
            "symbol": SYMBOL,
            "event_time": "2024-03-08T09:54:39.000000Z",
            "received_at": "2024-03-08T09:54:39.200000Z",
            "price": "27451.00",
            "size": "0.010",
            "side": "buy",
            "dedupe_id": "9dc75fca-4bdd-4773-9f78-6f5d7ab2a110",
        }
    ]
    assert reading.newest == datetime(2024, 3, 8, 9, 54, 39, tzinfo=UTC)


async def test_a_book_of_depth_one_is_a_quote_at_the_time_of_the_engine_and_comes_once():
    feed = await feeding("BTCUSDT", quotes=True)
    reading = read(feed, BOOK)
    assert messages(reading) == [
        {
            "v": 1,
            "kind": "quote",
            "source": "bybit",
            "symbol": SYMBOL,
            "event_time": "2024-03-08T09:54:39.100000Z",
            "received_at": "2024-03-08T09:54:39.200000Z",
            "bid": "27450.00",
            "bid_size": "1.50",
            "ask": "27451.00",
            "ask_size": "0.010",
            "seq": 9,
            "dedupe_id": "1.50@27450.00/0.010@27451.00",
        }
    ]
    again = read(feed, BOOK)  # three seconds later
    assert (list(again.messages), again.is_alive) == ([], True)
    assert messages(read(feed, BOOK.replace('"u":7', '"u":8'))) != []


async def test_a_side_of_a_book_may_be_empty():
    feed = await feeding("BTCUSDT", quotes=True)
    [one] = messages(read(feed, BOOK.replace('[["27450.00","1.50"]]', "[]")))
    assert ("bid" in one, one["ask"]) == (False, "27451.00")


async def test_each_topic_has_a_request_and_an_answer_of_its_own():
    feed = bybit.source(Options(symbols=()))
    sent = await connected(feed, Options(symbols=("BTCUSDT", "ABCUSDT")))
    assert sent == [
        {"op": "subscribe", "args": [topic], "req_id": topic}
        for topic in ("publicTrade.BTCUSDT", "publicTrade.ABCUSDT")
    ]
    assert read(feed, ACK).facts == [Acknowledged(SYMBOL, "trade")]
    reason = "Invalid topic: publicTrade.ABCUSDT"
    assert read(feed, FAILURE).facts == [Refused("BYBIT:ABCUSDT", "trade", reason)]
    other = '{"success":false,"ret_msg":"too many requests","op":"subscribe"}'
    assert read(feed, other).facts == [Notice("too many requests")]


async def test_trades_of_the_busiest_pair_show_life_and_are_not_published():
    feed = await feeding("ETHUSDT")
    reading = read(feed, TRADES)
    assert (list(reading.messages), reading.is_alive) == ([], True)
    assert reading.newest == datetime(2024, 3, 8, 9, 54, 39, tzinfo=UTC)
    assert read(feed, ACK).facts == []


async def test_block_trades_and_those_of_retail_orders_are_told():
    [one] = messages(
        read(await feeding("BTCUSDT"), TRADES.replace('"BT":false', '"BT":true,"RPI":true'))
    )
    assert one["conditions"] == ["BT", "RPI"]


@pytest.mark.parametrize(
    "url",
    ["wss://stream.bybit.com/v5/public/linear", "wss://stream-testnet.bybit.com/v5/public/spot"],
)
def test_a_market_with_the_same_names_is_refused(url):
    with pytest.raises(UsageError, match="bybit is its spot market"):
        bybit.source(Options(symbols=(), url=url))


async def test_a_pong_shows_no_life():
    feed = await feeding("BTCUSDT")
    assert json.loads(feed.ping.text) == {"op": "ping"}
    text = '{"success":true,"ret_msg":"pong","conn_id":"c","req_id":"","op":"ping"}'
    assert not read(feed, text).is_alive
    assert not read(feed, '{"op":"pong","args":["1"],"conn_id":"c"}').is_alive


async def test_what_is_good_of_a_bad_frame_is_published():
    frame = json.loads(TRADES)
    [item] = frame["data"]
    frame["data"] = [item | {"i": "a"}, item | {"p": "x"}, item | {"i": None}, item | {"i": "b"}]
    reading = read(await feeding("BTCUSDT"), json.dumps(frame))
    assert [one["dedupe_id"] for one in messages(reading)] == ["a", "b"]
    assert reading.fault


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", "{}", '{"topic":"publicTrade.BTCUSDT","data":7}', "[" * 100_000],
)
async def test_what_is_no_frame_is_refused(text):
    with pytest.raises(BadFrame):
        read(await feeding("BTCUSDT"), text)


@pytest.mark.parametrize("text", ["BTC/USDT", "BTC-PERP", "BTC_USDT"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(UsageError, match="write it like BTCUSDT"):
        bybit.source(Options(symbols=())).subscriptions(Options(symbols=(text,)))
