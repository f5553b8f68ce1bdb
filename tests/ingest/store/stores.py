"""Stores in tests: their partitions, their sessions, and the rows in their database."""

from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg

from tests import support
from tests.ingest import made

# The lock of ops.apply_retention() while it moves a floor.
RETENTION_LOCK = "lock table ops.kafka_offsets in share row exclusive mode"
FAST = {"v": 1}
SLOW = {"v": 1.0}  # the same message, decoded by itself
LEGACY = b'{"symbol":"IBM","price":1.5,"volume":2,"event_time":"2026-02-27T12:00:00Z"}'
TWELVE = datetime(2026, 2, 27, 12, tzinfo=UTC)
WAITING = "select count(*) from pg_stat_activity where pid = any(%s) and wait_event_type = 'Lock'"


def add_partitions(store, *partitions, topic="t"):
    for partition in partitions or (0,):
        store.add_offsets((topic, partition), 0, "cluster", None)


def pid(store):
    return store._conn.info.backend_pid


def totals(query):
    """Returns (trades, next offset, rejects, batches)."""
    [row] = query(
        "select (select count(*) from market.trades), "
        "(select sum(next_offset)::int from ops.kafka_offsets), "
        "(select count(*) from ops.rejects), (select count(*) from ops.load_batches)"
    )
    return row


def ids(query):
    return {tick_id for (tick_id,) in query("select tick_id from market.trades")}


@contextmanager
def locked(url, statement):
    """Holds the lock that `statement` takes."""
    with psycopg.connect(url) as conn:
        conn.execute(statement)
        yield conn


def wait_for_lock(query, *stores):
    pids = list(map(pid, stores))
    support.wait_until(lambda: query(WAITING, pids) == [(len(pids),)], f"{pids} waiting for a lock")


def trades(*numbers, **changes):
    return [made.trade(number, **changes) for number in numbers]


def refuse(query, condition):
    query(f"alter table market.trades add constraint house_rule check (not ({condition}))")


def move_floor(execute, second):
    floor = TWELVE.replace(second=second).isoformat()
    execute(f"update ops.retention_floors set floor_ts = '{floor}' where relation = 'trades'")
