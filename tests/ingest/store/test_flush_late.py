"""Late trades are flushed exactly once, whatever happens to the loader that stored their batch."""

import threading
from contextlib import contextmanager

import psycopg
import pytest

from ingest.loader.retry import RetryingStore
from ingest.loader.run import load
from ingest.loader.settings import LoaderSettings
from ingest.store.store import opened
from tests.ingest import made
from tests.ingest.amended import cancel, correction
from tests.ingest.store.late import (
    LATE_RANGES,
    THREE_AM,
    TWO_AM,
    TWO_PM,
    count_late,
    live,
    store_without_flushing,
)
from tests.ingest.store.stores import (
    RETENTION_LOCK,
    add_partitions,
    ids,
    locked,
    move_floor,
    pid,
    wait_for_lock,
)

ONE_FLUSH = "lock table ops.late_events in share update exclusive mode"
community = pytest.mark.community


@contextmanager
def flush_blocked(url, query, threads, act, *stores):
    """Starts `act`, which stores and moves, and holds it after its commit."""
    with locked(url, ONE_FLUSH) as lock:
        future = threads.submit(act)
        wait_for_lock(query, *stores)
        yield future
        lock.rollback()


def test_a_flush_has_the_isolation_level_of_a_batch(store_all, query):
    """Else TimescaleDB leaves out ranges that it believes to be ahead of every aggregate."""
    query(
        "create function report_isolation() returns trigger language plpgsql as "
        "$$ begin raise '%', current_setting('transaction_isolation'); end $$"
    )
    query(
        "create trigger report_isolation before insert on market.trades for each row "
        "when (new.symbol = 'MSFT') execute function report_isolation()"
    )
    store_all([*live(), made.trade(TWO_AM, symbol="MSFT")])
    assert query("select detail from ops.rejects") == [("repeatable read",)]


@community
def test_late_trades_of_a_killed_loader_are_flushed_by_the_next(
    store, query, threads, fresh_database
):
    add_partitions(store)
    batch = made.batch([*live(), made.trade(TWO_AM)])
    with flush_blocked(
        fresh_database, query, threads, lambda: store.store(batch), store
    ) as storing:
        assert (count_late(query), str(TWO_AM) in ids(query)) == (1, False)
        query("select pg_terminate_backend(%s)", pid(store))
        assert storing.result(30).rows == 19
    with opened(fresh_database) as next_store:
        stored = next_store.store(made.batch(live(18, first=18), first=19))
    assert (stored.rows, stored.duplicates) == (18, 0)
    assert query("select count(*), count(distinct tick_id) from market.trades") == [(37, 37)]
    assert query("select sum(trades), sum(duplicates) from ops.load_batches") == [(37, 0)]
    assert count_late(query) == 0


@community
def test_an_outage_between_commit_and_flush_is_waited_out(query, threads, fresh_database):
    batch = made.batch([*live(), made.trade(TWO_AM)])
    with RetryingStore(fresh_database) as retrying:
        store = retrying.open()
        add_partitions(store)
        with flush_blocked(
            fresh_database, query, threads, lambda: retrying.store(batch), store
        ) as storing:
            query("select pg_terminate_backend(%s)", pid(store))
        assert storing.result(30).rows == 19
    assert query("select sum(trades), count(*) from ops.load_batches") == [(19, 1)]
    assert str(TWO_AM) in ids(query)
    assert count_late(query) == 0


@community
def test_two_flushes_at_once_store_a_trade_once(store, query, threads, fresh_database):
    store_without_flushing(
        fresh_database, made.batch([*live(), made.trade(TWO_AM), made.trade(THREE_AM)])
    )
    with opened(fresh_database) as other:
        with locked(fresh_database, "lock table ops.amendments in access exclusive mode"):
            first = threads.submit(store.flush_late)
            wait_for_lock(query, store)  # in the middle of its transaction
            second = threads.submit(other.flush_late)
            wait_for_lock(query, store, other)
        first.result(30)
        second.result(30)
        assert (store.has_late, other.has_late) == (False, False)
    assert query("select count(*), count(distinct tick_id) from market.trades") == [(20, 20)]
    assert len(query(LATE_RANGES)) == 3


