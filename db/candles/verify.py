"""Compares stored candles with their events at every level; `stockpulse verify`."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec
import psycopg
from msgspec.structs import asdict, astuple, replace
from psycopg.rows import class_row
from psycopg.types.composite import CompositeInfo, register_composite

from db import connect, sql
from db.candles import side_by_side
from db.candles.progress import Progress
from db.connect import DatabaseRefused
from db.errors import UsageError

MOST_SHOWN = 20
CONNECTIONS = 2  # one slice at a time on each
SLICE_ROWS = 500_000  # events and candles; few enough to sort in memory, enough to be worth a plan
PATIENCE_SECONDS = 60.0  # within which a candle follows its events
POLL_SECONDS = 2.0


class Difference(msgspec.Struct, frozen=True):
    """A figure of a candle that differs from the one computed from its events."""

    relation: str
    bucket: datetime
    symbol: str
    source: str
    field: str
    stored: Decimal | None  # None if the candle is missing
    expected: Decimal | None  # None if the candle is extra
    kind: str  # missing, extra or different

    def __str__(self) -> str:
        return (
            f"{self.relation} {self.bucket:%Y-%m-%d %H:%M} {self.symbol} {self.source}: "
            f"{self.kind} {self.field} is {self.stored}, expected {self.expected}"
        )


class Verified(msgspec.Struct):
    """The result of a comparison; candles are counted, not their figures."""

    candles: dict[str, int]  # compared, by relation
    mismatches: dict[str, int]  # by relation
    pending: int = 0
    first: list[Difference] = []  # at most MOST_SHOWN

    @property
    def wrong(self) -> int:
        """The number of wrong candles over all relations."""
        return sum(self.mismatches.values())


class Slice(msgspec.Struct, frozen=True):
    """Candles of a tree with since <= bucket < until, of one symbol and source or all."""

    relations: list[str]
    since: datetime
    until: datetime
    symbol: str | None
    source: str | None


class Compared(msgspec.Struct, frozen=True):
    """The result of comparing the candles of a relation within a slice; candles are counted."""

    relation: str
    candles: int
    wrong: int
    pending: list[int]  # a hash of each as it is stored: the next refresh changes it
    first: list[Difference]  # the first that are wrong


def verify(
    database_url: str,
    progress: Progress,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    symbol: str | None = None,
    source: str | None = None,
    sample: int | None = None,
    patience: float = 0.0,
) -> Verified:
    """Compares candles with their events, some days at a time, and records the result.

    `since` and `until` are aware and limit the range to since <= bucket < until; `symbol` and
    `source` limit it to one of each. `sample` is the number of candles to compare, chosen at
    random; None means all. A candle whose events have changed since its last refresh is counted as
    pending and not as a mismatch, unless it is refreshed within `patience` seconds.

    Raises UsageError for an empty range or an unknown symbol; DatabaseAway or DatabaseRefused if
    the database cannot be reached or refuses.
    """
    if since and until and since >= until:
        raise UsageError(f"since {since} is not before until {until}")
    started = time.monotonic()
    with ExitStack() as stack, connect.translated():
        conns = [stack.enter_context(_session(database_url)) for _ in range(CONNECTIONS)]
        conn = conns[0]
        if symbol is not None and not _is_known(conn, symbol):
            raise UsageError(f"unknown symbol {symbol!r}: no event of it was ever stored")
        if sample is None:
            slices = _slices(conn, since, until, symbol, source)
        else:
            slices = _sample(conn, sample, since, until, symbol, source)
        with progress("verifying", len(slices), "parts") as advance:
            results = side_by_side.run(conns, _compare, slices, advance)
        _wait_for_refreshes(conn, slices, results, patience)
        found = _total(conn, results)
        kind = "range" if sample is None else "sample"
        _record(conn, kind, since, until, found, time.monotonic() - started)
    return found


@contextmanager
def _session(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with connect.connect(
        database_url,
        application_name="stockpulse verify",
        autocommit=True,
        role="stockpulse_owner",
        primary=True,
    ) as conn:
        info = CompositeInfo.fetch(conn, "ops.candle_difference")
        if info is None:
            raise DatabaseRefused(
                "the type ops.candle_difference is missing;"
                " has `stockpulse migrate` been run on this database?"
            )
        register_composite(info, conn, Difference, make_sequence=lambda one, _: astuple(one))
        yield conn


def _slices(
    conn: psycopg.Connection[Any],
    since: datetime | None,
    until: datetime | None,
    symbol: str | None,
    source: str | None,
) -> list[Slice]:
    rows = conn.execute(
        sql.load("db.candles", "verify_slices"),
        {"since": since, "until": until, "rows": SLICE_ROWS},
    ).fetchall()
    return [Slice(relations, first, last, symbol, source) for relations, first, last in rows]


def _sample(
    conn: psycopg.Connection[Any],
    samples: int,
    since: datetime | None,
    until: datetime | None,
    symbol: str | None,
    source: str | None,
) -> list[Slice]:
    rows = conn.execute(
        sql.load("db.candles", "candle_sample"),
        {"samples": samples, "since": since, "until": until, "symbol": symbol},
    ).fetchall()
    return [Slice([relation], first, last, name, source) for relation, first, last, name in rows]


def _is_known(conn: psycopg.Connection[Any], symbol: str) -> bool:
    row = conn.execute(sql.load("db.candles", "is_known"), {"symbol": symbol}).fetchone()
    return row == (True,)


def _compare(conn: psycopg.Connection[Any], slice_: Slice) -> list[Compared]:
    results = _look(conn, slice_)
    if any(result.wrong for result in results):
        # A refresh may commit after the statement was planned and before it takes its snapshot:
        # a real difference is found twice.
        results = _look(conn, slice_)
    return results


def _look(conn: psycopg.Connection[Any], slice_: Slice) -> list[Compared]:
    with conn.cursor(row_factory=class_row(Compared)) as cursor:
        query = sql.load("db.candles", "compare_candles")
        return cursor.execute(query, asdict(slice_)).fetchall()


def _wait_for_refreshes(
    conn: psycopg.Connection[Any],
    slices: list[Slice],
    results: list[list[Compared]],
    patience: float,
) -> None:
    """Compares slices with pending candles again until there are none, or patience ends."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        behind = [
            number for number, result in enumerate(results) if any(one.pending for one in result)
        ]
        if not behind:
            return
        time.sleep(POLL_SECONDS)
        for number in behind:
            results[number] = _still_pending(results[number], _compare(conn, slices[number]))


