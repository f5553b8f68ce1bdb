"""The log of changes: every commit that changes what people read has a number, and tells what."""

from datetime import timedelta

import psycopg

from ingest.store.store import opened
from tests.ingest import made
from tests.ingest.store.changed import events, newest, ranges
from tests.ingest.store.stores import TWELVE, add_partitions, trades

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
FLOORS = "update ops.retention_floors set floor_ts = now() - interval '1 hour'"
OF_BARS = """
select ops.log_ranges('[{"kind": "bar", "since": "2026-02-27", "until": "2026-02-28"}]')
"""


def test_a_database_without_a_change_has_no_newest_one(reader):
    assert reader("select * from market.newest_change()") == []


def test_each_batch_that_stores_events_takes_the_next_number(store_all, reader):
    store_all(trades(1, 2), [made.quote()], trades(1), [b"{}"])
    assert newest(reader) == 2
    assert events(reader) == [(1, "new", "1", 100, None, None), (1, "new", "2", 100, None, None)]
    assert events(reader, kind="quote") == [(2, "new", "x", 1, None, None)]


def test_duplicates_are_not_given_again(store_all, reader):
    store_all(trades(1, 2), trades(1, 2, 3))
    assert events(reader, after=1) == [(2, "new", "3", 100, None, None)]


def test_events_of_a_commit_are_in_the_order_of_the_venue(store_all, reader):
    store_all([made.trade(5), made.trade(3, symbol="MSFT"), made.trade(4)])
    assert [row[2] for row in events(reader)] == ["3", "4", "5"]


def test_events_are_given_of_the_symbols_asked_for(store_all, reader):
    store_all([made.trade(5), made.trade(3, symbol="MSFT"), made.trade(4, symbol="IBM")])
    assert [row[2] for row in events(reader, symbols=["IBM", "AAPL", "NONE"])] == ["4", "5"]
    assert events(reader, symbols=[]) == []


def test_numbers_after_and_until_bound_what_is_given(store_all, reader):
    store_all(trades(1), trades(2), trades(3), trades(4))
    assert [row[0] for row in events(reader, after=1, until=3)] == [2, 3]


def test_a_change_is_known_by_its_number_and_mark(store_all, reader):
    store_all(trades(1), trades(2))
    [(number, mark)] = reader("select number, mark from market.newest_change()")
    asked = "select market.has_change(%s, %s)"
    assert reader(asked, [number, mark]) == [(True,)]
    assert reader(asked, [number, mark + 1]) == [(False,)]
    assert reader(asked, [number - 1, mark]) == [(False,)]


def test_ranges_say_which_bars_a_batch_touches(store_all, reader):
    store_all([made.trade(5), made.trade(3, symbol="MSFT")])
    span = (TWELVE + 3 * SECOND, TWELVE + 5 * SECOND + timedelta(microseconds=1))
    assert ranges(reader) == [
        ("trade", "AAPL", None, *span, None, None),
        ("trade", "MSFT", None, *span, None, None),
    ]


def test_a_batch_that_reaches_far_back_is_logged_by_symbol(store_all, query):
    """So nobody reads two hours of every symbol to find three trades."""
    far = [made.trade(-7200, symbol=symbol, source="kraken") for symbol in ("OLD", "AAPL", "B")]
    store_all([*far, made.trade(100), made.trade(-7000)])
    found = query("select symbols, since, until from ops.changed_ranges order by 1, 2")
    ten = TWELVE - 2 * 60 * MINUTE
    assert found == [
        (["AAPL"], ten + 3 * MINUTE, ten + 4 * MINUTE),
        (["AAPL"], TWELVE + MINUTE, TWELVE + 2 * MINUTE),
        (["AAPL", "B", "OLD"], ten, ten + MINUTE),
    ]


def test_listeners_are_told_the_number(fresh_database, store_all):
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute("listen stockpulse_changes")
        store_all(trades(1), trades(2))
        told = [notice.payload for notice in conn.notifies(timeout=10, stop_after=2)]
    assert told == ["1", "2"]


def test_a_transaction_that_is_rolled_back_is_no_change(fresh_database, reader):
    with opened(fresh_database) as store:
        add_partitions(store)
        store.store(made.batch(trades(1)))
        with store._conn.transaction(force_rollback=True):
            store._conn.execute(OF_BARS)
    assert newest(reader) == 1


def test_a_number_is_above_all_others_even_if_the_sequence_is_behind(store_all, reader, query):
    store_all(trades(1), trades(2), trades(3))
    query("select setval('ops.change_numbers', 1)")
    store_all(trades(4), trades(5))
    assert [row[0] for row in events(reader)] == [1, 2, 3, 4, 5]


def test_the_log_goes_with_what_it_speaks_of_and_the_newest_change_stays(store_all, reader, query):
    store_all(trades(1), [made.quote()], trades(1, price="9", flags=["correction"]), trades(4))
    query(
        f"{FLOORS}; update ops.changes set logged_at = now() - interval '2 hours' where number < 3"
    )
    query("call ops.drop_batches()")
    assert query("select number from ops.changes order by 1") == [(3,), (4,)]
    assert events(reader) == [(3, "corrected", "1", 9, "1", 100), (4, "new", "4", 100, None, None)]
    query("update ops.changes set logged_at = now() - interval '2 hours'")
    query("call ops.drop_batches()")
    assert query("select number from ops.changes") == [(4,)]
    assert query("select count(*) from ops.changed_ranges") == [(1,)]
    assert query("select count(*) from ops.changed_events") == [(0,)]


def test_a_change_is_kept_until_no_event_of_its_time_is(store_all, query):
    """An event may be a minute ahead of the clock."""
    store_all(trades(1), trades(2))
    query(f"{FLOORS}; update ops.changes set logged_at = now() - interval '1 hour 50 seconds'")
    query("call ops.drop_batches()")
    assert query("select count(*) from ops.changes") == [(2,)]
