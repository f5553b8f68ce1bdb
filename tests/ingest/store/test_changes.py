"""The log of changes: every commit that changes what people read has a number, and tells what."""

from datetime import timedelta

import psycopg
import pytest

from ingest.store.store import opened
from tests.db import support
from tests.ingest import made
from tests.ingest.store.stores import TWELVE, add_partitions, trades

SECOND = timedelta(seconds=1)
NEWEST = "select number from market.newest_change()"
EVENTS = """
select number, action, symbol, tick_id, coalesce(price, bid)::text
from market.changed_events(%s, %s, %s, %s)
"""


@pytest.fixture
def reader(fresh_database):
    """Runs queries as stockpulse_reader."""
    with support.as_role(fresh_database, "stockpulse_reader") as conn:
        yield lambda statement, values=None: conn.execute(statement, values).fetchall()


def events(reader, after=0, until=1_000_000, kind="trade", symbols=None):
    return reader(EVENTS, [after, until, kind, symbols])


def test_a_database_without_a_change_has_no_newest_one(reader):
    assert reader(NEWEST) == []


def test_each_batch_that_stores_events_takes_the_next_number(store_all, reader):
    store_all(trades(1, 2), [made.quote()], trades(1), [b"{}"])
    assert reader(NEWEST) == [(2,)]
    assert events(reader) == [
        (1, "new", "AAPL", "1", "100.25"),
        (1, "new", "AAPL", "2", "100.25"),
    ]
    assert [row[:3] for row in events(reader, kind="quote")] == [(2, "new", "EUR/USD")]


def test_duplicates_are_not_given_again(store_all, reader):
    store_all(trades(1, 2), trades(1, 2, 3))
    assert [row[::3] for row in events(reader, after=1)] == [(2, "3")]


def test_events_of_a_commit_are_in_the_order_of_the_venue(store_all, reader):
    store_all([made.trade(5), made.trade(3, symbol="MSFT"), made.trade(4)])
    assert [row[2:4] for row in events(reader)] == [("MSFT", "3"), ("AAPL", "4"), ("AAPL", "5")]


def test_events_are_given_of_the_symbols_asked_for(store_all, reader):
    store_all([made.trade(5), made.trade(3, symbol="MSFT"), made.trade(4, symbol="IBM")])
    found = events(reader, symbols=["IBM", "AAPL", "NONE"])
    assert [row[2:4] for row in found] == [("IBM", "4"), ("AAPL", "5")]


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


def test_ranges_say_which_bars_a_change_touches(store_all, reader):
    store_all([made.trade(5), made.trade(3, symbol="MSFT")])
    found = reader("select kind, symbol, source, since, until from market.changed_ranges(0, 1)")
    span = (TWELVE + 3 * SECOND, TWELVE + 5 * SECOND + timedelta(microseconds=1))
    assert found == [("trade", "AAPL", None, *span), ("trade", "MSFT", None, *span)]


def test_a_batch_that_reaches_far_back_is_logged_by_symbol(store_all, query):
    far = [made.trade(-7200, symbol="OLD"), *trades(*range(100, 110)), made.trade(-7200)]
    store_all([*far, made.trade(-7200, symbol="B")])
    found = query("select symbols, since, until from ops.changed_ranges order by 1, 2")
    ten, minute = TWELVE - timedelta(hours=2), timedelta(minutes=1)
    assert found == [
        (["AAPL"], TWELVE + minute, TWELVE + 2 * minute),
        (["AAPL", "B", "OLD"], ten, ten + minute),
    ]


def test_listeners_are_told_the_number(fresh_database, store_all):
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute("listen stockpulse_changes")
        store_all(trades(1), trades(2))
        told = [notice.payload for notice in conn.notifies(timeout=10, stop_after=2)]
    assert told == ["1", "2"]


def test_a_transaction_that_fails_takes_no_number(fresh_database, reader):
    with opened(fresh_database) as store:
        add_partitions(store)
        store.store(made.batch(trades(1)))
        with store._conn.transaction(force_rollback=True):
            store._conn.execute(
                "select ops.log_ranges(json_build_array(json_build_object("
                "'kind', 'bar', 'since', '2026-02-27', 'until', '2026-02-28')))"
            )
    assert reader(NEWEST) == [(1,)]
