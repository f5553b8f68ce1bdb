"""The oldest time kept moves only between two batches, and each batch keeps to it."""

import psycopg
import pytest

from tests.ingest import made
from tests.ingest.store.stores import (
    RETENTION_LOCK,
    add_partitions,
    ids,
    locked,
    move_floor,
    totals,
    trades,
    wait_for_lock,
)


def test_trades_before_a_floor_that_has_moved_meanwhile_are_rejected(store, query):
    add_partitions(store)
    batch = made.batch(trades(4, 5, 6))
    move_floor(query, 5)
    stored = store.store(batch)
    assert (stored.rows, stored.rejects) == (2, {"too late": 1})
    assert ids(query) == {"5", "6"}
    assert totals(query) == (2, 3, 1, 1)
    [(sentence,)] = query("select sentence from ops.age_limits")
    assert sentence.startswith("trades before 2026-02-27 12:00:05 UTC are not kept: ")
    assert stored.too_late == {sentence: 1}
    assert query("select detail from ops.rejects") == [
        (f"2026-02-27T12:00:04.000000Z: {sentence}",)
    ]


def test_quotes_have_a_floor_of_their_own(store, query):
    add_partitions(store)
    move_floor(query, 5)
    quotes = [made.quote(event_time=f"2026-02-27T12:00:0{n}Z", dedupe_id=str(n)) for n in (4, 6)]
    stored = store.store(made.batch([*trades(4, 6), *quotes]))
    assert (stored.trades, stored.quotes, stored.rejects) == (1, 2, {"too late": 1})


def test_a_batch_waits_for_retention_and_then_sees_its_floor(store, query, threads, fresh_database):
    add_partitions(store)
    with locked(fresh_database, RETENTION_LOCK) as retention:
        storing = threads.submit(store.store, made.batch(trades(4, 5)))
        wait_for_lock(query, store)
        move_floor(retention.execute, 5)
    assert storing.result(30).rejects == {"too late": 1}
    assert ids(query) == {"5"}


def test_retention_waits_for_a_batch_that_is_being_stored(store, query, threads, fresh_database):
    add_partitions(store)
    with locked(fresh_database, "lock table ops.load_batches in access exclusive mode") as blocker:
        storing = threads.submit(store.store, made.batch(trades(4, 5)))
        wait_for_lock(query, store)
        with (
            psycopg.connect(fresh_database) as retention,
            pytest.raises(psycopg.errors.LockNotAvailable),
        ):
            retention.execute(f"{RETENTION_LOCK} nowait")
        blocker.rollback()
    assert storing.result(30).rows == 2


@pytest.mark.apache  # Community's locks nothing before there is something to drop
def test_retention_that_waits_to_read_the_floors_does_not_block_a_batch(
    store, query, threads, fresh_database
):
    add_partitions(store)
    with locked(fresh_database, "lock table ops.retention_floors in access share mode"):
        retention = threads.submit(call_retention, fresh_database)
        assert store.store(made.batch(trades(4, 5))).rows == 2
        retention.result(30)


def call_retention(url):
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("call ops.apply_retention()")
