"""Finnhub: trades without ids, a limit that is silent, a token that never gets into a log."""

import json
import logging
from datetime import UTC, datetime

import pytest

from db.errors import SettingsError, UsageError
from ingest.feed import run as feeds
from ingest.feed.source import Acknowledged, BadFrame, Notice, Options
from ingest.feed.supervisor import Pace
from ingest.formats.instrument import Instrument
from ingest.sources import finnhub
from stack.venue.finnhub import TOO_MANY, FinnhubVenue
from stack.venue.thread import running as serving
from tests.ingest.feed.conftest import events, markers
from tests.support import wait_until

NOW = datetime(2026, 2, 27, 12, 5, 0, 200_000, tzinfo=UTC)
TOKEN = "s3cr3t/+ token"


def source():
    return finnhub.source(Options(symbols=("AAPL",), token="t"))


def item(symbol="AAPL", price=189.5, at=1772193900123, volume=100, **more):
    return {"s": symbol, "p": price, "t": at, "v": volume, "c": None} | more


def frame(*items):
    return json.dumps({"type": "trade", "data": items}).encode()


def sent(reading):
    return [json.loads(message.value) for message in reading.messages]


@pytest.fixture
def venue():
    with serving(FinnhubVenue(TOKEN)) as started:
        yield started


def test_a_trade_becomes_a_message_with_an_id_made_of_its_content():
    [one] = sent(source().read(frame(item(c=["1", "12"])), NOW))
    identity = one.pop("dedupe_id")
    assert one == {
        "v": 1,
        "kind": "trade",
        "source": "finnhub",
        "symbol": "AAPL",
        "event_time": "2026-02-27T12:05:00.123000Z",
        "received_at": "2026-02-27T12:05:00.200000Z",
        "price": "189.5",
        "size": "100",
        "seq": 0,
        "conditions": ["1", "12"],
    }
    assert len(identity) == 24


def test_equal_trades_of_a_frame_are_distinct_and_a_repeated_frame_is_not():
    feed = source()
    twice = frame(item(), item(), item(symbol="BINANCE:BTCUSDT", price=64012.1, volume=0.0031))
    first = [one["dedupe_id"] for one in sent(feed.read(twice, NOW))]
    again = [one["dedupe_id"] for one in sent(feed.read(twice, NOW))]
    assert len(set(first)) == 3
    assert first == again


def test_a_change_of_price_without_volume_is_flagged():
    [one] = sent(source().read(frame(item(volume=0)), NOW))
    assert (one.get("size"), one["flags"]) == (None, ["no_size"])


def test_a_symbol_is_served_from_behind_its_first_trade_on():
    feed = source()
    first = feed.read(frame(item(at=1772193900500), item(at=1772193900600)), NOW)
    assert first.facts == [
        Acknowledged("AAPL", "trade", datetime(2026, 2, 27, 12, 5, 0, 501_000, tzinfo=UTC))
    ]
    assert feed.read(frame(item()), NOW).facts == []


def test_an_old_trade_that_is_reported_late_does_not_claim_the_past():
    [fact] = source().read(frame(item(at=1772190000000)), NOW).facts
    assert fact == Acknowledged("AAPL", "trade", NOW)


EQUITY = Instrument("equity", calendar="XNYS")
CRYPTO = Instrument("crypto", calendar="24/7")


@pytest.mark.parametrize(
    "symbol, instrument",
    [
        ("AAPL", EQUITY),
        ("F", EQUITY),
        ("BRK.B", EQUITY),
        ("OANDA:EUR_USD", Instrument("fx", "EUR", "USD", calendar="FX")),
        ("FXCM:USD/JPY", Instrument("fx", "USD", "JPY", calendar="FX")),
        ("BINANCE:BTCUSDT", CRYPTO),
        ("COINBASE:BTC-USD", CRYPTO),
    ],
)
def test_an_instrument_is_described_as_far_as_its_symbol_tells(symbol, instrument):
    [one] = source().subscriptions(Options(symbols=(symbol,)))
    assert one.instrument == instrument


@pytest.mark.parametrize(
    "symbol",
    ["BARC.L", "7203.T", "AC.TO", "^GSPC", "aapl", "OANDA:XAU_USD", "OANDA:SPX500_USD",
     "OANDA:EUR", "IC MARKETS:1", "NEWVENUE:BTCUSDT"],
)  # fmt: skip
def test_what_a_symbol_leaves_open_is_not_guessed(symbol):
    [one] = source().subscriptions(Options(symbols=(symbol,)))
    assert one.instrument is None


