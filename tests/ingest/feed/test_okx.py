"""OKX: a recorded frame, trades that join others, an answer per pair, plain "ping" and "pong"."""

import json
from datetime import UTC, datetime

import pytest

from db.errors import UsageError
from ingest.feed.source import Acknowledged, BadFrame, Goodbye, Missed, Notice, Options, Refused
from ingest.formats.instrument import Instrument
from ingest.sources import okx
from ingest.sources.okx import all as okx_all
from tests.ingest.feed.venues import connected, messages

pytestmark = pytest.mark.anyio
NOW = datetime(2021, 8, 27, 7, 21, 38, 100_000, tzinfo=UTC)
SYMBOL = "OKX:BTC-USD"
# Recorded.
TRADES = """{"arg":{"channel":"trades","instId":"BTC-USD"},"data":[{"instId":"BTC-USD",
    "tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897",
    "count":"3"}]}"""
BEST = """{"arg":{"channel":"bbo-tbt","instId":"BTC-USD"},"data":[{
    "asks":[["42220.0","1.5","0","2"]],"bids":[["42219.9","0.25","0","1"]],"ts":"1630048897897","seqId":363996337}]}"""


async def feeding(module=okx, *names, **options):
    feed = module.source(Options(symbols=names))
    await connected(feed, Options(symbols=names or ("BTC-USD",), **options))
    return feed


def read(feed, text):
    return feed.read(text.encode(), NOW)


async def test_a_recorded_trade_becomes_a_message():
    reading = read(await feeding(), TRADES)
    assert messages(reading) == [
        {
            "v": 1,
            "kind": "trade",
            "source": "okx",
            "symbol": SYMBOL,
            "event_time": "2021-08-27T07:21:37.897000Z",
            "received_at": "2021-08-27T07:21:38.100000Z",
            "price": "42219.9",
            "size": "0.12060306",
            "side": "buy",
            "dedupe_id": "130639474",
        }
    ]


async def test_the_best_bid_and_ask_are_a_quote():
    [one] = messages(read(await feeding(quotes=True), BEST))
    assert (one["kind"], one["source"], one["seq"]) == ("quote", "okx", 363996337)
    assert [one[key] for key in ("bid", "bid_size", "ask", "ask_size")] == [
        "42219.9",
        "0.25",
        "42220.0",
        "1.5",
    ]


async def test_a_trade_that_joins_others_covers_their_ids():
    """The id is that of the last: 130639477 joins three, so the next but two follows."""
    feed = await feeding()
    read(feed, TRADES)
    follows = TRADES.replace("130639474", "130639477")
    assert read(feed, follows).facts == []
    [gap] = read(feed, TRADES.replace("130639474", "130639481")).facts
    assert isinstance(gap, Missed)
    assert (gap.first_id, gap.last_id) == ("130639478", "130639478")


async def test_a_trade_that_does_not_say_how_many_it_joins_tells_nothing_of_those_before():
    feed = await feeding()
    read(feed, TRADES)
    text = TRADES.replace("130639474", "130639999").replace(',\n    "count":"3"', "")
    reading = read(feed, text)
    assert ([one["dedupe_id"] for one in messages(reading)], reading.facts) == (["130639999"], [])


async def test_each_fill_is_a_trade_of_another_source():
    feed = await feeding(okx_all)
    text = TRADES.replace('"trades"', '"trades-all"').replace(',\n    "count":"3"', "")
    [one] = messages(read(feed, text))
    assert (one["source"], one["dedupe_id"]) == ("okx.all", "130639474")
    [gap] = read(feed, text.replace("130639474", "130639476")).facts
    assert (gap.first_id, gap.last_id) == ("130639475", "130639475")
    assert messages(read(feed, TRADES)) == []
    with pytest.raises(UsageError, match=r"okx\.all has no quotes: take those of okx"):
        feed.subscriptions(Options(symbols=("BTC-USDT",), quotes=True))


def test_each_source_has_its_address():
    options = Options(symbols=("BTC-USDT",))
    assert okx.source(options)._url == "wss://ws.okx.com:8443/ws/v5/public"
    assert okx_all.source(options)._url == "wss://ws.okx.com:8443/ws/v5/business"


