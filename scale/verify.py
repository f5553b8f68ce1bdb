"""Compares the database's candles with those of the archive or of Spark, candle by candle."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, cast

import msgspec
import psycopg
import pyarrow as pa
from psycopg import sql as psycopg_sql
from psycopg.rows import class_row
from pyarrow import csv
from pyiceberg import expressions
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.expressions import BooleanExpression
from pyiceberg.table import Table

from archive import catalog as catalogs
from archive import tables
from archive.settings import ArchiveSettings
from archive.tables import Relation
from db import connect, sql
from db.candles.levels import Level
from db.candles.levels import levels as all_levels
from db.candles.progress import Progress
from db.candles.verify import MOST_SHOWN, POLL_SECONDS, Difference, Verified
from db.errors import UsageError
from scale.tables import KAFKA_NAMESPACE, NAMESPACE

DAY = timedelta(days=1)
NAMESPACES = {
    "archive": catalogs.NAMESPACE,
    "spark": NAMESPACE,
    "kafka": KAFKA_NAMESPACE,  # candles of trades only
}
MINUTES_PER_PART = 1440  # a day of minutes, more days of wider candles
QUOTIENTS = {"vwap": ("notional", "vwap_volume"), "mean_spread": ("spread_sum", "spread_count")}


class Part(msgspec.Struct, frozen=True):
    """Candles of a level with since <= bucket < until, of one symbol and source or all."""

    level: Level
    relation: Relation
    since: datetime
    until: datetime
    symbol: str | None
    source: str | None


class Compared(msgspec.Struct, frozen=True):
    """The result of comparing a part; candles are counted."""

    candles: int
    wrong: int
    pending: int
    first: list[list[Any]]  # figures that differ, of the first that are wrong


def verify(
    settings: ArchiveSettings,
    progress: Progress,
    *,
    against: str,
    since: datetime | None = None,
    until: datetime | None = None,
    symbol: str | None = None,
    source: str | None = None,
    patience: float = 0.0,
) -> Verified:
    """Compares the candles of every level with since <= bucket < until.

    `against` is archive, spark or kafka. Without a bound the range is that of the days that it has.
    A candle whose events have changed since its last refresh is pending and no difference, unless
    it is refreshed within `patience` seconds. Raises UsageError if there is nothing to compare
    with.
    """
    if since and until and since >= until:
        raise UsageError(f"since {since} is not before until {until}")
    found = Verified({}, {})
    with _session(settings) as conn, catalogs.translated():
        catalog = catalogs.open_catalog(settings)
        relations = {one.name: one for one in tables.relations(conn)}
        for level in all_levels(conn):
            if against == "kafka" and level.kind != "trades":
                continue
            relation = relations[level.relation]
            table = _table(catalog, NAMESPACES[against], relation.name)
            found.candles[relation.name] = found.mismatches[relation.name] = 0
            bounds = _bounds(conn, table, level, since, until)
            parts = [Part(level, relation, *pair, symbol, source) for pair in pairwise(bounds)]
            with progress(relation.name, len(parts), "parts") as advance:
                for part in parts:
                    _add(found, relation.name, _compare(conn, table, part, patience))
                    advance(1)
    return found


@contextmanager
def _session(settings: ArchiveSettings) -> Iterator[psycopg.Connection[Any]]:
    with (
        connect.connect(
            settings.database_url,
            application_name="stockpulse verify",
            autocommit=True,
            role="stockpulse_owner",
            settings={"work_mem": "64MB"},
            direct=True,
            primary=True,
        ) as conn,
        connect.translated(),
    ):
        yield conn


def _table(catalog: Catalog, namespace: str, name: str) -> Table:
    try:
        return catalog.load_table((namespace, name))
    except NoSuchTableError as error:
        command = "archive" if namespace == catalogs.NAMESPACE else "spark candles"
        raise UsageError(
            f"there is no table {namespace}.{name} to compare with; stockpulse {command} writes it"
        ) from error


def _bounds(
    conn: psycopg.Connection[Any],
    table: Table,
    level: Level,
    since: datetime | None,
    until: datetime | None,
) -> list[datetime]:
    """Returns the ends of parts, of the days that the table has where no range is given.

    The range begins where the database has candles: older ones may be in the archive only.
    """
    days = [row["partition"]["day"] for row in table.inspect.partitions().to_pylist()]
    midnight = datetime.min.time()
    if since is None:
        since = datetime.combine(min(days), midnight, UTC) if days else None
    if until is None:
        until = datetime.combine(max(days), midnight, UTC) + DAY if days else None
    if since is None or until is None:
        return []
    query = sql.load("scale", "first_compared")
    given = {"relation": level.relation, "width": level.width, "since": since}
    row = conn.execute(query, given).fetchone()
    assert row is not None
    since = row[0]
    step = DAY * math.ceil(level.width / timedelta(minutes=1))
    bounds = []
    while since < until:
        bounds.append(since)
        since = datetime.combine(since.date(), midnight, UTC) + step
    return [*bounds, until]


def _compare(conn: psycopg.Connection[Any], table: Table, part: Part, patience: float) -> Compared:
    """Compares a part, again while candles are pending or a refresh may have come between."""
    deadline = time.monotonic() + patience
    _take_others(conn, table, part)
    result = _look(conn, part)
    if result.wrong:
        result = _look(conn, part)
    while result.pending and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        result = _look(conn, part)
    conn.execute(sql.load("scale", "drop_others"))
    return result


def _take_others(conn: psycopg.Connection[Any], table: Table, part: Part) -> None:
    """Copies the candles of the table into a temporary one of the session, batch by batch."""
    relation = psycopg_sql.Identifier(part.relation.name)
    conn.execute(sql.load("scale", "drop_others"))
    conn.execute(psycopg_sql.SQL(sql.load("scale", "make_others")).format(relation=relation))
    names = [column.name for column in part.relation.columns]
    options = csv.WriteOptions(include_header=False)
    scan = table.scan(row_filter=_filter(part))
    with conn.cursor().copy(sql.load("scale", "copy_others")) as copy:
        for batch in scan.to_arrow_batch_reader():
            buffer = pa.BufferOutputStream()
            csv.write_csv(pa.Table.from_batches([batch]).select(names), buffer, options)
            copy.write(buffer.getvalue().to_pybytes())


def _filter(part: Part) -> BooleanExpression:
    make: Any = expressions  # whose classes are declared without the arguments that they take
    within = make.And(
        make.GreaterThanOrEqual("bucket", part.since.isoformat()),
        make.LessThan("bucket", part.until.isoformat()),
    )
    for name, value in (("symbol", part.symbol), ("source", part.source)):
        if value is not None:
            within = make.And(within, make.EqualTo(name, value))
    return cast("BooleanExpression", within)


def _look(conn: psycopg.Connection[Any], part: Part) -> Compared:
    fields = [column for column in part.relation.columns if column.name not in part.relation.order]
    names = {column.name for column in fields}
    quotient = next(name for name in QUOTIENTS if name in names)
    dividend, divisor = map(psycopg_sql.Identifier, QUOTIENTS[quotient])
    comma = psycopg_sql.SQL(", ")
    query = psycopg_sql.SQL(sql.load("scale", "compare")).format(
        relation=psycopg_sql.Identifier(part.relation.name),
        dividend=dividend,
        divisor=divisor,
        stored_numbers=comma.join(_number("stored", one.name, one.type) for one in fields),
        other_numbers=comma.join(
            _rounded(one.name) if one.name == quotient else _number("others", one.name, one.type)
            for one in fields
        ),
    )
    given = {
        "relation": part.relation.name,
        "since": part.since,
        "until": part.until,
        "symbol": part.symbol,
        "source": part.source,
        "width": part.level.width,
        "fields": [one.name for one in fields],
    }
    with conn.cursor(row_factory=class_row(Compared)) as cursor:
        result = cursor.execute(query, given).fetchone()
    assert result is not None
    return result


def _number(row: str, name: str, type_: str) -> psycopg_sql.Composed:
    """Returns a column as a number, a flag as 0 or 1."""
    cast = "::integer::numeric" if type_ == "boolean" else "::numeric"
    return psycopg_sql.Identifier(row, name) + psycopg_sql.SQL(cast)


def _rounded(quotient: str) -> psycopg_sql.Composed:
    """Returns a quotient of the others with the database's digits, if it is right in its own."""
    return psycopg_sql.SQL(sql.load("scale", "rounded")).format(
        ours=psycopg_sql.Identifier("stored", quotient),
        theirs=psycopg_sql.Identifier("others", quotient),
    )


def _add(found: Verified, relation: str, result: Compared) -> None:
    found.candles[relation] += result.candles
    found.mismatches[relation] += result.wrong
    found.pending += result.pending
    for bucket, symbol, source, field, stored, expected, kind in result.first:
        if len(found.first) < MOST_SHOWN:
            ours, theirs = (text if text is None else Decimal(text) for text in (stored, expected))
            at = datetime.fromisoformat(bucket).astimezone(UTC)
            found.first.append(Difference(relation, at, symbol, source, field, ours, theirs, kind))
