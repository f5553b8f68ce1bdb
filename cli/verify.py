"""`stockpulse verify`: rebuilds candles from ticks and says where the stored ones differ."""

import sys
from datetime import datetime

import click
from rich.table import Table

from cli.moments import moment
from cli.output import console
from cli.progress import bar
from db.candles import verify as candles
from db.candles.verify import Difference
from db.settings import Settings


@click.command()
@click.option("--since", type=moment, help="Start of the range.  [default: the oldest candle]")
@click.option("--until", type=moment, help="End of the range, exclusive.  [default: now]")
@click.option("--symbol", help="Only candles of this symbol.")
@click.option("--source", help="Only candles of this source.")
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N", help="Only N candles chosen at random."
)
@click.pass_obj
def verify(
    settings: Settings,
    *,
    since: datetime | None,
    until: datetime | None,
    symbol: str | None,
    source: str | None,
    sample: int | None,
) -> None:
    """Compare every candle with its ticks; exit code 1 where one differs."""
    found = candles.verify(
        settings.database_url,
        bar,
        since=since,
        until=until,
        symbol=symbol,
        source=source,
        sample=sample,
    )
    for relation, count in found.candles.items():
        click.echo(f"{relation:>17}  {count} candles, {found.mismatches[relation]} wrong")
    if found.pending:
        click.echo(
            f"{found.pending} candles are behind their ticks until the next refresh: "
            "stockpulse refresh"
        )
    if found.wrong:
        _print_differences(found.first)
        click.echo("to make them anew: stockpulse refresh --force --since ... --until ...")
        sys.exit(1)


def _print_differences(differences: list[Difference]) -> None:
    names = ("relation", "bucket", "symbol", "source", "column", "stored", "expected", "kind")
    table = Table(*names, box=None)
    for found in differences:
        table.add_row(
            found.relation,
            f"{found.bucket:%Y-%m-%d %H:%M}",
            found.symbol,
            found.source,
            found.field,
            "" if found.stored is None else str(found.stored),
            "" if found.expected is None else str(found.expected),
            found.kind,
        )
    console().print(table)