def test_demo_trading_is_refused():
    with pytest.raises(UsageError, match="okx is its spot market"):
        okx.source(Options(symbols=(), url="wss://wspap.okx.com:8443/ws/v5/public"))


async def test_each_pair_has_a_request_and_an_answer_of_its_own():
    feed = okx.source(Options(symbols=()))
    sent = await connected(feed, Options(symbols=("BTC-USDT", "ABC-USDT")))
    assert sent == [
        {"id": id_, "op": "subscribe", "args": [{"channel": "trades", "instId": name}]}
        for id_, name in (("1", "BTC-USDT"), ("2", "ABC-USDT"))
    ]
    ack = {"id": "1", "event": "subscribe", "arg": sent[0]["args"][0], "connId": "a4d3ae55"}
    assert read(feed, json.dumps(ack)).facts == [Acknowledged("OKX:BTC-USDT", "trade")]
    reason = "Wrong URL or channel:trades,instId:ABC-USDT doesn't exist."
    error = {"event": "error", "code": "60018", "msg": reason, "connId": "a4d3ae55"}
    refused = [Refused("OKX:ABC-USDT", "trade", reason)]
    assert read(feed, json.dumps(error)).facts == refused
    assert read(feed, json.dumps(error | {"id": "2", "msg": "no"})).facts == [
        Refused("OKX:ABC-USDT", "trade", "no")
    ]
    other = {"event": "error", "code": "60014", "msg": "Requests too frequent"}
    assert read(feed, json.dumps(other)).facts == [Notice("Requests too frequent")]


async def test_a_connection_that_is_about_to_end_is_left():
    text = (
        '{"event":"notice","code":"64008","msg":"The connection will soon be closed.","connId":"a"}'
    )
    facts = read(await feeding(), text).facts
    assert facts == [Goodbye("The connection will soon be closed.")]
    assert read(await feeding(), '{"event":"notice","code":"1","msg":"hello"}').facts == [
        Notice("hello")
    ]


async def test_trades_of_the_busiest_pair_show_life_and_are_not_published():
    feed = await feeding()
    reading = read(feed, TRADES.replace("BTC-USD", "BTC-USDT"))
    assert (list(reading.messages), list(reading.facts), reading.is_alive) == ([], [], True)


async def test_a_pong_shows_no_life():
    feed = await feeding()
    assert feed.ping == ("ping", 20.0)
    assert not feed.read(b"pong", NOW).is_alive


async def test_what_is_good_of_a_bad_frame_is_published():
    frame = json.loads(TRADES)
    [item] = frame["data"]
    bad = {"px": "x", "tradeId": "130639475", "count": "1"}
    good = {"tradeId": "130639476", "count": "1"}
    frame["data"] = [item, item | bad, "no item", item | good]
    reading = read(await feeding(), json.dumps(frame))
    assert [one["dedupe_id"] for one in messages(reading)] == ["130639474", "130639476"]
    assert [one.first_id for one in reading.facts if isinstance(one, Missed)] == ["130639475"]
    assert reading.fault


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", "{}", '{"arg":{"channel":"trades"},"data":7}', "[" * 100_000]
)
async def test_what_is_no_frame_is_refused(text):
    with pytest.raises(BadFrame):
        read(await feeding(), text)


def test_a_pair_has_its_currencies_in_its_name():
    [one] = okx.source(Options(symbols=())).subscriptions(Options(symbols=("btc-usdt",)))
    assert one[:3] == ("OKX:BTC-USDT", "trade", "BTC-USDT")
    assert one.instrument == Instrument("crypto", "BTC", "USDT", calendar="24/7")


@pytest.mark.parametrize("text", ["BTCUSDT", "BTC/USDT", "BTC-USDT-SWAP"])
def test_what_is_no_spot_pair_is_refused(text):
    """The sizes of swaps are contracts, not units."""
    with pytest.raises(UsageError, match="no spot pair; write it like BTC-USDT"):
        okx.source(Options(symbols=())).subscriptions(Options(symbols=(text,)))


def test_more_requests_than_a_connection_takes_are_refused_at_once():
    names = tuple(f"A{number}-USDT" for number in range(471))
    with pytest.raises(UsageError, match="okx serves 470 subscriptions per connection, 471"):
        okx.source(Options(symbols=())).subscriptions(Options(symbols=names))
