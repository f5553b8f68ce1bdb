"""The loader's transaction: all of a batch is stored or nothing, exactly once."""

import os
from decimal import Decimal

import pytest

from db.connect import DatabaseAway
from ingest.store.store import opened
from ingest.store.transaction import OffsetsMoved
from tests.ingest import made
from tests.ingest.store.stores import (
    TWELVE,
    add_partitions,
    ids,
    locked,
    pid,
    totals,
    trades,
    wait_for_lock,
)


def test_a_batch_is_stored_with_its_offsets(store, query):
    add_partitions(store)
    stored = store.store(made.batch(trades(0, 1, 2)))
    assert (stored.rows, stored.duplicates, stored.late, stored.rejects) == (3, 0, 0, {})
    assert totals(query) == (3, 3, 0, 1)
    assert query(
        "select ts, symbol, source, price, size, tick_id, seq, moves from market.trades "
        "where tick_id = '1'"
    ) == [(TWELVE.replace(second=1), "AAPL", "sim", Decimal("100.25"), Decimal(10), "1", 1, 221)]


def test_batches_follow_each_other_over_gaps_of_offsets(store, query):
    add_partitions(store)
    store.store(made.batch(trades(0, 1)))
    gap = made.batch([made.Message(made.trade(2), 5), made.Message(made.trade(3), 9)])
    gap.spans["t", 0].first = 2
    store.store(gap)
    store.store(made.batch(trades(4), first=10))
    assert totals(query) == (5, 11, 0, 3)


