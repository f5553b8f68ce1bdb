"""Finds what is misconfigured or known to be broken: one rule, one query, one remedy."""

import shutil
from pathlib import Path
from typing import Any, Literal

import msgspec
import psycopg
from alembic.script import ScriptDirectory

from db import connect, edition, sql
from db.edition import Edition, Kind
from db.migrate import MIGRATIONS

Severity = Literal["info", "warning", "error"]

EXIT_CODES: dict[Severity, int] = {"info": 0, "warning": 1, "error": 2}
DISK_WARNING_DAYS = 14
DISK_ERROR_DAYS = 3


class Rule(msgspec.Struct, frozen=True):
    """A query, db/queries/doctor_NAME.sql, that gives a sentence for every fault it finds."""

    name: str
    severity: Severity
    remedy: str
    only: Kind | None = None


class Finding(msgspec.Struct, frozen=True):
    """A fault, and what mends it."""

    rule: str
    severity: Severity
    sentence: str
    remedy: str


# Those that tell whether the others can be asked at all.
BASIC_RULES = (
    Rule("versions", "error", "upgrade the server or its timescaledb package"),
    Rule("schema", "error", "stockpulse migrate"),
)
# The queries of these take the edition, the versions and the newest revision.
WITH_VALUES = frozenset({"versions", "schema", "known_bugs", "extension"})
RULES = (
    Rule("known_bugs", "info", "upgrade timescaledb"),
    Rule("extension", "warning", "psql -X -c 'alter extension timescaledb update'"),
    Rule("policies", "error", "stockpulse migrate, alter_job(ID, scheduled => true)", "community"),
    Rule("windows", "error", "shorten refresh_start in ops.lifecycle, migrate", "community"),
    Rule("retention", "error", "remove_retention_policy(); we drop ourselves", "community"),
    Rule("jobs_failing", "error", "see timescaledb_information.job_errors", "community"),
    Rule("jobs_late", "warning", "raise timescaledb.max_background_workers", "community"),
    Rule("owner", "error", "alter role stockpulse_owner login", "community"),
    Rule("skipped_invalidation", "error", "alter role or database ... reset it", "community"),
    Rule("invalidations", "warning", "stockpulse refresh", "community"),
    Rule("late_events", "warning", "stockpulse load stores them when it starts", "community"),
    Rule("amendments", "warning", "load what they amend; until then its candles are not amended"),
    Rule("changes", "warning", "stockpulse refresh, and see whether a loader runs", "apache"),
    Rule("verifications", "error", "stockpulse verify, then stockpulse refresh --force"),
    Rule("chunks", "warning", "shorten chunk in ops.lifecycle, then stockpulse migrate"),
    Rule("invalid_indexes", "error", "reindex index, or drop it"),
    Rule("extra_indexes", "warning", "drop it: each one costs a quarter of the load's speed"),
    Rule("autovacuum", "warning", "reset autovacuum_enabled, add autovacuum_max_workers"),
    Rule("settings", "warning", "alter system set it, and restart"),
    Rule("durability", "error", "alter system reset it, and reload"),
    Rule("time_zone", "warning", "alter database ... set timezone = 'UTC'"),
    Rule("backup", "info", "set archive_mode and archive_command, or add a standby"),
    Rule("columnstore", "info", "TimescaleDB Community has one", "apache"),
)  # fmt: skip


def doctor(database_url: str) -> list[Finding]:
    """Returns what is wrong with a database, the worst first."""
    with (
        connect.connect(
            database_url, application_name="stockpulse doctor", autocommit=True
        ) as conn,
        connect.translated(),
    ):
        return examine(conn)


def examine(conn: psycopg.Connection[Any]) -> list[Finding]:
    """Asks every rule that fits the edition; the later ones only of a schema that is ours."""
    found = edition.read(conn)
    findings = _ask(conn, BASIC_RULES, found)
    if not findings:
        findings = _ask(conn, RULES, found) + _disk(conn)
    return sorted(findings, key=lambda finding: -EXIT_CODES[finding.severity])


def exit_code(findings: list[Finding]) -> int:
    """Returns 0 for nothing or hints, 1 for warnings, 2 for errors."""
    return max((EXIT_CODES[finding.severity] for finding in findings), default=0)


def _ask(conn: psycopg.Connection[Any], rules: tuple[Rule, ...], found: Edition) -> list[Finding]:
    values = msgspec.structs.asdict(found)
    values["head"] = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    findings = []
    for rule in rules:
        if rule.only in (None, found.kind):
            query = sql.load("db.doctor", rule.name)
            rows = conn.execute(query, values if rule.name in WITH_VALUES else None).fetchall()
            findings += [Finding(rule.name, rule.severity, row[0], rule.remedy) for row in rows]
    return findings


def _disk(conn: psycopg.Connection[Any]) -> list[Finding]:
    """Compares the free space with a day's ticks, where the data lie on this machine."""
    row = conn.execute(sql.load("db.doctor", "growth")).fetchone()
    assert row is not None
    bytes_a_day, directory, is_local = row
    if not (is_local and directory and bytes_a_day and Path(directory).is_dir()):
        return []
    return judge_disk(shutil.disk_usage(directory).free, bytes_a_day)


def judge_disk(free: int, bytes_a_day: float) -> list[Finding]:
    """Returns a finding when the free space lasts for less than two weeks."""
    days = free / bytes_a_day
    if days >= DISK_WARNING_DAYS:
        return []
    return [
        Finding(
            "disk",
            "error" if days < DISK_ERROR_DAYS else "warning",
            f"the disk is full in {days:.1f} days at the rate of the last day",
            "add disk, or shorten keep in ops.lifecycle",
        )
    ]