@pytest.mark.parametrize(
    "text", [b'{"type":"ping"}', b'{"type":"news","data":[{"headline":"x"}]}'], ids=["ping", "news"]
)
def test_pings_and_news_hold_no_trade(text):
    reading = source().read(text, NOW)
    assert (list(reading.messages), reading.is_alive) == ([], True)


def test_what_the_venue_says_is_told():
    reading = source().read(TOO_MANY.encode(), NOW)
    assert reading.facts == [Notice("Subscribing to too many symbols")]


def test_what_is_good_of_a_bad_frame_is_published():
    reading = source().read(frame(item(), {"s": "AAPL", "p": "x", "t": 1}, item(price=1)), NOW)
    assert [one["price"] for one in sent(reading)] == ["189.5", "1"]
    assert reading.fault


@pytest.mark.parametrize("text", [b"", b"null", b"[]", b"{", b'{"type":"trade","data":1}', b"<a>"])
def test_what_is_no_frame_is_refused(text):
    with pytest.raises(BadFrame):
        source().read(text, NOW)


def test_a_token_is_asked_for_by_name():
    with pytest.raises(SettingsError, match="STOCKPULSE_FINNHUB_TOKEN"):
        finnhub.source(Options(symbols=("AAPL",)))


def test_quotes_are_refused():
    with pytest.raises(UsageError, match="no quotes"):
        source().subscriptions(Options(symbols=("AAPL",), quotes=True))


def test_a_token_from_a_file_is_trimmed(tmp_path):
    file = tmp_path / "token"
    file.write_text("t0k3n\n")
    environ = {"STOCKPULSE_FINNHUB_TOKEN_FILE": str(file)}
    [feed] = feeds.prepare({"finnhub": Options(symbols=("AAPL",))}, environ)
    assert feed.source._url.endswith("?token=t0k3n")


def test_trades_flow_and_the_symbols_beyond_the_limit_are_not_said_to_be_served(feeding, published):
    with (
        serving(FinnhubVenue(TOKEN, limit=2)) as venue,
        feeding("finnhub", symbols=("A", "B", "C"), url=venue.url, token=TOKEN) as running,
    ):
        wait_until(lambda: len(venue.subscribed) == 3, "the subscriptions")
        venue.send([item(symbol=symbol) for symbol in venue.served])
        wait_until(lambda: len(events(published())) == 2, "the trades")
        fed = running.end()
    [health] = fed.healths
    assert (health.subscribed, health.acknowledged) == (3, 2)
    assert health.detail == "Subscribing to too many symbols"
    assert {one["symbol"] for one in markers(published(), "start")} == {"A", "B"}
    [instrument] = {str(one["instrument"]) for one in markers(published(), "start")}
    assert instrument == "{'asset_class': 'equity', 'calendar': 'XNYS'}"


def test_a_refused_token_parks_the_source_and_is_in_no_log(venue, feeding, caplog):
    caplog.set_level(logging.DEBUG)
    parked = []

    async def sleep(seconds):
        parked.append(seconds)
        import asyncio

        await asyncio.sleep(0.05)

    wrong = "wr0ng"
    with feeding(
        "finnhub", symbols=("AAPL",), url=venue.url, token=wrong, pace=Pace(sleep=sleep)
    ) as running:
        wait_until(lambda: len(parked) >= 2, "two attempts")
        fed = running.end()
    assert set(parked) == {300.0}
    assert fed.healths[0].detail == "Finnhub refuses the token (HTTP 401)"
    assert set(venue.handshakes) == {401}
    assert wrong not in caplog.text


def test_a_busy_venue_is_asked_again_later(venue, feeding, published, caplog):
    venue.busy = 2
    with feeding("finnhub", symbols=("AAPL",), url=venue.url, token=TOKEN):
        wait_until(lambda: venue.subscribed == ["AAPL"], "the subscription")
    assert venue.handshakes == [429, 429, 101]
    assert "token" not in caplog.text


def test_after_a_cut_everything_is_asked_for_again(venue, feeding, published):
    with feeding("finnhub", symbols=("A", "B"), url=venue.url, token=TOKEN):
        wait_until(lambda: venue.subscribed == ["A", "B"], "the subscriptions")
        venue.send([item(symbol="A")])
        wait_until(lambda: len(events(published())) == 1, "the trade")
        venue.cut()
        wait_until(lambda: venue.subscribed == ["A", "B"] * 2, "the subscriptions again")
        venue.send([item(symbol="A", price=2)])
        wait_until(lambda: len(events(published())) == 2, "the next trade")
    starts = [one for one in markers(published(), "start") if one["symbol"] == "A"]
    assert len({one["session"] for one in starts}) == 2
