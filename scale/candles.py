"""Makes the candles of archived days on Spark; `stockpulse spark candles`.

A rerun gives the same tables: each is replaced for its days in one commit.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg

from archive import catalog as catalogs
from archive import tables
from archive.tables import Relation
from db import connect, sql
from db.candles.levels import Level
from db.candles.levels import levels as all_levels
from db.candles.progress import Progress
from db.connect import DatabaseRefused
from db.errors import UsageError
from scale import session as sessions
from scale.settings import SparkSettings
from scale.tables import NAMESPACE, make_table

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

MICROSECOND = timedelta(microseconds=1)
VIEWS = {"trades": "candles", "quotes": "quote_candles"}  # of queries/candles.sql


class Made(msgspec.Struct, frozen=True):
    """The candles that a run has made."""

    candles: dict[str, int]  # by relation
    seconds: float


def make(
    settings: SparkSettings,
    progress: Progress,
    *,
    since: date,
    until: date,
    master: str,
    symbol: str | None = None,
) -> Made:
    """Makes the candles of since <= day < until from the archive, at every level.

    With `symbol` only its candles, the others of these days stay. Raises UsageError if a day is not
    archived, DatabaseRefused while another run makes candles, JobFailed.
    """
    started = time.monotonic()
    if since >= until:
        raise UsageError(f"since {since} is not before until {until}")
    with _alone(settings) as conn:
        events = _archived_events(conn, since, until)
        levels = all_levels(conn)
        relations = {one.name: one for one in tables.relations(conn)}
        with catalogs.translated(), sessions.session(settings, "candles", master) as spark:
            sessions.divide(spark, events)
            _read_archive(spark, since, until, symbol)
            prepare(spark, levels)
            catalog = catalogs.open_catalog(settings, role=sessions.OWNER)
            candles: dict[str, int] = {}
            with progress("candles", len(levels), "levels") as advance:
                for level, frame, count in made(spark, levels):
                    relation = relations[level.relation]
                    table = make_table(catalog, relation, NAMESPACE)
                    days = _range(relation.time, since, until)
                    replace(spark, frame, table, relation, days, symbol)
                    candles[relation.name] = count
                    advance(1)
    return Made(candles, time.monotonic() - started)


@contextmanager
def _alone(settings: SparkSettings) -> Iterator[psycopg.Connection[Any]]:
    with connect.connect(
        settings.database_url,
        application_name="stockpulse spark",
        autocommit=True,
        role=sessions.OWNER,
        direct=True,
        primary=True,
    ) as conn:
        if conn.execute(sql.load("scale", "hold")).fetchone() != (True,):
            raise DatabaseRefused("another Spark job is making candles; try again when it ends")
        yield conn


def _archived_events(conn: psycopg.Connection[Any], since: date, until: date) -> int:
    """Returns how many events of these days are in the archive.

    Raises UsageError if trades or quotes of a day are not: its candles would be none, and would
    take the place of those that are there.
    """
    row = conn.execute(
        sql.load("scale", "archived_events"), {"since": since, "until": until}
    ).fetchone()
    assert row is not None
    events, missing, first, last = row
    if missing:
        days = f"{first}" if missing == 1 else f"{missing} days from {first} to {last}"
        raise UsageError(f"not in the archive: {days}; stockpulse archive writes it")
    return int(events)


def _read_archive(spark: "SparkSession", since: date, until: date, symbol: str | None) -> None:
    """Makes the events of the archive the views that queries/candles.sql reads.

    Only of the archive: over JDBC a number like 1e-20 comes as 0, without an error.
    """
    from pyspark.sql import functions as f

    for kind in VIEWS:
        table = f"{catalogs.NAME}.{catalogs.NAMESPACE}.{kind}"
        events = spark.read.format("iceberg").load(table).where(_range("ts", since, until))
        if symbol is not None:
            events = events.where(f.col("symbol") == symbol)
        events.createOrReplaceTempView(kind)


def _range(column: str, since: date, until: date) -> "Column":
    from pyspark.sql import functions as f

    first, end = (datetime.combine(day, datetime.min.time(), UTC) for day in (since, until))
    return (f.col(column) >= f.lit(first)) & (f.col(column) < f.lit(end))


def prepare(spark: "SparkSession", levels: list[Level]) -> None:
    """Runs queries/candles.sql, over the views `trades` and `quotes` that are there."""
    from pyspark.sql import functions as f

    micros = {level.name: level.width // MICROSECOND for level in levels}
    given = {
        "levels": f.array(*map(f.lit, micros)),
        "micros": f.array(*(f.lit(str(one)) for one in micros.values())),
    }
    spark.sql(sql.load("scale", "levels"), args=given).createOrReplaceTempView("levels")
    for statement in sql.load("scale", "candles").split(";"):
        spark.sql(statement)


def made(spark: "SparkSession", levels: list[Level]) -> "Iterator[tuple[Level, DataFrame, int]]":
    """Gives each level with its candles, which are computed once for all, and their number."""
    from pyspark import StorageLevel
    from pyspark.sql import functions as f

    for kind, view in VIEWS.items():
        frame = spark.table(view).persist(StorageLevel.DISK_ONLY)
        mine = [level for level in levels if level.kind == kind]
        counts = dict(frame.groupBy("level").count().collect()) if mine else {}
        for level in mine:
            candles = frame.where(f.col("level") == level.name).drop("level")
            yield level, candles, counts.get(level.name, 0)
        frame.unpersist()


def replace(
    spark: "SparkSession",
    frame: "DataFrame",
    table: str,
    relation: Relation,
    where: "Column | None" = None,
    symbol: str | None = None,
) -> None:
    """Puts candles in the place of those `where`, or all, in one commit.

    With `symbol` the candles of other symbols stay.
    """
    from pyspark.sql import functions as f

    rows = frame.select(*(column.name for column in relation.columns))
    where = f.lit(True) if where is None else where
    if symbol is not None:
        rows = rows.unionByName(spark.table(table).where(where & (f.col("symbol") != symbol)))
    rows.writeTo(table).overwrite(where)
