"""The logins of analysts: the limits that they cannot raise hold."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg
from psycopg.conninfo import make_conninfo

from tests import support as names
from tests.db import support

Login = Callable[..., str]


@pytest.fixture
def login(conn: psycopg.Connection[Any], fresh_database: str) -> Iterator[Login]:
    """Creates analysts with the given limits and returns the URL to log in with."""
    made: list[str] = []

    def make(**limits: Any) -> str:
        role = names.unique("analyst")
        made.append(role)
        named = "".join(f", {name} => %({name})s" for name in limits)
        conn.execute(f"call ops.add_analyst(%(login)s{named})", {"login": role, **limits})
        conn.execute(f"alter role {role} password 'secret'")
        return make_conninfo(fresh_database, user=role, password="secret")

    yield make
    for role in made:
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [role]
        )
        conn.execute(f"drop role {role}")


def entered(url: str) -> AbstractContextManager[psycopg.Connection[Any]]:
    return psycopg.connect(url, autocommit=True)


def shown(conn: psycopg.Connection[Any], name: str) -> str:
    row = conn.execute(f"show {name}").fetchone()
    assert row is not None
    return str(row[0])


def test_analyst_reads_market_under_limits(login: Login) -> None:
    with entered(login()) as analyst:
        assert analyst.execute("select * from market.sessions").fetchall() == []
        found = {
            name: shown(analyst, name)
            for name in (
                "statement_timeout",
                "temp_file_limit",
                "default_transaction_read_only",
                "idle_in_transaction_session_timeout",
            )
        }
    assert found == {
        "statement_timeout": "5min",
        "temp_file_limit": "2GB",
        "default_transaction_read_only": "on",
        "idle_in_transaction_session_timeout": "1min",
    }


def test_analyst_writes_nothing_even_without_read_only_mode(login: Login) -> None:
    with entered(login()) as analyst:
        analyst.execute("set default_transaction_read_only = off")
        for statement in (
            "delete from market.trades",
            "create table market.mine (n integer)",
            "select * from ops.lifecycle",
        ):
            with pytest.raises(pg.InsufficientPrivilege):
                analyst.execute(statement)


def test_connections_of_an_analyst_are_limited(login: Login) -> None:
    url = login(connections=1)
    with entered(url), pytest.raises(pg.OperationalError, match="too many connections for role"):
        psycopg.connect(url)


def test_sort_that_takes_too_much_disk_is_cancelled(login: Login) -> None:
    with entered(login(temp_file_limit="1MB")) as analyst:
        analyst.execute("set work_mem = '64kB'")
        with pytest.raises(pg.ConfigurationLimitExceeded, match="temporary file size exceeds"):
            analyst.execute(
                "select n from generate_series(1, 500000) as n order by -n offset 499999"
            )


@pytest.mark.parametrize(
    "statement",
    [
        "set temp_file_limit = -1",
        "alter role current_user connection limit -1",
        "alter role current_user set temp_file_limit = -1",
        "set role stockpulse_owner",
        "call ops.add_analyst('mine')",
    ],
)
def test_analyst_cannot_raise_its_limits(login: Login, statement: str) -> None:
    with entered(login()) as analyst:
        analyst.execute("set default_transaction_read_only = off")
        with pytest.raises(pg.InsufficientPrivilege):
            analyst.execute(statement)


def test_calling_again_changes_the_limits(conn: psycopg.Connection[Any], login: Login) -> None:
    url = login()
    role = psycopg.conninfo.conninfo_to_dict(url)["user"]
    conn.execute("call ops.add_analyst(%s, 7, '9s', '3MB')", [role])
    row = conn.execute("select rolconnlimit from pg_roles where rolname = %s", [role]).fetchone()
    assert row == (7,)
    with entered(url) as analyst:
        assert shown(analyst, "statement_timeout") == "9s"
        assert shown(analyst, "temp_file_limit") == "3MB"


def test_only_the_disk_limit_needs_a_superuser(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    maker, made = names.unique("maker"), names.unique("analyst")
    conn.execute(f"create role {maker} createrole")
    conn.execute(f"grant stockpulse_reader to {maker} with admin option")
    conn.execute(f"grant stockpulse_owner to {maker}")
    warnings: list[str] = []
    try:
        with support.as_role(fresh_database, maker) as creating:
            creating.add_notice_handler(lambda notice: warnings.append(str(notice.message_primary)))
            creating.execute("call ops.add_analyst(%s)", [made])
        row = conn.execute(
            "select rolconnlimit, rolconfig from pg_roles where rolname = %s", [made]
        ).fetchone()
    finally:
        conn.execute(f"drop role if exists {made}")
        conn.execute(f"drop owned by {maker}")
        conn.execute(f"drop role {maker}")
    assert warnings == [f"only a superuser can set temp_file_limit: {made} has no such limit"]
    assert row is not None
    assert row[0] == 3
    assert "statement_timeout=5min" in row[1]
    assert not [setting for setting in row[1] if setting.startswith("temp_file_limit")]
