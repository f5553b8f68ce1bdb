"""`stockpulse download`: history from a venue over HTTP to Kafka, hour by hour."""

import sys
import time
from datetime import datetime
from pathlib import Path

import click

from cli import load as loading
from cli.download_bars import alphavantage, yahoo
from cli.progress import show_progress
from cli.publishing import allow_old_option, check_age, topic_option
from cli.settings import Settings
from cli.stopping import stopping
from cli.times import parse_time
from cli.verify_report import report as report_verified
from db.candles import verify as candles
from db.errors import StockpulseError, UsageError
from ingest.batch.age import AgeLimits
from ingest.download import planner, venue
from ingest.download.planner import NotStored, Wanted
from ingest.download.report import DownloadReport
from ingest.download.run import Order
from ingest.download.run import download as download_hours
from ingest.download.settings import ACCEPTED
from ingest.formats.times import rfc3339
from ingest.kafka import topics
from ingest.sources.dukascopy_instruments import SOURCE

TERMS = (
    "Dukascopy's terms of use forbid scraping and building databases of its data; whether that"
    " includes its history is unclear. If you may use it: --accept-terms, or"
    " STOCKPULSE_DUKASCOPY_TERMS=accepted"
)
QUIET_SECONDS = 3  # in which another loader of the group has stored nothing
SETTLED = {
    "done": "with ticks",
    "empty_expected": "without, the market was closed",
    "empty_confirmed": "without, confirmed after a week",
}
WAITING = {
    "planned": "not downloaded yet",
    "not_yet": "not there yet",
    "empty_suspect": "without ticks though the market was open",
    "retry": "not answered",
}


@click.group()
def download() -> None:
    """Download history from a venue and publish it to Kafka."""


download.add_command(alphavantage)
download.add_command(yahoo)


@download.command("dukascopy")
@click.option("--symbols", required=True, help="Instruments, separated by commas: EUR/USD,BTC/USD.")
@click.option("--since", type=parse_time, metavar="TIME", required=True, help="Start of the range.")
@click.option(
    "--until", type=parse_time, metavar="TIME", required=True, help="End of the range, exclusive."
)
@click.option(
    "--format", "form", type=click.Choice(["json", "bi5"]), default="json", show_default=True,
    help="Form in which hours are asked for.",
)  # fmt: skip
@click.option("--url", help="Address to ask instead of the one in the settings.")
@click.option(
    "--directory", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Keep each hour as a file in DIR, for `stockpulse publish dukascopy DIR`.",
)  # fmt: skip
@click.option(
    "--recheck", is_flag=True,
    help="Ask again for hours that are done, and replace those that the venue has revised.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Ask again for all hours, and replace each.")
@click.option("--load", is_flag=True, help="Then load the topics to their end, and verify.")
@click.option("--accept-terms", is_flag=True, help="Accept Dukascopy's terms of use.")
@allow_old_option
@topic_option
@click.pass_obj
def download_dukascopy(
    settings: Settings,
    symbols: str,
    since: datetime,
    until: datetime,
    form: str,
    url: str | None,
    directory: Path | None,
    *,
    recheck: bool,
    replace: bool,
    load: bool,
    accept_terms: bool,
    allow_old: bool,
    topic: str | None,
) -> None:
    """Download the quotes of Dukascopy, hour by hour.

    Hours that are done are not asked for again: after Ctrl-C or a failure, the same command goes
    on. Off unless its terms of use are accepted. Times are UTC unless they have an offset:
    2026-02-27, 2026-02-27T12:00Z.
    """
    if not accept_terms and settings.download.dukascopy_terms != ACCEPTED:
        raise UsageError(TERMS)
    urls = settings.download.urls()
    if url:
        urls[form] = url
    order = Order(
        symbols=tuple(name for name in symbols.split(",") if name.strip()),
        since=since,
        until=until,
        url=urls[form].rstrip("/"),
        metadata_url=urls["json"].rstrip("/"),
        form=form,
        topic=topic or topics.BACKFILL,
        directory=directory,
        recheck=recheck,
        replace=replace,
    )
    if load and order.topic not in settings.loader.topics:
        raise UsageError(f"--load needs {order.topic} among STOCKPULSE_TOPICS")
    if not allow_old:
        check_age(settings, lambda limits: _find_too_old(since, limits), "downloaded")
    _run(settings, order, load=load)


def _find_too_old(since: datetime, limits: AgeLimits) -> str | None:
    limit = limits.get("quote")
    if limit is None or not limit.refuses(rfc3339(since)):
        return None
    return f"{since:%Y-%m-%d %H:%M} is too old: {limit.sentence}"


def _run(settings: Settings, order: Order, *, load: bool) -> None:
    with stopping() as stop:
        report = download_hours(settings.loader, settings.database_url, order, stop, show_progress)
    _print(report)
    if report.interrupted:
        raise click.Abort
    if load:
        loading.run(settings, until_end=True, seconds=None)
        _verify(settings, order)
    if report.given_up:
        raise StockpulseError("Dukascopy refuses or is away; the same command goes on later")
    if report.failures or "corrupt" in report.states:
        sys.exit(1)


def _print(report: DownloadReport) -> None:
    revised = f", {report.replaced} of them replaced" if report.replaced else ""
    same = f"; {report.unchanged} hours have not changed" if report.unchanged else ""
    click.echo(f"{report.ticks} ticks of {report.hours} hours published{revised}{same}")
    for state, text in SETTLED.items():
        if state in report.states:
            click.echo(f"{report.states[state][0]:>6} hours {text}")
    for state, text in WAITING.items():
        if state in report.states:
            count, again = report.states[state]
            due = f"; again from {again:%Y-%m-%d %H:%M} UTC" if again and state != "planned" else ""
            click.echo(f"{count:>6} hours {text}{due}")
    if "corrupt" in report.states:
        click.echo(f"{report.states['corrupt'][0]:>6} hours corrupt; to ask again: --recheck")
    for failure in report.failures:
        click.echo(f"stockpulse: {failure}", err=True)


def _verify(settings: Settings, order: Order) -> None:
    """Compares what is stored with what was published, and the candles with both."""
    symbols = [venue.symbol_of(venue.code_of(name)) for name in order.symbols]
    wanted = Wanted(symbols, order.since, order.until)
    missing = _not_stored(settings, wanted)
    for symbol, hour, published, stored in missing:
        click.echo(
            f"stockpulse: {symbol} {hour:%Y-%m-%d %H:%M}: {stored} of {published} ticks are stored",
            err=True,
        )
    wrong = 0
    for symbol in symbols:
        found = candles.verify(
            settings.database_url,
            show_progress,
            since=order.since,
            until=order.until,
            symbol=symbol,
            source=SOURCE,
            patience=candles.PATIENCE_SECONDS,
        )
        report_verified(found)
        wrong += found.wrong + found.pending
    if missing or wrong:
        sys.exit(1)


def _not_stored(settings: Settings, wanted: Wanted) -> list[NotStored]:
    """Returns the hours that are not stored as published, once no other loader stores any more."""
    with planner.opened(settings.database_url, wanted) as opened:
        missing = opened.not_stored()
        quiet = 0
        while missing and quiet < QUIET_SECONDS:
            time.sleep(1)
            before, missing = missing, opened.not_stored()
            quiet = quiet + 1 if missing == before else 0
        return missing
