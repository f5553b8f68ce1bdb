"""The rules of `stockpulse doctor`; docs/how-to/add-a-doctor-rule.md says how to add one."""

from typing import Literal

import msgspec

from db.edition import Kind

Severity = Literal["info", "warning", "error"]


class Rule(msgspec.Struct, frozen=True):
    """A query, db/doctor/queries/NAME.sql, that returns one sentence per fault it finds."""

    name: str
    severity: Severity
    remedy: str
    only: Kind | None = None  # the edition it is about; None: both
    # Whether the query takes parameters: %(kind)s (the edition), %(timescaledb)s and %(postgres)s
    # (the versions) and %(head)s (the newest revision). In such a query a literal % is doubled.
    takes_values: bool = False


class Finding(msgspec.Struct, frozen=True):
    """A fault, and how to fix it."""

    rule: str
    severity: Severity
    sentence: str
    remedy: str


# The rules about a schema that the migrations did not make, or only in part; migrate keeps to them.
UNVERSIONED = Rule(
    "unversioned", "error",
    "use a database of its own for StockPulse, or restore alembic_version",
)  # fmt: skip
REVISION = Rule("revision", "error", "use a database of its own for StockPulse")
HALF_MADE = Rule("half_made", "error", "restore a backup, or begin with an empty database")
STRANGERS = Rule(
    "strangers", "warning",
    "move them to another schema, or make stockpulse_owner their owner: the names are StockPulse's",
)  # fmt: skip

# In their order: if one finds something, no other is checked.
BASIC_RULES = (
    Rule("versions", "error", "upgrade PostgreSQL or its timescaledb package", takes_values=True),
    UNVERSIONED,
    REVISION,
    Rule("schema", "error", "run stockpulse migrate", takes_values=True),
    HALF_MADE,
)
RULES = (
    Rule("known_bugs", "info", "upgrade timescaledb", takes_values=True),
    Rule(
        "extension", "warning", "run psql -X -c 'alter extension timescaledb update'",
        takes_values=True,
    ),
    Rule(
        "policies", "error",
        "run stockpulse migrate if it is missing, select alter_job(ID, scheduled => true) if it is"
        " disabled",
        "community",
    ),
    Rule(
        "retention", "error",
        "select remove_retention_policy(...): ops.apply_retention() drops chunks instead",
        "community",
    ),
    Rule("jobs_failing", "error", "see timescaledb_information.job_errors", "community"),
    Rule("jobs_late", "warning", "raise timescaledb.max_background_workers", "community"),
    Rule(
        "refresher", "error",
        "see timescaledb_information.job_errors; raise timescaledb.max_background_workers if it is"
        " late; stockpulse refresh does its work meanwhile",
        "community",
    ),
    Rule(
        "pending", "warning",
        "run stockpulse refresh; on the Apache-2 edition also check that a loader is running",
    ),
    Rule(
        "watermarks", "warning",
        "run stockpulse refresh; on the Apache-2 edition also check that a loader is running",
    ),
    Rule("owner", "error", "alter role stockpulse_owner login", "community"),
    Rule("open_schema", "warning", "run psql -X -c 'revoke create on schema public from public'"),
    Rule(
        "skipped_invalidation", "error",
        "alter role or alter database ... reset timescaledb.skip_cagg_invalidation",
        "community",
    ),
    Rule("invalidations", "warning", "run stockpulse refresh", "community"),
    Rule(
        "late_events", "warning", "start stockpulse load, which stores them when it starts",
        "community",
    ),
    Rule(
        "changes", "warning", "check that a loader is running, and run stockpulse refresh", "apache"
    ),
    Rule(
        "bars", "warning",
        "start stockpulse publish bars; to publish none any more, delete from ops.bar_publication",
    ),
    Rule(
        "load_batches", "error",
        "messages were lost or counted twice: see ops.load_batches, load the topic again",
    ),
    Rule(
        "feeds", "warning",
        "see the log of stockpulse feed and start it again: what it missed is a gap until then",
    ),
    Rule(
        "histories", "warning",
        "see stockpulse update --list and the log of stockpulse feed; delete from ops.update_runs"
        " what is no longer kept up to date",
    ),
    Rule("waiting_amendments", "info", "load the originals: select from ops.amendments"),
    Rule("verifications", "error", "run stockpulse verify, then stockpulse refresh --force"),
    Rule(
        "chunks", "warning", "shorten chunk of it in ops.lifecycle and run stockpulse migrate"
    ),
    STRANGERS,
    Rule("kept", "info", "stockpulse lifecycle set RELATION --keep forever keeps what is left"),
    Rule("invalid_indexes", "error", "reindex the index or drop it"),
    Rule("extra_indexes", "warning", "drop it: each one costs a quarter of the load speed"),
    Rule("autovacuum", "warning", "reset autovacuum_enabled, or raise autovacuum_max_workers"),
    Rule("settings", "warning", "change it with alter system and restart the server"),
    Rule("durability", "error", "reset it with alter system and reload the configuration"),
    Rule(
        "parallel_append", "error",
        "alter database ... set timescaledb.enable_parallel_chunk_append = off",
    ),
    Rule("time_zone", "warning", "alter database ... set timezone = 'UTC'"),
    Rule("backup", "info", "set archive_mode and archive_command, or add a standby"),
    Rule("columnstore", "info", "use TimescaleDB Community if disk space matters", "apache"),
)  # fmt: skip
