"""`stockpulse doctor`: misconfigurations and known bugs, each with its remedy."""

import sys
from concurrent.futures import ThreadPoolExecutor

import click
import msgspec

from cli import topic_findings
from cli.settings import Settings
from db.doctor import examine as doctors
from db.doctor.rules import Finding


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array instead of lines.")
@click.pass_obj
def doctor(settings: Settings, *, as_json: bool) -> None:
    """Find misconfigurations and known bugs, each with its remedy.

    Exit code 1 if there are warnings, 2 if there are errors. Topics are examined too if a broker
    answers; where none does, a line says so.
    """
    findings = _findings(settings)
    if as_json:
        click.echo(msgspec.json.encode(findings))
    elif not findings:
        click.echo("no problems found")
    else:
        for finding in findings:
            click.echo(f"{finding.severity:8} {finding.sentence}")
            click.echo(f"         remedy: {finding.remedy}")
    sys.exit(doctors.exit_code(findings))


def _findings(settings: Settings) -> list[Finding]:
    """Asks the database and, at the same time, the broker, which may take seconds to be away."""
    with ThreadPoolExecutor(1) as threads:
        of_topics = threads.submit(topic_findings.findings, settings)
        found = doctors.doctor(settings.database_url)
        return doctors.worst_first(found + of_topics.result())
