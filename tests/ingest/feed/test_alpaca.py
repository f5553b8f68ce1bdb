"""Alpaca's streams: a login, answers with the whole set, amendments, quiet markets, refusals."""

import asyncio
import json
import logging
import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from db.errors import SettingsError, UsageError
from ingest.feed import run as feeds
from ingest.feed.source import (
    Acknowledged,
    BadFrame,
    Goodbye,
    Notice,
    Options,
    Refused,
)
from ingest.feed.supervisor import Pace
from ingest.formats.events import Quote
from ingest.formats.instrument import Instrument
from ingest.sources import alpaca
from ingest.sources.alpaca import crypto
from stack.venue.alpaca import CRYPTO, AlpacaVenue
from stack.venue.thread import running as serving
from tests.ingest import made
from tests.ingest.feed.conftest import events, markers
from tests.support import wait_until

NOW = datetime(2026, 2, 27, 15, 5, 0, 200_000, tzinfo=UTC)
TOKEN = "PKABC123:s3cr3t/+:x"
TRADE = (
    '{"T":"t","S":"AAPL","i":52983,"x":"V","p":189.50,"s":100,"c":["@","I"],"z":"C",'
    '"t":"2026-02-27T15:05:00.123456789Z"}'
)
QUOTE = (
    '{"T":"q","S":"AAPL","bx":"V","bp":189.40,"bs":3,"ax":"Q","ap":189.60,"as":2,"c":["R"],'
    '"z":"C","t":"2026-02-27T15:05:00.1Z"}'
)
COIN = (
    '{"T":"t","S":"BTC/USD","i":77001,"p":64012.1,"s":0.00000001,"tks":"S",'
    '"t":"2026-02-27T15:05:00.5Z"}'
)
CORRECTION = (
    '{"T":"c","S":"AAPL","x":"V","oi":52983,"op":189.5,"os":100,"oc":["@"],"ci":52990,'
    '"cp":189.45,"cs":90,"cc":["@"],"z":"C","t":"2026-02-27T15:09:00Z"}'
)
CANCEL = (
    '{"T":"x","S":"AAPL","i":52983,"x":"V","p":189.5,"s":100,"a":"C","z":"C",'
    '"t":"2026-02-27T15:10:00.000000001Z"}'
)


def options(*symbols, **more):
    return Options(**({"symbols": symbols or ("AAPL",), "token": TOKEN} | more))


def source(*symbols, **more):
    """Returns a source whose first request is not answered yet."""
    asked = options(*symbols, **more)
    made = (crypto if any("/" in one for one in asked.symbols) else alpaca).source(asked)
    asyncio.run(made.subscribe(Silent(), made.subscriptions(asked)))
    return made


class Silent:
    """A connection that is written to."""

    async def send(self, message):
        pass


def read(made, *items, at=NOW):
    return made.read(f"[{','.join(items)}]".encode(), at)


def sent(reading):
    return [json.loads(message.value) for message in reading.messages]


def listing(trades=(), quotes=()):
    full = {"T": "subscription", "trades": list(trades), "quotes": list(quotes), "bars": []}
    return json.dumps(full | {"corrections": list(trades), "cancelErrors": list(trades)})


def test_a_trade_becomes_a_message_with_all_that_the_venue_says():
    reading = read(source(), TRADE)
    assert sent(reading) == [
        {
            "v": 1,
            "kind": "trade",
            "source": "alpaca",
            "symbol": "AAPL",
            "event_time": "2026-02-27T15:05:00.123456789Z",
            "received_at": "2026-02-27T15:05:00.200000Z",
            "price": "189.50",
            "size": "100",
            "dedupe_id": "52983",
            "exchange": "V",
            "tape": "C",
            "conditions": ["@", "I"],
        }
    ]
    assert reading.newest == datetime(2026, 2, 27, 15, 5, 0, 123_456, tzinfo=UTC)


def test_a_coin_has_its_venue_and_the_takers_side():
    [one] = sent(read(source("BTC/USD"), COIN))
    assert (one["source"], one["symbol"], one["side"]) == ("alpaca", "ALPACA:BTC/USD", "sell")
    assert (one["dedupe_id"], one["size"]) == ("77001", "0.00000001")
    assert "exchange" not in one


