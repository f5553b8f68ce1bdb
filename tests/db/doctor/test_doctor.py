"""Each planted fault is found under its rule; a freshly migrated database has none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from click.testing import CliRunner

from cli.main import cli
from db import sql
from db.doctor import examine
from db.errors import DatabaseRefused
from stack.database import Database
from tests.db import support
from tests.db.support import trade
from tests.support import UNSAFE, wait_until

# Rule, severity and what plants it. They need no restart and touch this database alone.
FAULTS: dict[str, tuple[str, str, str]] = {
    "the schema is behind": (
        "schema",
        "error",
        "update alembic_version set version_num = '0006_policies'",
    ),
    "jit is on": ("settings", "warning", "set jit = on"),
    "a time zone with summer": ("time_zone", "warning", "set timezone = 'Europe/Berlin'"),
    "a second index on trades": (
        "extra_indexes",
        "warning",
        "create index trades_ts on market.trades (ts)",
    ),
    "an index that broke off": (
        "invalid_indexes",
        "error",
        "update pg_index set indisvalid = false"
        " where indexrelid = 'ops.load_batches_loaded_at'::regclass",
    ),
    "autovacuum off for a table": (
        "autovacuum",
        "warning",
        "alter table ops.kafka_offsets set (autovacuum_enabled = false)",
    ),
    "candles that differ from their events": (
        "verifications",
        "error",
        "insert into ops.verifications (kind, candles, mismatches, pending, example, seconds)"
        " values ('sample', 100, 3, 0, '1m AAPL', 1)",
    ),
    "a cancel that met nothing": (
        "amendments",
        "warning",
        'insert into ops.amendments (topic, "partition", "offset", batch, action, kind, symbol,'
        " source, tick_id, ts, came_at) values ('t', 0, 0, 1, 'cancel', 'trade', 'AAPL', 'sim',"
        " '7', now(), now() - interval '2 minutes')",
    ),
    "chunks too big for the memory": ("chunks", "warning", "set effective_cache_size = '8kB'"),
    "writers that tell candles nothing": (
        "skipped_invalidation",
        "error",
        "do $$ begin execute format('alter database %I set"
        " timescaledb.skip_cagg_invalidation = on', current_database()); end $$",
    ),
}
COMMUNITY_FAULTS: dict[str, tuple[str, str, str]] = {
    "a policy that is gone": (
        "policies",
        "error",
        "select remove_continuous_aggregate_policy('market.candles_1h')",
    ),
    "a job that is switched off": (
        "policies",
        "error",
        "select alter_job(job_id, scheduled => false) from timescaledb_information.jobs"
        " where proc_name = 'apply_retention'",
    ),
    "a refresh without a start": (
        "windows",
        "error",
        "update ops.lifecycle set keep = '90 days' where relation = 'trades';"
        " select alter_job(job_id, config => config - 'start_offset')"
        " from timescaledb_information.jobs where hypertable_name in"
        " ('candles_1m', split_part(ops.store_of('candles_1m')::text, '.', 2))"
        " and proc_name = 'policy_refresh_continuous_aggregate'",
    ),
    "TimescaleDB's own retention": (
        "retention",
        "error",
        "select add_retention_policy('market.trades', drop_after => interval '91 days')",
    ),
    "ranges that nobody refreshes": (
        "invalidations",
        "warning",
        "insert into _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log"
        " select id, number, number from _timescaledb_catalog.hypertable"
        " cross join generate_series(1, 20001) as number where table_name = 'trades'",
    ),
    "late events that nobody stores": (
        "late_events",
        "warning",
        'insert into ops.late_events (topic, "partition", "offset", kind, ts, symbol, source,'
        " price, seq, batch, rules, moves, came_at) values ('t', 0, 0, 'trade', now(), 'AAPL',"
        " 'sim', 1, 0, 1, 1, 221, now() - interval '2 minutes')",
    ),
    "a job that failed": (
        "jobs_failing",
        "error",
        "update _timescaledb_internal.bgw_job_stat set last_run_success = false,"
        " last_start = now(), last_finish = now(), total_runs = 1, total_failures = 1"
        " where job_id = (select max(job_id) from timescaledb_information.jobs)",
    ),
    "a job that is late": (
        "jobs_late",
        "warning",
        "update _timescaledb_internal.bgw_job_stat set next_start = now() - interval '2 hours'"
        " where job_id = (select max(job_id) from timescaledb_information.jobs)",
    ),
}
APACHE_FAULTS: dict[str, tuple[str, str, str]] = {
    "ranges that nobody refreshes": (
        "changes",
        "warning",
        "insert into ops.candle_changes select 'trades', null, now(), now() + interval '1 min'"
        " from generate_series(1, 20001)",
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _durable(database: Database) -> Iterator[None]:
    """Lets the server of the tests, which saves itself the trouble, be as safe as one has to be."""
    with psycopg.connect(database.url, autocommit=True) as conn:
        _set_all(conn, "on")
        yield
        for name in UNSAFE:
            conn.execute(f"alter system reset {name}")  # type: ignore[arg-type]
        conn.execute("select pg_reload_conf()")


def _set_all(conn: psycopg.Connection[Any], value: str) -> None:
    """Sets what the tests' server does without, for the whole server."""
    for name in UNSAFE:
        conn.execute(f"alter system set {name} = {value}")  # type: ignore[arg-type]
    conn.execute("select pg_reload_conf()")
    for name in UNSAFE:
        wait_until(lambda: conn.execute(f"show {name}").fetchone() == (value,), name)  # noqa: B023


