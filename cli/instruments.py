"""`stockpulse instruments`: reference data of symbols, and the names that instruments had."""

from typing import Any

import click
import psycopg
from rich.table import Table

from cli import csv_rows
from cli.csv_rows import Parse, Row, fault
from cli.output import console
from cli.settings import Settings
from db import connect, sql

NAME = csv_rows.name_of(128)
INSTRUMENT_COLUMNS: dict[str, Parse] = {
    "symbol": NAME,
    "asset_class": NAME,
    "base": NAME,
    "quote": NAME,
    "price_scale": csv_rows.parse_scale,
    "primary_source": lambda text: csv_rows.name_of(64)(text).lower(),
    "calendar": NAME,
}
NAME_COLUMNS: dict[str, Parse] = {
    "symbol": NAME,
    "since": csv_rows.parse_moment,
    "until": csv_rows.parse_moment,
    "instrument": NAME,
}


@click.group()
def instruments() -> None:
    """List and import reference data of symbols, and their names of earlier times."""


@instruments.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """List the instruments with their reference data, and the dated names."""
    with connect.translated(), _connected(settings) as conn:
        _print(conn, "instruments", tuple(INSTRUMENT_COLUMNS))
        _print(conn, "names", tuple(NAME_COLUMNS))


@instruments.command("import")
@click.argument("file")
@click.pass_obj
def import_(settings: Settings, file: str) -> None:
    """Import instruments, or dated names, from the CSV file FILE.

    The first line names the columns. Instruments: symbol, asset_class, base, quote, price_scale,
    primary_source, calendar; only symbol is required, columns that are absent keep their values, an
    empty cell removes one. Names: symbol, since, until, instrument; an empty since or until is
    open. FB until 2022-06-09 leads to META: "FB,,2022-06-09,META". All lines are imported, or none.
    """
    names = csv_rows.header(file)
    if "instrument" in names:
        rows = csv_rows.read(file, NAME_COLUMNS, ("symbol", "instrument"), ("symbol", "since"))
        with connect.translated(), _connected(settings) as conn:
            _import_names(conn, file, rows)
        click.echo(f"{len(rows)} names imported")
        return
    rows = csv_rows.read(file, INSTRUMENT_COLUMNS, ("symbol",), ("symbol",))
    with connect.translated(), _connected(settings) as conn:
        for row in rows:
            values = {**dict.fromkeys(INSTRUMENT_COLUMNS), **row.values, "columns": names}
            conn.execute(sql.load("cli", "set_instrument"), values)
    click.echo(f"{len(rows)} instruments imported")


def _connected(settings: Settings) -> psycopg.Connection[Any]:
    """Returns a connection whose transaction commits unless an error ends it."""
    return connect.connect(
        settings.database_url, application_name="stockpulse instruments", role="stockpulse_owner"
    )


def _import_names(conn: psycopg.Connection[Any], file: str, rows: list[Row]) -> None:
    found = conn.execute(
        sql.load("cli", "known_instruments"),
        {"symbols": [row.values["instrument"] for row in rows]},
    )
    known = {symbol for symbol, _ in found}
    for line, values in rows:
        if values["instrument"] not in known:
            raise fault(file, line, f"{values['instrument']} is not in market.instruments")
        since, until = values.get("since"), values.get("until")
        if since and until and since >= until:
            raise fault(file, line, "since is not before until")
        conn.execute(
            sql.load("cli", "set_name"),
            {**values, "since": since or "-infinity", "until": until or "infinity"},
        )


def _print(conn: psycopg.Connection[Any], statement: str, names: tuple[str, ...]) -> None:
    table = Table(*names, box=None)
    cursor = conn.execute(sql.load("cli", statement))
    for row in cursor:
        table.add_row(*("" if value is None else str(value) for value in row))
    if table.row_count:
        console().print(table)
    else:
        click.echo(f"no {statement} yet")