def test_a_quote_names_both_exchanges():
    [one] = sent(read(source(), QUOTE))
    assert one["exchange"] == "V/Q"
    assert (one["bid"], one["bid_size"], one["ask"], one["ask_size"]) == (
        "189.40",
        "3",
        "189.60",
        "2",
    )


def test_an_amendment_is_published_with_the_exchange_of_its_ids():
    reading = read(source(), CORRECTION, CANCEL)
    [correction, cancel] = sent(reading)
    assert correction["flags"] == ["correction"]
    assert (correction["dedupe_id"], correction["amends"]) == ("52990", ["52983"])
    assert (correction["exchange"], correction["price"]) == ("V", "189.45")
    assert cancel == {
        "v": 1,
        "kind": "trade",
        "source": "alpaca",
        "symbol": "AAPL",
        "event_time": "2026-02-27T15:10:00.000000001Z",
        "received_at": "2026-02-27T15:05:00.200000Z",
        "dedupe_id": "52983",
        "exchange": "V",
        "flags": ["cancel"],
    }
    assert reading.newest is None


@pytest.mark.parametrize("item", [TRADE, QUOTE, COIN, CORRECTION, CANCEL])
def test_the_loader_reads_a_message_as_it_reads_the_venues_own(item):
    """So that a trade and its amendments meet, whichever way they come."""
    [message] = source().read(f"[{item}]".encode(), NOW).messages
    [own], [direct] = made.decoded(message.value), made.decoded(item.encode())
    assert same(own) == same(direct)


def same(found):
    """Returns an event without what only one of both ways has: a quote's id is derived."""
    event = getattr(found, "event", found)
    left = {"received_us"} | ({"tick_id", "seq"} if isinstance(event, Quote) else set())
    keys = msgspec.structs.asdict(event)
    return {k: v for k, v in keys.items() if k not in left}, getattr(found, "amends", None)


def test_what_is_good_of_a_bad_frame_is_published():
    reading = read(source(), TRADE, TRADE.replace("189.50", '"x"'), "7", '{"T":"t"}', QUOTE)
    assert [one["kind"] for one in sent(reading)] == ["trade", "quote"]
    assert reading.fault


@pytest.mark.parametrize("item", ['{"T":"b","S":"AAPL","o":1}', '{"T":"n","headline":"x"}'])
def test_what_was_not_asked_for_is_no_fault(item):
    reading = read(source(), item)
    assert (list(reading.messages), list(reading.facts), reading.fault) == ([], [], "")


@pytest.mark.parametrize("frame", [b"", b"{}", b"7", b"{", b"\xff", b"[" * 100_000, b"<html>"])
def test_what_is_no_frame_is_refused(frame):
    with pytest.raises(BadFrame):
        source().read(frame, NOW)


def test_the_answer_acknowledges_each_symbol_once():
    feed = source("AAPL", "IBM", quotes=True)
    first = read(feed, listing(trades=["AAPL", "IBM"])).facts
    assert first == [Acknowledged("AAPL", "trade"), Acknowledged("IBM", "trade")]
    second = read(feed, listing(trades=["AAPL", "IBM"], quotes=["AAPL", "IBM"])).facts
    assert second == [Acknowledged("AAPL", "quote"), Acknowledged("IBM", "quote")]


def test_what_the_full_set_leaves_out_is_refused():
    feed = source("AAPL", "IBM")
    without = "Alpaca's list of subscriptions is without it"
    assert read(feed, listing(trades=["AAPL"])).facts == [
        Acknowledged("AAPL", "trade"),
        Refused("IBM", "trade", without),
    ]
    assert read(feed, listing()).facts == [Refused("AAPL", "trade", without)]


def test_a_limit_refuses_a_request_as_a_whole():
    feed = source("AAPL", "IBM")
    reason = "symbol limit exceeded (error 405): the plan allows fewer symbols"
    assert read(feed, '{"T":"error","code":405,"msg":"symbol limit exceeded"}').facts == [
        Refused("AAPL", "trade", reason),
        Refused("IBM", "trade", reason),
    ]


@pytest.mark.parametrize(
    "code, fact",
    [
        (400, Refused("AAPL", "trade", "no\ttext (error 400)".replace("\t", " "))),
        (409, Refused("AAPL", "trade", "no text (error 409)")),
        (410, Refused("AAPL", "trade", "no text (error 410)")),
        (403, Notice("no text (error 403)")),
        (406, Goodbye("no text (error 406)")),
        (407, Goodbye("no text (error 407)")),
        (500, Goodbye("no text (error 500)")),
        ([405], Goodbye("no text (error 0)")),
    ],
)
def test_an_error_is_told_for_what_it_is(code, fact):
    item = json.dumps({"T": "error", "code": code, "msg": "no\ttext"})
    assert read(source(), item).facts == [fact]


