"""Rules that hold for every venue, over real sockets: flow, refusals, bad frames, cuts, silence."""

import asyncio
from collections.abc import Iterator

import pytest

from ingest.feed import settings
from ingest.feed.source import Options
from ingest.feed.supervisor import Pace
from stack.venue.coinbase import CoinbaseVenue
from stack.venue.sockets import SocketVenue
from stack.venue.thread import running as serving
from tests.ingest.feed.conftest import events, markers, wait_for_subscriptions
from tests.ingest.feed.venues import IDS, VENUES, Venue
from tests.support import wait_until

BAD = '{"nothing":"known"}'
ONE_EACH = [venue for venue in VENUES if venue.source not in ("binance.agg", "okx.all")]
of_one_each = pytest.mark.parametrize(
    "asked", ONE_EACH, ids=[one.source for one in ONE_EACH], indirect=True
)


@pytest.fixture(params=VENUES, ids=IDS)
def asked(request: pytest.FixtureRequest) -> Venue:
    venue: Venue = request.param
    return venue


@pytest.fixture
def venue(asked: Venue) -> Iterator[SocketVenue]:
    with serving(asked.make(heartbeat_seconds=0.1)) as started:
        yield started


@pytest.fixture
def quick(asked, monkeypatch):
    """Sends pings ten times a second."""
    kind = type(settings.create(asked.source, Options(symbols=asked.pairs), {}))
    if hasattr(kind, "ping"):
        monkeypatch.setattr(kind, "ping", kind.ping._replace(seconds=0.1))
    return kind


def test_trades_and_quotes_flow_and_an_unknown_pair_is_refused(asked, venue, feeding, published):
    pairs = (*asked.pairs, asked.unknown)
    with feeding(asked.source, symbols=pairs, quotes=asked.has_quotes, url=venue.url) as running:
        kinds = 1 + asked.has_quotes
        served = len(pairs) - asked.refuses
        wait_until(lambda: venue.subscriptions == served * kinds, "the subscriptions")
        deals = [venue.trade(asked.pairs[0])[0] for _ in range(3)]
        other = venue.trade(asked.pairs[1])
        for pair in asked.pairs if asked.has_quotes else ():
            venue.quote(pair)
        wait_until(lambda: len(events(published())) == 2 + 2 * kinds, "the events")
        fed = running.end()
    trades = [one for one in events(published()) if one["kind"] == "trade"]
    symbols = [asked.symbol] * 3 + [asked.symbol.replace("BTC", "ETH")]
    assert [(one["symbol"], one["source"]) for one in trades] == [
        (symbol, asked.source) for symbol in symbols
    ]
    assert [(one["dedupe_id"], one["price"], one["size"], one["side"]) for one in trades] == [
        (asked.id_of(deal), f"{deal.price}", f"{deal.qty:f}", deal.side) for deal in deals + other
    ]
    for quote in [one for one in events(published()) if one["kind"] == "quote"]:
        last = (deals if quote["symbol"] == asked.symbol else other)[-1]
        assert (quote["bid"], quote["bid_size"]) == (str(last.price - 1), "1.5")
        assert (quote["ask"], quote["ask_size"]) == (str(last.price + 1), "2.25")
    [health] = fed.healths
    assert (health.acknowledged, health.refused) == (2 * kinds, asked.refuses * kinds)
    assert health.bad_frames == 0


@of_one_each
def test_a_bad_frame_is_a_dead_letter_and_an_unknown_type_is_none(
    asked, venue, feeding, published, read_topic, topic
):
    with feeding(asked.source, symbols=asked.pairs[:1], url=venue.url) as running:
        wait_for_subscriptions(venue)
        for text in (BAD, asked.unknown_frame, "{", "[]", "\x00"):
            venue.send_raw(text)
        venue.trade(asked.pairs[0])
        wait_until(lambda: events(published()), "the trade behind them")
        fed = running.end()
    dead = [record.value.decode() for record in read_topic(f"{topic}.dead")]
    assert dead == [BAD, "{", "[]", "\x00"]
    assert (venue.connects, fed.healths[0].bad_frames) == (1, 4)


