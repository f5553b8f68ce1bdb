"""`stockpulse update`: the histories of feeds.toml brought up to date once, for cron."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.table import Table

from cli import histories as history_tables
from cli import output
from cli.feed import CONFIG
from cli.progress import no_progress, show_progress
from cli.settings import Settings
from cli.stopping import stopping
from db import connect, sql
from db.errors import SettingsError
from ingest.feed import settings as feed_settings
from ingest.updates.history import History, Surroundings
from ingest.updates.run import Ran, run_due


@click.command()
@click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), default=CONFIG, show_default=True,
    help="File with a table [history.NAME] per history.",
)  # fmt: skip
@click.option("--list", "only_list", is_flag=True, help="Show the last and the next runs instead.")
@click.pass_obj
def update(settings: Settings, config: Path, *, only_list: bool) -> None:
    """Bring the histories of feeds.toml up to date once.

    `stockpulse feed` does this all the time; this command is for cron, hourly. It runs what is due,
    including what failed before, and ends. Exit code 1 if a run failed.
    """
    if only_list:
        _list(settings)
        return
    histories = history_tables.read(settings, config, feed_settings.read_tables(config))
    if not histories:
        raise SettingsError(f"{config} names no history; a table of one is [history.dukascopy]")
    with stopping() as stop:
        progress = show_progress if sys.stderr.isatty() else no_progress
        around = history_tables.surroundings(settings, stop, progress)
        failed = [_update(history, around) for history in histories if not stop.is_set()]
    if stop.is_set():
        raise click.Abort
    if any(failed):
        sys.exit(1)


def _update(history: History, around: Surroundings) -> bool:
    """Runs what is due of a history; returns whether something failed."""
    ran = run_due(history, around, impatient=True)
    if ran is None:
        click.echo(f"{history.name}: another process updates it")
        return False
    if not ran:
        click.echo(f"{history.name}: nothing is due")
    for one in ran:
        _print(history, one)
    return any(one.state == "failed" for one in ran)


def _print(history: History, ran: Ran) -> None:
    if ran.state == "failed":
        click.echo(f"stockpulse: {history.name} {ran.kind}: {ran.result}", err=True)
    else:
        click.echo(f"{history.name} {ran.kind}: {ran.result}")


def _list(settings: Settings) -> None:
    table = Table("history", "run", "state", "ended", "next", "result", box=None)
    with (
        connect.connect(settings.database_url, application_name="stockpulse update") as conn,
        connect.translated(),
    ):
        for history, kind, state, ran_at, next_at, result in conn.execute(
            sql.load("cli", "newest_runs")
        ):
            table.add_row(history, kind, state, _text(ran_at), _text(next_at), result or "")
    if table.row_count:
        output.console().print(table)
    else:
        click.echo("no runs yet")


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
