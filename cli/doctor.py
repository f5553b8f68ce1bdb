"""`stockpulse doctor`: what is misconfigured or known to be broken, each with its remedy."""

import sys

import click
import msgspec

from db.doctor import examine as doctors
from db.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of lines.")
@click.pass_obj
def doctor(settings: Settings, *, as_json: bool) -> None:
    """Find what is wrong; exit code 1 for warnings, 2 for errors."""
    findings = doctors.doctor(settings.database_url)
    if as_json:
        click.echo(msgspec.json.encode(findings))
    elif not findings:
        click.echo("nothing is wrong")
    else:
        for finding in findings:
            click.echo(f"{finding.severity:8} {finding.sentence}")
            click.echo(f"         remedy: {finding.remedy}")
    sys.exit(doctors.exit_code(findings))
