"""OANDA's stream: lines cut anywhere, levels, closed markets, and what is refused."""

import json
import logging
import time
from datetime import UTC, datetime

import pytest

from db.errors import SettingsError, UsageError
from ingest.feed import run as feeds
from ingest.feed.gaps import history_of
from ingest.feed.source import Acknowledged, BadFrame, Options
from ingest.feed.supervisor import Pace
from ingest.formats.instrument import Instrument
from ingest.sources import oanda
from stack.venue.oanda import OandaVenue, closed, price_line
from stack.venue.thread import running as serving
from tests.ingest.feed.conftest import events, markers
from tests.support import wait_until

NOW = datetime(2026, 2, 27, 12, 5, 0, 200_000, tzinfo=UTC)
TOKEN, ACCOUNT = "0123abc-s3cr3t", "101-001-7654321-001"
PRICE = (
    b'{"type":"PRICE","time":"2026-02-27T12:05:00.123456789Z","bids":[{"price":"1.08001",'
    b'"liquidity":1000000},{"price":"1.08000","liquidity":2000000}],"asks":[{"price":"1.08012",'
    b'"liquidity":1500000}],"closeoutBid":"1.07990","closeoutAsk":"1.08020",'
    b'"status":"tradeable","tradeable":true,"instrument":"EUR_USD"}'
)
# 2026-02-27T12:05:00.123456789Z is that many nanoseconds behind 1970.
IDENTITY = "1772193900123456789"
QUOTE = {
    "v": 1,
    "kind": "quote",
    "source": "oanda",
    "symbol": "OANDA:EUR_USD",
    "event_time": "2026-02-27T12:05:00.123456789Z",
    "received_at": "2026-02-27T12:05:00.200000Z",
    "bid": "1.08001",
    "bid_size": "1000000",
    "ask": "1.08012",
    "ask_size": "1500000",
    "dedupe_id": IDENTITY,
}


def options(*symbols, **more):
    given = {"symbols": symbols or ("EUR_USD",), "token": TOKEN, "account": ACCOUNT}
    return Options(**(given | more))


def connected(*symbols):
    """Returns a source in a connection."""
    asked = options(*symbols)
    source = oanda.source(asked)
    with pytest.raises(StopIteration):
        source.subscribe(None, source.subscriptions(asked)).send(None)
    return source


def sent(reading):
    return [json.loads(message.value) for message in reading.messages]


def test_a_price_becomes_a_quote_of_its_best_levels():
    source = connected()
    source.read(price_line("EUR_USD", [("1.08", 1)], [("1.09", 1)]).encode(), NOW)
    reading = source.read(PRICE, NOW)
    assert sent(reading) == [QUOTE]
    assert [message.key for message in reading.messages] == ["OANDA:EUR_USD"]
    assert reading.newest == datetime(2026, 2, 27, 12, 5, 0, 123_456, tzinfo=UTC)


def test_the_first_price_of_an_instrument_is_one_from_before_the_connection():
    source = connected("EUR_USD", "USD_JPY")
    first = source.read(PRICE, NOW)
    assert sent(first) == [QUOTE | {"flags": ["snapshot"]}]
    assert first.newest is None
    other = source.read(PRICE.replace(b"EUR_USD", b"USD_JPY"), NOW)
    assert (sent(other)[0]["flags"], other.newest) == (["snapshot"], None)
    assert "flags" not in sent(source.read(PRICE, NOW))[0]


def test_the_first_line_says_that_all_instruments_are_served():
    source = connected("EUR_USD", "USD_JPY")
    first = source.read(b'{"type":"HEARTBEAT","time":"2026-02-27T12:05:00.1Z"}', NOW)
    assert first.facts == [
        Acknowledged("OANDA:EUR_USD", "quote"),
        Acknowledged("OANDA:USD_JPY", "quote"),
    ]
    assert source.read(PRICE, NOW).facts == []


