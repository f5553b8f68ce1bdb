"""The driver's errors are translated to one line each: the database is away, or it refuses."""

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from psycopg import errors as pg
from psycopg import sql as pg_sql
from psycopg.conninfo import make_conninfo

from db import connect, edition, sql
from db.connect import DatabaseAway, DatabaseRefused
from db.errors import SettingsError
from stack.database import Database
from stack.server.ports import free_ports
from tests import support

TRANSLATED = {
    "unknown table": (
        "select * from market.nothing",
        DatabaseRefused,
        'relation "market.nothing" does not exist;'
        " has `stockpulse migrate` been run on this database?",
    ),
    "unknown schema": (
        "create table nowhere.nothing (n integer)",
        DatabaseRefused,
        'schema "nowhere" does not exist; has `stockpulse migrate` been run on this database?',
    ),
    "unknown function": (
        "select market.nothing()",
        DatabaseRefused,
        "has `stockpulse migrate` been run on this database?",
    ),
    "no privilege": (
        "set local role stockpulse_reader; delete from market.trades",
        DatabaseRefused,
        "the database refused: permission denied for table trades",
    ),
    "a constraint": (
        "insert into market.instruments (symbol) values ('')",
        DatabaseRefused,
        'the database refused: new row for relation "instruments" violates check constraint'
        ' "instruments_symbol_length". Failing row contains (',
    ),
    "a hint": (
        "select * from market.candles('AAPL', '7m')",
        DatabaseRefused,
        "unknown timeframe '7m'",
    ),
    "too many connections": (
        "do $$ begin raise exception using errcode = '53300', message = 'sorry, too many'; end $$",
        DatabaseAway,
        "the database cannot be reached: sorry, too many",
    ),
    "a full disk": (
        "do $$ begin raise exception using errcode = '53100', message = 'disk full'; end $$",
        DatabaseAway,
        "the database cannot be reached: disk full",
    ),
    "a lock timeout": (
        "do $$ begin raise exception using errcode = '55P03', message = 'lock timeout'; end $$",
        DatabaseAway,
        "waited too long for a lock that another session holds: lock timeout",
    ),
    "a terminated connection": (
        "select pg_terminate_backend(pg_backend_pid())",
        DatabaseAway,
        "the database cannot be reached: terminating connection due to administrator command",
    ),
}


@pytest.mark.parametrize("statement, kind, complaint", TRANSLATED.values(), ids=TRANSLATED.keys())
def test_errors_of_the_server_are_translated(
    fresh_database: str, statement: str, kind: type[Exception], complaint: str
) -> None:
    with (
        psycopg.connect(fresh_database) as conn,
        pytest.raises(kind) as caught,
        connect.translated(),
    ):
        conn.execute(statement)
    message = str(caught.value)
    assert complaint in message
    assert "\n" not in message
    assert isinstance(caught.value.__cause__, psycopg.Error)


def test_closed_connection_is_away(fresh_database: str) -> None:
    conn = psycopg.connect(fresh_database)
    conn.close()
    with pytest.raises(DatabaseAway, match="the connection is closed"), connect.translated():
        conn.execute("select 1")


