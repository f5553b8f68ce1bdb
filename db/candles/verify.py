"""Compares stored candles with their events at every level; `stockpulse verify`."""

import time
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import psycopg
from psycopg.rows import class_row

from db import connect, sql
from db.candles.levels import levels
from db.candles.progress import Progress
from db.errors import UsageError

MOST_SHOWN = 20
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
    pending: bool  # its events have changed, and the next refresh updates it

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


class Found(NamedTuple):
    """The result of comparing a part; candles are counted."""

    wrong: int
    pending: int
    first: list[Difference]  # the first that are wrong


class Part(msgspec.Struct, frozen=True):
    """The candles of a relation with since <= bucket < until, of one symbol and source or all."""

    relation: str
    since: datetime
    until: datetime
    symbol: str | None
    source: str | None = None


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
    """Compares candles with their events, a day at a time, and records the result.

    `since` and `until` are aware and limit the range to since <= bucket < until; `symbol` and
    `source` limit it to one of each. `sample` is the number of candles to compare, chosen at
    random; None means all. A candle whose events have changed since its last refresh is counted as
    pending and not as a mismatch, if it is still behind after `patience` seconds.

    Raises UsageError for an empty range or an unknown symbol; DatabaseAway or DatabaseRefused if
    the database cannot be reached or refuses.
    """
    if since and until and since >= until:
        raise UsageError(f"since {since} is not before until {until}")
    started = time.monotonic()
    with (
        connect.connect(
            database_url, application_name="stockpulse verify", autocommit=True
        ) as conn,
        connect.translated(),
    ):
        conn.execute("set role stockpulse_owner")
        if symbol is not None and not _is_known(conn, symbol):
            raise UsageError(f"unknown symbol {symbol!r}: no event of it was ever stored")
        names = [level.relation for level in levels(conn)]
        found = Verified(dict.fromkeys(names, 0), dict.fromkeys(names, 0))
        if sample is None:
            parts = _days(conn, names, since, until, symbol, source)
        else:
            parts = _sample(conn, sample, since, until, symbol, source)
        results: list[Found] = []
        with progress("verifying", len(parts), "parts") as advance:
            for part in parts:
                found.candles[part.relation] += _count(conn, part)
                results.append(_compare(conn, part))
                advance(1)
        _wait_for_refreshes(conn, parts, results, patience)
        for part, result in zip(parts, results, strict=True):
            found.mismatches[part.relation] += result.wrong
            found.pending += result.pending
            found.first += result.first[: MOST_SHOWN - len(found.first)]
        kind = "range" if sample is None else "sample"
        _record(conn, kind, since, until, found, time.monotonic() - started)
    return found


def _days(
    conn: psycopg.Connection[Any],
    relations: list[str],
    since: datetime | None,
    until: datetime | None,
    symbol: str | None,
    source: str | None,
) -> list[Part]:
    days = conn.execute(
        sql.load("db.candles", "candle_days"), {"since": since, "until": until}
    ).fetchall()
    return [Part(one, first, last, symbol, source) for first, last in days for one in relations]


def _sample(
    conn: psycopg.Connection[Any],
    samples: int,
    since: datetime | None,
    until: datetime | None,
    symbol: str | None,
    source: str | None,
) -> list[Part]:
    rows = conn.execute(
        sql.load("db.candles", "candle_sample"),
        {"samples": samples, "since": since, "until": until, "symbol": symbol},
    ).fetchall()
    return [Part(relation, first, last, name, source) for relation, first, last, name in rows]


def _is_known(conn: psycopg.Connection[Any], symbol: str) -> bool:
    row = conn.execute(sql.load("db.candles", "is_known"), {"symbol": symbol}).fetchone()
    return row == (True,)


def _wait_for_refreshes(
    conn: psycopg.Connection[Any], parts: list[Part], results: list[Found], patience: float
) -> None:
    """Compares parts with pending candles again until there are none, or patience ends."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        behind = [number for number, result in enumerate(results) if result.pending]
        if not behind:
            return
        time.sleep(POLL_SECONDS)
        for number in behind:
            results[number] = _compare(conn, parts[number])


def _compare(conn: psycopg.Connection[Any], part: Part) -> Found:
    differences = _differences(conn, part)
    if differences:
        # A refresh may commit after the statement was planned and before it takes its snapshot:
        # a real difference is found twice.
        differences = _differences(conn, part)
    wrong = [difference for difference in differences if not difference.pending]
    count = len(_candles(wrong))
    return Found(count, len(_candles(differences)) - count, wrong[:MOST_SHOWN])


def _differences(conn: psycopg.Connection[Any], part: Part) -> list[Difference]:
    with conn.cursor(row_factory=class_row(Difference)) as cursor:
        query = sql.load("db.candles", "candle_mismatches")
        return cursor.execute(query, msgspec.structs.asdict(part)).fetchall()


def _count(conn: psycopg.Connection[Any], part: Part) -> int:
    row = conn.execute(
        sql.load("db.candles", "count_candles"), msgspec.structs.asdict(part)
    ).fetchone()
    assert row is not None
    return int(row[0])


def _candles(differences: list[Difference]) -> set[tuple[datetime, str, str]]:
    return {(one.bucket, one.symbol, one.source) for one in differences}


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
