"""What each role may do and, above all, what it may not; readers run for a limited time."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg
from psycopg.conninfo import make_conninfo

from db import edition, migrate, sql
from stack.database import Database
from tests import support as names
from tests.db import support
from tests.db.support import LEVELS, tick

QUERIES = Path(__file__).parents[2] / "ingest" / "queries"
START = support.midnight(2)
RELATIONS = ("ticks", "instruments", *(f"candles_{level}" for level in LEVELS))
# The last ones where TimescaleDB or PostgreSQL refuses everybody before it asks who it is.
REFUSED = (
    pg.InsufficientPrivilege,
    pg.ObjectNotInPrerequisiteState,
    pg.WrongObjectType,
    pg.FeatureNotSupported,
)


@pytest.fixture(scope="module")
def url(database: Database, template: str) -> Iterator[str]:
    """A database with a few ticks for the whole module: what is refused changes nothing."""
    with names.database_like(database.url, template) as made:
        with support.connect(made) as conn:
            support.insert(conn, [tick(START, "1", tick_id="1"), tick(START + support.MINUTE, "2")])
            support.refresh(conn)
        yield made


@pytest.fixture
def filled(url: str) -> Iterator[psycopg.Connection[Any]]:
    with support.connect(url) as conn:
        yield conn


@pytest.fixture
def reader(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Acts as stockpulse_reader, and has talked itself out of being read-only."""
    with support.as_role(url, "stockpulse_reader") as conn:
        conn.execute("set default_transaction_read_only = off")
        yield conn


@pytest.fixture
def loader(url: str) -> Iterator[psycopg.Connection[Any]]:
    with support.as_role(url, "stockpulse_loader") as conn:
        yield conn


@pytest.mark.parametrize("relation", RELATIONS)
def test_reader_reads_market(reader: psycopg.Connection[Any], relation: str) -> None:
    assert reader.execute(f"select * from market.{relation}").fetchall()


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


