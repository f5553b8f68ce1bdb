"""Candles of a minute from Kafka to Parquet files, as they close; `stockpulse spark stream`.

In append mode a candle is written once, when the watermark has passed it: trades that come later
are lost. Corrections, cancels and duplicates are not known to it. The database's candles are exact.
"""

from pathlib import Path

from db import sql
from scale import messages
from scale import session as sessions
from scale.settings import SparkSettings

CHECKPOINT = "_checkpoint"  # below the path of the files


def follow(
    settings: SparkSettings,
    *,
    topic: str,
    path: Path,
    watermark: str,
    master: str,
    start: str = "latest",
    until_end: bool = False,
) -> None:
    """Writes candles until it is interrupted, or with `until_end` up to what the topic holds.

    `watermark` is how late a trade may be, like `2 minutes`. A restart goes on where the last run
    stopped. Raises JobFailed if Kafka no longer has the messages in between.
    """
    with sessions.session(settings, "stream", master, kafka=True, with_catalog=False) as spark:
        sessions.divide(spark, 0)
        messages.follow(spark, settings, topic, start)
        messages.decode(spark)
        spark.table("native_trades").withWatermark("ts", watermark).createOrReplaceTempView(
            "trades_on_time"
        )
        writer = (
            spark.sql(sql.load("scale", "minutes_of_stream"))
            .writeStream.format("parquet")
            .outputMode("append")
            .option("path", str(path))
            .option("checkpointLocation", str(path / CHECKPOINT))
        )
        query = writer.trigger(availableNow=True) if until_end else writer
        query.start().awaitTermination()
