"""Gaps that are filled, in whole or in part: what is published, and which time is then complete."""

import json
import threading
from datetime import timedelta

import pytest

from ingest.feed import gaps
from ingest.feed.gaps import Found
from ingest.feed.history import VenueFailed
from ingest.feed.source import Options
from ingest.sources import binance
from stack.venue.binance import _row, trade
from stack.venue.thread import running as serving
from tests.ingest.feed.conftest import events, markers
from tests.ingest.feed.test_history import answering
from tests.ingest.feed.test_past import START, at, gap_of, traded
from tests.ingest.feed.venues import VENUES

BINANCE = next(one for one in VENUES if one.source == "binance")
BYBIT = next(one for one in VENUES if one.source == "bybit")


@pytest.fixture
def fill(kafka_settings, fresh_database, topic):
    def fill(gap, url):
        found, stop = Found(gap, is_settled=True), threading.Event()
        return gaps.fill(kafka_settings, fresh_database, found, stop, url=url, topic=topic)

    return fill


def test_a_gap_is_published_and_then_marked(fill, published):
    venue, deals = traded(BINANCE, 60)
    with serving(venue):
        filled = fill(gap_of(BINANCE, 9, 30, deals), venue.rest_url)
    assert filled == gaps.Filled(20)
    messages = published()
    ids = sorted(one["dedupe_id"] for one in events(messages))
    assert ids == [BINANCE.id_of(deal) for deal in deals[10:30]]
    assert {one["flags"][0] for one in events(messages)} == {"backfill"}
    [marker] = markers(messages, "fill")
    assert (marker["since"], marker["until"]) == (
        "2026-02-27T12:05:00.900000Z",
        "2026-02-27T12:05:03Z",
    )


def test_what_a_venue_gives_of_a_gap_is_published_and_the_rest_stays(fill, published):
    venue, deals = traded(BYBIT, 600)
    with serving(venue):
        filled = fill(gap_of(BYBIT, 300, 570), venue.rest_url)
    assert filled.stays == "bybit gives only the 60 newest trades"
    inside = [BYBIT.id_of(deal) for deal in deals[540:] if deal.time <= at(570)]
    assert sorted(one["dedupe_id"] for one in events(published())) == inside
    assert filled.published == len(inside)
    [marker] = markers(published(), "fill")
    assert marker["since"] == (at(540) + timedelta(microseconds=1)).isoformat()[:-6] + "Z"
    assert marker["until"] == "2026-02-27T12:05:57Z"


def test_a_gap_of_which_a_venue_gives_nothing_is_not_marked(fill, published):
    venue, _ = traded(BYBIT, 600)
    with serving(venue):
        filled = fill(gap_of(BYBIT, 10, 300), venue.rest_url)
    assert (filled.published, filled.stays) == (0, "bybit gives only the 60 newest trades")
    assert published() == []


def test_a_gap_stays_if_the_venue_gives_none_of_its_trades(fill, published, store_all):
    """The trades around it are stored: they always are, and prove nothing about the venue."""
    venue, deals = traded(BINANCE, 60)
    feed = binance.source(Options(symbols=BINANCE.pairs[:1]))
    for number in (9, 30):
        frame = json.dumps(trade(BINANCE.pairs[0], deals[number])).encode()
        store_all([one.value for one in feed.read(frame, START).messages])
    with answering(lambda _: "[]") as url:
        filled = fill(gap_of(BINANCE, 9, 30, deals), url)
    assert filled == gaps.Filled(0, "binance has no trades of that time")
    first, last = (BINANCE.id_of(deals[number]) for number in (10, 29))
    before = json.dumps([_row(deals[9])])
    pages = iter([before, "[]"])
    with answering(lambda _: next(pages)) as url:
        filled = fill(gap_of(BINANCE, 9, 30, deals), url)
    assert filled == gaps.Filled(0, f"binance did not give 20 of the trades {first} to {last}")
    assert published() == []
    with serving(venue):
        assert fill(gap_of(BINANCE, 9, 30, deals), venue.rest_url) == gaps.Filled(20)


def test_a_venue_that_fails_in_the_middle_marks_nothing(fill, published, monkeypatch):
    venue, _ = traded(BINANCE, 2600)
    rest = type(venue)._rest

    def broken(self, path, query):
        return "<html>" if int(query.get("fromId", 0)) > 78_000 else rest(self, path, query)

    monkeypatch.setattr(type(venue), "_rest", broken)
    with serving(venue), pytest.raises(VenueFailed, match="cannot be read"):
        fill(gap_of(BINANCE, 3, 2500), venue.rest_url)
    assert markers(published(), "fill") == []
    assert len(events(published())) > 900  # what it gave is history all the same
