"""Binance: raw streams, quotes without a time, answers that cover a request."""

import json
from datetime import UTC, datetime

import pytest

from db.errors import UsageError
from ingest.feed.source import Acknowledged, BadFrame, Goodbye, Missed, Notice, Options, Refused
from ingest.formats.instrument import Instrument
from ingest.sources import binance
from ingest.sources.binance import agg
from tests.ingest.feed.venues import connected, messages

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 2, 27, 12, 5, 0, 200_000, tzinfo=UTC)
SYMBOL = "BINANCE:BTCUSDT"
TRADE = (
    '{"e":"trade","E":1772193900125,"s":"BTCUSDT","t":12345,"p":"64012.10","q":"0.00310000",'
    '"T":1772193900123,"m":true,"M":true}'
)
BOOK = '{"u":400900217,"s":"BTCUSDT","b":"64012.00","B":"1.5","a":"64012.10","A":"0.250"}'


def source(**options):
    return binance.source(Options(symbols=("BTCUSDT",), **options))


def read(feed, text):
    return feed.read(text.encode(), NOW)


def test_a_trade_becomes_a_message_with_the_digits_of_the_venue():
    reading = read(source(), TRADE)
    assert messages(reading) == [
        {
            "v": 1,
            "kind": "trade",
            "source": "binance",
            "symbol": SYMBOL,
            "event_time": "2026-02-27T12:05:00.123000Z",
            "received_at": "2026-02-27T12:05:00.200000Z",
            "price": "64012.10",
            "size": "0.00310000",
            "side": "sell",
            "seq": 12345,
            "dedupe_id": "12345",
        }
    ]
    assert reading.newest == datetime(2026, 2, 27, 12, 5, 0, 123_000, tzinfo=UTC)


def test_a_combined_stream_is_read_too():
    wrapped = f'{{"stream":"btcusdt@trade","data":{TRADE}}}'
    assert messages(read(source(), wrapped)) == messages(read(source(), TRADE))


def test_a_quote_has_the_time_of_its_receipt_and_says_so():
    reading = read(source(quotes=True), BOOK)
    assert messages(reading) == [
        {
            "v": 1,
            "kind": "quote",
            "source": "binance",
            "symbol": SYMBOL,
            "event_time": "2026-02-27T12:05:00.200000Z",
            "received_at": "2026-02-27T12:05:00.200000Z",
            "bid": "64012.00",
            "bid_size": "1.5",
            "ask": "64012.10",
            "ask_size": "0.250",
            "seq": 400900217,
            "dedupe_id": "400900217",
            "flags": ["recv_time"],
        }
    ]
    assert reading.newest is None  # its age is not known


def test_aggregates_are_a_source_of_their_own_and_trades_are_none_of_it():
    feed = agg.source(Options(symbols=("BTCUSDT",)))
    aggregate = (
        '{"e":"aggTrade","E":1772193900125,"s":"BTCUSDT","a":77,"p":"64012.10","q":"0.0062",'
        '"f":12345,"l":12346,"T":1772193900123,"m":false,"M":true}'
    )
    [one] = messages(read(feed, aggregate))
    assert (one["source"], one["dedupe_id"], one["side"]) == ("binance.agg", "77", "buy")
    assert messages(read(feed, TRADE)) == []
    assert messages(read(source(), aggregate)) == []
    with pytest.raises(UsageError, match=r"binance\.agg has no quotes: take those of binance"):
        feed.subscriptions(Options(symbols=("BTCUSDT",), quotes=True))


def test_a_jump_of_ids_is_reported():
    feed = source()
    read(feed, TRADE)
    [fact] = read(feed, TRADE.replace("12345", "12349")).facts
    assert isinstance(fact, Missed)
    assert (fact.first_id, fact.last_id) == ("12346", "12348")


async def test_streams_are_asked_for_in_small_letters_and_a_refusal_covers_its_request():
    feed = source()
    sent = await connected(feed, Options(symbols=("BTCUSDT", "ethusdt"), quotes=True))
    assert sent == [
        {
            "method": "SUBSCRIBE",
            "params": [
                "btcusdt@trade",
                "btcusdt@bookTicker",
                "ethusdt@trade",
                "ethusdt@bookTicker",
            ],
            "id": 1,
        }
    ]
    series = [
        (symbol, kind) for symbol in (SYMBOL, "BINANCE:ETHUSDT") for kind in ("trade", "quote")
    ]
    refused = read(feed, '{"error":{"code":2,"msg":"Invalid request"},"id":1}')
    assert refused.facts == [Refused(*one, "Invalid request") for one in series]


async def test_a_series_is_served_once_it_has_an_event():
    """The answer is null for pairs that do not exist too."""
    feed = source()
    await connected(feed, Options(symbols=("BTCUSDT",), quotes=True))
    assert read(feed, '{"result":null,"id":1}').facts == []
    time = datetime(2026, 2, 27, 12, 5, 0, 123_001, tzinfo=UTC)
    assert read(feed, TRADE).facts == [
        Acknowledged(SYMBOL, "trade", NOW),
        Acknowledged(SYMBOL, "trade", time),  # as ids tell what is missing from there on
    ]
    assert read(feed, BOOK).facts == [Acknowledged(SYMBOL, "quote", NOW)]
    assert read(feed, TRADE.replace("12345", "12346")).facts == []


