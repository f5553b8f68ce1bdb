"""Which runs are due: after downtime, failures, kills, and clocks that go back and forth."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.updates.dukascopy import CADENCES
from ingest.updates.slots import Cadence, Past, Run, due

HOURLY, NIGHTLY, WEEKLY = CADENCES
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def past(slot: str, state: str = "done", failures: int = 0, next_at: str = "") -> Past:
    return Past(at(slot), state, failures, at(next_at or slot))


@pytest.mark.parametrize(
    "cadence, now, slot",
    [
        (HOURLY, "2026-02-26 12:09:59", "2026-02-26 11:10"),
        (HOURLY, "2026-02-26 12:10:00", "2026-02-26 12:10"),
        (NIGHTLY, "2026-02-26 03:24:59", "2026-02-25 03:25"),
        (NIGHTLY, "2026-02-26 03:25:00", "2026-02-26 03:25"),
        (WEEKLY, "2026-03-01 04:39:59", "2026-02-22 04:40"),  # a Sunday
        (WEEKLY, "2026-03-01 04:40:00", "2026-03-01 04:40"),
        # Summer time begins in New York on 2026-03-08 and in Europe on 2026-03-29.
        (HOURLY, "2026-03-08 07:15:00", "2026-03-08 07:10"),
        (NIGHTLY, "2026-03-29 12:00:00", "2026-03-29 03:25"),
    ],
)
def test_slots_are_moments_of_the_utc_clock(cadence, now, slot):
    assert cadence.slot(at(now)) == at(slot)


def test_at_the_first_start_every_kind_is_due_the_newest_hours_first():
    runs = due(CADENCES, {}, at("2026-02-26 12:30"))
    assert [(run.kind, run.slot) for run in runs] == [
        ("hourly", at("2026-02-26 12:10")),
        ("sweep", at("2026-02-26 03:25")),
        ("revisions", at("2026-02-22 04:40")),
    ]


def test_a_slot_that_is_done_is_not_due_again():
    done = {"hourly": past("2026-02-26 12:10")}
    assert due([HOURLY], done, at("2026-02-26 12:10")) == []
    assert due([HOURLY], done, at("2026-02-26 13:09:59")) == []
    assert due([HOURLY], done, at("2026-02-26 13:10")) == [
        Run("hourly", at("2026-02-26 13:10"), at("2026-02-26 14:10"))
    ]


def test_after_a_week_of_downtime_one_run_of_each_kind_is_due():
    done = {
        "hourly": past("2026-02-19 12:10"),
        "sweep": past("2026-02-19 03:25"),
        "revisions": past("2026-02-15 04:40"),
    }
    runs = due(CADENCES, done, at("2026-02-26 12:30"))
    assert [(run.kind, run.slot) for run in runs] == [
        ("hourly", at("2026-02-26 12:10")),
        ("sweep", at("2026-02-26 03:25")),
        ("revisions", at("2026-02-22 04:40")),
    ]


@pytest.mark.parametrize("state", ["running", "interrupted"])
def test_a_run_that_was_killed_or_interrupted_is_due_at_once(state):
    left = {"hourly": past("2026-02-26 12:10", state, next_at="2026-02-26 13:10")}
    [run] = due([HOURLY], left, at("2026-02-26 12:11"))
    assert run.slot == at("2026-02-26 12:10")


def test_a_run_that_failed_is_due_after_a_while_or_at_once_for_the_impatient():
    failed = {"hourly": past("2026-02-26 12:10", "failed", 3, "2026-02-26 12:31")}
    assert due([HOURLY], failed, at("2026-02-26 12:30:59")) == []
    [run] = due([HOURLY], failed, at("2026-02-26 12:31"))
    assert run.failures == 3
    [again] = due([HOURLY], failed, at("2026-02-26 12:12"), impatient=True)
    assert again == run


def test_the_wait_after_failures_holds_across_slots():
    failed = {"hourly": past("2026-02-26 12:10", "failed", 9, "2026-02-26 13:40")}
    assert due([HOURLY], failed, at("2026-02-26 13:20")) == []
    [run] = due([HOURLY], failed, at("2026-02-26 13:40"))
    assert run.slot == at("2026-02-26 13:10")


def test_a_run_that_waits_for_a_limit_is_due_when_it_ends():
    waiting = {"sweep": past("2026-02-26 03:25", "waiting", 0, "2026-02-27 03:26")}
    assert due([NIGHTLY], waiting, at("2026-02-26 04:00")) == []
    assert due([NIGHTLY], waiting, at("2026-02-27 03:25:30")) == []
    [run] = due([NIGHTLY], waiting, at("2026-02-27 03:26"))
    assert run.slot == at("2026-02-27 03:25")


def test_a_wait_that_a_clock_ahead_has_noted_is_not_kept():
    failed = {"hourly": past("2026-02-26 12:10", "failed", 1, "2026-03-05 12:15")}
    assert len(due([HOURLY], failed, at("2026-02-26 12:20"))) == 1


@pytest.mark.parametrize(
    "failures, minutes", [(0, 5), (1, 10), (2, 20), (3, 40), (4, 60), (5, 60), (5000, 60)]
)
def test_waits_are_doubled_up_to_an_hour(failures, minutes):
    now = at("2026-02-26 12:10")
    run = Run("hourly", now, now + HOUR, failures)
    assert run.next_at("failed", now) == now + minutes * MINUTE


def test_after_a_run_that_is_done_the_next_slot_is_due():
    now = at("2026-02-26 12:10")
    run = Run("hourly", now, now + HOUR)
    assert run.next_at("done", now + 90 * MINUTE) == now + HOUR
    assert run.next_at("interrupted", now + MINUTE) == now + MINUTE


@given(
    every=st.sampled_from([HOUR, DAY, WEEK]),
    offset=st.timedeltas(timedelta(0), HOUR),
    steps=st.lists(st.timedeltas(-8 * DAY, 8 * DAY), max_size=30),
)
def test_whatever_the_clock_does_no_slot_is_done_twice_and_the_newest_is_done(every, offset, steps):
    cadence = Cadence("one", every, offset)
    done: set[datetime] = set()
    now = at("2026-02-26 12:10")
    for step in steps:
        now += step
        known = [slot for slot in done if slot <= now]
        newest = {"one": Past(max(known), "done", 0, max(known))} if known else {}
        for run in due([cadence], newest, now):
            assert run.slot not in done
            assert run.slot <= now < run.slot + every
            done.add(run.slot)
        assert any(now - every < slot <= now for slot in done)