def test_the_stream_with_a_delay_covers_what_it_has_sent_and_no_more(venue, feeding, published):
    """Its events are a quarter of an hour old: silence says nothing about the last minutes."""
    feed = source(feed="delayed_sip")
    [fact] = read(feed, listing(trades=["AAPL"])).facts
    assert fact.since == NOW - timedelta(minutes=14)
    venue.endpoint = "/v2/delayed_sip"
    asked = {"symbols": ("AAPL",), "feed": "delayed_sip", "url": venue.url, "token": TOKEN}
    with feeding("alpaca", **asked) as running:
        wait_until(lambda: markers(published(), "start"), "the start")
        venue.trade("AAPL")
        wait_until(lambda: events(published()), "a trade")
        running.end()
    [start], [end] = markers(published(), "start"), markers(published(), "end")
    since, until = (datetime.fromisoformat(one) for one in (start["since"], end["until"]))
    assert timedelta(minutes=13) < datetime.now(UTC) - since < timedelta(minutes=15)
    assert datetime.now(UTC) - until > timedelta(minutes=15)


def test_a_stock_is_written_as_the_venue_does():
    found = alpaca.source(options(" aapl ", "AAPL", "BRK.B", quotes=True)).subscriptions(None)
    equity = Instrument("equity", calendar="XNYS")
    assert [tuple(one) for one in found] == [
        ("AAPL", "trade", "AAPL", equity),
        ("AAPL", "quote", "AAPL", equity),
        ("BRK.B", "trade", "BRK.B", equity),
        ("BRK.B", "quote", "BRK.B", equity),
    ]


@pytest.mark.parametrize("text", ["BTC/USD", "btc/usd", "ALPACA:BTC/USD"])
def test_a_pair_is_written_as_the_venue_does(text):
    [one] = crypto.source(options(text)).subscriptions(None)
    assert one == (
        "ALPACA:BTC/USD",
        "trade",
        "BTC/USD",
        Instrument("crypto", "BTC", "USD", calendar="24/7"),
    )


@pytest.mark.parametrize(
    "text, reason",
    [
        ("BTC/USD", "stockpulse feed alpaca.crypto --symbols BTC/USD"),
        ("AAPL260315C00172500", "is an option"),
        ("*", "is no stock"),
        ("A B", "is no stock"),
        ("BINANCE:BTCUSDT", "is no stock"),
    ],
)
def test_what_is_no_stock_is_refused(text, reason):
    with pytest.raises(UsageError, match=reason.replace("*", r"\*")):
        alpaca.source(options(text))


def test_what_is_no_pair_is_refused():
    with pytest.raises(UsageError, match="write it like BTC/USD"):
        crypto.source(options("BTCUSD"))


@pytest.mark.parametrize("token", ["s3cr3t", ":s3cr3t", "s3cr3t:", " : "])
def test_a_token_that_is_not_a_key_and_its_secret_is_refused(token):
    with pytest.raises(SettingsError, match="KEY:SECRET") as raised:
        alpaca.source(options(token=token))
    assert "s3cr3t" not in str(raised.value)


def test_both_streams_have_one_token():
    environ = {"STOCKPULSE_ALPACA_TOKEN": TOKEN, "STOCKPULSE_ALPACA_FEED": "sip"}
    asked = {name: Options(symbols=(symbol,)) for name, symbol in STREAMS.items()}
    found = feeds.prepare(asked, environ)
    assert [
        feed.source._url.removeprefix("wss://stream.data.alpaca.markets") for feed in found
    ] == [
        "/v2/sip",
        CRYPTO,
    ]
    assert {feed.source.name for feed in found} == {"alpaca"}


STREAMS = {"alpaca": "AAPL", "alpaca.crypto": "BTC/USD"}


@pytest.mark.parametrize(
    "name, given, reason",
    [
        ("alpaca", {"feed": "otc"}, "it has iex, sip, delayed_sip, test"),
        ("alpaca.crypto", {"feed": "sip"}, "it has only one"),
        ("alpaca", {"account": "7"}, "has no accounts"),
    ],
)
def test_what_a_venue_does_not_have_is_refused(name, given, reason):
    with pytest.raises(UsageError, match=reason):
        feeds.prepare({name: options(STREAMS[name], **given)}, {"STOCKPULSE_ALPACA_TOKEN": TOKEN})


