"""market.trade_page() in SQL: all at once, names that overlap, and what it refuses."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from stack.database import Database
from tests.api.store import Store

INSTRUMENTS = "insert into market.instruments (symbol) select unnest(%s::text [])"
TRADES = """
insert into market.trades (ts, symbol, source, price, tick_id, seq, batch, rules, moves)
select %(since)s::timestamptz + n * %(step)s::interval, %(symbol)s, 'sim', n, n, n, 1, 1, 221
from generate_series(1, %(count)s) as n
"""
FEBRUARY = datetime(2026, 2, 20, tzinfo=UTC)


def store_trades(
    conn: psycopg.Connection[Any], symbol: str, count: int, since: datetime, step: str
) -> None:
    """Stores trades whose price is their number."""
    conn.execute(TRADES, {"symbol": symbol, "count": count, "since": since, "step": step})


def prices(conn: psycopg.Connection[Any], arguments: str) -> list[int]:
    """Returns the prices of a page."""
    rows = conn.execute(f"select price from market.trade_page({arguments})")  # type: ignore[arg-type]
    return [int(price) for (price,) in rows]


def test_all_trades_come_in_order_though_they_are_read_in_slices(
    fresh_database: str, database: Database
) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute(INSTRUMENTS, [["A", "B"]])
        store_trades(conn, "A", 210_000, FEBRUARY, "0.3 seconds")  # of one day
        store_trades(conn, "B", 30, FEBRUARY - timedelta(days=300), "6 days")
        Store(fresh_database).make_candles(database.edition)
        slices = conn.execute(
            "select since, until from market.event_slices("
            "'trades', 'A', 'sim', '-infinity', 'infinity', false)"
        ).fetchall()
        assert len(slices) > 2
        assert all(before[1] <= after[0] for before, after in pairwise(slices))
        found = prices(conn, "array['B', 'A'], max_events => null")
        assert (len(found), found == [*range(1, 210_001), *range(1, 31)]) == (210_030, True)
        found = prices(conn, "array['B', 'A'], max_events => null, newest_first => true")
        assert found == [*range(210_000, 0, -1), *range(30, 0, -1)]
        window = "since => '2026-02-20 00:00:01+00', until => '2026-02-20 00:00:02+00'"
        assert prices(conn, f"array['A'], max_events => null, {window}") == [4, 5, 6]


def test_names_that_overlap_are_merged_in_order(conn: psycopg.Connection[Any]) -> None:
    conn.execute(INSTRUMENTS, [["NEW"]])
    for symbol in ("OLD", "NEW"):
        conn.execute(
            "insert into market.names (symbol, until, instrument) values (%s, %s, 'NEW')",
            [symbol, "2026-02-20 00:00:04+00" if symbol == "OLD" else "infinity"],
        )
    store_trades(conn, "NEW", 5, FEBRUARY, "1 second")
    store_trades(conn, "OLD", 5, FEBRUARY - timedelta(seconds=0.5), "1 second")
    conn.execute("update market.trades set price = price + 100 where symbol = 'OLD'")
    wanted = [101, 1, 102, 2, 103, 3, 104, 4, 5]
    assert prices(conn, "array['NEW']") == wanted
    assert prices(conn, "array['OLD'], newest_first => true") == wanted[::-1]
    walked, position = [], ""
    while row := conn.execute(
        "select price, ts, seq, tick_id from market.trade_page("  # type: ignore[arg-type]
        f"array['NEW'], max_events => 1{position})"
    ).fetchone():
        walked.append(int(row[0]))
        position = (
            ", after_symbol => 'NEW', after_source => 'sim', after_ns => 0::smallint"
            f", after_ts => '{row[1]}', after_seq => {row[2]}, after_tick_id => '{row[3]}'"
        )
    assert walked == wanted


def test_events_of_two_names_that_tie_are_told_apart_by_their_number(
    conn: psycopg.Connection[Any],
) -> None:
    conn.execute(INSTRUMENTS, [["NEW"]])
    conn.execute(
        "insert into market.names (symbol, instrument) values ('OLD', 'NEW'), ('NEW', 'NEW')"
    )
    for symbol in ("OLD", "NEW"):
        store_trades(conn, symbol, 1, FEBRUARY, "1 second")
    position = (
        "after_symbol => 'NEW', after_source => 'sim', after_ts => '2026-02-20 00:00:01+00',"
        " after_ns => 0::smallint, after_seq => 1, after_tick_id => '1'"
    )
    assert prices(conn, "array['NEW']") == [1, 1]
    assert prices(conn, f"array['NEW'], {position}") == [1]
    assert prices(conn, f"array['NEW'], {position}, after_ties => 2") == []


@pytest.mark.parametrize("event", ["trade", "quote"])
def test_each_symbol_has_its_own_share(conn: psycopg.Connection[Any], event: str) -> None:
    conn.execute(INSTRUMENTS, [["A", "B"]])
    for symbol in ("A", "B"):
        store_trades(conn, symbol, 3, FEBRUARY, "1 day")
    conn.execute(
        "insert into market.quotes (ts, symbol, source, bid, tick_id, seq, batch, moves)"
        " select ts, symbol, source, price, tick_id, seq, 1, 1 from market.trades"
    )
    query = f"select symbol, seq from market.{event}_page(array['B', 'A', 'C'], max_events => 2"
    rows = conn.execute(f"{query}, share => 'each')").fetchall()  # type: ignore[arg-type]
    assert rows == [("A", 1), ("A", 2), ("B", 1), ("B", 2)]
    rows = conn.execute(f"{query}, newest_first => true)").fetchall()  # type: ignore[arg-type]
    assert rows == [("A", 3), ("A", 2)]
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="unknown share 'all'"):
        conn.execute(f"{query}, share => 'all')")  # type: ignore[arg-type]
