"""Ticks inserted by SQL, refreshes on either edition, and candles computed independently."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg

from db import edition
from db.candles.levels import levels

# Fixed for the whole run, which may last past midnight.
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)

# The candles of one width without functions of TimescaleDB: date_bin(), first and last by sorting.
EXPECTED = """
select
    date_bin(%(width)s, ts, '2000-01-01 00:00:00+00') as bucket,
    symbol,
    source,
    (array_agg(price order by ord))[1] as open,
    (array_agg(price order by price desc))[1] as high,
    (array_agg(price order by price))[1] as low,
    (array_agg(price order by ord desc))[1] as close,
    sum(size) as volume,
    sum(price * size) as notional,
    sum(price * size) / nullif(sum(size), 0) as vwap,
    count(*) as tick_count
from market.ticks
group by 1, 2, 3
order by 1, 2, 3
"""


class Tick(NamedTuple):
    """A row of market.ticks."""

    ts: datetime
    price: Decimal
    size: Decimal | None = Decimal(1)
    ord: int = 0
    symbol: str = "AAPL"
    source: str = "sim"
    tick_id: str | None = None


def tick(ts: datetime, price: str, size: str | None = "1", seq: int = 0, **others: Any) -> Tick:
    """Returns a tick; `seq` orders it among the ticks of the same microsecond."""
    order = ((ts - datetime(2000, 1, 1, tzinfo=UTC)) // MICROSECOND << 12) + seq
    return Tick(ts, Decimal(price), None if size is None else Decimal(size), order, **others)


def utc(text: str) -> datetime:
    """Returns a UTC time from its ISO form."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def midnight(days_ago: int) -> datetime:
    """Returns the start of the day that many days before today, in UTC."""
    return TODAY - timedelta(days=days_ago)


@contextmanager
def as_role(url: str, role: str) -> Iterator[psycopg.Connection[Any]]:
    """Yields a connection that acts as `role` and commits every statement."""
    with psycopg.connect(url, autocommit=True, options=f"-c role={role}") as conn:
        yield conn


def connect(url: str) -> psycopg.Connection[Any]:
    """Returns a superuser's connection that commits every statement."""
    return psycopg.connect(url, autocommit=True)


def names(conn: psycopg.Connection[Any]) -> list[str]:
    """Returns the names of the levels of candles, in the order of their refresh."""
    return [level.name for level in levels(conn)]


def insert(conn: psycopg.Connection[Any], ticks: Iterable[Tick]) -> None:
    """Stores ticks in one transaction, with the rows that a loader writes along with them."""
    ticks = list(ticks)
    with conn.transaction():
        conn.execute(
            "insert into market.instruments (symbol) select unnest(%s::text [])"
            " on conflict do nothing",
            [sorted({row.symbol for row in ticks})],
        )
        conn.cursor().executemany(
            "insert into market.ticks (ts, price, size, ord, symbol, source, tick_id)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            ticks,
        )
        if edition.kind_of(conn) == "apache":
            conn.cursor().executemany(
                "insert into ops.candle_changes (symbol, since, until) values (%s, %s, %s)",
                {change(row) for row in ticks},
            )


def change(row: Tick) -> tuple[str, datetime, datetime]:
    """Returns the minute of a tick as a row of ops.candle_changes."""
    since = row.ts.replace(second=0, microsecond=0)
    return row.symbol, since, since + MINUTE


def refresh(conn: psycopg.Connection[Any]) -> None:
    """Refreshes recent candles, as the jobs of the edition do."""
    if edition.kind_of(conn) == "apache":
        conn.execute("call market.refresh_candles()")
    else:
        run_jobs(conn, "policy_refresh_continuous_aggregate")


def refresh_all(conn: psycopg.Connection[Any]) -> None:
    """Refreshes the candles of all times, children before parents."""
    if edition.kind_of(conn) == "apache":
        conn.execute("call market.refresh_candles()")
        return
    for level in names(conn):
        conn.execute(
            f"call refresh_continuous_aggregate('market.candles_{level}', null, null,"
            """ options => '{"buckets_per_batch": 0}')"""
        )


def retain(url: str) -> None:
    """Drops expired chunks, as the owner's job and the loader's timer do."""
    with as_role(url, "stockpulse_owner") as conn:
        conn.execute("call ops.apply_retention()")


def run_jobs(conn: psycopg.Connection[Any], procedure: str) -> None:
    """Runs every job of a procedure once, in the order in which they were created."""
    jobs = conn.execute(
        "select job_id from timescaledb_information.jobs where proc_name = %s order by job_id",
        [procedure],
    ).fetchall()
    for (job,) in jobs:
        conn.execute("call run_job(%s)", [job])


def candles(conn: psycopg.Connection[Any], level: str) -> list[tuple[Any, ...]]:
    """Returns all candles of a level, as read from market."""
    return conn.execute(
        f"select * from market.candles_{level} order by bucket, symbol, source"
    ).fetchall()


def all_candles(conn: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Returns all candles of every level."""
    return {level: candles(conn, level) for level in names(conn)}


def expected(conn: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Returns the candles of every level, computed from the ticks."""
    return {
        level.name: conn.execute(EXPECTED, {"width": level.width}).fetchall()
        for level in levels(conn)
    }


def assert_exact(conn: psycopg.Connection[Any]) -> None:
    """Fails on the first level whose candles differ from the GROUP BY over the ticks."""
    for level, wanted in expected(conn).items():
        assert candles(conn, level) == wanted, level
