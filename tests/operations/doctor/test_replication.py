"""Standbys and the archive of WAL, as doctor and status find them on both sides."""

from typing import Any

import psycopg
import pytest

from db import migrate, replication, sql
from db.doctor import examine
from stack import database as databases
from tests import support
from tests.standby import standby_of
from tests.support import UNSAFE, wait_until

Conn = psycopg.Connection[Any]


def found(conn: Conn, rule: str) -> list[str]:
    return [text for (text,) in conn.execute(sql.load("db.doctor", rule))]


def errors(url: str) -> dict[str, str]:
    """Returns the sentences of errors by rule; the tests' servers do without durability."""
    findings = examine.doctor(url)
    return {
        one.rule: one.sentence
        for one in findings
        if one.severity == "error" and one.rule not in ("durability", "refresher")
    }


@pytest.mark.operations
def test_a_dead_standby_is_found_on_both_sides_and_an_archive_that_fails() -> None:
    settings = {"archive_mode": "on", "archive_command": "false", **UNSAFE}
    with databases.start(settings=settings, scratch=support.memory()) as primary:
        migrate.upgrade(primary.url)
        with psycopg.connect(primary.url, autocommit=True) as conn:
            assert found(conn, "backup") == [
                "WAL is not archived and no standby is connected: the loss of the disk is a loss"
                " of data"
            ]
            conn.execute("select pg_logical_emit_message(false, 'x', 'x'), pg_switch_wal()")
            wait_until(lambda: found(conn, "archiver") != [], "the archive fails")
            with standby_of(primary) as standby:
                _check_standby(conn, primary.url, standby.url)


def _check_standby(conn: Conn, primary_url: str, standby_url: str) -> None:
    wait_until(lambda: found(conn, "backup") == [], "the standby is connected")
    assert set(errors(primary_url)) == {"archiver"}
    [replica] = replication.read(conn).replicas
    assert replica.state == "streaming"
    with psycopg.connect(standby_url, autocommit=True) as other:
        assert replication.read(other).receives is True
        assert errors(standby_url) == {}
        assert [one.rule for one in examine.doctor(standby_url)].count("standby") == 1
        # its primary is another machine now, where nothing listens
        other.execute("alter system set primary_conninfo = 'host=127.0.0.1 port=1'")
        other.execute("select pg_reload_conf()")
        wait_until(lambda: found(other, "standbys") != [], "the standby receives nothing")
        [text] = found(other, "standbys")
        assert text.startswith("this server is a standby, and receives nothing from its primary")
        assert replication.read(other).receives is False
    conn.execute("alter system set synchronous_standby_names = 'berlin'")
    conn.execute("select pg_reload_conf()")
    wait_until(lambda: found(conn, "standbys") != [], "the setting applies")
    assert found(conn, "standbys") == [
        "no standby of synchronous_standby_names (berlin) is connected: every commit waits for one"
    ]
    assert found(conn, "backup") != []
