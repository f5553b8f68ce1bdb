"""A feed over real sockets: its markers, its end, silence, bad frames, what it asks for again."""

import time
from datetime import datetime

import pytest

from tests.ingest.feed.conftest import events, markers, wait_for_subscriptions
from tests.support import wait_until

PAIR = "KRAKEN:BTC/USD"


def moment(text):
    return datetime.fromisoformat(text)


def test_trades_are_published_in_order_between_the_markers_of_their_session(
    venue, feeding, published
):
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url) as running:
        wait_for_subscriptions(venue)
        deals = [venue.trade("BTC/USD") for _ in range(3)]
        deals = [deal for some in deals for deal in some]
        wait_until(lambda: running.fed is None and len(events(published())) == 3, "the trades")
        wait_until(
            lambda: any(
                moment(one["until"]) >= deals[0].time for one in markers(published(), "heartbeat")
            ),
            "a heartbeat behind the trades",
        )
        running.end()
    messages = published()
    assert [one["dedupe_id"] for one in events(messages)] == [str(deal.id) for deal in deals]
    assert [one["price"] for one in events(messages)] == [str(deal.price) for deal in deals]
    [session] = {one["session"] for one in markers(messages, "start", "heartbeat", "end")}
    assert session.startswith("kraken/")
    start, [end] = markers(messages, "start")[0], markers(messages, "end")
    assert (start["symbol"], start["event_kind"]) == (PAIR, "trade")
    assert start["instrument"] == {
        "asset_class": "crypto",
        "base": "BTC",
        "quote": "USD",
        "calendar": "24/7",
    }
    assert moment(start["since"]) <= deals[0].time <= moment(end["until"])
    assert messages[-1] == end
    assert end["reason"] == "stopped"


def test_a_heartbeat_never_reaches_beyond_what_was_received(venue, feeding, published, monkeypatch):
    monkeypatch.setattr("ingest.sources.kraken.Kraken.idle_seconds", 2.5)
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url):
        wait_for_subscriptions(venue)
        venue.trade("BTC/USD")
        wait_until(lambda: len(markers(published(), "heartbeat")) >= 2, "heartbeats")
        venue.is_silent = True
        silent_from = venue.market.now()
        wait_until(lambda: venue.connects == 2, "the end of the silent connection")
        [end] = markers(published(), "end")
        of_session = [one for one in published() if one.get("session") == end["session"]]
        untils = {one["until"] for one in markers(of_session, "heartbeat", "end")}
    assert max(map(moment, untils)) <= silent_from


def test_silence_ends_the_connection_although_pongs_come(venue, feeding, published, monkeypatch):
    monkeypatch.setattr("ingest.sources.kraken.Kraken.idle_seconds", 0.5)
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url):
        wait_for_subscriptions(venue)
        venue.is_silent = True
        pong = '{"method":"pong","req_id":1,"time_in":"2023-09-25T09:05:00.1Z"}'

        def reconnected():
            venue.send_raw(pong)
            return venue.connects >= 2

        wait_until(reconnected, "another connection", 10)
        venue.is_silent = False
        wait_for_subscriptions(venue, 2)
        venue.trade("BTC/USD")
        wait_until(lambda: events(published()), "a trade")
    assert markers(published(), "end")[0]["reason"].startswith("silent")


@pytest.mark.parametrize("clean", [False, True], ids=["aborted", "closed"])
def test_after_a_cut_everything_is_asked_for_again(venue, feeding, published, clean):
    pairs = ("BTC/USD", "ETH/USD")
    with feeding("kraken", symbols=pairs, quotes=True, url=venue.url) as running:
        for number in range(1, 4):
            wait_for_subscriptions(venue, number, symbols=4)
            venue.trade("BTC/USD")
            wait_until(lambda n=number: len(events(published())) >= n, "the trade")
            venue.cut(clean=clean)
        wait_for_subscriptions(venue, 4, symbols=4)
        fed = running.end()
    assert [request["params"]["symbol"] for request in venue.requests] == [list(pairs)] * 8
    assert len({one["session"] for one in markers(published(), "start")}) == 4
    assert fed.healths[0].reconnects == 3


def test_trades_during_a_cut_that_the_snapshot_gives_leave_no_gap(venue, feeding, published):
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url) as running:
        wait_for_subscriptions(venue)
        [first] = venue.trade("BTC/USD")
        wait_until(lambda: events(published()), "the trade")
        venue.cut()
        venue.trade("BTC/USD", 5)
        wait_for_subscriptions(venue, 2)
        wait_until(lambda: len(events(published())) == 6, "the snapshot")
        fed = running.end()
    since = [moment(one["since"]) for one in markers(published(), "start")]
    assert since[-1] == first.time
    assert (fed.healths[0].gaps, markers(published(), "gap")) == (0, [])


def test_trades_that_no_snapshot_gives_are_a_gap_with_their_ids(venue, feeding, published):
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url) as running:
        wait_for_subscriptions(venue)
        [before] = venue.trade("BTC/USD")
        wait_until(lambda: events(published()), "the trade")
        venue.snapshots = False
        venue.cut()
        missed = venue.trade("BTC/USD", 5)
        wait_for_subscriptions(venue, 2)
        [after] = venue.trade("BTC/USD")
        wait_until(lambda: len(events(published())) == 2, "the next trade")
        running.end()
    [gap] = markers(published(), "gap")
    assert (gap["first_id"], gap["last_id"]) == (str(missed[0].id), str(missed[-1].id))
    assert (moment(gap["since"]), moment(gap["until"])) == (before.time, after.time)


def test_a_bad_frame_goes_to_the_dead_letters_and_ends_nothing(
    venue, feeding, published, read_topic, topic
):
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url) as running:
        wait_for_subscriptions(venue)
        venue.send_raw('{"channel":"trade",')
        venue.trade("BTC/USD")
        wait_until(lambda: events(published()), "the trade behind it")
        fed = running.end()
    assert [record.value for record in read_topic(f"{topic}.dead")] == [b'{"channel":"trade",']
    assert (venue.connects, fed.healths[0].bad_frames) == (1, 1)


def test_a_feed_stops_within_a_second(venue, feeding):
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url) as running:
        wait_for_subscriptions(venue)
        venue.is_silent = True
        started = time.monotonic()
        running.end()
        took = time.monotonic() - started
    assert took < 1.5  # with the flush of the producer


def test_an_unknown_pair_is_reported_and_the_others_flow(venue, feeding, published):
    with feeding("kraken", symbols=("BTC/USD", "ABC/USD"), url=venue.url) as running:
        wait_for_subscriptions(venue)
        venue.trade("BTC/USD")
        wait_until(lambda: events(published()), "the trade")
        fed = running.end()
    [health] = fed.healths
    assert (health.acknowledged, health.refused) == (1, 1)
    assert health.detail == "KRAKEN:ABC/USD: Currency pair not supported ABC/USD"
