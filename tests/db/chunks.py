"""The chunks that a statement reads, including those read by the functions it calls."""

from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from db import edition

# The rows of a compressed chunk are in a relation of their own.
COLUMNAR = """
select
    compress_relid::regclass::text,
    relid::regclass::text
from _timescaledb_catalog.compression_settings
where compress_relid is not null
"""
CHUNKS = """
select
    format('%%I.%%I', chunk_schema, chunk_name)::regclass::text,
    %(level)s,
    range_start,
    range_end
from timescaledb_information.chunks
where format('%%I.%%I', hypertable_schema, hypertable_name)::regclass = ops.hypertable_of(%(level)s)
"""
SCANS = """
select
    relid::regclass::text,
    seq_scan,
    seq_scan + coalesce(idx_scan, 0)
from pg_stat_xact_all_tables
where schemaname in ('_timescaledb_internal', 'market', 'ops')
"""


class Chunk(NamedTuple):
    """A chunk of a level, of ticks or candles, with start <= time < end."""

    level: str
    start: datetime
    end: datetime


class Reads(NamedTuple):
    """The chunks that a statement scans, and the relations that it scans sequentially."""

    chunks: set[Chunk]
    whole: set[str]


def of(conn: psycopg.Connection[Any], level: str) -> list[Chunk]:
    """Returns the chunks of a level, oldest first."""
    rows = conn.execute(CHUNKS, {"level": level}).fetchall()
    return sorted(Chunk(*row[1:]) for row in rows)


def named(conn: psycopg.Connection[Any], levels: list[str]) -> dict[str, Chunk]:
    """Returns the chunks of some levels by the names of the relations that hold their rows."""
    found = {}
    for level in levels:
        for name, *chunk in conn.execute(CHUNKS, {"level": level}).fetchall():
            found[name] = Chunk(*chunk)
    if edition.kind_of(conn) == "community":
        for columnar, chunk in conn.execute(COLUMNAR).fetchall():
            if chunk in found:
                found[columnar] = found[chunk]
    return found


def read(
    conn: psycopg.Connection[Any], known: dict[str, Chunk], statement: str, *values: object
) -> Reads:
    """Returns what a statement scans when a reader runs it, from the server's own counters.

    The chunks of tests are so small that the planner would scan them sequentially; here it does so
    only if there is no index to use. Histograms are deleted, because with them the planner itself
    reads indexes, which would be counted.
    """
    with conn.transaction(force_rollback=True):
        # autovacuum may be writing statistics
        conn.execute("lock table pg_statistic in share row exclusive mode")
        conn.execute("delete from pg_statistic")
        conn.execute("set local enable_seqscan = off")
        conn.execute("set local role stockpulse_reader")
        before = {name: counts for name, *counts in conn.execute(SCANS).fetchall()}
        conn.execute(sql.SQL(statement), values or None)  # type: ignore[arg-type]
        chunks, whole = set(), set()
        for name, *counts in conn.execute(SCANS).fetchall():
            whole_scans, scans = (
                now - then for now, then in zip(counts, before.get(name, (0, 0)), strict=True)
            )
            if name in known and scans:
                chunks.add(known[name])
                if whole_scans:
                    whole.add(name)
    return Reads(chunks, whole)