@pytest.fixture
def healthy(conn: psycopg.Connection[Any], database: Any) -> psycopg.Connection[Any]:
    """A migrated database as a person would have it: with a trade, and its jobs switched on."""
    support.insert(conn, [trade(support.midnight(1), "5")])
    if database.edition == "community":
        conn.execute("select _timescaledb_functions.stop_background_workers()")
        conn.execute(
            "select alter_job(job_id, scheduled => true) from timescaledb_information.jobs"
        )
        job = conn.execute("select max(job_id) from timescaledb_information.jobs").fetchone()
        conn.execute("call run_job(%s)", job)
    return conn


def rules(conn: psycopg.Connection[Any]) -> dict[str, str]:
    """Returns the severity of each rule that finds something, hints left out."""
    found = examine.examine(conn)
    return {one.rule: one.severity for one in found if one.severity != "info"}


def test_a_healthy_database_has_no_fault(healthy: psycopg.Connection[Any]) -> None:
    found = examine.examine(healthy)
    assert examine.exit_code(found) == 0, found


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_found(healthy: psycopg.Connection[Any], fault: str) -> None:
    check(healthy, *FAULTS[fault])


@pytest.mark.community
@pytest.mark.parametrize("fault", COMMUNITY_FAULTS)
def test_planted_fault_of_community_is_found(healthy: psycopg.Connection[Any], fault: str) -> None:
    check(healthy, *COMMUNITY_FAULTS[fault])


@pytest.mark.apache
@pytest.mark.parametrize("fault", APACHE_FAULTS)
def test_planted_fault_of_apache_is_found(healthy: psycopg.Connection[Any], fault: str) -> None:
    check(healthy, *APACHE_FAULTS[fault])


def check(conn: psycopg.Connection[Any], rule: str, severity: str, statement: str) -> None:
    """Plants a fault; exactly its rule has to find it."""
    conn.execute(statement)  # type: ignore[call-overload]
    if rule == "skipped_invalidation" and "apache" in examine.edition.kind_of(conn):
        rule = ""  # no aggregates, nothing to be told
    assert rules(conn) == ({rule: severity} if rule else {})


@pytest.mark.parametrize(
    "kind, timescaledb, postgres, refused",
    [
        ("community", "2.29.2", "16.1", 0),
        ("community", "2.30.0-dev", "18.0", 0),
        ("community", "2.29.1", "17.6", 1),
        ("community", "2.9.3", "17.6", 1),
        ("community", "2.31.0", "15.20", 1),
        ("apache", "2.19.3", "17.6", 0),
        ("apache", "2.19.2", "15.1", 2),
    ],
)
def test_old_versions_are_refused(
    conn: psycopg.Connection[Any], kind: str, timescaledb: str, postgres: str, refused: int
) -> None:
    values = {"kind": kind, "timescaledb": timescaledb, "postgres": postgres}
    found = conn.execute(sql.load("db.doctor", "versions"), values).fetchall()
    assert len(found) == refused