@pytest.mark.parametrize("statement", CREATES)
def test_reader_makes_and_unmakes_nothing(reader: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(REFUSED):
        reader.execute(statement)


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize(
    "statement",
    [
        "insert into market.{0} select * from market.{0}",
        "update market.{0} set symbol = 'X'",
        "delete from market.{0}",
        "truncate market.{0}",
        "copy market.{0} from stdin",
        "do 'begin lock table market.{0} in share mode; end'",
        "select * from market.{0} for update",
    ],
    ids=["insert", "update", "delete", "truncate", "copy", "lock", "for update"],
)
def test_reader_writes_nothing(
    reader: psycopg.Connection[Any], relation: str, statement: str
) -> None:
    with pytest.raises(REFUSED):
        reader.execute(statement.format(relation))


def stores(conn: psycopg.Connection[Any]) -> list[str]:
    """Returns the hypertables and chunks behind market."""
    rows = conn.execute(
        "select format('%I.%I', schemaname, tablename) from pg_tables"
        " where schemaname = '_timescaledb_internal' and tablename ~ '(hyper|hypertable)_'"
    ).fetchall()
    return [name for (name,) in rows]


def test_reader_reaches_no_chunk_to_write(
    filled: psycopg.Connection[Any], reader: psycopg.Connection[Any]
) -> None:
    found = stores(filled)
    assert found
    for store in found:
        for statement in (
            "delete from {}",
            "truncate {}",
            "drop table {}",
            "update {} set symbol = ''",
        ):
            with pytest.raises(REFUSED):
                reader.execute(statement.format(store))


def test_reader_does_not_see_ops(
    filled: psycopg.Connection[Any], reader: psycopg.Connection[Any]
) -> None:
    found = filled.execute(
        "select format('ops.%I', relname) from pg_class"
        " where relnamespace = 'ops'::regnamespace and relkind in ('r', 'v')"
    ).fetchall()
    assert len(found) >= 5
    for (relation,) in found:
        with pytest.raises(pg.InsufficientPrivilege, match="permission denied for schema ops"):
            reader.execute(f"select * from {relation}")


@pytest.mark.community
def test_reader_refreshes_nothing_and_runs_no_job(
    filled: psycopg.Connection[Any], reader: psycopg.Connection[Any]
) -> None:
    with pytest.raises(pg.InsufficientPrivilege):
        reader.execute("call refresh_continuous_aggregate('market.candles_1m', null, null)")
    for (job,) in filled.execute(
        "select job_id from timescaledb_information.jobs where owner::text = 'stockpulse_owner'"
    ).fetchall():
        with pytest.raises(pg.InsufficientPrivilege):
            reader.execute("call run_job(%s)", [job])
        with pytest.raises(pg.InsufficientPrivilege):
            reader.execute("select delete_job(%s)", [job])


@pytest.mark.apache
def test_reader_refreshes_nothing(reader: psycopg.Connection[Any]) -> None:
    with pytest.raises(pg.InsufficientPrivilege):
        reader.execute("call market.refresh_candles()")


@pytest.fixture
def login(filled: psycopg.Connection[Any], url: str) -> Iterator[psycopg.Connection[Any]]:
    """A person's own login, made a reader."""
    role = names.unique("analyst")
    filled.execute("call ops.add_reader(%s)", [role])
    filled.execute(f"alter role {role} password 'secret'")
    theirs = make_conninfo(url, user=role, password="secret")
    try:
        with psycopg.connect(theirs, autocommit=True) as conn:
            yield conn
    finally:
        filled.execute(f"drop role {role}")


def test_login_of_a_reader_is_read_only_and_limited(login: psycopg.Connection[Any]) -> None:
    assert login.execute("select count(*) from market.ticks").fetchone() == (2,)
    assert [
        login.execute(f"show {name}").fetchone()
        for name in (
            "statement_timeout",
            "default_transaction_read_only",
            "idle_in_transaction_session_timeout",
        )
    ] == [("30s",), ("on",), ("1min",)]
    with pytest.raises(pg.ReadOnlySqlTransaction):
        login.execute("select lo_create(0)")


def test_readers_limit_ends_what_runs_longer(login: psycopg.Connection[Any]) -> None:
    login.execute("set statement_timeout = '50ms'")
    with pytest.raises(pg.QueryCanceled, match="statement timeout"):
        login.execute("select pg_sleep(30)")


@pytest.mark.parametrize("role", ["stockpulse_owner", "stockpulse_loader", "postgres"])
def test_login_of_a_reader_takes_no_other_role(login: psycopg.Connection[Any], role: str) -> None:
    with pytest.raises(pg.InsufficientPrivilege):
        login.execute(f"set role {role}")


def test_temporary_tables_are_for_the_loader_alone(empty_database: str) -> None:
    """In a database that was migrated itself: a copy has not the privileges of its template."""
    migrate.upgrade(empty_database)
    statement = "create temporary table mine (n integer)"
    with support.as_role(empty_database, "stockpulse_reader") as reader:
        reader.execute("set default_transaction_read_only = off")
        with pytest.raises(pg.InsufficientPrivilege):
            reader.execute(statement)
    with support.as_role(empty_database, "stockpulse_loader") as loader:
        loader.execute(statement)


def test_known_role_becomes_a_reader_under_the_limits_of_the_day(
    filled: psycopg.Connection[Any],
) -> None:
    conn, role = filled, names.unique("with space ")
    conn.execute(f'create role "{role}" login')
    try:
        conn.execute("call ops.add_reader(%s)", [role])
        conn.execute("call ops.add_reader(%s)", [role])
        row = conn.execute(
            "select pg_has_role(%s, 'stockpulse_reader', 'usage'), setconfig"
            " from pg_db_role_setting where setrole = %s::regrole",
            [role, f'"{role}"'],
        ).fetchone()
        limits = conn.execute(
            "select setconfig from pg_db_role_setting"
            " where setrole = 'stockpulse_reader'::regrole and setdatabase = 0"
        ).fetchone()
    finally:
        conn.execute(f'drop role "{role}"')
    assert limits is not None
    assert row == (True, limits[0])


def test_whole_cluster_may_not_connect_its_way_to_ticks(
    filled: psycopg.Connection[Any], url: str
) -> None:
    """A role of nobody's sees nothing of ours."""
    role = names.unique("stranger")
    filled.execute(f"create role {role}")
    try:
        with support.as_role(url, role) as stranger:
            for relation in RELATIONS:
                with pytest.raises(pg.InsufficientPrivilege):
                    stranger.execute(f"select * from market.{relation}")
    finally:
        filled.execute(f"drop role {role}")


# What the loader's statements are given here; those that others add are given nulls.
VALUES: dict[str, Any] = {
    "cluster_id": "c",
    "detail": "d",
    "duplicates": 0,
    "first": 0,
    "firsts": [0],
    "id": 1,
    "ids": [1],
    "key": b"k",
    "late": 0,
    "limit": 1,
    "loader": "host 1",
    "newest": None,
    "next": 0,
    "next_offset": 5,
    "nexts": [1],
    "offset": 0,
    "offsets": "{}",
    "oldest": None,
    "partition": 0,
    "partitions": [0],
    "reason": "r",
    "rejects": 0,
    "rows": 0,
    "seconds": 0.5,
    "since": [START],
    "source": "s",
    "symbols": ["AAPL"],
    "topic": "t",
    "topic_id": None,
    "topics": ["t"],
    "until": [START + support.MINUTE],
    "value": b"v",
}
APACHE_ONLY = {"add_changes", "apply_retention", "refresh_candles"}


@pytest.mark.parametrize("name", sorted(file.stem for file in QUERIES.glob("*.sql")))
def test_loader_may_run_its_statements(loader: psycopg.Connection[Any], name: str) -> None:
    if name in APACHE_ONLY and edition.kind_of(loader) != "apache":
        pytest.skip("needs TimescaleDB apache: on Community jobs of the owner do it")
    statement = sql.load("ingest", name)
    values = {key: VALUES.get(key) for key in re.findall(r"%\((\w+)\)s", statement)}
    with loader.transaction(force_rollback=True):
        if "staging" in name:
            loader.execute(sql.load("ingest", "make_staging"))
        if statement.startswith("copy"):
            with loader.cursor().copy(statement) as copy:
                copy.write_row((START, "NEW", "sim", "1", None, None, None, "n", 1))
        else:
            loader.execute(statement, values)


LOADER_REFUSED = [
    *CREATES,
    "select * from market.ticks",
    "select count(*) from market.ticks",
    "select ts from market.ticks",
    "update market.ticks set price = 1",
    "delete from market.ticks",
    "truncate market.ticks",
    "insert into market.ticks select * from market.ticks",
    "delete from market.instruments",
    "update market.instruments set primary_source = 'mine'",
    "update market.instruments set symbol = 'mine'",
    "delete from ops.kafka_offsets",
    "truncate ops.kafka_offsets",
    "update ops.rejects set reason = 'mine'",
    "update ops.load_batches set tick_rows = 0",
    "delete from ops.load_batches",
    "update ops.lifecycle set keep = null",
    "insert into ops.floors values ('mine')",
    "update ops.floors set floor_ts = 'infinity'",
    *(f"select * from market.candles_{level}" for level in LEVELS),
    *(f"delete from market.candles_{level}" for level in LEVELS),
]  # fmt: skip


@pytest.mark.parametrize("statement", LOADER_REFUSED)
def test_loader_may_do_nothing_else(loader: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(REFUSED):
        loader.execute(statement)


def test_loader_reaches_neither_chunks_nor_stored_candles(
    filled: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    found = stores(filled)
    if edition.kind_of(filled) == "apache":
        found += [f"ops.candles_{level}" for level in LEVELS]
    for store in found:
        for statement in ("select * from {}", "delete from {}", "drop table {}"):
            with pytest.raises(REFUSED):
                loader.execute(statement.format(store))


@pytest.mark.apache
def test_loader_adds_to_the_log_of_changes_and_takes_nothing_from_it(
    loader: psycopg.Connection[Any],
) -> None:
    loader.execute(
        "insert into ops.candle_changes values (null, %s, %s)", [START, START + support.MINUTE]
    )
    for statement in (
        "select * from ops.candle_changes",
        "delete from ops.candle_changes",
        "update ops.candle_watermarks set watermark = 'infinity'",
        "select ops.take_candle_changes(now())",
        "call ops.make_candles('1m', 'ticks', '1 min', '{\"(AAPL,-infinity,infinity)\"}')",
    ):
        with pytest.raises(REFUSED):
            loader.execute(statement)


def test_owner_may_not_become_more(filled: psycopg.Connection[Any]) -> None:
    row = filled.execute(
        "select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
        " from pg_roles where rolname = 'stockpulse_owner'"
    ).fetchone()
    assert row == (False,) * 5
