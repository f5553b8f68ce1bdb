"""Trades and quotes written by SQL, refreshes of either edition, and candles worked out apart."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import errors

from db import edition
from tests import oracle
from tests.oracle import Quote, Trade

LEVELS = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "30m": timedelta(minutes=30),
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "12h": timedelta(hours=12),
    "1d": timedelta(days=1),
}
RELATIONS = {
    f"{prefix}_{level}": width
    for prefix in ("candles", "quote_candles")
    for level, width in (LEVELS | {"1s": timedelta(seconds=1)}).items()
}
KEPT = {name: width for name, width in RELATIONS.items() if width >= timedelta(minutes=1)}
# Of the run: midnight may come while it lasts.
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)


def trade(ts: datetime, price: str, size: str | None = "1", seq: int = 0, **others: Any) -> Trade:
    """Returns a trade; `seq` orders it among those of the same time."""
    return Trade(ts, Decimal(price), None if size is None else Decimal(size), seq, **others)


def quote(ts: datetime, bid: str | None, ask: str | None, **others: Any) -> Quote:
    """Returns a quote that moves the sides it has, and the mid if it has both."""
    moves = (bid is not None) + 2 * (ask is not None) + 4 * (None not in (bid, ask))
    numbers = [None if text is None else Decimal(text) for text in (bid, ask)]
    return Quote(ts, *numbers, **{"moves": moves, **others})


def utc(text: str) -> datetime:
    """Returns a time of UTC from its ISO form."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def midnight(days_ago: int) -> datetime:
    """Returns the start of a day before today's, far from the live end."""
    return TODAY - timedelta(days=days_ago)


@contextmanager
def as_role(url: str, role: str) -> Iterator[psycopg.Connection[Any]]:
    """Gives a connection that acts as `role` and commits every statement."""
    with psycopg.connect(url, autocommit=True, options=f"-c role={role}") as conn:
        yield conn


def connect(url: str) -> psycopg.Connection[Any]:
    """Returns a superuser's connection that commits every statement."""
    return psycopg.connect(url, autocommit=True)


def insert(conn: psycopg.Connection[Any], events: Iterable[Trade | Quote]) -> None:
    """Stores events in one transaction, and what a loader writes beside them."""
    events = list(events)
    with conn.transaction():
        for table, column in (("instruments", "symbol"), ("sources", "source")):
            conn.execute(
                f"insert into market.{table} ({column}) select unnest(%s::text [])"
                " on conflict do nothing",
                [sorted({getattr(event, column) for event in events})],
            )
        for kind in (Trade, Quote):
            rows = [row(event) for event in events if isinstance(event, kind)]
            if rows:
                conn.cursor().executemany(statement(f"market.{kind.__name__.lower()}s", rows), rows)
        if edition.kind_of(conn) == "apache":
            conn.cursor().executemany(
                "insert into ops.candle_changes (kind, symbol, since, until)"
                " values (%s, %s, %s, %s)",
                {change(event) for event in events},
            )


def row(event: Trade | Quote) -> dict[str, Any]:
    """Returns the columns of an event, as batch 1 and rules 1 brought it."""
    return {**event._asdict(), "batch": 1, **({"rules": 1} if isinstance(event, Trade) else {})}


def statement(table: str, rows: list[dict[str, Any]]) -> str:
    """Returns the statement that inserts such rows."""
    names = ", ".join(rows[0])
    return f"insert into {table} ({names}) values ({', '.join(f'%({name})s' for name in rows[0])})"


def change(event: Trade | Quote) -> tuple[str, str, datetime, datetime]:
    """Returns the minute of an event as the log of changes has it."""
    since = event.ts.replace(second=0, microsecond=0)
    return f"{type(event).__name__.lower()}s", event.symbol, since, since + MINUTE


def refresh(conn: psycopg.Connection[Any]) -> None:
    """Does what the edition's own timers do: brings recent candles up to date."""
    if edition.kind_of(conn) == "apache":
        conn.execute("call market.refresh_candles()")
    else:
        run_jobs(conn, "refresh_candles")