def test_faults_of_a_version_are_told_until_they_are_mended(
    conn: psycopg.Connection[Any],
) -> None:
    def faults(kind: str, timescaledb: str) -> int:
        values = {"kind": kind, "timescaledb": timescaledb}
        return len(conn.execute(sql.load("db.doctor", "known_bugs"), values).fetchall())

    assert faults("community", "2.29.2") == 0
    assert faults("community", "2.28.3") == 3
    assert faults("apache", "2.19.3") == 2


def test_an_update_of_the_extension_is_offered(conn: psycopg.Connection[Any]) -> None:
    query = sql.load("db.doctor", "extension")
    assert conn.execute(query, {"timescaledb": "2.0.0"}).fetchall()
    assert not conn.execute(
        query, {"timescaledb": examine.edition.read(conn).timescaledb}
    ).fetchall()


def test_a_server_that_may_lose_data_is_found(healthy: psycopg.Connection[Any]) -> None:
    query = sql.load("db.doctor", "durability")
    assert healthy.execute(query).fetchall() == []
    try:
        _set_all(healthy, "off")
        assert sorted(healthy.execute(query).fetchall()) == [
            ("fsync is off",),
            ("full_page_writes is off",),
        ]
        assert rules(healthy) == {"durability": "error"}
    finally:
        _set_all(healthy, "on")
    healthy.execute("set timescaledb.restoring = on")
    rows = healthy.execute(query).fetchall()
    assert ("timescaledb.restoring is on",) in rows


def test_a_job_owner_without_login_is_found(healthy: psycopg.Connection[Any]) -> None:
    with healthy.transaction(force_rollback=True):
        healthy.execute("alter role stockpulse_owner nologin")
        assert healthy.execute(sql.load("db.doctor", "owner")).fetchall()


@pytest.mark.parametrize(
    "days, severity", [(14, None), (13.9, "warning"), (2.9, "error")], ids=["fine", "soon", "now"]
)
def test_disk_is_judged_by_how_long_it_lasts(days: float, severity: str | None) -> None:
    found = examine.judge_disk(int(days * 1000), 1000)
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_events_of_the_last_day_tell_how_fast_the_disk_fills(
    healthy: psycopg.Connection[Any],
) -> None:
    healthy.execute(
        "insert into ops.load_batches"
        " (loader, offsets, messages, stored, duplicates, amended, rejected, ignored, trades,"
        " quotes, late, seconds) values ('here', '{}', 0, 0, 0, 0, 0, 0, 1000000000, 0, 0, 1)"
    )
    healthy.execute("analyze market.trades")
    row = healthy.execute(sql.load("db.doctor", "growth")).fetchone()
    assert row is not None
    assert row[0] > 1e9
    assert row[2] is True


def test_worst_finding_comes_first_and_makes_the_exit_code(
    healthy: psycopg.Connection[Any], fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOCKPULSE_DATABASE_URL", fresh_database)
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 0
    healthy.execute("create index trades_ts on market.trades (ts)")
    warned = CliRunner().invoke(cli, ["doctor"])
    assert warned.exit_code == 1
    assert "warning  the index market.trades_ts on market.trades" in warned.output
    healthy.execute(FAULTS["candles that differ from their events"][2])  # type: ignore[call-overload]
    failed = CliRunner().invoke(cli, ["doctor", "--json"])
    assert failed.exit_code == 2
    found = msgspec.json.decode(failed.output, type=list[examine.Finding])
    assert [one.severity for one in found][:2] == ["error", "warning"]
    assert all(one.remedy and one.sentence for one in found)


def test_a_database_without_schema_is_told_to_migrate(empty_database: str) -> None:
    with pytest.raises(DatabaseRefused, match="stockpulse migrate"):
        examine.doctor(empty_database)


def test_every_rule_has_its_query_and_every_query_its_rule() -> None:
    rules = (*examine.BASIC_RULES, *examine.RULES)
    named = {f"{rule.name}.sql" for rule in rules}
    folder = Path(examine.__file__).parent / "queries"
    assert {file.name for file in folder.glob("*.sql")} == named | {"growth.sql"}
