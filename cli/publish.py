"""`stockpulse publish`: ticks from files and a simulator, and our own bars, to Kafka."""

from datetime import datetime

import click

from cli import publish_databento, publish_files, publish_parquet
from cli.progress import show_progress
from cli.publishing import allow_old_option, check_age, report, topic_option
from cli.settings import Settings
from cli.stopping import stopping
from cli.times import parse_time
from db.errors import UsageError
from ingest.bars import publish as bars
from ingest.kafka import topics
from ingest.sources import dukascopy, simulate


@click.group()
def publish() -> None:
    """Publish ticks, and bars made of them, to Kafka."""


publish.add_command(publish_files.publish_ndjson)
publish.add_command(publish_files.publish_csv)
publish.add_command(publish_databento.publish_databento)
publish.add_command(publish_parquet.publish_parquet)


@publish.command("dukascopy")
@click.argument("directory", type=click.Path(exists=True, file_okay=False))
@click.option(
    "--scale",
    "scales",
    metavar="SYMBOL=DECIMALS",
    multiple=True,
    help="Decimal places of the prices of a symbol that is not built in; can be repeated.",
)
@click.option(
    "--replace", is_flag=True, help="Replace the stored ticks of each hour with those of its file."
)
@allow_old_option
@topic_option
@click.pass_obj
def publish_dukascopy(
    settings: Settings,
    directory: str,
    scales: tuple[str, ...],
    *,
    replace: bool,
    allow_old: bool,
    topic: str | None,
) -> None:
    """Publish the quotes of a directory of Dukascopy hour files.

    The files are named SYMBOL/YYYY/MM/DD/HHh_ticks.bi5, where months count from 00. Nothing is
    published if an hour is older than the database keeps it.
    """
    hours, _ = dukascopy.find(directory)
    if not allow_old:
        check_age(settings, lambda limits: dukascopy.find_too_old(hours, limits), "published")
    with show_progress("publishing", len(hours), "hours") as advance:
        published = dukascopy.publish(
            settings.loader,
            directory,
            topic=topic or topics.BACKFILL,
            scales=dict(map(_scale, scales)),
            replace=replace,
            advance=advance,
        )
    report(published, "ticks")


def _scale(text: str) -> tuple[str, int]:
    symbol, _, decimals = text.partition("=")
    if not symbol or not decimals.isdecimal():
        raise UsageError(f"--scale {text} is not of the form SYMBOL=DECIMALS, for example EURUSD=5")
    return symbol, int(decimals)


@publish.command("simulate")
@click.option(
    "--symbols", default="AAPL,MSFT,NVDA,TSLA,AMZN,GOOG", show_default=True,
    help="Symbols, separated by commas.",
)  # fmt: skip
@click.option(
    "--rate", type=click.FloatRange(min=0), default=1000.0, show_default=True,
    help="Ticks per second over all symbols; 0 is as fast as possible.",
)  # fmt: skip
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop after this many seconds.")
@click.option("--count", type=click.IntRange(min=0), help="Stop after this many ticks.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random walk.")
@topic_option
@click.pass_obj
def publish_simulate(
    settings: Settings,
    symbols: str,
    rate: float,
    seconds: float | None,
    count: int | None,
    seed: int,
    topic: str | None,
) -> None:
    """Publish a simulated random walk until Ctrl-C."""
    names = [name.strip() for name in symbols.split(",") if name.strip()]
    if not names:
        raise UsageError(f"--symbols {symbols!r} names no symbol")
    total = int(rate * seconds) if rate and seconds and count is None else count
    with stopping() as stop, show_progress("publishing", total, "ticks") as advance:
        published = simulate.publish(
            settings.loader,
            names,
            rate=rate,
            seconds=seconds,
            count=count,
            seed=seed,
            topic=topic or topics.LIVE,
            advance=advance,
            stop=stop,
        )
    report(published, "ticks")


@publish.command("bars")
@click.option(
    "--since", type=parse_time, metavar="TIME",
    help="First minute of the first publication ever, inclusive; by default the present one.",
)  # fmt: skip
@click.option(
    "--grace-seconds", type=click.FloatRange(min=0), default=2.0, show_default=True,
    help="Time from the end of a minute to its bar, for trades that come late.",
)  # fmt: skip
@click.pass_obj
def publish_bars(settings: Settings, *, since: datetime | None, grace_seconds: float) -> None:
    """Publish final 1m bars of stored trades to stock.bars.1m.v1 until SIGTERM or Ctrl-C.

    A bar whose trades change later is published again with the next revision. Of several publishers
    one is at work, the others stand by.
    """
    with stopping() as stop:
        sent = bars.publish(
            settings.loader, settings.database_url, stop, grace_seconds=grace_seconds, since=since
        )
    click.echo(f"{sent} bars published")
