"""`stockpulse download alphavantage` and `yahoo`: bars of vendors over HTTP to Kafka."""

import os
import sys
from datetime import datetime

import click

from cli.settings import Settings
from cli.stopping import stopping
from cli.times import parse_time
from db.errors import StockpulseError
from ingest.download.bars.order import BarOrder, BarReport
from ingest.download.bars.run import download_bars
from ingest.feed import tokens
from ingest.kafka import topics

NAMES = {"alphavantage": "Alpha Vantage", "yahoo": "Yahoo"}

symbols_option = click.option(
    "--symbols", required=True, help="Symbols as the vendor writes them, separated by commas."
)
topic_option = click.option(
    "--topic", default=topics.VENDOR_BARS, show_default=True, help="Topic to publish to."
)


@click.command()
@symbols_option
@click.option(
    "--month", "months", multiple=True, metavar="YYYY-MM",
    help="Month to ask for; can be repeated.  [default: the last 30 days]",
)  # fmt: skip
@click.option(
    "--interval", type=click.Choice(["1m", "5m", "15m", "30m", "1h"]), default="1m",
    show_default=True, help="Length of the bars.",
)  # fmt: skip
@click.option("--recheck", is_flag=True, help="Ask again for months that are settled.")
@topic_option
@click.pass_obj
def alphavantage(
    settings: Settings,
    symbols: str,
    months: tuple[str, ...],
    interval: str,
    topic: str,
    *,
    recheck: bool,
) -> None:
    """Download bars of stocks from Alpha Vantage, which needs a key.

    The key stands in STOCKPULSE_ALPHAVANTAGE_TOKEN. Each symbol and month is one request, of which
    a free key has 25 a day: when they are used up, the command says when to repeat it, and then
    goes on with what it has not asked for yet.
    """
    order = BarOrder(
        vendor="alphavantage",
        symbols=tuple(symbols.split(",")),
        interval=interval,
        months=months,
        recheck=recheck,
        token=tokens.read("alphavantage", os.environ),
        url=settings.download.alphavantage_url,
        requests_per_day=settings.download.alphavantage_requests,
        topic=topic,
    )
    _run(settings, order)


@click.command()
@symbols_option
@click.option(
    "--since", type=parse_time, metavar="TIME",
    help="Start of the range, 30 days ago at most for 1m.  [default: seven days ago]",
)  # fmt: skip
@click.option(
    "--interval", type=click.Choice(["1m", "5m", "15m", "30m"]), default="1m",
    show_default=True, help="Length of the bars.",
)  # fmt: skip
@topic_option
@click.pass_obj
def yahoo(
    settings: Settings, symbols: str, since: datetime | None, interval: str, topic: str
) -> None:
    """Download bars of regular trading hours from Yahoo, for personal use.

    Needs pip install 'stockpulse[yahoo]'.
    """
    order = BarOrder(
        vendor="yahoo",
        symbols=tuple(symbols.split(",")),
        interval=interval,
        since=since,
        topic=topic,
    )
    _run(settings, order)


def _run(settings: Settings, order: BarOrder) -> None:
    with stopping() as stop:
        report = download_bars(settings.loader, settings.database_url, order, stop)
    requests = "1 request" if report.requests == 1 else f"{report.requests} requests"
    click.echo(f"{report.bars} bars published, {requests}")
    for failure in report.failures:
        click.echo(f"stockpulse: {failure}", err=True)
    if report.bars and order.topic not in settings.loader.topics:
        click.echo(
            f"stockpulse: {order.topic} is not among STOCKPULSE_TOPICS: a loader with these"
            " settings does not store the bars",
            err=True,
        )
    if report.interrupted:
        raise click.Abort
    if report.limit:
        raise StockpulseError(_limit(order, report))
    if report.failures:
        sys.exit(1)


def _limit(order: BarOrder, report: BarReport) -> str:
    when = f"{report.goes_on_at:%Y-%m-%d %H:%M} UTC" if report.goes_on_at else "later"
    return f"{NAMES[order.vendor]}: {report.limit}; the same command goes on at {when}"
