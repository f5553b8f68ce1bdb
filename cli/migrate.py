"""`stockpulse migrate`: the database schema of this version."""

import click

from cli.settings import Settings
from db import migrate as migrations


@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Create the database schema, or upgrade it to this version.

    One transaction per revision; fails if another migration is running.
    """
    migrations.upgrade(settings.database_url)
    click.echo("the schema is up to date")
