"""Statements that only the owner may run, and the errors with which the server refuses them."""

from typing import Any

import psycopg
from psycopg import errors as pg

from tests.db import support

START = support.midnight(2)
# The last three where TimescaleDB or PostgreSQL refuses the statement to any role.
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
    "create index on market.ticks (price)",
    "create role mine",
    "comment on table market.ticks is 'mine'",
    "alter table market.ticks add column mine integer",
    "alter table market.ticks rename to mine",
    "alter table market.ticks disable trigger all",
    "drop table market.ticks",
    "drop schema market cascade",
    "drop function market.default_source(text)",
    "grant stockpulse_owner to current_user",
    "select drop_chunks('market.ticks', older_than => now())",
    "select set_chunk_time_interval('market.ticks', interval '1 hour')",
    "call ops.add_reader('mine')",
    "call ops.apply_lifecycle()",
    "select pg_read_file('postgresql.conf')",
    "copy market.ticks to program 'cat'",
]  # fmt: skip


def candle_relations(conn: psycopg.Connection[Any]) -> list[str]:
    """Returns the relations of candles in market."""
    return [f"market.candles_{level}" for level in support.names(conn)]


def relations(conn: psycopg.Connection[Any]) -> list[str]:
    """Returns the relations in market that have rows in the module's database."""
    return ["market.ticks", "market.instruments", *candle_relations(conn)]


def stores(conn: psycopg.Connection[Any]) -> list[str]:
    """Returns the hypertables and chunks behind the relations in market."""
    rows = conn.execute(
        "select format('%I.%I', schemaname, tablename) from pg_tables"
        " where schemaname = '_timescaledb_internal' and tablename ~ '(hyper|hypertable)_'"
    ).fetchall()
    return [name for (name,) in rows]
