"""Messages of Kafka topics as a view of Spark, of fixed offsets or as a stream."""

from typing import TYPE_CHECKING, Any

import msgspec

from db import sql
from db.errors import UsageError
from scale.settings import SparkSettings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Offsets = dict[int, int]  # of partitions

# An offset that the topic no longer has is an error: otherwise Spark goes on behind the hole.
NO_HOLES = {"failOnDataLoss": "true"}


def parse_offsets(text: str) -> Offsets:
    """Returns the offsets of 0:1200,1:1350; raises UsageError for any other text."""
    try:
        pairs = [part.split(":") for part in text.split(",")]
        offsets = {int(partition): int(offset) for partition, offset in pairs}
    except ValueError as error:
        raise UsageError(f"{text!r} are no offsets; write them like 0:1200,1:1350") from error
    if len(offsets) < len(pairs) or min([*offsets, *offsets.values()]) < 0:
        raise UsageError(f"{text!r} are no offsets; write them like 0:1200,1:1350")
    return offsets


def read(
    spark: "SparkSession", settings: SparkSettings, topic: str, since: Offsets, until: Offsets
) -> None:
    """Makes since <= offset < until of a topic the view `messages`; both have all partitions."""
    if since.keys() != until.keys():
        raise UsageError("--since-offsets and --until-offsets have to name the same partitions")
    options = {
        **_options(settings, topic),
        "startingOffsets": _json(topic, since),
        "endingOffsets": _json(topic, until),
    }
    _as_view(spark.read.format("kafka").options(**options).load())


def follow(spark: "SparkSession", settings: SparkSettings, topic: str, start: str) -> None:
    """Makes a topic from its `earliest` or `latest` message on the streaming view `messages`."""
    options = {**_options(settings, topic), "startingOffsets": start}
    _as_view(spark.readStream.format("kafka").options(**options).load())


def decode(spark: "SparkSession") -> None:
    """Makes the view `native_trades` of the view `messages`."""
    for statement in sql.load("scale", "native_trades").split(";"):
        spark.sql(statement)


def _options(settings: SparkSettings, topic: str) -> dict[str, Any]:
    return {"kafka.bootstrap.servers": settings.bootstrap_servers, "subscribe": topic, **NO_HOLES}


def _json(topic: str, offsets: Offsets) -> str:
    return msgspec.json.encode({topic: {str(key): one for key, one in offsets.items()}}).decode()


def _as_view(frame: "DataFrame") -> None:
    columns = ("partition", "offset", "cast(value as string) as value")
    frame.selectExpr(*columns).createOrReplaceTempView("messages")
