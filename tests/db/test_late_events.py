"""Late events wait and are moved in transactions of a run of minutes each, or are rejected."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.db import loading, support
from tests.db.loading import amend, cancel, store, trades
from tests.db.support import MICROSECOND, MINUTE, quote, trade
from tests.oracle import Quote, Trade

pytestmark = pytest.mark.community

NOON = support.midnight(3) + timedelta(hours=12)
LEFT = "select count(*) from ops.late_events"


@pytest.fixture
def loader(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    with loading.loader(fresh_database) as conn:
        yield conn


def wait(conn: psycopg.Connection[Any], events: Iterable[Trade | Quote]) -> list[int]:
    """Lets events wait, each with a message; returns their ids."""
    ids = []
    for event in events:
        row = {
            **support.row(event), "kind": type(event).__name__.lower(), "topic": "t",
            "partition": 0, "offset": 7, "value": b"{}", "source_header": "h",
        }  # fmt: skip
        text = support.statement("ops.late_events", [row])
        text = text.replace("partition,", '"partition",').replace(" offset,", ' "offset",')
        found = conn.execute(f"{text} returning id", row).fetchone()
        assert found is not None
        ids.append(found[0])
    return ids


def flush(conn: psycopg.Connection[Any]) -> int:
    """Moves all events that wait; returns how many were rejected."""
    row = conn.execute("call ops.flush_late_events(0)").fetchone()
    assert row is not None
    return int(row[0])


def test_events_of_both_kinds_move_to_their_relations(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    wait(loader, [trade(NOON, "1", tick_id="a"), quote(NOON, "1", "2", tick_id="a")])
    wait(loader, [trade(NOON - timedelta(days=60), "2"), quote(NOON + 9 * MINUTE, "3", None)])
    assert flush(loader) == 0
    assert conn.execute(LEFT).fetchone() == (0,)
    query = "select kind, price, bid from market.ticks order by ts, kind"
    assert conn.execute(query).fetchall() == [
        ("trade", 2, None), ("quote", support.Decimal("1.5"), 1), ("trade", 1, None),
        ("quote", None, 3),
    ]  # fmt: skip


def test_each_run_of_minutes_is_a_transaction(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    wait(loader, [trade(NOON + n * MINUTE, "1", tick_id=str(n)) for n in (0, 1, 2, 10, 11, 20)])
    flush(loader)
    found = conn.execute(
        "select count(distinct xmin::text), count(distinct (xmin::text, ts)) from market.trades"
    ).fetchone()
    assert found == (3, 6)


def test_a_waiting_event_is_stored_once(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    wait(loader, [trade(NOON, "1", tick_id="a"), trade(NOON, "1", tick_id="b")])
    assert store(loader, [trade(NOON, "1", tick_id="a"), trade(NOON, "1", tick_id="c")]) == (1, 1)
    flush(loader)
    assert [name for name, _ in trades(conn)] == ["a", "b", "c"]


def test_refused_events_are_rejected_with_their_messages_and_the_others_stored(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    events = [trade(NOON, str(n), tick_id=str(n)) for n in range(9)]
    events[2] = events[2]._replace(size=-1)
    events[7] = events[7]._replace(ns=1000)
    wait(loader, [*events, quote(NOON, None, None)])
    assert flush(loader) == 3
    assert [name for name, _ in trades(conn)] == ["0", "1", "3", "4", "5", "6", "8"]
    rejects = conn.execute(
        'select topic, "offset", "value", source, reason, detail from ops.rejects order by id'
    ).fetchall()
    assert [row[:5] for row in rejects] == [("t", 7, b"{}", "h", "refused by the database")] * 3
    assert "trades_size_not_negative" in rejects[0][5]
    assert conn.execute(LEFT).fetchone() == (0,)


def test_events_below_their_floor_are_rejected(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    conn.execute("update ops.retention_floors set floor_ts = %s where relation = 'trades'", [NOON])
    old = NOON - MICROSECOND
    wait(loader, [trade(old, "1"), trade(NOON, "2"), quote(old, "1", "2")])
    assert flush(loader) == 1
    assert trades(conn, "price") == [(2,)]
    assert conn.execute("select count(*) from market.quotes").fetchone() == (1,)
    rejected = conn.execute("select reason, detail from ops.rejects").fetchone()
    assert rejected == (
        "too late", f"{old:%Y-%m-%dT%H:%M:%S.%f}Z: trades before {NOON:%Y-%m-%d %H:%M:%S} UTC are"
        " not kept: they were dropped for good before they were kept for ever",
    )  # fmt: skip


def test_late_events_are_cancelled_amended_and_made_one_with_their_twins(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    dead, wanted = trade(NOON, "1", tick_id="dead"), trade(NOON, "2", tick_id="wanted")
    store(loader, [dead])
    amend(loader, cancel(dead), cancel(wanted))
    coarse = trade(NOON, "3", tick_id="twin", source="kraken")
    store(loader, [coarse._replace(ts=NOON + MICROSECOND)], refill=True)
    wait(loader, [dead, wanted, coarse])
    assert flush(loader) == 0
    assert trades(conn, "tick_id, ts") == [("twin", NOON + MICROSECOND)]
    assert conn.execute(LEFT).fetchone() == (0,)


def test_loader_stores_chosen_events(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    first, *_ = wait(loader, [trade(NOON, "1", tick_id="a"), trade(NOON, "1", tick_id="b")])
    assert loader.execute("select ops.store_late_events(%s)", [[first]]).fetchone() == (0,)
    assert [name for name, _ in trades(conn)] == ["a"]
    assert conn.execute(LEFT).fetchone() == (1,)


def test_stored_and_dead_events_are_known(loader: psycopg.Connection[Any]) -> None:
    stored, dead = trade(NOON, "1", tick_id="a"), trade(NOON, "1", tick_id="b")
    store(loader, [stored, dead])
    amend(loader, cancel(dead))
    query = "select ops.is_stored(%s, %s, 'AAPL', 'sim', %s)"
    for kind, ts, name, known in (
        ("trade", NOON, "a", True),
        ("trade", NOON, "b", True),
        ("trade", NOON, "c", False),
        ("trade", NOON + MINUTE, "a", False),
        ("quote", NOON, "a", False),
    ):
        assert loader.execute(query, [kind, ts, name]).fetchone() == (known,)
