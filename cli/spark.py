"""`stockpulse spark`: candles made by Apache Spark, from the archive or from Kafka."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from archive import days
from cli.progress import show_progress
from cli.settings import Settings
from db.errors import UsageError
from scale import extra

MASTER = "local[2]"
TOPIC = "stock.ticks.v1"


@click.group()
def spark() -> None:
    """Make candles on Apache Spark, from the archive or from Kafka.

    Needs the extra `spark`, Java 17 and the jars in STOCKPULSE_SPARK_JARS; see
    docs/how-to/spark.md.
    """


def _master(command: Callable[..., None]) -> Callable[..., None]:
    option: Any = click.option(
        "--master",
        default=MASTER,
        show_default=True,
        metavar="ADDRESS",
        help="Spark's cluster, spark://host:7077, or processes of this machine.",
    )
    return option(command)  # type: ignore[no-any-return]


@spark.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def jars(*, directory: Path) -> None:
    """Fetch the jars that Spark needs into DIRECTORY, by Maven.

    Six files, 57 MB, of the versions that StockPulse is tested with. Name the directory in
    STOCKPULSE_SPARK_JARS.
    """
    from scale import jars as needed

    needed.fetch(directory, show_progress)
    click.echo(f"{len(needed.COORDINATES)} jars are in {directory}")


@spark.command()
@click.option("--since", type=days.parse, metavar="DAY", required=True, help="First day, of UTC.")
@click.option("--until", type=days.parse, metavar="DAY", required=True, help="End, exclusive.")
@click.option("--symbol", help="Only candles of this symbol.")
@_master
@click.pass_obj
def candles(
    settings: Settings, *, since: date, until: date, symbol: str | None, master: str
) -> None:
    """Make the candles of archived days, at every level.

    They are written to the Iceberg tables spark.candles_1m and so on, in place of those of these
    days. A run that was killed is started again. To compare them with the database's:
    stockpulse verify --against spark.
    """
    extra.require()
    from scale import candles as job

    made = job.make(
        settings.spark, show_progress, since=since, until=until, master=master, symbol=symbol
    )
    _report(made.candles)


@spark.command()
@click.option("--topic", default=TOPIC, show_default=True)
@click.option(
    "--since-offsets", metavar="P:N,...", required=True, help="First offset of each partition."
)
@click.option(
    "--until-offsets", metavar="P:N,...", required=True, help="End of each partition, exclusive."
)
@_master
@click.pass_obj
def kafka(
    settings: Settings, *, topic: str, since_offsets: str, until_offsets: str, master: str
) -> None:
    """Make candles of trades straight from Kafka, of fixed offsets.

    An exception, for what is not in the archive yet; the archive is the source. Takes native
    messages of sources without rules, and fails if Kafka no longer has all of the offsets. The
    candles are written to the Iceberg tables kafka.candles_1m and so on, in place of all there.
    """
    extra.require()
    from scale import kafka as job
    from scale import messages

    read = job.make(
        settings.spark,
        show_progress,
        topic=topic,
        since=messages.parse_offsets(since_offsets),
        until=messages.parse_offsets(until_offsets),
        master=master,
    )
    click.echo(f"{read.trades} trades, the sum of their sequences is {read.sequences}")
    _report(read.candles)


@spark.command()
@click.option("--topic", default=TOPIC, show_default=True)
@click.option(
    "--path",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Directory of the Parquet files.",
)
@click.option(
    "--watermark",
    default="2 minutes",
    show_default=True,
    metavar="SPAN",
    help="How late a trade may be; later ones are lost.",
)
@click.option("--from-start", is_flag=True, help="Begin with the oldest message of the topic.")
@click.option("--until-end", is_flag=True, help="Stop at what the topic holds now.")
@_master
@click.pass_obj
def stream(
    settings: Settings,
    *,
    topic: str,
    path: Path,
    watermark: str,
    from_start: bool,
    until_end: bool,
    master: str,
) -> None:
    """Write candles of a minute from Kafka to Parquet files, as they close.

    A candle is written once, when the newest trade is --watermark behind its end: TRADES THAT COME
    LATER ARE LOST, and corrections, cancels and duplicates are not known. The candles of the
    database have neither fault. A restart goes on where it stopped.
    """
    extra.require()
    from scale import stream as job

    if not watermark.strip():
        raise UsageError("--watermark is empty; write it like '2 minutes'")
    job.follow(
        settings.spark,
        topic=topic,
        path=path,
        watermark=watermark,
        master=master,
        start="earliest" if from_start else "latest",
        until_end=until_end,
    )


def _report(candles: dict[str, int]) -> None:
    for relation, count in candles.items():
        click.echo(f"{relation:<17}  {count} candles")
