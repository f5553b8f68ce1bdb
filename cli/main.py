"""The `stockpulse` command. Each subcommand is a module of its name, imported when it is called."""

import importlib
import logging
import os
import sys

import click

from cli import logs, settings
from db import secret_files
from db.errors import StockpulseError

# In the order of `stockpulse --help`, with the first line of each command's own help.
COMMANDS = {
    "migrate": "Create the database schema, or upgrade it to this version.",
    "load": "Store ticks from Kafka in the database, each exactly once.",
    "serve": "Serve the REST API, its documentation and the chart page.",
    "publish": "Publish ticks, and bars made of them, to Kafka.",
    "export": "Export trades, quotes or candles as Parquet, CSV or Arrow.",
    "feed": "Publish live trades and quotes of venues to Kafka.",
    "download": "Download history from a venue and publish it to Kafka.",
    "update": "Bring the histories of feeds.toml up to date once.",
    "gaps": "List, fill and explain times in which a feed was missing.",
    "status": "Show versions, lag, feeds, freshness, pending candles, sizes, jobs and rejects.",
    "verify": "Compare stored candles with their trades and quotes.",
    "refresh": "Bring candles up to date with their ticks.",
    "lifecycle": "Show and set how long events and candles are kept.",
    "archive": "Archive closed days of trades, quotes and candles as Iceberg tables.",
    "restore": "Bring a day back from the archive, with its candles.",
    "rejects": "List, show, retry and purge messages that could not be stored.",
    "rules": "List and apply the rules by which trades move candles.",
    "instruments": "List and import reference data of symbols, and their names of earlier times.",
    "actions": "List and import splits, by which candles can be adjusted.",
    "keys": "Create, list and revoke the keys of the REST API.",
    "spark": "Make candles on Apache Spark, from the archive or from Kafka.",
    "doctor": "Find misconfigurations and known bugs, each with its remedy.",
    "calendars": "Load the sessions of exchanges, for candles of trading sessions.",
    "stack": "Run a database and a Kafka broker on this machine.",
    "demo": "Run the whole path on this machine, from simulated ticks to the chart.",
}


class Commands(click.Group):
    """Lists all subcommands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stockpulse")
@click.option("-q", "--quiet", is_flag=True, help="Log only warnings and errors.")
@click.pass_context
def cli(context: click.Context, *, quiet: bool) -> None:
    """Kafka ticks in, exact candles out, on one TimescaleDB.

    Commands connect to the database in STOCKPULSE_DATABASE_URL (else libpq's PG* variables) and to
    the brokers in KAFKA_BOOTSTRAP_SERVERS. docs/settings.md describes all settings.
    """
    logs.configure(logging.WARNING if quiet else logging.INFO)
    secret_files.replace(os.environ)
    context.obj = settings.read(os.environ)


def main() -> None:
    """Runs the command; an expected error is one line on standard error and an exit code."""
    try:
        cli.main(standalone_mode=False)
    except StockpulseError as error:
        click.echo(f"stockpulse: {error}", err=True)
        sys.exit(1)
    except ModuleNotFoundError as error:
        if error.name != "stack":
            raise
        click.echo("stockpulse: the Python package `stack` is not installed", err=True)
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
