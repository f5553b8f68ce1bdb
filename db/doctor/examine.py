"""Finds what is misconfigured or known to be broken in a database; `stockpulse doctor`."""

from typing import Any

import msgspec
import psycopg
from alembic.script import ScriptDirectory

from db import connect, edition, sql
from db.doctor import disk, versions
from db.doctor.rules import BASIC_RULES, ON_PRIMARY, RULES, Finding, Rule, Severity
from db.edition import Edition
from db.migrate import MIGRATIONS

EXIT_CODES: dict[Severity, int] = {"info": 0, "warning": 1, "error": 2}


def doctor(database_url: str) -> list[Finding]:
    """Returns what is wrong with a database, the worst first.

    Raises DatabaseAway if it cannot be reached, DatabaseRefused if it has no TimescaleDB or refuses
    a query.
    """
    with (
        connect.connect(
            database_url, application_name="stockpulse doctor", autocommit=True
        ) as conn,
        connect.translated(),
    ):
        return examine(conn)


def examine(conn: psycopg.Connection[Any]) -> list[Finding]:
    """Returns the findings of every rule that applies to the edition, the worst first."""
    found = edition.read(conn)
    faults = versions.faults(found)
    if refused := versions.refusals(found):
        return worst_first(refused + faults)
    for rule in BASIC_RULES:
        if findings := _check(conn, (rule,), found):
            return findings
    standby = _standby(conn)
    rules = tuple(rule for rule in RULES if not (standby and rule.name in ON_PRIMARY))
    return worst_first(faults + standby + _check(conn, rules, found) + disk.findings(conn))


def worst_first(findings: list[Finding]) -> list[Finding]:
    """Returns the findings by their severity, else in their order."""
    return sorted(findings, key=lambda finding: -EXIT_CODES[finding.severity])


def _standby(conn: psycopg.Connection[Any]) -> list[Finding]:
    """Returns what is left out if the server is a standby."""
    if conn.execute("select pg_is_in_recovery()").fetchone() == (False,):
        return []
    return [
        Finding(
            "standby",
            "info",
            "this server is a standby: loaders, feeds, jobs and freshness were not examined",
            "run stockpulse doctor on its primary as well",
        )
    ]


def exit_code(findings: list[Finding]) -> int:
    """Returns 2 if there are errors, else 1 if there are warnings, else 0."""
    return max((EXIT_CODES[finding.severity] for finding in findings), default=0)


def _check(conn: psycopg.Connection[Any], rules: tuple[Rule, ...], found: Edition) -> list[Finding]:
    values = msgspec.structs.asdict(found)
    values["head"] = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    findings = []
    for rule in rules:
        if rule.only in (None, found.kind):
            query = sql.load("db.doctor", rule.name)
            rows = conn.execute(query, values if rule.takes_values else None).fetchall()
            findings += [Finding(rule.name, rule.severity, row[0], rule.remedy) for row in rows]
    return findings
