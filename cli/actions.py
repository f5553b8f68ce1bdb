"""`stockpulse actions`: splits, by which candles can be adjusted when they are read."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import click
import psycopg
from rich.table import Table

from cli import csv_rows
from cli.csv_rows import Parse, Row, fault
from cli.output import console
from cli.settings import Settings
from db import connect, sql

# Where an ex-date begins; at midnight UTC in all other calendars.
ZONES = {"XNYS": ZoneInfo("America/New_York"), "XLON": ZoneInfo("Europe/London")}


def parse_ex(text: str) -> date | datetime:
    """Returns a date, or a time, UTC unless it has an offset; raises ValueError."""
    moment = csv_rows.parse_moment(text)
    return moment if len(text) > len("2026-02-27") else moment.date()


def parse_kind(text: str) -> str:
    """Returns the kind of an action; raises ValueError."""
    if text != "split":
        raise ValueError(f"{text!r} is not known; the only one is split")
    return text


COLUMNS: dict[str, Parse] = {
    "instrument": csv_rows.name_of(128),
    "ex": parse_ex,
    "kind": parse_kind,
    "numerator": csv_rows.parse_ratio,
    "denominator": csv_rows.parse_ratio,
}
KEY = ("instrument", "ex", "kind")


@click.group()
def actions() -> None:
    """List and import splits, by which candles can be adjusted."""


@actions.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """List the splits of all instruments; times are UTC."""
    table = Table("instrument", "ex", "kind", "numerator", "denominator", box=None)
    with connect.translated(), _connected(settings) as conn:
        for instrument, ex_at, kind, numerator, denominator in conn.execute(
            sql.load("cli", "actions")
        ):
            when = f"{ex_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
            table.add_row(instrument, when, kind, str(numerator), str(denominator))
    if table.row_count:
        console().print(table)
    else:
        click.echo("no actions yet")


@actions.command("import")
@click.argument("file")
@click.pass_obj
def import_(settings: Settings, file: str) -> None:
    """Import splits from the CSV file FILE.

    The first line names the columns: instrument, ex, kind, numerator, denominator. 10:1 is 10,1; a
    reverse split of 1:3 is 1,3. A time as ex is the first moment at the new terms; a date is its
    midnight in New York for calendar XNYS, in London for XLON, else UTC. All lines are imported, or
    none; a line known already is replaced.
    """
    rows = csv_rows.read(file, COLUMNS, tuple(COLUMNS), KEY)
    with connect.translated(), _connected(settings) as conn:
        _import(conn, file, rows)
    click.echo(f"{len(rows)} actions imported")


def _connected(settings: Settings) -> psycopg.Connection[Any]:
    """Returns a connection whose transaction commits unless an error ends it."""
    return connect.connect(
        settings.database_url, application_name="stockpulse actions", role="stockpulse_owner"
    )


def _import(conn: psycopg.Connection[Any], file: str, rows: list[Row]) -> None:
    found = conn.execute(
        sql.load("cli", "known_instruments"),
        {"symbols": [row.values["instrument"] for row in rows]},
    )
    calendars = dict(found.fetchall())
    for line, values in rows:
        if values["instrument"] not in calendars:
            raise fault(file, line, f"{values['instrument']} is not in market.instruments")
        ex_at = _moment(values["ex"], calendars[values["instrument"]])
        conn.execute(sql.load("cli", "set_action"), {**values, "ex_at": ex_at})


def _moment(ex: date | datetime, calendar: str | None) -> datetime:
    if isinstance(ex, datetime):
        return ex
    return datetime.combine(ex, time(), ZONES.get(calendar or "", UTC))