@pytest.fixture
def venue():
    with serving(AlpacaVenue(TOKEN)) as started:
        yield started


def test_trades_quotes_and_amendments_flow_behind_a_login(venue, feeding, published):
    asked = {"symbols": ("AAPL", "IBM"), "quotes": True, "url": venue.url, "token": TOKEN}
    with feeding("alpaca", **asked) as running:
        wait_until(lambda: venue.subscriptions == 4, "the subscriptions")
        [deal] = venue.trade("AAPL")
        venue.correct("AAPL", deal, deal._replace(id=5, price=deal.price + 1))
        venue.cancel("AAPL", deal._replace(id=5))
        venue.quote("IBM")
        wait_until(lambda: len(events(published())) == 4, "the events")
        fed = running.end()
    found = events(published())
    assert [one.get("flags") for one in found if one["symbol"] == "AAPL"] == [
        None,
        ["correction"],
        ["cancel"],
    ]
    assert venue.requests == [
        {"action": "subscribe", "trades": ["AAPL", "IBM"]},
        {"action": "subscribe", "quotes": ["AAPL", "IBM"]},
    ]
    starts = {(one["symbol"], one["event_kind"]) for one in markers(published(), "start")}
    assert starts == {(name, kind) for name in ("AAPL", "IBM") for kind in ("trade", "quote")}
    [health] = fed.healths
    assert (health.acknowledged, health.bad_frames, health.reconnects) == (4, 0, 0)


def test_a_quiet_market_is_covered_as_long_as_pongs_come(venue, feeding, published, monkeypatch):
    monkeypatch.setattr("ingest.sources.alpaca.streams.PING_SECONDS", 0.1)
    monkeypatch.setattr("ingest.sources.alpaca.streams.Alpaca.idle_seconds", 0.8)
    with feeding("alpaca", symbols=("AAPL",), url=venue.url, token=TOKEN) as running:
        wait_until(lambda: len(markers(published(), "heartbeat")) >= 2, "heartbeats")
        venue.trade("AAPL")
        wait_until(lambda: events(published()), "the trade")
        fed = running.end()
    assert (venue.connects, fed.healths[0].reconnects) == (1, 0)
    assert datetime.fromisoformat(markers(published(), "end")[0]["until"]) > (
        datetime.fromisoformat(markers(published(), "start")[0]["since"])
    )


def test_whoever_sets_the_longest_silence_wants_more_than_pongs(venue, feeding, published):
    asked = {"symbols": ("AAPL",), "url": venue.url, "token": TOKEN, "idle_seconds": 0.5}
    with feeding("alpaca", **asked) as running:
        wait_until(lambda: venue.connects >= 2, "another connection")
        running.end()
    assert markers(published(), "end")[0]["reason"].startswith("silent")


@pytest.mark.parametrize("clean", [False, True], ids=["aborted", "closed"])
def test_after_a_cut_everything_is_asked_for_again(venue, feeding, published, clean):
    with feeding("alpaca", symbols=("AAPL", "IBM"), url=venue.url, token=TOKEN) as running:
        for number in (1, 2):
            wait_until(lambda: venue.subscriptions == 2, "the subscriptions")
            venue.trade("AAPL")
            wait_until(lambda n=number: len(events(published())) == n, "the trade")
            venue.cut(clean=clean)
            wait_until(lambda n=number: venue.answers.count(0) > n, "another login")
        wait_until(lambda: venue.subscriptions == 2, "the subscriptions")
        running.end()
    assert venue.requests == [{"action": "subscribe", "trades": ["AAPL", "IBM"]}] * 3


def test_a_refused_key_parks_the_source_and_is_in_no_log(venue, feeding, caplog):
    caplog.set_level(logging.DEBUG)
    parked = []

    async def sleep(seconds):
        parked.append(seconds)
        await asyncio.sleep(0.05)

    pace = Pace(sleep=sleep)
    with feeding("alpaca", symbols=("AAPL",), url=venue.url, token="PK1:wr0ng", pace=pace) as one:
        wait_until(lambda: len(parked) >= 2, "two attempts")
        fed = one.end()
    assert set(parked) == {300.0}
    assert fed.healths[0].detail == (
        "Alpaca refuses the key, or its plan lacks the feed: auth failed (error 402)"
    )
    assert set(venue.answers) == {402}
    assert "wr0ng" not in caplog.text


