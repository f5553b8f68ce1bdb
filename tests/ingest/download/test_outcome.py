"""The table of answers: the state that follows from each, and when to ask again."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.download.outcome import Corrupt, Missing, Standing, Ticks, Trouble, follow
from ingest.sources.dukascopy_hours import Quote

NOON = datetime(2026, 2, 26, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
TICKS = Ticks([Quote(0, 3, 2, "1", "1")])
EMPTY = Ticks([])
NEW = Standing()


def after(found, before=NEW, *, is_open=True, now=LATER):
    return follow(found, before, NOON, is_open, now)


@pytest.mark.parametrize("is_open", [True, False])
def test_an_hour_with_ticks_is_done(is_open):
    assert after(TICKS, Standing("empty_suspect", 3, 3), is_open=is_open) == Standing("done")


@pytest.mark.parametrize("found", [EMPTY, Missing()])
def test_an_hour_without_ticks_is_expected_while_the_market_is_closed(found):
    settled = after(found, is_open=False)
    assert settled == Standing("empty_expected")
    assert settled.is_empty


@pytest.mark.parametrize("found", [EMPTY, Missing()])
def test_an_hour_without_ticks_is_believed_after_an_hour_six_a_day_and_a_week(found):
    standing, now, asked = NEW, LATER, []
    while not standing.is_empty:
        standing = follow(found, standing, NOON, True, now)
        if standing.next_try_at:
            assert standing.state == "empty_suspect"
            asked.append(standing.next_try_at - now)
            now = standing.next_try_at
    assert [wait.total_seconds() / 3600 for wait in asked] == [1, 6, 24, 168]
    assert (standing.state, standing.next_try_at) == ("empty_confirmed", None)


def test_a_confirmed_hour_that_is_still_empty_stays_confirmed():
    assert after(EMPTY, Standing("empty_confirmed", 0, 5)).state == "empty_confirmed"


def test_a_failure_in_between_does_not_begin_the_week_again():
    suspect = Standing("empty_suspect", 4, 4)
    failed = after(Trouble("HTTP 503"), suspect)
    assert failed.state == "retry"
    assert after(EMPTY, failed).state == "empty_confirmed"


@pytest.mark.parametrize(
    "minutes_since_end, state", [(0, "not_yet"), (179, "not_yet"), (180, "empty_suspect")]
)
def test_a_missing_hour_is_awaited_for_three_hours(minutes_since_end, state):
    now = NOON + timedelta(hours=1, minutes=minutes_since_end)
    found = after(Missing(), now=now)
    assert found.state == state
    assert found.next_try_at > now


def test_an_empty_hour_is_suspect_at_once():
    assert after(EMPTY, now=NOON + timedelta(hours=1)).state == "empty_suspect"


def test_failures_are_retried_ever_later():
    standing, waits = NEW, []
    for _ in range(7):
        standing = after(Trouble("HTTP 500"), standing)
        assert standing.state == "retry"
        waits.append((standing.next_try_at - LATER).total_seconds() / 60)
    assert waits == [15, 30, 60, 120, 240, 360, 360]


def test_a_corrupt_hour_is_fetched_once_more_at_once():
    once = after(Corrupt("not LZMA"))
    assert (once.state, once.next_try_at) == ("corrupt", LATER)
    twice = after(Corrupt("not LZMA"), once)
    assert (twice.state, twice.next_try_at) == ("corrupt", None)
    assert after(TICKS, once).state == "done"
