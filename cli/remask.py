"""Makes the masks of stored trades and quotes again, by today's rules; `stockpulse rules apply`.

Every day of a series is one transaction, after which none of its masks is older than the rules, so
a run that was killed is simply started again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import psycopg

from cli import archived
from cli.progress import show_progress
from db import connect, edition, sql
from db.errors import UsageError
from ingest.formats.bar_rules import EPOCH
from ingest.formats.catalog import Catalog
from ingest.store import catalog as catalogs

A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
# Trades that wait outside of market.trades, with masks of their own.
WAITING = ("late_events", "amendments", "replacements")


class Remasked(msgspec.Struct):
    """Counts the trades, quotes and waiting events whose masks were made again."""

    trades: int = 0
    quotes: int = 0
    waiting: int = 0


class Slice(NamedTuple):
    """The stale events of a series from `since` to before `until`, within one day of UTC."""

    kind: str  # 'trades' or 'quotes'
    symbol: str
    source: str
    since: datetime
    until: datetime
    events: int


class Stretch(NamedTuple):
    """The mask of the trades of a tape and conditions within a range of time."""

    tape: str | None
    conditions: str | None  # the array as text
    since: datetime
    until: datetime
    moves: int


def remask(
    database_url: str,
    *,
    source: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Remasked:
    """Makes the masks again that are older than the rules, since <= ts < until of one source.

    Events that wait for their row are included, whatever their time and source. Raises UsageError
    for an empty range and for one with days that only the archive has, DatabaseAway or
    DatabaseRefused if the database is away or refuses.
    """
    if since and until and since >= until:
        raise UsageError(f"since {since} is not before until {until}")
    with _session(database_url) as conn:
        values = {"since": since, "until": until}
        archived.refuse(conn.execute(sql.load("cli", "archived_within"), values).fetchone())
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        catalog = catalogs.read(conn)
        conn.isolation_level = None
        done = Remasked(waiting=sum(_remask_waiting(conn, catalog, name) for name in WAITING))
        for name in WAITING:
            done.waiting += conn.execute(sql.load("cli", f"remask_quotes_of_{name}")).rowcount
        slices = [
            *_slices(conn, "trades", catalog, source, since, until),
            *_slices(conn, "quotes", catalog, source, since, until),
        ]
        total = sum(found.events for found in slices)
        with show_progress("masking", total, "events") as advance:
            for found in slices:
                if found.kind == "trades":
                    done.trades += _remask_trades(conn, catalog, found)
                else:
                    done.quotes += _remask_quotes(conn, found)
                advance(found.events)
        return done


@contextmanager
def _session(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with (
        connect.connect(
            database_url,
            application_name="stockpulse rules",
            autocommit=True,
            role="stockpulse_owner",
            direct=True,
            primary=True,
        ) as conn,
        connect.translated(),
    ):
        conn.execute(sql.load("cli", "hold_retention"))
        if edition.kind_of(conn) == "community":
            conn.execute("set timescaledb.max_tuples_decompressed_per_dml_transaction = 0")
        yield conn


def _slices(
    conn: psycopg.Connection[Any],
    kind: str,
    catalog: Catalog,
    source: str | None,
    since: datetime | None,
    until: datetime | None,
) -> list[Slice]:
    values = {
        "version": catalog.version,
        "source": source,
        "since": since or "-infinity",
        "until": until or "infinity",
    }
    rows = conn.execute(sql.load("cli", f"stale_days_of_{kind}"), values).fetchall()
    return [
        Slice(
            kind,
            symbol,
            name,
            max(day, since) if since else day,
            min(day + A_DAY, until) if until else day + A_DAY,
            events,
        )
        for symbol, name, day, events in rows
    ]


def _remask_quotes(conn: psycopg.Connection[Any], found: Slice) -> int:
    """Returns how many quotes were updated."""
    values = found._asdict()
    with conn.transaction():
        updated = conn.execute(sql.load("cli", "remask_quotes"), values).rowcount
        _log_change(conn, values)
    return updated


def _log_change(conn: psycopg.Connection[Any], values: dict[str, Any]) -> None:
    if edition.kind_of(conn) == "apache":
        conn.execute(sql.load("cli", "log_remasked"), values)
    conn.execute(sql.load("cli", "log_remasked_range"), values)


def _remask_trades(conn: psycopg.Connection[Any], catalog: Catalog, found: Slice) -> int:
    """Returns how many trades were updated."""
    values = {"version": catalog.version, **found._asdict()}
    with conn.transaction():
        combinations = conn.execute(sql.load("cli", "stale_conditions"), values).fetchall()
        stretches = [
            stretch
            for tape, conditions, text in combinations
            for stretch in _stretches(catalog, found, tape, tuple(conditions or ()), text)
        ]
        names = ("tapes", "conditions", "starts", "ends", "moves")
        columns = zip(*stretches, strict=True) if stretches else [()] * len(names)
        masks = {name: list(column) for name, column in zip(names, columns, strict=True)}
        updated = conn.execute(sql.load("cli", "remask_trades"), {**values, **masks}).rowcount
        _log_change(conn, values)
        conn.execute(sql.load("cli", "log_remasked_bars"), values)
    return updated


def _stretches(
    catalog: Catalog, found: Slice, tape: str | None, conditions: tuple[str, ...], text: str | None
) -> Iterator[Stretch]:
    """Yields the masks of a combination: one, or one per session if the session matters.

    Sessions begin and end at whole minutes.
    """
    rule_set = catalog.of(found.source).rule_set
    start = found.since
    moves = catalog.rules.moves(rule_set, tape, conditions, _us(start))
    minute = start.replace(second=0, microsecond=0) + A_MINUTE
    while minute < found.until:
        later = catalog.rules.moves(rule_set, tape, conditions, _us(minute))
        if later != moves:
            yield Stretch(tape, text, start, minute, moves)
            start, moves = minute, later
        minute += A_MINUTE
    yield Stretch(tape, text, start, found.until, moves)


def _remask_waiting(conn: psycopg.Connection[Any], catalog: Catalog, table: str) -> int:
    """Returns how many events of a table of the schema ops were updated."""
    values = {"version": catalog.version}
    with conn.transaction():
        keys, masks = [], []
        for key, source, ts, tape, conditions in conn.execute(
            sql.load("cli", f"stale_{table}"), values
        ).fetchall():
            rule_set = catalog.of(source).rule_set
            keys.append(key)
            masks.append(catalog.rules.moves(rule_set, tape, tuple(conditions or ()), _us(ts)))
        if keys:
            conn.execute(
                sql.load("cli", f"remask_{table}"), {**values, "keys": keys, "moves": masks}
            )
    return len(keys)


def _us(time: datetime) -> int:
    """Returns microseconds since 2000-01-01 UTC."""
    return (time.astimezone(UTC) - EPOCH) // MICROSECOND