@community
def test_a_flush_that_is_killed_leaves_its_trades_to_the_next(
    store, query, threads, fresh_database
):
    store_without_flushing(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    with locked(fresh_database, "lock table ops.amendments in access exclusive mode"):
        flushing = threads.submit(store.flush_late)
        wait_for_lock(query, store)
        query("select pg_terminate_backend(%s)", pid(store))
        assert flushing.exception(30) is not None
    assert count_late(query) == 1
    with opened(fresh_database) as next_store:
        next_store.flush_late()
    assert str(TWO_AM) in ids(query)
    assert count_late(query) == 0


@community
@pytest.mark.parametrize("lock", [ONE_FLUSH, RETENTION_LOCK], ids=["of-a-mover", "of-retention"])
def test_late_trades_wait_while_another_session_holds_a_lock(store, query, fresh_database, lock):
    store_without_flushing(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    store._conn.execute("set lock_timeout = '50ms'")
    with locked(fresh_database, lock):
        store.flush_late()
        assert store.has_late
    store.flush_late()
    assert not store.has_late
    assert count_late(query) == 0


@community
def test_a_late_trade_is_a_duplicate_for_other_loaders(store, query, fresh_database):
    store.flush_late()
    assert not store.has_late
    store_without_flushing(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    add_partitions(store, 1)
    stored = store.store(made.batch(list(map(made.trade, (TWO_AM, THREE_AM))), partition=1))
    assert (stored.rows, stored.duplicates) == (1, 1)
    again = [*live(18, first=18), made.trade(TWO_AM)]
    stored = store.store(made.batch(again, partition=1, first=2))
    assert (stored.rows, stored.duplicates) == (18, 1)
    assert query("select count(*), count(distinct tick_id) from market.trades") == [(38, 38)]


@community
@pytest.mark.parametrize("message", [cancel, correction])
def test_a_late_trade_can_be_amended_before_its_flush(store, query, fresh_database, message):
    store_without_flushing(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    stored = store.store(made.batch([message(TWO_AM)], first=19))
    assert (stored.rows, stored.amended, stored.rejects) == (0, 1, {})
    found = query("select trunc(price)::int from market.trades where tick_id = %s", str(TWO_AM))
    assert found == ([] if message is cancel else [(99,)])
    assert query("select trunc(old_price)::int from ops.amendments") == [(100,)]


@community
def test_a_late_trade_that_is_cancelled_before_its_flush_is_not_stored(
    store, query, fresh_database
):
    store_without_flushing(
        fresh_database,
        made.batch([*live(), made.trade(TWO_AM), made.trade(THREE_AM)], first=0),
        made.batch([cancel(TWO_AM)], first=20),
    )
    store.flush_late()
    assert str(THREE_AM) in ids(query)
    assert str(TWO_AM) not in ids(query)
    assert count_late(query) == 0


@community
def test_a_late_trade_before_a_floor_that_has_moved_is_too_late(
    store, query, threads, fresh_database
):
    value = made.trade(-1)
    store_without_flushing(
        fresh_database, made.batch([*live(30), made.trade(TWO_AM), value, made.trade(6)])
    )
    with locked(fresh_database, RETENTION_LOCK) as retention:
        flushing = threads.submit(store.flush_late)
        wait_for_lock(query, store)
        move_floor(retention.execute, 5)
        retention.commit()
    flushing.result(30)
    [(reason,)] = query("select sentence from ops.age_limits")
    assert query('select "offset", reason, detail from ops.rejects order by 1') == [
        (30, "too late", f"2026-02-27T02:00:00.000000Z: {reason}"),
        (31, "too late", f"2026-02-27T11:59:59.000000Z: {reason}"),
    ]
    assert query('select "value" from ops.rejects where "offset" = 31') == [(value,)]
    assert ids(query) == {"6", *(str(TWO_PM + n) for n in range(30))}


@community
def test_a_loader_that_starts_flushes_late_trades(fresh_database, broker, topic, query):
    store_without_flushing(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    settings = LoaderSettings(
        database_url=fresh_database,
        bootstrap_servers=broker.bootstrap_servers,
        topics=(topic,),
        group=topic,
    )
    assert load(settings, threading.Event(), until_end=True, seconds=60).complete
    assert str(TWO_AM) in ids(query)


@community
def test_a_serialization_failure_of_a_flush_is_retried(store, query, threads, fresh_database):
    """Another loader stores the trade after the mover's snapshot was taken."""
    store_without_flushing(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    with psycopg.connect(fresh_database) as other:
        other.execute(
            "insert into market.trades"
            " (ts, symbol, source, price, tick_id, seq, batch, rules, moves)"
            " select ts, symbol, source, price, tick_id, seq, batch, rules, moves"
            " from ops.late_events"
        )
        flushing = threads.submit(store.flush_late)
        wait_for_lock(query, store)
    flushing.result(30)
    assert not store.has_late
    assert query("select count(*) from market.trades where tick_id = %s", str(TWO_AM)) == [(1,)]
    assert count_late(query) == 0