def test_a_price_of_a_closed_market_says_so():
    source = connected()
    closing = closed(PRICE.decode()).encode()
    assert sent(source.read(closing, NOW))[0]["flags"] == ["snapshot", "non_tradeable"]
    assert sent(source.read(closing, NOW))[0]["flags"] == ["non_tradeable"]


@pytest.mark.parametrize(
    "bids, asks, sides",
    [
        ([], [("1.08012", 5)], {"ask": "1.08012", "ask_size": "5"}),
        ([("1.08001", 5)], [], {"bid": "1.08001", "bid_size": "5"}),
    ],
)
def test_a_side_may_be_empty(bids, asks, sides):
    [one] = sent(connected().read(price_line("EUR_USD", bids, asks).encode(), NOW))
    assert {key: one[key] for key in one if "bid" in key or "ask" in key} == sides


def test_a_price_without_both_sides_is_no_quote():
    reading = connected().read(price_line("EUR_USD", [], []).encode(), NOW)
    assert (list(reading.messages), reading.fault) == ([], "")


def test_the_last_nanosecond_of_a_minute_stays_in_it():
    late = PRICE.replace(b"12:05:00.123456789", b"12:05:59.999999999")
    [one] = sent(connected().read(late, NOW))
    assert one["event_time"] == "2026-02-27T12:05:59.999999999Z"


@pytest.mark.parametrize(
    "old, new",
    [
        (b'"1.08001"', b'"x"'),
        (b'"1.08001"', b"1e999999"),
        (b"1000000", b"-1"),
        (b"2026-02-27T12:05:00.123456789Z", b"yesterday"),
        (b'"EUR_USD"', b'"%s"' % (b"E" * 200)),
        (b'{"price":"1.08001","liquidity":1000000}', b"7"),
    ],
)
def test_a_price_that_no_loader_stores_is_a_fault(old, new):
    reading = connected().read(PRICE.replace(old, new), NOW)
    assert list(reading.messages) == []
    assert 0 < len(reading.fault) < 300


@pytest.mark.parametrize(
    "line",
    [b"<html>", b"[]", b"{}", b"7", b"\xff", b'{"type":7}', b'{"type":"PRICE"}', b"[" * 100_000],
    ids=range(8),
)
def test_what_is_no_line_is_refused(line):
    with pytest.raises(BadFrame):
        connected().read(line, NOW)


@pytest.mark.parametrize(
    "text", ["EUR_USD", "eur_usd", "EUR/USD", "OANDA:EUR_USD", "EURUSD", " EUR_USD "]
)
def test_an_instrument_is_written_as_the_venue_does(text):
    [one] = oanda.source(options()).subscriptions(options(text))
    assert one == (
        "OANDA:EUR_USD",
        "quote",
        "EUR_USD",
        Instrument("fx", "EUR", "USD", calendar="FX"),
    )


@pytest.mark.parametrize("text", ["XAU_USD", "SPX500_USD"])
def test_of_what_is_no_pair_of_currencies_nothing_is_guessed(text):
    [one] = oanda.source(options()).subscriptions(options(text))
    assert (one.symbol, one.instrument) == (f"OANDA:{text}", None)


@pytest.mark.parametrize("text", ["EUR", "AAPL", "SPX500", "EUR_USD_X", "A,B", ""])
def test_what_is_no_instrument_is_refused(text):
    with pytest.raises(UsageError, match="write it like EUR_USD"):
        oanda.source(options(text))


@pytest.mark.parametrize(
    "missing, text",
    [
        ({"token": ""}, "STOCKPULSE_OANDA_TOKEN"),
        ({"account": ""}, "STOCKPULSE_OANDA_ACCOUNT"),
        ({"account": "a/b"}, "the id of OANDA's account is none"),
    ],
)
def test_what_is_missing_is_asked_for_by_name(missing, text):
    with pytest.raises(SettingsError, match=text):
        oanda.source(options(**missing))