def test_a_batch_of_several_partitions_moves_each(store, query):
    add_partitions(store, 0, 1)
    messages = [made.Message(made.trade(n), n // 2, partition=n % 2) for n in range(6)]
    store.store(made.batch(messages))
    assert query('select "partition", next_offset from ops.kafka_offsets order by 1') == [
        (0, 3),
        (1, 3),
    ]
    assert ids(query) == set("012345")


@pytest.mark.parametrize("values", [trades(0, 1, 2), [b"poison"]], ids=["trades", "rejects"])
def test_a_loader_killed_between_copy_and_commit_stores_nothing(
    store, query, threads, fresh_database, values
):
    add_partitions(store)
    with locked(fresh_database, "lock table ops.load_batches in access exclusive mode"):
        storing = threads.submit(store.store, made.batch(values))
        wait_for_lock(query, store)
        query("select pg_terminate_backend(%s)", pid(store))
        with pytest.raises(DatabaseAway):
            storing.result(30)
    assert totals(query) == (0, 0, 0, 0)
    with opened(fresh_database) as again:
        again.store(made.batch(values))
        with pytest.raises(OffsetsMoved):
            again.store(made.batch(values))
    rejected = len(values) == 1
    assert totals(query) == (0 if rejected else 3, len(values), int(rejected), 1)


def test_a_loader_that_another_has_overtaken_stores_nothing(store, query, fresh_database):
    add_partitions(store)
    with opened(fresh_database) as overtaken:
        store.store(made.batch(trades(0, 1)))
        with pytest.raises(OffsetsMoved):
            overtaken.store(made.batch(trades(0, 1, 2)))
        assert totals(query) == (2, 2, 0, 1)
        overtaken.store(made.batch(trades(2), first=2))
    assert ids(query) == {"0", "1", "2"}


def test_a_batch_is_not_stored_if_one_of_its_partitions_has_moved(store, query):
    add_partitions(store, 0, 1)
    store.store(made.batch(trades(0), partition=1))
    both = [made.Message(made.trade(5), 0), made.Message(made.trade(6), 0, partition=1)]
    with pytest.raises(OffsetsMoved):
        store.store(made.batch(both))
    assert ids(query) == {"0"}
    assert totals(query) == (1, 1, 0, 1)


def test_a_batch_of_an_unknown_partition_is_not_stored(store, query):
    with pytest.raises(OffsetsMoved):
        store.store(made.batch(trades(0)))
    assert totals(query) == (0, None, 0, 0)


def test_known_offsets_are_not_overwritten(store, query):
    add_partitions(store)
    store.store(made.batch(trades(0)))
    add_partitions(store)
    assert store.offsets(("t",)) == [("t", 0, 1, "cluster", None)]
    assert store.offsets(("other",)) == []


def test_a_batch_without_trades_moves_the_offsets(store, query):
    add_partitions(store)
    store.store(made.batch([b'{"type":"ping"}']))
    assert totals(query) == (0, 1, 0, 1)


def test_a_batch_is_one_row_of_load_batches(store, query):
    add_partitions(store, 0, 1)
    messages = [
        made.Message(made.trade(0), 0),
        made.Message(made.trade(7), 1),
        made.Message(b"poison", 0, partition=1),
        made.Message(made.trade(0), 3, partition=1),
    ]
    store.store(made.batch(messages))
    [row] = query(
        "select split_part(loader, ' ', 2) = %s, offsets, trades, duplicates, late, rejected, "
        "oldest_ts, newest_ts, seconds > 0 from ops.load_batches",
        str(os.getpid()),
    )
    assert row == (
        True,
        {"t 0": [0, 2], "t 1": [0, 4]},
        2,
        1,
        0,
        1,
        TWELVE,
        TWELVE.replace(second=7),
        True,
    )


def test_trades_over_an_hour_behind_the_newest_known_are_late(store):
    add_partitions(store)
    noon = trades(3600, 7200, 3599, 0)  # 13:00, 14:00, 12:59:59, 12:00
    assert store.store(made.batch(noon)).late == 2
    assert store.store(made.batch(trades(3601, 3598), first=4)).late == 1


def test_unknown_symbols_are_added_and_known_ones_are_left_alone(store, query):
    add_partitions(store)
    query("insert into market.instruments (symbol, asset_class) values ('AAPL', 'equity')")
    store.store(made.batch([made.trade(0), made.trade(0, symbol="MSFT")]))
    store.store(made.batch([made.trade(1, symbol="MSFT"), made.trade(1, symbol="IBM")], first=2))
    assert query("select symbol, asset_class from market.instruments order by 1") == [
        ("AAPL", "equity"),
        ("IBM", None),
        ("MSFT", None),
    ]


def test_a_symbol_of_a_batch_that_was_rolled_back_is_added_later(store, query):
    add_partitions(store)
    with pytest.raises(OffsetsMoved):
        store.store(made.batch(trades(0), first=7))
    store.store(made.batch(trades(0)))
    assert query("select symbol from market.instruments") == [("AAPL",)]


def test_marking_a_symbol_as_seen_updates_its_time(store, query):
    add_partitions(store)
    store.store(made.batch([made.trade(0), made.trade(0, symbol="MSFT")]))
    query("update market.instruments set last_seen_at = '2020-01-01'")
    store.mark_seen({"AAPL", "unheard of"})
    assert query("select symbol from market.instruments where last_seen_at > '2020-01-02'") == [
        ("AAPL",)
    ]


@pytest.mark.apache
def test_changed_minutes_are_logged_with_the_trades(store, query):
    add_partitions(store)
    store.store(made.batch(trades(0, 61)))
    assert query("select kind, symbol, since, until from ops.candle_changes") == [
        ("trades", None, TWELVE, TWELVE.replace(minute=2))
    ]
    with pytest.raises(OffsetsMoved):
        store.store(made.batch(trades(600)))
    store.store(made.batch([b"poison"], first=2))
    assert query("select count(*) from ops.candle_changes") == [(1,)]


@pytest.mark.community
def test_no_changes_are_logged_if_timescaledb_does_it(store, query):
    add_partitions(store)
    store.store(made.batch(trades(0)))
    assert query("select to_regclass('ops.candle_changes')") == [(None,)]