@of_one_each
def test_after_clean_closes_everything_is_asked_for_again_and_later_each_time(
    asked, venue, feeding, published
):
    delays: list[float] = []

    async def sleep(seconds: float) -> None:
        delays.append(seconds)
        await asyncio.sleep(0)

    with feeding(
        asked.source, symbols=asked.pairs, url=venue.url, pace=Pace(sleep=sleep, base=1.0)
    ) as running:
        for number in range(1, 4):
            wait_for_subscriptions(venue, number, symbols=2)
            venue.cut(clean=True)
        wait_for_subscriptions(venue, 4, symbols=2)
        venue.trade(asked.pairs[1])
        wait_until(lambda: events(published()), "a trade of the last connection")
        fed = running.end()
    assert fed.healths[0].reconnects == 3
    assert all(delay <= limit for delay, limit in zip(delays, (1, 2, 4), strict=True))
    without_ids = [
        {key: value for key, value in request.items() if key != "id"} for request in venue.requests
    ]
    once = len(without_ids) // 4
    assert without_ids == without_ids[:once] * 4


@of_one_each
def test_silence_ends_a_connection_although_pongs_come(
    asked, venue, feeding, published, quick, caplog
):
    with feeding(asked.source, symbols=asked.pairs[:1], url=venue.url, idle_seconds=0.6):
        wait_for_subscriptions(venue)
        wait_until(lambda: venue.pings >= 1 or not hasattr(quick, "ping"), "a ping")
        venue.is_silent = True
        wait_until(lambda: venue.connects >= 2, "another connection")
        venue.is_silent = False
        wait_for_subscriptions(venue, venue.connects)

        def traded() -> bool:
            venue.trade(asked.pairs[0])
            return bool(events(published()))

        wait_until(traded, "a trade")
    reasons = [one.reason for one in caplog.records if one.message == "disconnected"]
    assert reasons[0].startswith("silent")


NUMBERED = [venue for venue in VENUES if venue.is_numbered]


@pytest.mark.parametrize("asked", NUMBERED, ids=[one.source for one in NUMBERED], indirect=True)
def test_trades_during_a_cut_are_a_gap_with_their_ids(asked, venue, feeding, published):
    venue.snapshots = False
    with feeding(asked.source, symbols=asked.pairs[:1], url=venue.url) as running:
        wait_for_subscriptions(venue)
        venue.trade(asked.pairs[0])
        wait_until(lambda: events(published()), "the trade")
        venue.cut()
        missed = venue.trade(asked.pairs[0], 5)
        wait_for_subscriptions(venue, 2)
        venue.trade(asked.pairs[0])
        wait_until(lambda: len(events(published())) == 2, "the next trade")
        running.end()
    [gap] = markers(published(), "gap")
    assert [gap["first_id"], gap["last_id"]] == [asked.id_of(missed[0]), asked.id_of(missed[-1])]


QUIET = [venue for venue in VENUES if venue.source not in ("coinbase", "binance.agg", "okx.all")]


@pytest.mark.parametrize("asked", QUIET, ids=[one.source for one in QUIET], indirect=True)
def test_a_pair_that_is_not_traded_does_not_end_a_connection(
    asked, venue, feeding, published, quick
):
    """Binance tells what it serves, the others send the trades of a pair that always is."""
    busy, quiet = asked.pairs
    with feeding(asked.source, symbols=(quiet,), url=venue.url, idle_seconds=0.6):
        wait_for_subscriptions(venue)

        def pinged() -> bool:
            venue.trade(busy)
            return venue.pings >= 12  # ten a second

        wait_until(pinged, "twice the longest silence")
    assert venue.connects == 1
    assert events(published()) == []


def test_lost_frames_of_coinbase_are_a_gap_of_its_quotes(feeding, published):
    with (
        serving(CoinbaseVenue(heartbeat_seconds=0.1)) as venue,
        feeding("coinbase", symbols=("BTC-USD",), trades=False, quotes=True, url=venue.url),
    ):
        wait_until(lambda: markers(published(), "start"), "the answer")
        venue.loses = 2
        wait_until(lambda: markers(published(), "gap"), "the gap")
    [gap] = markers(published(), "gap")
    assert (gap["symbol"], gap["event_kind"]) == ("COINBASE:BTC-USD", "quote")
    assert gap["reason"] == "frames missing"
    assert "first_id" not in gap
    assert gap["since"] < gap["until"]