def test_a_second_connection_waits_until_the_first_is_gone(venue, feeding):
    asked = {"symbols": ("AAPL",), "url": venue.url, "token": TOKEN}
    with feeding("alpaca", **asked) as first:
        wait_until(lambda: venue.subscriptions == 1, "the first")
        with feeding("alpaca", **asked) as second:
            wait_until(lambda: 406 in venue.answers, "a refusal")
            first.end()
            wait_until(lambda: len(venue.requests) == 2, "the second")
            fed = second.end()
    assert fed.healths[0].reconnects >= 1


def test_a_login_without_an_answer_is_tried_again(venue, feeding, monkeypatch):
    monkeypatch.setattr("ingest.sources.alpaca.login.LOGIN_SECONDS", 0.2)
    venue.is_mute = True
    with feeding("alpaca", symbols=("AAPL",), url=venue.url, token=TOKEN):
        wait_until(lambda: venue.connects >= 2, "another attempt")
        venue.is_mute = False
        wait_until(lambda: venue.subscriptions == 1, "the subscription")


def test_symbols_beyond_the_limit_are_not_said_to_be_served(feeding, published):
    with (
        serving(AlpacaVenue(TOKEN, limit=2)) as venue,
        feeding("alpaca", symbols=("A", "B"), quotes=True, url=venue.url, token=TOKEN) as running,
    ):
        wait_until(lambda: len(venue.requests) == 2, "the requests")
        venue.trade("A")
        wait_until(lambda: events(published()), "the trade")
        fed = running.end()
    [health] = fed.healths
    assert (health.acknowledged, health.refused) == (2, 2)
    assert "the plan allows fewer symbols" in health.detail
    assert {one["event_kind"] for one in markers(published(), "start")} == {"trade"}


def test_a_slow_client_connects_again(venue, feeding):
    with feeding("alpaca", symbols=("AAPL",), url=venue.url, token=TOKEN) as running:
        wait_until(lambda: venue.subscriptions == 1, "the subscription")
        venue.error(407, "slow client")
        wait_until(lambda: len(venue.requests) == 2, "another subscription")
        fed = running.end()
    assert fed.healths[0].reconnects >= 1


def test_garbage_is_kept_and_ends_nothing(venue, feeding, published, read_topic, topic):
    with feeding("alpaca", symbols=("AAPL",), url=venue.url, token=TOKEN) as running:
        wait_until(lambda: venue.subscriptions == 1, "the subscription")
        for garbage in ("{", "<html>", '[{"T":7}]', b"\xff\xfe", "[1e999999]"):
            venue.send_raw(garbage)
        venue.trade("AAPL")
        wait_until(lambda: events(published()), "the trade")
        fed = running.end()
    assert (venue.connects, fed.healths[0].bad_frames) == (1, 5)
    assert len(read_topic(f"{topic}.dead")) == 5


def test_stocks_and_crypto_are_two_connections_of_one_source(
    venue, kafka_settings, topic, published
):
    with serving(AlpacaVenue(TOKEN, path=CRYPTO)) as coins:
        asked = {
            "alpaca": options(url=venue.url),
            "alpaca.crypto": options("BTC/USD", url=coins.url),
        }
        prepared = feeds.prepare(asked, {"STOCKPULSE_ALPACA_TOKEN": TOKEN})
        stop, found = threading.Event(), []
        thread = threading.Thread(
            target=lambda: found.append(feeds.run(kafka_settings, prepared, stop, topic=topic))
        )
        thread.start()
        try:
            wait_until(lambda: venue.subscriptions == coins.subscriptions == 1, "both")
            venue.trade("AAPL")
            coins.trade("BTC/USD")
            wait_until(lambda: len(events(published())) == 2, "a trade of each")
        finally:
            stop.set()
            thread.join(20)
    assert {(one["source"], one["symbol"]) for one in events(published())} == {
        ("alpaca", "AAPL"),
        ("alpaca", "ALPACA:BTC/USD"),
    }
    assert [health.source for health in found[0].healths] == ["alpaca", "alpaca.crypto"]
    assert len({one["session"] for one in markers(published(), "start")}) == 2
