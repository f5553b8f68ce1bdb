"""A reader reads market for a limited time; it writes nothing and sees nothing else."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg
from psycopg.conninfo import make_conninfo

from db import migrate
from tests import support as names
from tests.db import support
from tests.db.roles import CREATES, REFUSED, RELATIONS, stores


@pytest.mark.parametrize("relation", RELATIONS)
def test_reader_reads_market(reader: psycopg.Connection[Any], relation: str) -> None:
    assert reader.execute(f"select * from market.{relation}").fetchall()


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
        reader.execute("call refresh_continuous_aggregate('ops.candles_1m', null, null)")
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
    assert login.execute("select count(*) from market.ticks").fetchone() == (3,)
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


def test_whole_cluster_may_not_connect_its_way_to_events(
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


def test_owner_may_not_become_more(filled: psycopg.Connection[Any]) -> None:
    row = filled.execute(
        "select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
        " from pg_roles where rolname = 'stockpulse_owner'"
    ).fetchone()
    assert row == (False,) * 5