def _still_pending(before: list[Compared], now: list[Compared]) -> list[Compared]:
    """Returns `now` without the candles that were refreshed and have fallen behind again."""
    waiting = {one.relation: set(one.pending) for one in before}
    return [
        replace(one, pending=[each for each in one.pending if each in waiting[one.relation]])
        for one in now
    ]


def _total(conn: psycopg.Connection[Any], results: list[list[Compared]]) -> Verified:
    rows = conn.execute(sql.load("db.candles", "verified_levels")).fetchall()
    names = [name for (name,) in rows]
    found = Verified(dict.fromkeys(names, 0), dict.fromkeys(names, 0))
    for one in chain.from_iterable(results):
        found.candles[one.relation] += one.candles
        found.mismatches[one.relation] += one.wrong
        found.pending += len(one.pending)
        found.first += one.first[: MOST_SHOWN - len(found.first)]
    return found


def _record(
    conn: psycopg.Connection[Any],
    kind: str,
    since: datetime | None,
    until: datetime | None,
    found: Verified,
    seconds: float,
) -> None:
    conn.execute(
        sql.load("db.candles", "add_verification"),
        {
            "kind": kind,
            "since": since,
            "until": until,
            "candles": sum(found.candles.values()),
            "mismatches": found.wrong,
            "pending": found.pending,
            "example": str(found.first[0]) if found.first else None,
            "seconds": seconds,
        },
    )
