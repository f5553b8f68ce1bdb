"""Settings that a server, a role or a database may have, none of which may change an answer."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

# Each is set by `alter database` or `alter role`.
VALUES = {
    "DateStyle": ["SQL, DMY", "German", "Postgres, MDY"],
    "IntervalStyle": ["sql_standard", "iso_8601", "postgres_verbose"],
    "TimeZone": ["America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"],
    "array_nulls": ["off"],
    "bytea_output": ["escape"],
    "client_min_messages": ["debug1", "error"],
    "default_transaction_deferrable": ["on"],
    "default_transaction_isolation": ["serializable"],
    "default_transaction_read_only": ["on"],
    "extra_float_digits": ["-15"],
    "quote_all_identifiers": ["on"],
    "row_security": ["off"],
    "search_path": ["", "pg_temp, ops, market", "public, pg_catalog"],
    "standard_conforming_strings": ["off"],
    "transform_null_equals": ["on"],
    "xmlbinary": ["hex"],
}
# Limits for people; a service that keeps to them never gets through.
TIMEOUTS = {
    "idle_in_transaction_session_timeout": ["300ms"],
    "idle_session_timeout": ["300ms"],
    "lock_timeout": ["50ms"],
    "statement_timeout": ["300ms"],
}
ALL = [(name, value) for name, values in (VALUES | TIMEOUTS).items() for value in values]
# The first value of each, at the same time.
TOGETHER = {name: values[0] for name, values in (VALUES | TIMEOUTS).items()}


@contextmanager
def strange(admin: str, url: str, settings: dict[str, str]) -> Iterator[None]:
    """Sets what every session of a database begins with; `admin` is the URL of another one."""
    name = str(conninfo_to_dict(url)["dbname"])
    _alter(admin, name, [sql.SQL("set {} to {}").format(*_parts(*one)) for one in settings.items()])
    try:
        yield
    finally:
        _alter(admin, name, [sql.SQL("reset {}").format(sql.Identifier(one)) for one in settings])


def _parts(name: str, value: str) -> tuple[sql.Identifier, sql.Composable]:
    words: list[str] = value.split(", ") if name == "search_path" else [value]
    return sql.Identifier(name), sql.SQL(", ").join(map(sql.Literal, words))


def _alter(admin: str, name: str, changes: list[sql.Composed]) -> None:
    with psycopg.connect(admin, autocommit=True) as conn:
        for change in changes:
            conn.execute(sql.SQL("alter database {} {}").format(sql.Identifier(name), change))
