"""`stockpulse calendars`: the trading sessions of exchanges, for candles of whole sessions."""

from datetime import UTC, datetime, timedelta

import click

from cli.moments import moment
from db import trading_calendars
from db.settings import Settings

AHEAD = timedelta(days=365)  # exchanges announce about so much


@click.command()
@click.option("--since", type=moment, default="2000-01-01", show_default=True, help="First date.")
@click.option("--until", type=moment, help="End of the dates, exclusive.  [default: in a year]")
@click.option(
    "--calendar", "calendars", multiple=True,
    help=f"Only this one; may be given again.  [default: {', '.join(trading_calendars.CALENDARS)}]",
)  # fmt: skip
@click.pass_obj
def calendars(
    settings: Settings, *, since: datetime, until: datetime | None, calendars: tuple[str, ...]
) -> None:
    """Bring market.sessions up to date with the exchanges' calendars."""
    end = until or datetime.now(UTC) + AHEAD
    for name in calendars or trading_calendars.CALENDARS:
        count = trading_calendars.load(settings.database_url, name, since.date(), end.date())
        click.echo(f"{name:>5}  {count} sessions from {since:%Y-%m-%d} to {end:%Y-%m-%d}")
