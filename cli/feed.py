"""`stockpulse feed`: live markets to Kafka."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from cli import histories as history_tables
from cli.load import SWITCH_SECONDS
from cli.progress import no_progress
from cli.settings import Settings
from cli.stopping import stopping
from db.connect import DatabaseAway
from db.errors import UsageError
from ingest.feed import run as feeds
from ingest.feed import settings as feed_settings
from ingest.feed.run import Fed
from ingest.feed.source import Options
from ingest.kafka import topics
from ingest.updates.history import History
from ingest.updates.run import kept_up_to_date

CONFIG = "feeds.toml"


@click.command()
@click.argument("source", required=False)
@click.option("--symbols", help="Symbols as the venue writes them, separated by commas.")
@click.option("--trades/--no-trades", default=True, show_default=True, help="Publish trades.")
@click.option("--quotes/--no-quotes", default=False, show_default=True, help="Publish quotes.")
@click.option("--url", default="", help="Address of the venue, for example of a test server.")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"File with a table per source, if SOURCE is not given.  [default: {CONFIG}]",
)
@click.option("--topic", default=topics.LIVE, show_default=True, help="Topic to publish to.")
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop after this many seconds.")
@click.option(
    "--metrics-port", type=click.IntRange(0, 65535), default=0, help="Port of /metrics; 0: none."
)
@click.pass_obj
def feed(
    settings: Settings,
    source: str | None,
    symbols: str | None,
    *,
    trades: bool,
    quotes: bool,
    url: str,
    config: Path | None,
    topic: str,
    seconds: float | None,
    metrics_port: int,
) -> None:
    """Publish live trades and quotes of venues to Kafka.

    SOURCE is kraken or another venue of docs/sources.md; without one, --config names the sources,
    and histories to keep up to date. Runs until SIGTERM or Ctrl-C and connects again after whatever
    ends a connection. Tokens come from STOCKPULSE_<SOURCE>_TOKEN or STOCKPULSE_<SOURCE>_TOKEN_FILE.
    """
    histories: list[History] = []
    if source is None:
        if symbols or quotes or url or not trades:
            raise UsageError(
                "--symbols, --quotes, --no-trades and --url belong to a SOURCE: "
                "stockpulse feed kraken --symbols ..."
            )
        file = config or Path(CONFIG)
        tables = feed_settings.read_tables(file)
        prepared = feeds.prepare(feed_settings.options(file, tables), os.environ)
        histories = history_tables.read(settings, file, tables)
        if histories:
            _prepare(settings, histories, is_needed=not prepared)
    else:
        if config:
            raise UsageError("--config is for feeds without a SOURCE on the command line")
        names = tuple(name.strip() for name in (symbols or "").split(",") if name.strip())
        if not names:
            raise UsageError(f"--symbols is missing: stockpulse feed {source} --symbols ...")
        options = Options(symbols=names, trades=trades, quotes=quotes, url=url)
        prepared = feeds.prepare({source: options}, os.environ)
    with (
        stopping() as stop,
        kept_up_to_date(histories, history_tables.surroundings(settings, stop, no_progress)),
    ):
        fed = feeds.run(
            settings.loader,
            prepared,
            stop,
            topic=topic,
            seconds=seconds,
            metrics_host=settings.loader.metrics_host,
            metrics_port=metrics_port,
        )
    _report(fed)


def _prepare(settings: Settings, histories: Sequence[History], *, is_needed: bool) -> None:
    """Says if histories have no database; raises DatabaseAway if there are no live sources."""
    sys.setswitchinterval(SWITCH_SECONDS)  # else live sources wait while an hour is decoded
    try:
        history_tables.reach(settings, histories)
    except DatabaseAway as error:
        if is_needed:
            raise
        click.echo(f"stockpulse: histories wait for the database: {error}", err=True)


def _report(fed: Fed) -> None:
    for health in fed.healths:
        click.echo(
            f"{health.source}: {health.events} events in {health.frames} frames, "
            f"{health.acknowledged} of {health.subscribed} subscriptions served, "
            f"{health.reconnects} reconnects, {health.bad_frames} bad frames"
        )
    if fed.unacknowledged:
        click.echo(
            f"stockpulse: {fed.unacknowledged} messages were sent, but the broker has not "
            "acknowledged them",
            err=True,
        )
        sys.exit(1)
