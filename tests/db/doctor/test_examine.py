"""Every planted fault is found by its rule alone; a freshly migrated database has none."""

from typing import Any

import msgspec
import psycopg
import pytest
from click.testing import CliRunner

from cli.main import cli
from db import edition, migrate
from db.connect import DatabaseRefused
from db.doctor import examine
from db.doctor.rules import Finding
from stack.broker import Broker
from tests.db.doctor.durability import set_durability
from tests.db.doctor.faults import APACHE_FAULTS, COMMUNITY_FAULTS, FAULTS


def rules(conn: psycopg.Connection[Any]) -> dict[str, str]:
    """Returns the severity of each rule with findings, except for those of severity info."""
    found = examine.examine(conn)
    return {one.rule: one.severity for one in found if one.severity != "info"}


def test_healthy_database_has_no_fault(healthy: psycopg.Connection[Any]) -> None:
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
    """Plants a fault and asserts that exactly its rule finds it."""
    conn.execute(statement)  # type: ignore[call-overload]
    if rule == "skipped_invalidation" and edition.kind_of(conn) == "apache":
        rule = ""  # no continuous aggregates, so nothing to invalidate
    assert rules(conn) == ({rule: severity} if rule else {})


def test_server_without_fsync_is_found(healthy: psycopg.Connection[Any]) -> None:
    try:
        set_durability(healthy, "off")
        assert rules(healthy) == {"durability": "error"}
    finally:
        set_durability(healthy, "on")


def test_worst_finding_comes_first_and_sets_the_exit_code(
    healthy: psycopg.Connection[Any],
    fresh_database: str,
    broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STOCKPULSE_DATABASE_URL", fresh_database)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrap_servers)
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 0
    healthy.execute("create index trades_ts on market.trades (ts)")
    warned = CliRunner().invoke(cli, ["doctor"])
    assert warned.exit_code == 1
    assert "warning  the index market.trades_ts on market.trades" in warned.output
    healthy.execute(FAULTS["candles that differ from their events"][2])  # type: ignore[call-overload]
    failed = CliRunner().invoke(cli, ["doctor", "--json"])
    assert failed.exit_code == 2
    found = msgspec.json.decode(failed.output, type=list[Finding])
    assert [one.severity for one in found][:2] == ["error", "warning"]
    assert all(one.remedy and one.sentence for one in found)


def test_migrate_refuses_a_restore_that_was_not_ended(
    healthy: psycopg.Connection[Any], fresh_database: str
) -> None:
    healthy.execute(FAULTS["a restore that was not ended"][2])  # type: ignore[call-overload]
    with pytest.raises(DatabaseRefused, match="timescaledb_post_restore"):
        migrate.upgrade(fresh_database)


def test_database_without_schema_is_refused_with_the_command_to_run(empty_database: str) -> None:
    with pytest.raises(DatabaseRefused, match="stockpulse migrate"):
        examine.doctor(empty_database)
