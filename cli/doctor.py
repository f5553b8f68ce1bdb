"""`stockpulse doctor`: misconfigurations and known bugs, each with its remedy."""

import sys

import click
import msgspec

from cli.settings import Settings
from db.doctor import examine as doctors


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array instead of lines.")
@click.pass_obj
def doctor(settings: Settings, *, as_json: bool) -> None:
    """Find misconfigurations and known bugs, each with its remedy.

    Exit code 1 if there are warnings, 2 if there are errors.
    """
    findings = doctors.doctor(settings.database_url)
    if as_json:
        click.echo(msgspec.json.encode(findings))
    elif not findings:
        click.echo("no problems found")
    else:
        for finding in findings:
            click.echo(f"{finding.severity:8} {finding.sentence}")
            click.echo(f"         remedy: {finding.remedy}")
    sys.exit(doctors.exit_code(findings))
