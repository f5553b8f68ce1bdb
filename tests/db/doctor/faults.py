"""Faults that can be planted in a database, by the rule that has to find them."""

# A rule, its severity, and a statement that plants a fault for it to find: without a restart of the
# server, and in the database of the test alone.
Fault = tuple[str, str, str]

REFRESHER = "select job_id from timescaledb_information.jobs where proc_name = 'refresh_candles'"
# The row of a batch that was loaded a while ago, with events of the last days.
BATCH = (
    "insert into ops.load_batches (loader, offsets, messages, stored, duplicates, amended,"
    " rejected, ignored, trades, quotes, late, seconds, oldest_ts, newest_ts, loaded_at)"
    """ values ('here', '{{"t 0": [0, 1]}}', 1, 1, 0, 0, 0, 0, 1, 0, 0, 1,"""
    " now() - interval '5 days', now() - interval '20 minutes', now() - interval '{}')"
)

RUN = (
    "insert into ops.update_runs"
    " (history, scope, kind, slot, state, failures, started_at, next_at, symbols)"
    " values ('one', '', 'hourly', {}, '{}', {}, now(), {}, '{{}}')"
)

FAULTS: dict[str, Fault] = {
    "a schema in which everybody may create": (
        "open_schema",
        "warning",
        "grant create on schema public to public",
    ),
    "bars that nobody publishes": (
        "bars",
        "warning",
        "with started as (insert into ops.bar_publication values (now(), now()))"
        " insert into ops.bar_changes select now(), now() + interval '1 min'"
        " from generate_series(1, 20001)",
    ),
    "a history that fails": (
        "histories",
        "warning",
        RUN.format("now()", "failed", 3, "now()"),
    ),
    "a history that nobody updates": (
        "histories",
        "warning",
        RUN.format("now() - interval '5 hours'", "done", 0, "now() - interval '4 hours'"),
    ),
    "a history of a clock that was ahead": (
        "histories",
        "warning",
        RUN.format("now() + interval '5 days'", "done", 0, "now() + interval '5 days'"),
    ),
    "the schema is behind": (
        "schema",
        "error",
        "update stockpulse_version set version_num = '0007_verification'",
    ),
    "a revision of another application": (
        "revision",
        "error",
        "update stockpulse_version set version_num = 'ae1027a6acf1'",
    ),
    "another application's revision beside ours": (
        "revision",
        "error",
        "insert into stockpulse_version values ('ae1027a6acf1')",
    ),
    "a schema without a revision": ("revision", "error", "delete from stockpulse_version"),
    "a schema without its table of revisions": (
        "unversioned",
        "error",
        "drop table stockpulse_version",
    ),
    "a restore that was not ended": (
        "restoring",
        "error",
        "do $$ begin execute format('alter database %I set timescaledb.restoring = on',"
        " current_database()); end $$; set timescaledb.restoring = on",
    ),
    "a restore without its keys": (
        "half_restored",
        "error",
        "alter table ops.load_batches drop constraint load_batches_pkey",
    ),
    "a restore without its triggers": (
        "half_restored",
        "error",
        "drop trigger sources_added on market.sources",
    ),
    "a restore without its rows": (
        "half_restored",
        "error",
        "delete from ops.rules_version",
    ),
    "messages that are rejected now": (
        "rejects_growing",
        "warning",
        'insert into ops.rejects (topic, "partition", "offset", reason, detail)'
        " select 't', 0, number, 'not JSON', 'x' from generate_series(1, 20) as number",
    ),
    "rejected messages that nobody looks at": (
        "rejects_kept",
        "warning",
        'insert into ops.rejects (topic, "partition", "offset", reason, detail, rejected_at)'
        " select 't', 0, number, 'not JSON', 'x', now() - interval '2 days'"
        " from generate_series(1, 100000) as number",
    ),
    "an archive that is away": (
        "archiving",
        "warning",
        "insert into ops.archive_state (is_on, seen_at) values (true, now() - interval '7 hours')",
    ),
    "an archiver that fails": (
        "archiving",
        "warning",
        "select ops.fail_archive('the warehouse is read-only')",
    ),
    "a restored day that nobody has released": (
        "archiving",
        "warning",
        "insert into ops.restored_days values ('trades', '2026-01-02', now() - interval '31 days')",
    ),
    "a calendar that ends soon": (
        "calendars",
        "warning",
        "insert into market.sessions (calendar, session_date, open_at, close_at) values"
        " ('XNYS', '2026-01-01', now() + interval '15 days', now() + interval '15 days 6 hours')",
    ),
    "a schema of which a part is missing": (
        "half_made",
        "error",
        "drop table market.sessions cascade",
    ),
    "a table of another application": (
        "strangers",
        "warning",
        "create table market.orders (id bigint)",
    ),
    "jit is on": ("settings", "warning", "set jit = on"),
    "parallel reads that lose rows": (
        "parallel_append",
        "error",
        "set timescaledb.enable_parallel_chunk_append = on;"
        " set max_parallel_workers_per_gather = 2",
    ),
    "a time zone with daylight saving": ("time_zone", "warning", "set timezone = 'Europe/Berlin'"),
    "a second index on trades": (
        "extra_indexes",
        "warning",
        "create index trades_ts on market.trades (ts)",
    ),
    "an invalid index": (
        "invalid_indexes",
        "error",
        "update pg_index set indisvalid = false"
        " where indexrelid = 'ops.load_batches_loaded_at'::regclass",
    ),
    "autovacuum disabled for a table": (
        "autovacuum",
        "warning",
        "alter table ops.kafka_offsets set (autovacuum_enabled = false)",
    ),
    "candles that differ from their events": (
        "verifications",
        "error",
        "insert into ops.verifications (kind, candles, mismatches, pending, example, seconds)"
        " values ('sample', 100, 3, 0, 'candles_1m AAPL', 1)",
    ),
    "a batch that lost a message": (
        "load_batches",
        "error",
        "alter table ops.load_batches drop constraint load_batches_every_message_counts;"
        " insert into ops.load_batches (loader, offsets, messages, stored, duplicates, amended,"
        " rejected, ignored, trades, quotes, late, seconds)"
        """ values ('here', '{"t 0": [0, 9]}', 9, 8, 0, 0, 0, 0, 8, 0, 0, 1)""",
    ),
    "a batch that counted a message twice": (
        "load_batches",
        "error",
        "insert into ops.load_batches (loader, offsets, messages, stored, duplicates, amended,"
        " rejected, ignored, trades, quotes, late, seconds)"
        """ values ('here', '{"t 0": [0, 9]}', 10, 8, 0, 0, 2, 0, 8, 0, 0, 1)""",
    ),
    "a feed that is silent": (
        "feeds",
        "warning",
        'insert into ops.feed_sessions (source, topic, "partition", session, since, until,'
        " first_offset, last_offset) values"
        " ('sim', 't', 0, 'one', now() - interval '9 minutes', now() - interval '4 minutes', 0, 9),"
        " ('kraken', 't', 0, 'two', now() - interval '9 minutes', now(), 1, 10);"
        " insert into ops.load_batches (loader, offsets, messages, stored, duplicates, amended,"
        " rejected, ignored, trades, quotes, late, seconds)"
        """ values ('here', '{"t 0": [9, 10]}', 1, 0, 0, 0, 0, 1, 0, 0, 0, 1)""",
    ),
    "chunks too big for the memory": ("chunks", "warning", "set effective_cache_size = '8kB'"),
    "events that invalidate no candles": (
        "skipped_invalidation",
        "error",
        "do $$ begin execute format('alter database %I set"
        " timescaledb.skip_cagg_invalidation = on', current_database()); end $$",
    ),
}
COMMUNITY_FAULTS: dict[str, Fault] = {
    "a schema made on the other edition": (
        "edition",
        "error",
        "create table ops.candle_watermarks (relation text)",
    ),
    "a refresher that failed": (
        "refresher",
        "error",
        "update _timescaledb_internal.bgw_job_stat set last_run_success = false,"
        " last_start = now(), last_finish = now(), total_runs = 1, total_failures = 1"
        f" where job_id = ({REFRESHER})",
    ),
    "a refresher that does not run": (
        "refresher",
        "error",
        "update _timescaledb_internal.bgw_job_stat set next_start = now() - interval '2 minutes'"
        f" where job_id = ({REFRESHER})",
    ),
    "a refresher that has never run": (
        "refresher",
        "error",
        "update _timescaledb_internal.bgw_job_stat set last_start = '-infinity',"
        f" last_finish = '-infinity' where job_id = ({REFRESHER});"
        f" {BATCH.format('90 seconds')}",
    ),
    "a missing policy": (
        "policies",
        "error",
        "call remove_columnstore_policy('ops.candles_1h')",
    ),
    "a disabled job": (
        "policies",
        "error",
        "select alter_job(job_id, scheduled => false) from timescaledb_information.jobs"
        " where proc_name = 'apply_retention'",
    ),
    "TimescaleDB's own retention": (
        "retention",
        "error",
        "select add_retention_policy('market.trades', drop_after => interval '91 days')",
    ),
    "changed ranges that are not refreshed": (
        "invalidations",
        "warning",
        "insert into _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log"
        " select id, number, number from _timescaledb_catalog.hypertable"
        " cross join generate_series(1, 20001) as number where table_name = 'trades'",
    ),
    "late events that are not stored": (
        "late_events",
        "warning",
        'insert into ops.late_events (topic, "partition", "offset", kind, ts, symbol, source,'
        " price, seq, batch, moves, came_at) values"
        " ('t', 0, 0, 'trade', now(), 'AAPL', 'sim', 1, 0, 1, 0, now() - interval '2 minutes')",
    ),
    "a failed job": (
        "jobs_failing",
        "error",
        "update _timescaledb_internal.bgw_job_stat set last_run_success = false,"
        " last_start = now(), last_finish = now(), total_runs = 1, total_failures = 1"
        " where job_id = (select max(job_id) from timescaledb_information.jobs)",
    ),
    "an overdue job": (
        "jobs_late",
        "warning",
        "update _timescaledb_internal.bgw_job_stat set next_start = now() - interval '2 hours'"
        " where job_id = (select max(job_id) from timescaledb_information.jobs)",
    ),
}
APACHE_FAULTS: dict[str, Fault] = {
    "a schema made on the other edition": (
        "edition",
        "error",
        "alter table ops.candle_watermarks rename to candle_marks",
    ),
    "changed ranges that are not refreshed": (
        "changes",
        "warning",
        "insert into ops.candle_changes select 'trades', null, now(), now() + interval '1 min'"
        " from generate_series(1, 20001)",
    ),
}
