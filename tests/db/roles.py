"""Statements that only the owner may run, and the errors of the server for other roles."""

from typing import Any

import psycopg
from psycopg import errors as pg

from tests.db import support

START = support.midnight(2)
RELATIONS = ("ticks", "trades", "quotes", "instruments", *support.RELATIONS)
# The last ones where TimescaleDB or PostgreSQL refuses everybody before it asks who it is.
REFUSED = (
    pg.InsufficientPrivilege,
    pg.ObjectNotInPrerequisiteState,
    pg.WrongObjectType,
    pg.FeatureNotSupported,
)

CREATES = [
    "create table market.mine (n integer)",
    "create table public.mine (n integer)",
    "create view market.mine as select 1 as n",
    "create schema mine",
    "create function market.mine() returns integer language sql as 'select 1'",
    "create index on market.trades (price)",
    "create role mine",
    "comment on table market.trades is 'mine'",
    "alter table market.trades add column mine integer",
    "alter table market.trades rename to mine",
    "alter table market.trades disable trigger all",
    "drop table market.trades",
    "drop schema market cascade",
    "drop function ops.relation_of(text)",
    "grant stockpulse_owner to current_user",
    "select drop_chunks('market.trades', older_than => now())",
    "select set_chunk_time_interval('market.trades', interval '1 hour')",
    "call ops.add_reader('mine')",
    "call ops.apply_lifecycle()",
    "select pg_read_file('postgresql.conf')",
    "copy market.trades to program 'cat'",
]  # fmt: skip


def stores(conn: psycopg.Connection[Any]) -> list[str]:
    """Returns the hypertables and chunks behind market."""
    rows = conn.execute(
        "select format('%I.%I', schemaname, tablename) from pg_tables"
        " where schemaname = '_timescaledb_internal' and tablename ~ '(hyper|hypertable)_'"
    ).fetchall()
    return [name for (name,) in rows]
