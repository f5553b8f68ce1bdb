"""`stockpulse feed`: live markets to Kafka."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cli import histories as history_tables
from cli.health import ask
from cli.load import SWITCH_SECONDS
from cli.progress import no_progress
from cli.settings import Settings
from cli.stopping import stopping
from db.connect import DatabaseAway
from db.errors import UsageError
from ingest.feed import run as feeds
from ingest.feed import settings as feed_settings
from ingest.feed.run import Fed, Feed
from ingest.feed.source import Options
from ingest.kafka import topics
from ingest.updates.history import History
from ingest.updates.run import kept_up_to_date

CONFIG = "feeds.toml"
# Of the options that belong to a source.
DEFAULTS = {
    "symbols": None, "trades": True, "quotes": False, "feed": "", "account": "", "url": "",
}  # fmt: skip


@click.command()
@click.argument("source", required=False)
@click.option("--symbols", help="Symbols as the venue writes them, separated by commas.")
@click.option("--trades/--no-trades", default=True, show_default=True, help="Publish trades.")
@click.option("--quotes/--no-quotes", default=False, show_default=True, help="Publish quotes.")
@click.option("--feed", default="", help="One of the venue's feeds, as sip of alpaca.")
@click.option("--account", default="", help="Id of your account, for venues that ask for it.")
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
@click.option(
    "--health",
    is_flag=True,
    help="Ask the feeds that run on this machine, by --metrics-port, how they are: exit code 0, or"
    " 1 with the reason.",
)
@click.pass_obj
def feed(
    settings: Settings,
    /,
    source: str | None,
    *,
    config: Path | None,
    topic: str,
    seconds: float | None,
    metrics_port: int,
    health: bool,
    **asked: Any,
) -> None:
    """Publish live trades and quotes of venues to Kafka.

    SOURCE is kraken or another venue of docs/sources.md; without one, --config names the sources,
    and histories to keep up to date. Runs until SIGTERM or Ctrl-C and connects again after whatever
    ends a connection. Tokens come from STOCKPULSE_<SOURCE>_TOKEN or STOCKPULSE_<SOURCE>_TOKEN_FILE.
    """
    if health:
        ask(settings.loader.metrics_host, metrics_port, "--metrics-port")
        return
    if source is None:
        prepared, histories = _of_file(settings, config or Path(CONFIG), asked)
    else:
        prepared, histories = feeds.prepare(_options(source, config, asked), os.environ), []
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


def _of_file(
    settings: Settings, file: Path, asked: Mapping[str, Any]
) -> tuple[list[Feed], list[History]]:
    """Returns the feeds and histories of a file; raises UsageError or SettingsError."""
    if asked != DEFAULTS:
        raise UsageError(
            "--symbols, --quotes, --no-trades, --feed, --account and --url belong to a "
            "SOURCE: stockpulse feed kraken --symbols ..."
        )
    tables = feed_settings.read_tables(file)
    prepared = feeds.prepare(feed_settings.options(file, tables), os.environ)
    histories = history_tables.read(settings, file, tables)
    if histories:
        _prepare(settings, histories, is_needed=not prepared)
    return prepared, histories


def _options(source: str, config: Path | None, asked: Mapping[str, Any]) -> dict[str, Options]:
    """Returns the options of one source as `asked` for; raises UsageError."""
    if config:
        raise UsageError("--config is for feeds without a SOURCE on the command line")
    names = tuple(name.strip() for name in (asked["symbols"] or "").split(",") if name.strip())
    if not names:
        raise UsageError(f"--symbols is missing: stockpulse feed {source} --symbols ...")
    return {source: Options(**{**asked, "symbols": names})}


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
    """Prints what each source has done; exit code 1 if messages may be lost."""
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