def refresh_all(conn: psycopg.Connection[Any]) -> None:
    """Brings the candles of all times up to date, children before parents."""
    if edition.kind_of(conn) == "apache":
        conn.execute("call market.refresh_candles()")
        return
    for relation in RELATIONS:
        while not _is_refreshed(conn, relation):
            time.sleep(0.5)


def _is_refreshed(conn: psycopg.Connection[Any], relation: str) -> bool:
    """Brings an aggregate up to date, unless a job of the server is at it."""
    try:
        conn.execute(
            f"call refresh_continuous_aggregate('ops.{relation}', null, null,"
            """ options => '{"buckets_per_batch": 0}')"""
        )
    except errors.LockNotAvailable:
        return False
    return True


def keep_events(conn: psycopg.Connection[Any], span: str) -> None:
    """Sets how long trades and quotes are kept; as shipped, for ever."""
    conn.execute("update ops.lifecycle set keep = %s where child is null", [span])


def retain(url: str) -> None:
    """Drops what is too old, as the owner's job and the loader's timer do."""
    with as_role(url, "stockpulse_owner") as conn:
        conn.execute("call ops.apply_retention()")


def run_jobs(conn: psycopg.Connection[Any], procedure: str) -> None:
    """Runs every job of a procedure once, in the order of their levels."""
    jobs = conn.execute(
        "select job_id from timescaledb_information.jobs where proc_name = %s order by job_id",
        [procedure],
    ).fetchall()
    for (job,) in jobs:
        conn.execute("call run_job(%s)", [job])


def hypertable_of(conn: psycopg.Connection[Any], relation: str) -> str:
    """Returns the hypertable that holds a relation's rows."""
    row = conn.execute("select ops.hypertable_of(%s)::text", [relation]).fetchone()
    assert row is not None
    return str(row[0])


def candles(conn: psycopg.Connection[Any], relation: str) -> list[tuple[Any, ...]]:
    """Returns all candles of a relation, without the quotients that follow from the others."""
    names = ", ".join(candle_type(relation)._fields)
    rows = conn.execute(
        f"select {names} from market.{relation} order by bucket, symbol, source"
    ).fetchall()
    return [(bucket.astimezone(UTC), *rest) for bucket, *rest in rows]


def candle_type(relation: str) -> type[oracle.TradeCandle] | type[oracle.QuoteCandle]:
    """Returns the columns that the oracle knows of a relation."""
    return oracle.QuoteCandle if relation.startswith("quote") else oracle.TradeCandle


def all_candles(conn: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Returns all candles of the relations that keep them when their events are dropped."""
    return kept({relation: candles(conn, relation) for relation in RELATIONS})


def kept(found: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Returns those of the relations that keep their candles: seconds are made from events."""
    return {name: rows for name, rows in found.items() if name in KEPT}


def events(conn: psycopg.Connection[Any], kind: type[Trade] | type[Quote]) -> list[Any]:
    """Returns all stored trades or quotes, in no order."""
    names = ", ".join(kind._fields)
    rows = conn.execute(f"select {names} from market.{kind.__name__.lower()}s").fetchall()
    # in UTC: Python compares times of one zone by the clock on the wall, which may go back
    return [kind(ts.astimezone(UTC), *rest) for ts, *rest in rows]


def expected(conn: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Returns what the candles have to be, from the events alone."""
    trades, quotes = events(conn, Trade), events(conn, Quote)
    return {
        relation: list(
            oracle.quote_candles(quotes, width)
            if relation.startswith("quote")
            else oracle.trade_candles(trades, width)
        )
        for relation, width in RELATIONS.items()
    }


def assert_exact(conn: psycopg.Connection[Any]) -> None:
    """Fails on the first relation whose candles are not what its events make."""
    wanted = expected(conn)
    for relation in RELATIONS:
        assert candles(conn, relation) == wanted[relation], relation
        assert conn.execute(wrong_quotients(relation)).fetchall() == [], relation


def wrong_quotients(relation: str) -> str:
    """Returns the query of the candles whose mean is not the quotient of its two sums."""
    quotient = (
        "mean_spread is distinct from spread_sum / nullif(spread_count, 0)"
        if relation.startswith("quote")
        else "vwap is distinct from notional / nullif(vwap_volume, 0)"
    )
    return f"select * from market.{relation} where {quotient}"
