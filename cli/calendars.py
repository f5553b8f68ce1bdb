"""`stockpulse calendars`: sessions of exchanges, for candles of trading sessions."""

from datetime import UTC, datetime, timedelta

import click

from cli.settings import Settings
from cli.times import parse_time
from db import trading_calendars

AHEAD = timedelta(days=365)  # exchanges announce holidays about a year ahead


@click.command()
@click.option(
    "--since",
    type=parse_time,
    metavar="DATE",
    default="2000-01-01",
    show_default=True,
    help="First date.",
)
@click.option(
    "--until",
    type=parse_time,
    metavar="DATE",
    help="End date, exclusive.  [default: one year from today]",
)
@click.option(
    "--calendar", "calendars", multiple=True,
    help="Only this calendar; can be repeated.  "
    f"[default: {', '.join(trading_calendars.CALENDARS)}]",
)  # fmt: skip
@click.pass_obj
def calendars(
    settings: Settings, *, since: datetime, until: datetime | None, calendars: tuple[str, ...]
) -> None:
    """Load the sessions of exchanges, for candles of trading sessions.

    Replaces the sessions of the given dates in market.sessions. All but FX, the days of currencies,
    need pip install 'stockpulse[calendars]'.
    """
    end = until or datetime.now(UTC) + AHEAD
    for name in calendars or trading_calendars.CALENDARS:
        count = trading_calendars.load(settings.database_url, name, since.date(), end.date())
        click.echo(f"{name:>5}  {count} sessions from {since:%Y-%m-%d} to {end:%Y-%m-%d}")