async def test_the_next_connection_closes_the_gap_at_its_first_trade_or_reports_it():
    feed = source()
    wanted = Options(symbols=("BTCUSDT",))
    last = datetime(2026, 2, 27, 12, 5, 0, 123_000, tzinfo=UTC)
    await connected(feed, wanted)
    read(feed, TRADE)
    await connected(feed, wanted)
    assert read(feed, TRADE.replace("12345", "12346")).facts == [
        Acknowledged(SYMBOL, "trade", NOW),
        Acknowledged(SYMBOL, "trade", last),
    ]
    await connected(feed, wanted)
    served, gap = read(feed, TRADE.replace("12345", "12350")).facts
    assert served == Acknowledged(SYMBOL, "trade", NOW)
    assert (gap.first_id, gap.last_id) == ("12347", "12349")


async def test_pairs_without_an_event_are_named_after_five_minutes():
    feed = source()
    await connected(feed, Options(symbols=("BTCUSDT", "BTCUSD"), quotes=True))
    read(feed, TRADE)
    read(feed, BOOK)
    answers = [read(feed, '{"result":[],"id":0}') for _ in range(20)]
    text = "no quotes of BINANCE:BTCUSD, trades of BINANCE:BTCUSD yet: does the pair exist?"
    assert [one.facts for one in answers if one.facts] == [[Notice(text)]]


def test_a_quote_that_comes_again_is_left_out():
    feed = source(quotes=True)
    assert len(messages(read(feed, BOOK))) == 1
    assert messages(read(feed, BOOK)) == []
    assert len(messages(read(feed, BOOK.replace("400900217", "400900218")))) == 1


@pytest.mark.parametrize(
    "url", ["wss://fstream.binance.com/ws", "wss://stream.binance.us:9443/ws", "wss://dstream.x/ws"]
)
def test_a_market_with_the_same_names_is_refused(url):
    with pytest.raises(UsageError, match="binance is its spot market"):
        source(url=url)


async def test_many_streams_are_asked_for_in_parts_at_the_pace_of_the_venue(monkeypatch):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr("ingest.feed.requests.asyncio.sleep", sleep)
    names = tuple(f"A{number}USDT" for number in range(1024))
    sent = await connected(source(), Options(symbols=names))
    assert [len(one["params"]) for one in sent] == [200] * 5 + [24]
    assert pauses == [0.3] * 5  # of five messages a second
    assert [one["id"] for one in sent] == [1, 2, 3, 4, 5, 6]


def test_more_streams_than_a_connection_has_are_refused_at_once():
    names = tuple(f"A{number}USDT" for number in range(513))
    with pytest.raises(UsageError, match=r"binance serves 1024 subscriptions .*, 1026 are asked"):
        source().subscriptions(Options(symbols=names, quotes=True))


def test_a_refusal_of_no_request_is_told():
    text = '{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}'
    reason = "Invalid JSON: expected value at line 1 column 1"
    assert read(source(), text).facts == [Notice(reason)]


@pytest.mark.parametrize(
    "text",
    [
        '{"e":"serverShutdown","E":1770123456789}',
        '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}',
    ],
)
def test_a_server_that_shuts_down_is_left(text):
    assert read(source(), text).facts == [Goodbye("the venue shuts this server down")]


def test_the_answer_to_a_ping_shows_that_events_would_come():
    feed = source()
    assert json.loads(feed.ping.text) == {"method": "LIST_SUBSCRIPTIONS", "id": 0}
    reading = read(feed, '{"result":["btcusdt@trade"],"id":0}')
    assert (reading.facts, reading.is_alive) == ([], True)


@pytest.mark.parametrize(
    "text",
    ['{"result":[],"id":0}', '{"result":null,"id":0}', '{"error":{"code":2,"msg":"no"},"id":0}'],
)
def test_a_server_that_has_forgotten_all_streams_is_silent(text):
    reading = read(source(), text)
    assert (reading.facts, reading.is_alive) == ([], False)


BAD = {
    "a million digits": ('"0.00310000"', '"1e999999"'),
    "no number": ('"64012.10"', '"x"'),
    "below zero": ('"0.00310000"', '"-1"'),
    "no id": ("12345", "null"),
    "the first moment": ("1772193900123", "-62135596800000"),
    "a side": ("true,", '"x",'),
}


@pytest.mark.parametrize("old, new", BAD.values(), ids=BAD)
def test_a_trade_that_no_loader_stores_is_a_fault(old, new):
    reading = read(source(), TRADE.replace(old, new, 1))
    assert messages(reading) == []
    assert 0 < len(reading.fault) < 500


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", "{}", '"text"', "[" * 100_000, "<html>", '{"e":[]}', '{"e":{},"u":1}'],
)
def test_what_is_no_frame_is_refused(text):
    with pytest.raises(BadFrame):
        read(source(), text)


@pytest.mark.parametrize(
    "text, name, instrument",
    [
        ("btcusdt", "BTCUSDT", Instrument("crypto", "BTC", "USDT", calendar="24/7")),
        (" BINANCE:ETHUSDC ", "ETHUSDC", Instrument("crypto", "ETH", "USDC", calendar="24/7")),
        ("BTCTUSD", "BTCTUSD", Instrument("crypto", calendar="24/7")),
    ],
)
def test_a_pair_is_taken_apart_only_where_that_is_certain(text, name, instrument):
    [one] = source().subscriptions(Options(symbols=(text,)))
    assert (one.symbol, one.name, one.instrument) == (f"BINANCE:{name}", name, instrument)


@pytest.mark.parametrize("text", ["BTC/USDT", "BTC-USDT", "", "BTCUSDT_PERP"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(UsageError, match="write it like BTCUSDT"):
        source().subscriptions(Options(symbols=(text,)))
