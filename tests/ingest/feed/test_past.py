"""Histories of venues over HTTP: exactly what a gap lacks, with the ids of the feed, or why not."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ingest.feed.gaps import history_of
from ingest.feed.history import Gap, GapStays, Rest, VenueFailed
from stack.venue.bybit import BybitVenue
from stack.venue.market import Deal, Market
from stack.venue.okx import OkxVenue
from stack.venue.sockets import SocketVenue
from stack.venue.thread import running as serving
from tests.ingest.feed.test_history import answering
from tests.ingest.feed.venues import VENUES, Venue

START = datetime(2026, 2, 27, 12, 5, tzinfo=UTC)
FILLED = [venue for venue in VENUES if venue.source not in ("okx", "bybit")]
COUNT = 2600  # trades, ten a second


def at(number: float) -> datetime:
    """Returns the time of a trade by its number."""
    return START + timedelta(milliseconds=100) * number


def traded(asked: Venue, count: int = COUNT) -> tuple[SocketVenue, list[Deal]]:
    """Returns a venue with trades, of which three at a time share a millisecond."""
    made = 0

    def now() -> datetime:
        return at(made // 3 * 3)

    venue = asked.make(Market(now))
    for made in range(count):  # noqa: B007 - now() reads it
        venue.market.trade(asked.pairs[0])
    return venue, venue.market.deals[asked.pairs[0]]


def given(asked: Venue, venue: SocketVenue, gap: Gap, url: str = "") -> Iterator[str]:
    """Yields the ids that a history gives of a gap."""
    history = history_of(asked.source)
    assert history is not None
    with Rest(url or venue.rest_url, 0.0, threading.Event()) as rest:
        for tick in history.read["trade"](rest, gap):
            assert (tick.source, tick.symbol, tick.flags) == (
                asked.source,
                asked.symbol,
                ("backfill",),
            )
            yield tick.dedupe_id


def gap_of(asked: Venue, first: int, last: int, deals: list[Deal] | None = None) -> Gap:
    """Returns the gap between two trades by their numbers, with the ids within if `deals`."""
    ids = [asked.id_of(deals[number]) for number in (first + 1, last - 1)] if deals else []
    return Gap(asked.source, asked.symbol, "trade", at(first), at(last), "test", *ids)


@pytest.mark.parametrize("asked", FILLED, ids=[one.source for one in FILLED])
@pytest.mark.parametrize("first, last", [(30, 2400), (0, 9), (2490, 2580)])
def test_what_a_gap_lacks_is_given_by_time_or_by_ids(asked, first, last):
    venue, deals = traded(asked)
    with serving(venue):
        inside = {asked.id_of(deal) for deal in deals if at(first) <= deal.time <= at(last)}
        by_time = list(given(asked, venue, gap_of(asked, first, last)))
        assert inside <= set(by_time)
        assert len(by_time) == len(set(by_time))
        by_ids = set(given(asked, venue, gap_of(asked, first, last, deals)))
        # with the trades around, which show that nothing else was between them
        assert {asked.id_of(deal) for deal in deals[first : last + 1]} <= by_ids


@pytest.mark.parametrize("asked", FILLED, ids=[one.source for one in FILLED])
def test_a_gap_without_trades_is_empty(asked):
    venue, _ = traded(asked, 30)
    with serving(venue):
        hour = timedelta(hours=1)
        gap = Gap(asked.source, asked.symbol, "trade", START + hour, START + 2 * hour, "test")
        assert set(given(asked, venue, gap)) <= {
            asked.id_of(one) for one in venue.market.deals[asked.pairs[0]]
        }


@pytest.mark.parametrize(
    "asked", [one for one in VENUES if one.source != "okx"], ids=lambda one: one.source
)
def test_a_gap_that_has_just_ended_stays_for_a_moment(asked):
    venue, _ = traded(asked, 3)
    now = datetime.now(UTC)
    with serving(venue), pytest.raises(GapStays, match="too recent"):
        list(given(asked, venue, Gap(asked.source, asked.symbol, "trade", START, now, "test")))


def test_what_bybit_gives_is_a_part_and_it_says_from_when_on():
    asked = next(one for one in VENUES if one.make is BybitVenue)
    venue, deals = traded(asked, 600)
    found = []
    with serving(venue):
        with pytest.raises(GapStays, match="only the 60 newest trades") as raised:
            found.extend(given(asked, venue, gap_of(asked, 300, 590)))
        assert raised.value.since == at(540) + timedelta(microseconds=1)
        with pytest.raises(GapStays):
            found.extend(given(asked, venue, gap_of(asked, 300, 590)))
        assert found == [asked.id_of(deal) for deal in deals[-60:]] * 2
        assert list(given(asked, venue, gap_of(asked, 550, 590))) == found[:60]


def test_a_short_page_of_bybit_is_not_taken_for_all_that_there_is():
    """The limit may be lowered: a gap filled by half would be one for good."""
    asked = next(one for one in VENUES if one.make is BybitVenue)
    venue, _ = traded(asked, 20)
    found = []
    with serving(venue), pytest.raises(GapStays, match="only the 20 newest trades") as raised:
        found.extend(given(asked, venue, gap_of(asked, -100, 10)))
    assert raised.value.since == at(0) + timedelta(microseconds=1)
    empty = asked.make()
    with serving(empty), pytest.raises(GapStays, match="no trades of that time"):
        list(given(asked, empty, gap_of(asked, -100, 10)))


def test_okx_forgets_and_the_gap_stays_up_to_what_it_has():
    asked = next(one for one in VENUES if one.source == "okx.all")
    venue, _ = traded(asked, 600)
    assert isinstance(venue, OkxVenue)
    venue.history = 250
    found: set[str] = set()
    with serving(venue):
        with pytest.raises(
            GapStays, match=r"okx\.all has no trades before 2026-02-27 12:05:34"
        ) as raised:
            found.update(given(asked, venue, gap_of(asked, 10, 590)))
        assert raised.value.since == at(348) + timedelta(microseconds=1)
    assert len(found) >= 240


def test_the_joined_trades_of_okx_cannot_be_filled():
    """Its history has each fill, with other ids."""
    assert history_of("okx") is None


WRONG = [
    "<html>",
    "",
    "null",
    "7",
    '{"code":-1121,"msg":"Invalid symbol."}',
    "[1]",
    "[{}]",
    "[" * 100_000,
    '[{"a":"x","f":"x"}]',
    '{"retCode":10001,"retMsg":"not\\nsupported","result":{}}',
    '{"code":"51001","msg":"Instrument ID does not exist","data":[]}',
    '{"code":"0","data":7}',
    '[{"id":1,"trade_id":1,"price":"NaN","a":1,"f":1}]',
]


@pytest.mark.parametrize(
    "asked", [one for one in VENUES if one.source != "okx"], ids=lambda one: one.source
)
def test_what_is_no_answer_fails_in_one_line(asked):
    answers: list[str] = []
    gap = gap_of(asked, 10, 20)
    with answering(lambda _: answers[-1]) as url:
        for text in WRONG:
            answers.append(text)
            with pytest.raises(VenueFailed, match=f"^{asked.source}") as raised:
                list(given(asked, asked.make(), gap, url))
            assert len(str(raised.value)) < 400
            assert str(raised.value).isprintable()


SAME = {
    "binance": '[{"id":5,"price":"1","qty":"1","time":1772193900123,"isBuyerMaker":true}]',
    "coinbase": '[{"trade_id":50,"price":"1","size":"1","side":"buy",'
    '"time":"2026-02-27T12:05:00Z"}]',
}


def test_an_id_behind_which_there_is_nothing_is_no_end():
    """The aggregates name the first trade of a time; the trades themselves do not come."""
    asked = next(one for one in VENUES if one.source == "binance")
    pages = iter(['[{"a":7,"f":5}]', "[]"])
    with (
        answering(lambda _: next(pages)) as url,
        pytest.raises(GapStays, match="binance has no trades of that time"),
    ):
        list(given(asked, asked.make(), gap_of(asked, 10, 20), url))


@pytest.mark.parametrize("source", SAME)
def test_pages_that_go_no_further_fail(source):
    asked = next(one for one in VENUES if one.source == source)
    gap = Gap(source, asked.symbol, "trade", START, at(9), "test", "10", "20")
    with (
        answering(lambda _: SAME[source]) as url,
        pytest.raises(VenueFailed, match="again and again"),
    ):
        list(given(asked, asked.make(), gap, url))
