"""`stockpulse verify --against venue`: prints how candles differ from the venue's own."""

import sys
from datetime import UTC, datetime
from decimal import Decimal

import click
from rich.table import Table

from cli.output import console
from cli.progress import show_progress
from cli.settings import Settings
from db.errors import UsageError
from ingest.download.settings import ACCEPTED
from ingest.klines import verify as klines
from ingest.klines.compare import Difference
from ingest.klines.verify import Compared
from ingest.sources.dukascopy_instruments import SOURCE

TERMS = (
    "Dukascopy's terms of use forbid scraping; if you may use its candles:"
    " STOCKPULSE_DUKASCOPY_TERMS=accepted"
)
MOST_SHOWN = 20  # figures per series, those without a reason first


def verify_venue(
    settings: Settings,
    *,
    timeframe: str,
    since: datetime | None,
    until: datetime | None,
    symbol: str | None,
    source: str | None,
    url: str,
    patience: float,
) -> None:
    """Compares and prints; exits with 1 if a difference has no reason or a venue failed.

    So it does if candles are still pending after `patience` seconds, unless that is zero.
    """
    source = source.lower() if source else None
    is_accepted = settings.download.dukascopy_terms == ACCEPTED
    if source == SOURCE and not is_accepted:
        raise UsageError(TERMS)
    results = klines.verify(
        settings.database_url,
        show_progress,
        timeframe=timeframe,
        since=since,
        until=until,
        symbol=symbol,
        source=source,
        url=url,
        dukascopy_url=(url or settings.download.dukascopy_files_url) if is_accepted else "",
        patience=patience,
    )
    for result in results:
        _print(result, timeframe)
    pending = sum(result.pending for result in results)
    if pending:
        _print_pending(pending)
    if (pending and patience) or any(one.unexplained or one.failure for one in results):
        sys.exit(1)


def _print(result: Compared, timeframe: str) -> None:
    name = f"{result.source} {result.symbol}"
    if result.failure:
        click.echo(f"stockpulse: {name}: {result.failure}", err=True)
        return
    equal = result.candles - result.explained - result.unexplained
    click.echo(
        f"{name}: {result.candles} candles of {timeframe} from {_text(result.since)} to"
        f" {_text(result.until)}: {equal} equal, {result.explained} differ for a known reason,"
        f" {result.unexplained} unexplained"
    )
    if result.differences:
        _print_differences(result)


def _print_pending(count: int) -> None:
    candles = "1 candle is" if count == 1 else f"{count} candles are"
    click.echo(f"{candles} pending; compare again later")


def _print_differences(result: Compared) -> None:
    differences = sorted(result.differences, key=lambda one: bool(one.why))
    table = Table("bucket", "figure", "ours", "venue's", "why", box=None)
    for one in differences[:MOST_SHOWN]:
        table.add_row(
            _text(one.bucket),
            one.field,
            _number(one.ours),
            _number(one.theirs),
            one.why or _unexplained(one),
        )
    console().print(table)
    if len(differences) > MOST_SHOWN:
        click.echo(f"and {len(differences) - MOST_SHOWN} more")


def _unexplained(one: Difference) -> str:
    is_twice = one.field == "volume" and one.ours and one.theirs and one.ours == 2 * one.theirs
    return "unexplained: are these trades stored twice?" if is_twice else "unexplained"


def _number(number: Decimal | None) -> str:
    return "none" if number is None else format(number, "f")


def _text(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M}"
