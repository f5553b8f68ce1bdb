"""The `stockpulse` command: each subcommand a thin call into the packages."""

import logging
import os
import sys

import click

from cli import logs
from cli.calendars import calendars
from cli.demo import demo
from cli.doctor import doctor
from cli.load import load, stopping
from cli.publish import publish
from cli.refresh import refresh
from cli.rejects import rejects
from cli.stack import stack
from cli.status import status
from cli.verify import verify
from db import migrate as migrations
from db import settings
from db.errors import StockpulseError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stockpulse")
@click.option("-q", "--quiet", is_flag=True, help="Log warnings and errors only.")
@click.pass_context
def cli(context: click.Context, *, quiet: bool) -> None:
    """Kafka ticks in, exact candles out, on one TimescaleDB."""
    logs.configure(logging.WARNING if quiet else logging.INFO)
    context.obj = settings.read(os.environ)


@cli.command()
@click.pass_obj
def migrate(given: settings.Settings) -> None:
    """Bring the database to this version's schema."""
    migrations.upgrade(given.database_url)
    click.echo("the schema is up to date")


@cli.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port.  [default: 8000]")
@click.pass_obj
def serve(given: settings.Settings, host: str | None, port: int | None) -> None:
    """Serve the REST API, its documentation and the chart page."""
    from api.serve import run  # slow to import, and nothing else needs it

    with stopping():  # the server raises its signal again once it has ended
        run(settings.changed(given, api_host=host, api_port=port))


for command in (
    load, publish, rejects, status, verify, refresh, calendars, doctor, stack, demo,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    """Runs the command; what a person can mend is one line and exit code 1."""
    try:
        cli.main(standalone_mode=False)
    except StockpulseError as error:
        click.echo(f"stockpulse: {error}", err=True)
        sys.exit(1)
    except click.exceptions.Abort:
        click.echo("stockpulse: interrupted", err=True)
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(f"stockpulse: {' '.join(error.format_message().split())}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