def test_other_errors_are_not_translated() -> None:
    with pytest.raises(KeyError), connect.translated():
        raise KeyError("other")


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that is bound but refuses connections."""
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_missing_server_is_away(deaf_port: int) -> None:
    with pytest.raises(DatabaseAway, match=r"^the database cannot be reached: .*refused"):
        connect.connect(f"host=127.0.0.1 port={deaf_port} dbname=x", application_name="test")


UNUSABLE = {
    "a wrong password": ({"password": "wrong"}, "password authentication failed"),
    "no such database": ({"dbname": "nowhere"}, 'database "nowhere" does not exist'),
}


@pytest.mark.parametrize("change, complaint", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_failed_login_is_reported_in_one_line(
    database: Database, change: dict[str, str], complaint: str
) -> None:
    with pytest.raises(DatabaseRefused) as caught:
        connect.connect(make_conninfo(database.url, **change), application_name="test")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_each_host_of_an_address_is_told_of_once(database: Database) -> None:
    at = urlsplit(database.url)
    [closed] = free_ports(1)
    address = make_conninfo(
        database.url, host="127.0.0.1,localhost", port=f"{closed},{at.port}", dbname="nowhere"
    )
    with pytest.raises(DatabaseRefused) as caught:
        connect.connect(address, application_name="test")
    assert str(caught.value) == (
        f"the database refused: 127.0.0.1 port {closed}: Connection refused;"
        f' localhost port {at.port}: database "nowhere" does not exist'
    )


PASSWORD = "p%40s:/?#[w]@d $1"


@pytest.fixture
def login(database: Database) -> Iterator[str]:
    """The name of a superuser with a password that needs care."""
    name = support.unique("login")
    with psycopg.connect(database.url, autocommit=True) as conn:
        conn.execute(
            pg_sql.SQL("create role {} login superuser password {}").format(
                pg_sql.Identifier(name), PASSWORD
            )
        )
    try:
        yield name
    finally:
        support.execute(database.url, "drop role {name}", name=name)


ADDRESSES = {
    "encoded": "postgresql://{login}:{encoded}@{at}/{database}",
    "the short scheme": "postgres://{login}:{encoded}@{at}/{database}",
    "SQLAlchemy's scheme": "postgresql+psycopg://{login}:{encoded}@{at}/{database}",
    "key and value": "host={host} port={port} dbname={database} user={login} password='{password}'",
    "two hosts": "postgresql://{login}:{encoded}@127.0.0.1:1,{at}/{database}"
    "?target_session_attrs=read-write",
    "options": "postgresql://{login}:{encoded}@{at}/{database}"
    "?options=-c%20statement_timeout%3D9000&application_name=mine",
}


@pytest.mark.parametrize("form", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_every_form_of_an_address_connects(database: Database, login: str, form: str) -> None:
    at = urlsplit(database.url)
    url = form.format(
        login=login,
        encoded=quote(PASSWORD, safe=""),
        password=PASSWORD,
        at=f"{at.hostname}:{at.port}",
        host=at.hostname,
        port=at.port,
        database=at.path.removeprefix("/"),
    )
    with connect.connect(url, application_name="test") as conn:
        assert conn.execute("select session_user").fetchone() == (login,)


def test_a_server_without_tls_is_told_as_such(database: Database) -> None:
    with pytest.raises(DatabaseRefused, match="does not support SSL, but SSL was required"):
        connect.connect(make_conninfo(database.url, sslmode="require"), application_name="test")


def test_invalid_address_is_refused_in_one_line() -> None:
    with pytest.raises(SettingsError) as caught:
        connect.connect("no address", application_name="test")
    assert "\n" not in str(caught.value)


def test_connection_sets_its_application_name(fresh_database: str) -> None:
    with connect.connect(fresh_database, application_name="stockpulse test") as conn:
        assert conn.execute("show application_name").fetchone() == ("stockpulse test",)
        assert conn.execute("show client_encoding").fetchone() == ("UTF8",)


def test_edition_is_read_from_the_server(database: Database, conn: psycopg.Connection[Any]) -> None:
    found = edition.read(conn)
    assert (found.kind, found.timescaledb) == (database.edition, database.timescaledb)
    assert str(found) == (
        f"TimescaleDB {database.timescaledb} {database.edition}, PostgreSQL {database.postgres}"
    )


def test_edition_is_known_before_the_extension_is_created(
    database: Database, empty_database: str
) -> None:
    with psycopg.connect(empty_database) as conn:
        assert edition.kind_of(conn) == database.edition


def test_statement_is_loaded_by_name() -> None:
    assert sql.load("db", "license") == "select current_setting('timescaledb.license', true)"
    with pytest.raises(FileNotFoundError):
        sql.load("db", "nothing")


@pytest.mark.parametrize(
    "error, away",
    [
        (pg.ConnectionFailure(), True),
        (pg.AdminShutdown(), True),
        (pg.CannotConnectNow(), True),
        (pg.IoError(), True),
        (pg.LockNotAvailable(), True),
        (pg.QueryCanceled(), False),
        (pg.SerializationFailure(), False),
        (pg.UniqueViolation(), False),
        (psycopg.OperationalError("connection refused"), True),
        (psycopg.InterfaceError("closed"), True),
        (psycopg.ProgrammingError("wrong placeholders"), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_outage_is_distinguished_from_a_refusal(error: psycopg.Error, away: bool) -> None:
    assert connect.is_away(error) is away