def test_the_account_and_its_kind_may_stand_in_the_environment():
    environ = {
        "STOCKPULSE_OANDA_TOKEN": TOKEN,
        "STOCKPULSE_OANDA_ACCOUNT": ACCOUNT,
        "STOCKPULSE_OANDA_FEED": "live",
    }
    [feed] = feeds.prepare({"oanda": Options(symbols=("EUR_USD",))}, environ)
    base = "https://stream-fxtrade.oanda.com/v3/accounts"
    assert feed.source._url == f"{base}/{ACCOUNT}/pricing/stream"
    [practice] = feeds.prepare({"oanda": options(feed="practice")}, environ)
    assert practice.source._url.startswith("https://stream-fxpractice.oanda.com/")


def test_a_feed_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match="oanda has no feed 'demo': it has practice, live"):
        feeds.prepare({"oanda": options(feed="demo")}, {})


def test_nothing_of_the_past_can_be_filled():
    assert history_of("oanda") is None


@pytest.fixture
def venue():
    with serving(OandaVenue(TOKEN, ACCOUNT, heartbeat_seconds=0.1)) as started:
        yield started


ASKED = {"symbols": ("EUR_USD", "USD_JPY"), "token": TOKEN, "account": ACCOUNT}


def test_quotes_flow_however_the_lines_are_cut(venue, feeding, published):
    venue.is_torn = True
    venue.price("EUR_USD", [("1.07", 1)], [("1.09", 1)], time="2026-02-26T21:59:59.5Z")
    with feeding("oanda", url=venue.url, **ASKED) as running:
        wait_until(lambda: venue.streams == 1, "the stream")
        for last in range(20):
            venue.price("EUR_USD", [(f"1.080{last:02d}", 10)], [("1.081", 20)])
        venue.send_raw(b"\r\n\n")  # empty lines
        venue.price("USD_JPY", [("151.001", 10)], [("151.009", 20)])
        wait_until(lambda: len(events(published())) == 22, "the quotes")
        fed = running.end()
    found = events(published())
    assert [one["bid"] for one in found if one["symbol"] == "OANDA:EUR_USD"] == [
        "1.07",
        *[f"1.080{last:02d}" for last in range(20)],
    ]
    assert {one["symbol"] for one in markers(published(), "start")} == {
        "OANDA:EUR_USD",
        "OANDA:USD_JPY",
    }
    [health] = fed.healths
    assert (health.acknowledged, health.bad_frames, health.reconnects) == (2, 0, 0)
    assert venue.asked == [["EUR_USD", "USD_JPY"]]


def test_heartbeats_of_a_closed_market_keep_the_connection(venue, feeding, published, monkeypatch):
    monkeypatch.setattr("ingest.sources.oanda.Oanda.idle_seconds", 0.6)
    venue.latest["EUR_USD"] = closed(
        price_line("EUR_USD", [("1.08", 1)], [("1.09", 1)], time="2026-02-27T21:59:59.9Z")
    )
    with feeding("oanda", url=venue.url, **ASKED) as running:
        wait_until(lambda: len(markers(published(), "heartbeat")) >= 2, "heartbeats of the session")
        fed = running.end()
    assert (venue.connects, fed.healths[0].reconnects) == (1, 0)
    assert [one["flags"] for one in events(published())] == [["snapshot", "non_tradeable"]]
    start = min(one["since"] for one in markers(published(), "start"))
    assert max(one["until"] for one in markers(published(), "heartbeat")) > start


