"""`stockpulse rules`: which trades move which parts of a candle."""

from datetime import datetime

import click
from rich.table import Table

from cli.output import console
from cli.progress import show_progress
from cli.remask import remask
from cli.settings import Settings
from cli.times import parse_time
from db import connect, sql
from db.candles.refresh import refresh


@click.group()
def rules() -> None:
    """List and apply the rules by which trades move candles."""


@rules.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """List the rule sets, their sources and the trades with masks of older rules.

    market.sources names the rule set of each source, market.bar_rules holds the rules.
    """
    with (
        connect.connect(settings.database_url, application_name="stockpulse rules") as conn,
        connect.translated(),
    ):
        found = conn.execute(sql.load("cli", "rule_sets")).fetchall()
    table = Table("rule set", "description", "sources", box=None)
    table.add_column("trades by older rules", justify="right")
    for name, description, sources, stale in found:
        table.add_row(name, description, sources, f"{stale:,}")
    console().print(table)
    if any(stale for *_, stale in found):
        click.echo("to apply the rules of today to them: stockpulse rules apply")


@rules.command()
@click.option("--source", help="Only trades and quotes of this source.")
@click.option("--since", type=parse_time, metavar="TIME", help="Start of the range.")
@click.option("--until", type=parse_time, metavar="TIME", help="End of the range, exclusive.")
@click.pass_obj
def apply(
    settings: Settings, *, source: str | None, since: datetime | None, until: datetime | None
) -> None:
    """Apply the rules of today to stored trades and quotes, and refresh their candles.

    Only trades whose masks are of older rules are touched, and quotes that are wide now and were
    not, or the other way round; a day of a series at a time. After an interruption the next run
    continues there. Late events and amendments that wait are included.
    Times are UTC unless they have an offset: 2026-02-27, 2026-02-27T12:00Z.
    """
    done = remask(
        settings.database_url,
        source=None if source is None else source.lower(),
        since=since,
        until=until,
    )
    click.echo(
        f"{done.trades} trades, {done.quotes} quotes and {done.waiting} waiting events"
        " have new masks"
    )
    # Without a range: a run that was killed after its masks has left candles behind.
    refresh(settings.database_url, show_progress)
    click.echo("the candles are up to date")
