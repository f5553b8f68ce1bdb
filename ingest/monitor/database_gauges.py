"""Gauges of the state of the database; docs/runbooks/monitoring.md has the same list."""

from ingest.monitor.gauges import Gauge

# Always there, the time once there has been one.
STATE = (
    Gauge("stockpulse_database_up", "Whether the database answered the last reading."),
    Gauge(
        "stockpulse_database_read_timestamp_seconds",
        "Time of the last reading of the database that succeeded, in Unix seconds.",
    ),
)

# Absent where there is nothing to say, and once the last reading is older than a minute.
FACTS = (
    Gauge("stockpulse_database_read_seconds", "Time that the last reading took."),
    Gauge(
        "stockpulse_database_info",
        "Versions and edition of the database; the value is 1.",
        ("edition", "timescaledb", "postgresql"),
    ),
    Gauge(
        "stockpulse_database_facts_missing",
        "Whether this part could not be read: the login may not, it took too long, it is locked.",
        ("fact",),
    ),
    Gauge("stockpulse_database_is_replica", "Whether the database is a standby."),
    Gauge(
        "stockpulse_candles_staleness_seconds",
        "How long the oldest change that stored candles lack has waited; 0 if there is none.",
        ("kind", "level"),
    ),
    Gauge(
        "stockpulse_candles_pending_ranges",
        "Ranges of time in which stored candles are behind their events.",
        ("relation",),
    ),
    Gauge(
        "stockpulse_candles_oldest_pending_timestamp_seconds",
        "Start of the oldest of these ranges, in event time, in Unix seconds.",
        ("relation",),
    ),
    Gauge("stockpulse_jobs_failed", "Jobs of TimescaleDB whose last run failed."),
    Gauge(
        "stockpulse_jobs_late",
        "Jobs of TimescaleDB that have been due for a minute (the refresher) or an hour.",
    ),
    Gauge(
        "stockpulse_refresher_last_run_timestamp_seconds",
        "When candles were refreshed last, in Unix seconds.",
    ),
    Gauge(
        "stockpulse_relation_bytes",
        "Size of a relation with its indexes; absent while a chunk of it is locked.",
        ("relation",),
    ),
    Gauge("stockpulse_database_bytes", "Size of the database, without its WAL."),
    Gauge(
        "stockpulse_database_growth_bytes_per_day",
        "Growth of the database per day, over the last one to seven days.",
    ),
    Gauge("stockpulse_disk_bytes", "Size of the disk of the database, STOCKPULSE_DISK_BYTES."),
    Gauge(
        "stockpulse_disk_full_days",
        "Days until the disk is full at this growth; absent while the database does not grow.",
    ),
    Gauge(
        "stockpulse_rejects_unreviewed",
        "Messages in ops.rejects; of a flood the newest 100,000 by reason, the others as (older).",
        ("reason",),
    ),
    Gauge(
        "stockpulse_amendments_waiting",
        "Corrections and cancels that wait for their originals.",
    ),
    Gauge(
        "stockpulse_slot_retained_bytes",
        "WAL that a replication slot holds.",
        ("slot", "active"),
    ),
    Gauge("stockpulse_wal_bytes", "Size of the files of WAL."),
    Gauge(
        "stockpulse_replica_lag_seconds",
        "How far a connected replica is behind in replaying.",
        ("replica",),
    ),
    Gauge("stockpulse_replicas_connected", "Replicas that stream from this server."),
    Gauge(
        "stockpulse_retention_next_drop_bytes",
        "Bytes that retention drops next.",
        ("relation",),
    ),
    Gauge(
        "stockpulse_retention_next_drop_timestamp_seconds",
        "When they are old enough to be dropped, in Unix seconds.",
        ("relation",),
    ),
    Gauge(
        "stockpulse_archive_seen_timestamp_seconds",
        "When the archiver last reached its files, in Unix seconds.",
    ),
    Gauge(
        "stockpulse_archive_failed",
        "Whether the last run of the archiver that a loader started has failed.",
    ),
    Gauge(
        "stockpulse_archive_waiting_days",
        "Days that ended more than six hours ago and that the archive does not have.",
        ("relation",),
    ),
    Gauge(
        "stockpulse_archive_waiting_seconds",
        "How long ago the oldest of these days ended; 0 if there is none.",
        ("relation",),
    ),
    Gauge(
        "stockpulse_source_last_event_timestamp_seconds",
        "Time of the newest event of a source, of the last 30 days, in Unix seconds.",
        ("source",),
    ),
    Gauge(
        "stockpulse_source_silent_seconds",
        "How long a live source has been silent while its market was open; 0 while it is closed.",
        ("source",),
    ),
    Gauge(
        "stockpulse_source_open_gaps",
        "Gaps of a feed in the last day that have not been filled.",
        ("source",),
    ),
    Gauge(
        "stockpulse_verify_mismatches",
        "Candles that did not match their events, in the last comparison of each kind.",
        ("kind",),
    ),
)
