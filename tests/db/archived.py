"""The archive as the database sees it: its records of days, written by SQL, and changes after them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import psycopg

from tests.db import support
from tests.oracle import Quote, Trade

A_DAY = timedelta(days=1)
RECORD = (
    "insert into ops.archives"
    ' (relation, day, snapshot, change, "rows", checksum, bytes, verified_at)'
    " values (%s, %s, (select count(*) from ops.archives) + 1,"
    " (select coalesce(max(number), 0) from ops.changes), %s, 'x', 1, %s)"
)


def day_of(days_ago: int) -> date:
    return support.midnight(days_ago).date()


def see(conn: psycopg.Connection[Any], hours_ago: int = 0) -> None:
    """Does what the archiver does when it reaches its files."""
    conn.execute("select ops.see_archive()")
    conn.execute(
        "update ops.archive_state set seen_at = seen_at - %s", [timedelta(hours=hours_ago)]
    )


def archive(
    conn: psycopg.Connection[Any],
    relation: str,
    days: Iterable[int],
    *,
    verified: bool = True,
    short: int = 0,
) -> None:
    """Records snapshots of days as they are; `short` is how many rows fewer they have."""
    see(conn)
    column = "ts" if relation in {"trades", "quotes"} else "bucket"
    for days_ago in days:
        start = support.midnight(days_ago)
        row = conn.execute(
            f"select count(*) from market.{relation} where {column} >= %s and {column} < %s",  # type: ignore[arg-type]
            [start, start + A_DAY],
        ).fetchone()
        assert row is not None
        verified_at = datetime.now(UTC) if verified else None
        conn.execute(RECORD, [relation, start.date(), row[0] - short, verified_at])


def log(conn: psycopg.Connection[Any], kind: str, since: datetime, until: datetime) -> None:
    """Logs a range of a kind as changed, as the loader does for a batch."""
    ranges = [
        {"kind": kind, "symbols": ["AAPL"], "source": "sim", "since": since, "until": until}
    ]
    conn.execute("select ops.log_ranges(%s::json)", [msgspec.json.encode(ranges).decode()])


def add(conn: psycopg.Connection[Any], *events: Trade | Quote) -> None:
    """Stores late events and logs them, in one transaction."""
    with conn.transaction():
        support.insert(conn, events)
        for event in events:
            kind = type(event).__name__.lower()
            log(conn, kind, event.ts, event.ts + support.MICROSECOND)


def restore(
    conn: psycopg.Connection[Any], days_ago: int, events: Iterable[Trade | Quote]
) -> None:
    """Brings the events of a day back, as `stockpulse restore` does."""
    events = list(events)
    with conn.transaction():
        conn.execute("lock table ops.kafka_offsets in row exclusive mode")
        support.insert(conn, events)
        for relation in sorted({f"{type(event).__name__.lower()}s" for event in events}):
            conn.execute(
                "insert into ops.restored_days (relation, day) values (%s, %s)",
                [relation, day_of(days_ago)],
            )


def release(conn: psycopg.Connection[Any], days_ago: int) -> None:
    conn.execute("delete from ops.restored_days where day = %s", [day_of(days_ago)])


def days_left(conn: psycopg.Connection[Any], relation: str = "trades") -> list[int]:
    """Returns the days with rows of a relation, as days ago, the oldest first."""
    column = "ts" if relation in {"trades", "quotes"} else "bucket"
    rows = conn.execute(
        f"select distinct ({column} at time zone 'UTC')::date from market.{relation} order by 1"  # type: ignore[arg-type]
    ).fetchall()
    return [(support.TODAY.date() - day).days for (day,) in rows]


def ranges(conn: psycopg.Connection[Any], column: str, relation: str = "trades") -> set[int]:
    """Returns the days of a multirange of ops.retention_floors, as days ago."""
    rows = conn.execute(
        f"select day from ops.retention_floors as floors, unnest({column}) as part,"  # type: ignore[arg-type]
        " generate_series(lower(part), upper(part) - interval '1 second', interval '24 hours')"
        " as day where floors.relation = %s",
        [relation],
    ).fetchall()
    return {(support.TODAY - day).days for (day,) in rows}
