"""Compares stored candles with what their ticks say, at every level, and records the result."""

import time
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from db import connect, sql
from db.candles.refresh import LEVELS, TREES, Bar
from db.errors import UsageError

MOST_SHOWN = 20
RELATIONS = tuple(f"{prefix}_{level}" for prefix in TREES.values() for level in LEVELS)


class Difference(msgspec.Struct, frozen=True):
    """A figure of a candle that is not what its ticks say."""

    relation: str
    bucket: datetime
    symbol: str
    source: str
    field: str
    stored: Decimal | None  # None with "missing"
    expected: Decimal | None  # None with "extra"
    kind: str  # missing, extra or different
    pending: bool  # its ticks changed, and the next refresh mends it

    def __str__(self) -> str:
        return (
            f"{self.relation} {self.bucket:%Y-%m-%d %H:%M} {self.symbol} {self.source}: "
            f"{self.kind} {self.field} is {self.stored}, expected {self.expected}"
        )


class Verified(msgspec.Struct):
    """What a comparison found; candles are counted, not their figures."""

    candles: dict[str, int]  # by relation
    mismatches: dict[str, int]
    pending: int = 0
    first: list[Difference] = []

    @property
    def wrong(self) -> int:
        """The number of candles that are wrong at any level."""
        return sum(self.mismatches.values())


class Part(msgspec.Struct, frozen=True):
    """The candles of a relation that begin within a range, of one symbol or all."""

    relation: str
    since: datetime
    until: datetime
    symbol: str | None
    source: str | None = None


def verify(
    database_url: str,
    bar: Bar,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    symbol: str | None = None,
    source: str | None = None,
    sample: int | None = None,
) -> Verified:
    """Compares the candles of a range, all or `sample` of them, a day at a time."""
    if since and until and since >= until:
        raise UsageError(f"since {since} is not before until {until}")
    started = time.monotonic()
    found = Verified(dict.fromkeys(RELATIONS, 0), dict.fromkeys(RELATIONS, 0))
    with (
        connect.connect(
            database_url, application_name="stockpulse verify", autocommit=True
        ) as conn,
        connect.translated(),
    ):
        conn.execute("set role stockpulse_owner")
        if sample is None:
            parts = _days(conn, since, until, symbol, source)
        else:
            parts = _sample(conn, sample, since, until, symbol, source)
        with bar("verifying", len(parts), "parts") as advance:
            for part in parts:
                _compare(conn, part, found)
                advance(1)
        kind = "range" if sample is None else "sample"
        _record(conn, kind, since, until, found, time.monotonic() - started)
    return found


def _days(
    conn: psycopg.Connection[Any],
    since: datetime | None,
    until: datetime | None,
    symbol: str | None,
    source: str | None,
) -> list[Part]:
    days = conn.execute(
        sql.load("db.candles", "candle_days"), {"since": since, "until": until}
    ).fetchall()
    return [Part(name, first, last, symbol, source) for first, last in days for name in RELATIONS]


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


def _compare(conn: psycopg.Connection[Any], part: Part, found: Verified) -> None:
    found.candles[part.relation] += _count(conn, part)
    differences = _differences(conn, part)
    if differences:
        # A refresh may commit between the plan of a statement and its look at the data: what is
        # wrong is wrong twice.
        differences = _differences(conn, part)
    wrong = [difference for difference in differences if not difference.pending]
    found.first += wrong[: MOST_SHOWN - len(found.first)]
    found.mismatches[part.relation] += len(_candles(wrong))
    found.pending += len(_candles(differences)) - len(_candles(wrong))


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
