"""Slots that nobody reads from; tests/operations/doctor has standbys and the archive of WAL."""

from typing import Any

import psycopg

from db import replication, sql

Conn = psycopg.Connection[Any]


def found(conn: Conn, rule: str) -> list[str]:
    return [text for (text,) in conn.execute(sql.load("db.doctor", rule))]


def write_wal(conn: Conn, files: int) -> None:
    for _ in range(files):
        conn.execute("select pg_logical_emit_message(false, 'x', 'x'), pg_switch_wal()")


def test_a_slot_that_nobody_reads_from_is_found_once_it_keeps_much(conn: Conn) -> None:
    assert replication.read(conn).slots == []
    conn.execute("select pg_create_physical_replication_slot('idle', true)")
    try:
        row = conn.execute("select current_setting('server_version_num')::int").fetchone()
        if row and row[0] >= 170000:  # which tells since when it is inactive
            assert found(conn, "slots") == []
        write_wal(conn, 5)
        [text] = found(conn, "slots")
        assert text.startswith("the physical replication slot idle is inactive since ")
        assert text.endswith(" of WAL, without a limit")
        [slot] = replication.read(conn).slots
        assert (slot.slot, slot.kind, slot.active) == ("idle", "physical", False)
        assert slot.retained_bytes
        assert slot.retained_bytes >= 64 * 1024**2
    finally:
        conn.execute("select pg_drop_replication_slot('idle')")
    assert found(conn, "slots") == []


def test_a_slot_without_a_place_keeps_nothing(conn: Conn) -> None:
    conn.execute("select pg_create_physical_replication_slot('reserved')")
    try:
        assert found(conn, "slots") == []
    finally:
        conn.execute("select pg_drop_replication_slot('reserved')")
