"""Makes candles of trades straight from Kafka, of fixed offsets; `stockpulse spark kafka`.

An exception, for what is not in the archive yet: topics keep days, the archive all.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg

from archive import catalog as catalogs
from archive import tables
from db import connect, sql
from db.candles.levels import levels as all_levels
from db.candles.progress import Progress
from db.errors import UsageError
from scale import candles, messages
from scale import session as sessions
from scale.messages import Offsets
from scale.settings import SparkSettings
from scale.tables import KAFKA_NAMESPACE, make_table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Identity = tuple[str, str, str]
IDENTITY = ("symbol", "source", "tick_id")


class Read(msgspec.Struct, frozen=True):
    """The trades of the offsets, and what was made of them."""

    trades: int
    sequences: Decimal  # the sum, to be compared with that of market.trades
    candles: dict[str, int]  # by relation


def make(
    settings: SparkSettings,
    progress: Progress,
    *,
    topic: str,
    since: Offsets,
    until: Offsets,
    master: str,
) -> Read:
    """Makes the candles of since <= offset < until, at every level, in place of those of before.

    Raises UsageError if a source has other rules than `all`, JobFailed if Kafka does not have all
    of these offsets, or for a message that is no native one.
    """
    with connect.connect(
        settings.database_url,
        application_name="stockpulse spark",
        autocommit=True,
        role=sessions.OWNER,
    ) as conn:
        levels = [level for level in all_levels(conn) if level.kind == "trades"]
        relations = {one.name: one for one in tables.relations(conn)}
        sources = _sources(conn)
    with catalogs.translated(), sessions.session(settings, "kafka", master, kafka=True) as spark:
        sessions.divide(spark, sum(until.values()) - sum(since.values()))
        messages.read(spark, settings, topic, since, until)
        messages.decode(spark)
        spark.catalog.cacheTable("native_trades")  # is read several times
        trades, sequences = resolve(spark, sources)
        candles.prepare(spark, levels)
        catalog = catalogs.open_catalog(settings, role=sessions.OWNER)
        made: dict[str, int] = {}
        with progress("candles", len(levels), "levels") as advance:
            for level, frame, count in candles.made(spark, levels):
                relation = relations[level.relation]
                table = make_table(catalog, relation, KAFKA_NAMESPACE)
                candles.replace(spark, frame, table, relation)
                made[relation.name] = count
                advance(1)
    return Read(trades, sequences, made)


def _sources(conn: psycopg.Connection[Any]) -> dict[str, tuple[str, str]]:
    """Returns the scope of the ids and the rule set of each source."""
    rows = conn.execute(sql.load("scale", "sources")).fetchall()
    return {source: (id_scope, rule_set) for source, id_scope, rule_set in rows}


def resolve(spark: "SparkSession", sources: dict[str, tuple[str, str]]) -> tuple[int, Decimal]:
    """Makes the view `trades`; returns their number and the sum of their sequences."""
    found = [row[0] for row in spark.sql("select distinct source from native_trades").collect()]
    others = sorted(name for name in found if sources.get(name, ("none", "all"))[1] != "all")
    if others:
        raise UsageError(
            f"the trades of {', '.join(others)} have rules, which the loader applies:"
            " make these candles from the archive"
        )
    scopes = {name: id_scope for name, (id_scope, _) in sources.items()}
    _view(spark, "sources", {"source": list(scopes), "id_scope": list(scopes.values())})
    identify, *rest = sql.load("scale", "kafka_trades").split(";")
    spark.sql(identify)
    _view(spark, "renamed", _renamed(spark))
    for statement in (*rest, sql.load("scale", "no_quotes")):
        spark.sql(statement)
    row = spark.sql(sql.load("scale", "read_trades")).collect()[0]
    return row["trades"], row["sequences"] or Decimal(0)


def _renamed(spark: "SparkSession") -> dict[str, list[Any]]:
    """Returns all ids of events that were corrected under another id.

    Each with one of them, the same for all of its event; with how many ids came before it, and the
    offset from which on the event has it.
    """
    parents: dict[Identity, Identity] = {}
    before: dict[Identity, list[tuple[Identity, int]]] = {}  # what an id took the place of, offsets

    def top(one: Identity) -> Identity:
        while (above := parents.setdefault(one, one)) != one:
            parents[one] = parents[above]
            one = above
        return one

    def known(one: Identity, seen: frozenset[Identity] = frozenset()) -> tuple[int, int]:
        found = [(each, at) for each, at in before.get(one, ()) if each not in seen | {one}]
        parts = [(known(each, seen | {one}), at) for each, at in found]
        depth = max((1 + depth for (depth, _), _ in parts), default=0)
        return depth, min((max(at, earlier) for (_, earlier), at in parts), default=0)

    rows = spark.sql(sql.load("scale", "amendments")).collect()
    for symbol, source, tick_id, amended, offset in rows:
        ids = [(symbol, source, one) for one in (tick_id, *amended) if one is not None]
        for one in ids[1:]:
            parents[top(one)] = top(ids[0])
            before.setdefault(ids[0], []).append((one, offset))
    places = [known(one) for one in parents]
    return {
        **{name: [one[nth] for one in parents] for nth, name in enumerate(IDENTITY)},
        "root": [top(one)[2] for one in list(parents)],
        "depth": [depth for depth, _ in places],
        "known_at": [at for _, at in places],
    }


def _view(spark: "SparkSession", name: str, columns: dict[str, list[Any]]) -> None:
    """Makes a view of columns; by Arrow, as rows of Python need Python on every worker."""
    import pyarrow as pa

    types = {"depth": pa.int64(), "known_at": pa.int64()}
    table = pa.table(
        {key: pa.array(one, types.get(key, pa.string())) for key, one in columns.items()}
    )
    spark.createDataFrame(table).createOrReplaceTempView(name)
