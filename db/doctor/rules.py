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
    """A fault, and how to fix it; `rule` may also be versions, known_bugs, disk, broker, topics."""

    rule: str
    severity: Severity
    sentence: str
    remedy: str


# The rules about a schema that the migrations did not make, or only in part; migrate keeps to them.
UNVERSIONED = Rule(
    "unversioned", "error",
    "use a database of its own for StockPulse; if a restore has failed, restore the whole backup",
)  # fmt: skip
REVISION = Rule(
    "revision", "error",
    "use a database of its own for StockPulse; if a restore has failed, restore the whole backup",
)  # fmt: skip
HALF_MADE = Rule("half_made", "error", "restore a backup, or begin with an empty database")
STRANGERS = Rule(
    "strangers", "warning",
    "move them to another schema, or make stockpulse_owner their owner: the names are StockPulse's",
)  # fmt: skip

RESTORING = Rule(
    "restoring", "error",
    "when pg_restore has ended without errors: psql -X -c 'select timescaledb_post_restore()'; if"
    " it has failed, drop the database and restore it into an empty one",
)  # fmt: skip
EXTENSION_SCHEMA = Rule(
    "extension_schema", "error",
    "if nothing else uses it, drop extension timescaledb and run stockpulse migrate, which creates"
    " it in public; else use a database of its own for StockPulse",
)  # fmt: skip

# In their order, after the versions: if one finds something, no other is checked.
BASIC_RULES = (
    RESTORING,
    EXTENSION_SCHEMA,
    Rule("version_table", "error", "run stockpulse migrate, which moves it"),
    UNVERSIONED,
    REVISION,
    Rule("schema", "error", "run stockpulse migrate", takes_values=True),
    HALF_MADE,
    Rule(
        "edition", "error",
        "set timescaledb.license back and restart the server, or move the database as"
        " docs/runbooks/move-to-community.md says",
        takes_values=True,
    ),
    Rule(
        "half_restored", "error",
        "restore the backup again, into an empty database: as docs/runbooks/backup.md says,"
        " between timescaledb_pre_restore() and timescaledb_post_restore()",
        takes_values=True,
    ),
)  # fmt: skip

# A standby shows what its primary did a while ago: these compare it with now.
ON_PRIMARY = frozenset({
    "jobs_failing", "jobs_late", "refresher", "pending", "watermarks", "invalidations",
    "late_events", "changes", "bars", "feeds", "histories", "silent_sources", "rejects_growing",
    "waiting_amendments",
})  # fmt: skip

RULES = (
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
    Rule(
        "silent_sources", "warning",
        "check that a loader runs and is not behind (stockpulse status), then what publishes the"
        " source",
    ),
    Rule(
        "rejects_growing", "warning",
        "stockpulse rejects list says why; docs/runbooks/rejects.md what to do",
    ),
    Rule(
        "rejects_kept", "warning",
        "replay what can be stored by now, then stockpulse rejects purge --older-than 30d",
    ),
    Rule("waiting_amendments", "info", "load the originals: select from ops.amendments"),
    Rule("verifications", "error", "run stockpulse verify, then stockpulse refresh --force"),
    Rule(
        "empty_chunks", "warning",
        "after a restore: restore again, between timescaledb_pre_restore() and"
        " timescaledb_post_restore(); else select drop_chunks(...)",
    ),
    Rule(
        "chunks", "warning", "shorten chunk of it in ops.lifecycle and run stockpulse migrate"
    ),
    STRANGERS,
    Rule("kept", "info", "stockpulse lifecycle set RELATION --keep forever keeps what is left"),
    Rule(
        "archiving", "warning",
        "run stockpulse archive, which says what it lacks; stockpulse restore --release DAY lets a"
        " restored day go",
    ),
    Rule("invalid_indexes", "error", "reindex the index or drop it"),
    Rule("extra_indexes", "warning", "drop it: each one costs a quarter of the load speed"),
    Rule("autovacuum", "warning", "reset autovacuum_enabled, or raise autovacuum_max_workers"),
    Rule("settings", "warning", "change it with alter system and restart the server"),
    Rule(
        "wraparound", "error",
        "vacuum freeze; see what keeps vacuum away: old transactions, slots, autovacuum",
    ),
    Rule(
        "old_transactions", "warning",
        "end it: select pg_terminate_backend(PID); rollback prepared 'NAME' for a prepared one",
    ),
    Rule(
        "collation", "warning",
        "reindex the database, then alter database ... refresh collation version",
    ),
    Rule("calendars", "warning", "run stockpulse calendars, once a month by cron"),
    Rule("durability", "error", "reset it with alter system and reload the configuration"),
    Rule(
        "parallel_append", "error",
        "alter database ... set timescaledb.enable_parallel_chunk_append = off",
    ),
    Rule("time_zone", "warning", "alter database ... set timezone = 'UTC'"),
    Rule(
        "slots", "warning",
        "start what reads from it, or give it up: select pg_drop_replication_slot('NAME');"
        " max_slot_wal_keep_size limits what slots keep",
    ),
    Rule(
        "standbys", "error",
        "on the primary: start the standby, or take it out of synchronous_standby_names and"
        " reload; on the standby: see its log, docs/runbooks/replicas.md",
    ),
    Rule(
        "standbys_behind", "warning",
        "see the load and the log of the standby; what it has not received may be lost",
    ),
    Rule(
        "archiver", "error",
        "the log of the server has the output of archive_command; WAL is kept until it succeeds",
    ),
    Rule("backup", "info", "set archive_mode and archive_command, or add a standby"),
    Rule("rights", "info", "grant pg_monitor to the role that doctor logs in with"),
    Rule("columnstore", "info", "use TimescaleDB Community if disk space matters", "apache"),
)  # fmt: skip
