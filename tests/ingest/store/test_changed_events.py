"""Events that a change touches one by one, with what they were: amended, replaced, late, twins."""

import pytest

from ingest.store import rejects
from tests.ingest import made
from tests.ingest.amended import cancel, correction, end, replacement
from tests.ingest.store.changed import events, newest, ranges
from tests.ingest.store.late import TWO_AM, live
from tests.ingest.store.stores import TWELVE, refuse, trades


def test_a_corrected_event_has_its_new_values_and_its_former_ones(store_all, reader):
    store_all(trades(1, 2), [correction(1, "98")])
    assert events(reader, after=1) == [(2, "corrected", "1", 98, "1", 100)]


def test_an_event_with_a_new_id_keeps_its_time_and_names_the_old_id(store_all, reader):
    store_all(trades(1), [correction(5, "98", amends=["1"])])
    assert events(reader, after=1) == [(2, "corrected", "5", 98, "1", 100)]
    assert reader("select ts = old_ts from market.changed_events(1, 2, 'trade')") == [(True,)]


def test_a_cancelled_event_has_its_last_values(store_all, reader):
    store_all(trades(1), [correction(1, "98")], [cancel(1)])
    assert events(reader, after=2) == [(3, "cancelled", "1", 98, "1", 98)]


def test_an_amendment_that_waits_changes_nothing_until_its_event_comes(store_all, reader):
    store_all([cancel(1)])
    assert newest(reader) == 0
    store_all(trades(1, 2))
    assert events(reader) == [
        (1, "cancelled", "1", 100, "1", 100),
        (1, "new", "2", 100, None, None),
    ]


def test_an_event_given_late_has_the_values_of_today(store_all, reader):
    store_all(trades(1), [correction(1, "98")])
    assert events(reader) == [(1, "new", "1", 98, None, None), (2, "corrected", "1", 98, "1", 100)]


def test_an_event_that_is_gone_is_left_out_of_the_change_that_brought_it(store_all, reader):
    store_all(trades(1, 2), [cancel(1)])
    assert events(reader) == [
        (1, "new", "2", 100, None, None),
        (2, "cancelled", "1", 100, "1", 100),
    ]


def test_the_old_id_of_an_event_that_is_gone_is_cancelled(store_all, reader):
    """Else those who know it by its old id would keep it."""
    store_all(trades(1), [correction(5, "98", amends=["1"])], [cancel(5, amends=["1"])])
    assert events(reader, after=1) == [
        (2, "cancelled", "1", 100, "1", 100),
        (3, "cancelled", "5", 98, "5", 98),
    ]


def test_a_replaced_range_tells_what_went_what_came_and_what_changed(store_all, reader):
    store_all(trades(1, 2, 3, 5), [replacement(2, price="7"), replacement(4), replacement(5)])
    assert newest(reader) == 1
    store_all([end(3)])
    assert events(reader, after=1) == [
        (2, "cancelled", "1", 100, "1", 100),
        (2, "corrected", "2", 7, "2", 100),
        (2, "cancelled", "3", 100, "3", 100),
        (2, "new", "4", 100, None, None),
    ]


def test_a_replaced_event_is_given_by_the_change_that_put_it_in_place(store_all, reader):
    """Not by the batch that staged it, which stored trades before and after it."""
    store_all([*trades(1, 3), replacement(2)], [end(1), *trades(4)])
    assert [row[::2] for row in events(reader)] == [
        (2, "1", "1"),
        (2, "2", None),
        (2, "3", "3"),
        (2, "4", None),
    ]


def test_the_finest_of_twins_takes_the_place_of_the_others_once(store_all, reader):
    coarse = made.trade(1, source="kraken")
    fine = made.trade(
        1, source="kraken", event_time="2026-02-27T12:00:01.5Z", price="101", flags=["backfill"]
    )
    store_all([coarse], [fine, made.trade(2)])
    assert events(reader, after=1) == [
        (2, "corrected", "1", 101, "1", 100),
        (2, "new", "2", 100, None, None),
    ]
    [(ts, old_ts)] = reader("select ts, old_ts from market.changed_events(1, 2, 'trade') limit 1")
    assert (ts - old_ts).total_seconds() == 0.5


@pytest.mark.community
def test_late_events_are_given_once_by_the_change_that_moved_them(store_all, reader):
    late = [
        made.trade(TWO_AM),
        made.trade(TWO_AM + 1),
        made.trade(TWO_AM, dedupe_id=None, seq=None),
    ]
    store_all([*live(40), *late])
    assert newest(reader) == 2
    assert len(events(reader, until=1)) == 40
    assert [row[:3] for row in events(reader, after=1)] == [
        (2, "new", str(TWO_AM)),
        (2, "new", None),
        (2, "new", str(TWO_AM + 1)),
    ]


def test_replayed_messages_take_a_number_with_all_that_they_wake(
    fresh_database, store_all, reader, query
):
    refuse(query, "price = 666")
    store_all([cancel(2)], [*trades(1), *trades(2, 3, price="666")])
    assert newest(reader) == 1
    query("alter table market.trades drop constraint house_rule")
    assert rejects.replay(fresh_database).stored == 2
    assert events(reader, after=1) == [
        (2, "cancelled", "2", 666, "2", 666),
        (2, "new", "3", 666, None, None),
    ]


def test_events_without_an_id_are_told_apart_by_their_number(store_all, reader):
    same = [made.trade(1, dedupe_id=None, seq=None)] * 3
    store_all(same, [end(0)])
    assert events(reader, until=1) == []
    assert events(reader, after=1) == [(2, "cancelled", None, 100, None, 100)] * 3


def test_single_events_touch_the_bars_of_their_minutes(store_all, reader):
    store_all(trades(1, 61, 125), [cancel(61), correction(1, "98")])
    assert [row[:4] for row in ranges(reader, after=1)] == [
        ("trade", "AAPL", "sim", TWELVE),
        ("trade", "AAPL", "sim", TWELVE.replace(minute=1)),
    ]