@pytest.mark.parametrize("how", ["aborted", "ended", "silent"])
def test_after_the_end_of_a_stream_another_is_opened(venue, feeding, published, monkeypatch, how):
    monkeypatch.setattr("ingest.sources.oanda.Oanda.idle_seconds", 0.6)
    with feeding("oanda", url=venue.url, **ASKED) as running:
        wait_until(lambda: venue.streams == 1, "the stream")
        venue.price("EUR_USD", [("1.08", 1)], [("1.09", 1)])
        wait_until(lambda: len(events(published())) == 1, "the quote")
        if how == "silent":
            venue.is_silent = True
            wait_until(lambda: venue.connects == 2, "another stream")
            venue.is_silent = False
        else:
            venue.cut(clean=how == "ended")
        wait_until(lambda: venue.connects >= 2 and venue.streams == 1, "another stream")
        venue.price("USD_JPY", [("151.001", 10)], [("151.009", 20)])
        wait_until(
            lambda: "OANDA:USD_JPY" in {one["symbol"] for one in events(published())},
            "the next quote",
        )
        fed = running.end()
    ids = [one["dedupe_id"] for one in events(published()) if one["symbol"] == "OANDA:EUR_USD"]
    assert len(set(ids)) == 1  # its snapshot is the same quote again
    assert fed.healths[0].reconnects >= 1


REFUSED = {
    "token": ({"token": "wr0ng"}, 401, "Insufficient authorization to perform request."),
    "account": ({"account": "101-001-1-001"}, 403, "The provided request was forbidden."),
    "instrument": ({"symbols": ("ABC_XYZ",)}, 400, "Invalid value specified for 'instruments'"),
}


@pytest.mark.parametrize("given, status, text", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_parks_the_source_with_the_venues_reason(
    venue, feeding, caplog, given, status, text
):
    caplog.set_level(logging.DEBUG)
    parked = []

    async def sleep(seconds):
        import asyncio

        parked.append(seconds)
        await asyncio.sleep(0.05)

    with feeding("oanda", url=venue.url, pace=Pace(sleep=sleep), **(ASKED | given)) as running:
        wait_until(lambda: len(parked) >= 2, "two attempts")
        fed = running.end()
    assert (set(parked), set(venue.statuses)) == ({300.0}, {status})
    assert fed.healths[0].detail == (
        f"OANDA's stream of practice accounts refuses what is asked for (HTTP {status}: {text})"
    )
    assert given.get("token", TOKEN) not in caplog.text


def test_a_busy_venue_is_asked_again(venue, feeding, published):
    venue.refuses = 503
    with feeding("oanda", url=venue.url, **ASKED) as running:
        wait_until(lambda: len(venue.statuses) >= 3, "attempts")
        venue.refuses = None
        wait_until(lambda: markers(published(), "start"), "the start")
        fed = running.end()
    assert set(venue.statuses[:3]) == {503}
    assert fed.healths[0].reconnects >= 3


def test_garbage_is_kept_and_ends_nothing(venue, feeding, published, read_topic, topic):
    with feeding("oanda", url=venue.url, **ASKED) as running:
        wait_until(lambda: venue.streams == 1, "the stream")
        for garbage in (b"<html>\n", b'{"type":"PRICE"}\n', b"\xff\xfe\n", b"null\n"):
            venue.send_raw(garbage)
        venue.price("EUR_USD", [("1.08", 1)], [("1.09", 1)])
        wait_until(lambda: len(events(published())) == 1, "the quote")
        fed = running.end()
    assert (venue.connects, fed.healths[0].bad_frames) == (1, 4)
    assert len(read_topic(f"{topic}.dead")) == 4


def test_what_is_no_address_ends_the_feed_in_one_line(feeding):
    with (
        pytest.raises(SettingsError, match="the url of OANDA"),
        feeding("oanda", url="ws://127.0.0.1:1", **ASKED) as running,
    ):
        wait_until(lambda: running.error is not None, "the error")


def test_a_stream_stops_within_a_second(venue, feeding):
    venue.is_silent = True
    with feeding("oanda", url=venue.url, **ASKED) as running:
        wait_until(lambda: venue.streams == 1, "the stream")
        started = time.monotonic()
        running.end()
    assert time.monotonic() - started < 1.5
