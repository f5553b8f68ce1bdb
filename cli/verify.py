"""`stockpulse verify`: compares stored candles with their trades and quotes, or a venue's own."""

import sys
from datetime import datetime

import click
from rich.table import Table

from cli.output import console
from cli.progress import show_progress
from cli.settings import Settings
from cli.times import parse_time
from cli.verify_venue import verify_venue
from db.candles import verify as candles
from db.candles.verify import Difference, Verified
from db.errors import UsageError


@click.command()
@click.option(
    "--since",
    type=parse_time,
    metavar="TIME",
    help="Start of the range.  [default: the oldest candle; with a venue the last day]",
)
@click.option(
    "--until", type=parse_time, metavar="TIME", help="End of the range, exclusive.  [default: now]"
)
@click.option("--symbol", help="Only candles of this symbol.")
@click.option("--source", help="Only candles of this source.")
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N", help="Only N candles, chosen at random."
)
@click.option(
    "--allow-pending", is_flag=True, help="Neither wait nor fail for candles that are pending."
)
@click.option(
    "--against",
    type=click.Choice(["events", "venue"]),
    default="events",
    show_default=True,
    help="What candles are compared with: their trades and quotes, or the venue's own candles.",
)
@click.option("--timeframe", default="1m", show_default=True, help="With a venue: which candles.")
@click.option("--url", default="", help="With a venue: its address, for example a test server.")
@click.pass_obj
def verify(
    settings: Settings,
    *,
    since: datetime | None,
    until: datetime | None,
    symbol: str | None,
    source: str | None,
    sample: int | None,
    allow_pending: bool,
    against: str,
    timeframe: str,
    url: str,
) -> None:
    """Compare stored candles with their trades and quotes.

    Exit code 1 if any candle differs. A candle whose events have changed since the last refresh is
    pending; if that lasts for a minute it counts as well. Times are UTC unless they have an offset:
    2026-02-27, 2026-02-27T12:00Z.

    With --against venue, candles are compared with those that kraken, binance, coinbase, bybit and
    okx publish. Each difference is printed with its reason: a rule set, a gap, pending. Exit code 1
    if one has none or stays pending for a minute. Needs the extra `venues`.
    """
    patience = 0.0 if allow_pending else candles.PATIENCE_SECONDS
    if against == "venue":
        if sample is not None:
            raise UsageError("--sample does not go with --against venue")
        verify_venue(
            settings,
            timeframe=timeframe,
            since=since,
            until=until,
            symbol=symbol,
            source=source,
            url=url,
            patience=patience,
        )
        return
    found = candles.verify(
        settings.database_url,
        show_progress,
        since=since,
        until=until,
        symbol=symbol,
        source=source,
        sample=sample,
        patience=patience,
    )
    report(found)
    if found.wrong or (found.pending and not allow_pending):
        sys.exit(1)


def report(found: Verified) -> None:
    """Prints the result of a comparison."""
    for relation, count in found.candles.items():
        click.echo(f"{relation:<17}  {count} candles, {found.mismatches[relation]} wrong")
    if found.pending:
        click.echo(f"{found.pending} candles are pending; to update them: stockpulse refresh")
    if found.wrong:
        _print_differences(found.first)
        click.echo("to rebuild them: stockpulse refresh --force --since ... --until ...")


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
