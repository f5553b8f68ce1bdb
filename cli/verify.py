"""`stockpulse verify`: compares stored candles with their trades and quotes, or a venue's own."""

import sys
from datetime import datetime

import click

from cli.progress import show_progress
from cli.settings import Settings
from cli.times import parse_time
from cli.verify_others import verify_others
from cli.verify_report import report
from cli.verify_venue import verify_venue
from db.candles import verify as candles
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
    type=click.Choice(["events", "venue", "archive", "spark"]),
    default="events",
    show_default=True,
    help="What candles are compared with: their trades and quotes, the venue's own candles, those"
    " in the archive, or those that Spark has made.",
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

    With --against archive or spark, candles are compared with those of the archive, or with those
    that Spark has made of it, of all its days if no range is given. Needs the extra `archive`.
    """
    patience = 0.0 if allow_pending else candles.PATIENCE_SECONDS
    if against != "events" and sample is not None:
        raise UsageError(f"--sample does not go with --against {against}")
    if against in ("archive", "spark"):
        verify_others(
            settings,
            against=against,
            since=since,
            until=until,
            symbol=symbol,
            source=source,
            patience=patience,
        )
        return
    if against == "venue":
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
