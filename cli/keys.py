"""`stockpulse keys`: the API keys that clients of the REST API send."""

from typing import Any

import click
import psycopg
from rich.table import Table

from cli.output import console
from cli.settings import Settings
from db import connect, sql
from db.api_key import NAME, digest, new_key
from db.errors import UsageError

MOST_PER_MINUTE = 1_000_000


def parse_name(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """Returns the name of a key; raises BadParameter."""
    if not NAME.fullmatch(text):
        raise click.BadParameter(
            f"{text!r} must be at most 64 letters, digits, or . _ - @, the first a letter or digit"
        )
    return text


name_argument = click.argument("name", callback=parse_name)


@click.group()
def keys() -> None:
    """Create, list and revoke the keys of the REST API."""


@keys.command()
@name_argument
@click.option(
    "--rate", type=click.IntRange(1, MOST_PER_MINUTE),
    help="Most requests per minute and process of the API.  [default: no limit]",
)  # fmt: skip
@click.pass_obj
def create(settings: Settings, name: str, rate: int | None) -> None:
    """Create a key for NAME, and print it: it is stored nowhere and cannot be shown again.

    Standard output has the key alone. A name can have one key at a time.
    """
    key = new_key()
    values = {"key_sha256": digest(key), "name": name, "rate": rate}
    with connect.translated(), _connected(settings) as conn:
        created = conn.execute(sql.load("cli", "create_key"), values).rowcount
    if not created:
        raise UsageError(
            f"{name} has a key already; choose another name,"
            f" or revoke it first: stockpulse keys revoke {name}"
        )
    click.echo(key)
    click.echo("keep it: it cannot be shown again", err=True)


@keys.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """List the names of all keys, with their limits; times are UTC."""
    table = Table("name", box=None)
    table.add_column("per minute", justify="right")
    table.add_column("created")
    table.add_column("revoked")
    with connect.translated(), _connected(settings) as conn:
        for name, rate, *times in conn.execute(sql.load("cli", "keys")):
            limit = "no limit" if rate is None else f"{rate:,}"
            shown = ("" if at is None else f"{at:%Y-%m-%d %H:%M}" for at in times)
            table.add_row(name, limit, *shown)
    if table.row_count:
        console().print(table)
    else:
        click.echo("no keys yet; stockpulse keys create NAME makes one")


@keys.command()
@name_argument
@click.pass_obj
def revoke(settings: Settings, name: str) -> None:
    """Revoke the key of NAME: within five seconds it opens nothing any more."""
    with connect.translated(), _connected(settings) as conn:
        revoked = conn.execute(sql.load("cli", "revoke_key"), {"name": name}).rowcount
    if not revoked:
        raise UsageError(f"{name} has no key; stockpulse keys list shows all")
    click.echo(f"the key of {name} is revoked")


def _connected(settings: Settings) -> psycopg.Connection[Any]:
    """Returns a connection whose transaction commits unless an error ends it."""
    return connect.connect(
        settings.database_url, application_name="stockpulse keys", role="stockpulse_owner"
    )
