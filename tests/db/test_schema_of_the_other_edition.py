"""A schema that was made on one edition of TimescaleDB is not used on the other."""

import psycopg
import pytest

from db import migrate
from db.connect import DatabaseRefused
from ingest.store.store import Store

SAID = "the schema was made on the .* edition of TimescaleDB, but the server runs the .* edition"


@pytest.fixture
def foreign(fresh_database: str) -> str:
    """A database with the tables that tell one edition from the other the wrong way round."""
    with psycopg.connect(fresh_database) as conn:
        row = conn.execute("select to_regclass('ops.refreshed') is not null").fetchone()
        mine, other = "refreshed", "candle_watermarks"
        if row == (False,):
            mine, other = other, mine
        conn.execute(f"alter table ops.{mine} rename to former_{mine}")
        conn.execute(f"create table ops.{other} (relation text)")
    return fresh_database


def test_migrate_refuses_it(foreign: str) -> None:
    with pytest.raises(DatabaseRefused, match=SAID):
        migrate.upgrade(foreign)


def test_a_loader_refuses_it(foreign: str) -> None:
    with pytest.raises(DatabaseRefused, match=SAID):
        Store(foreign)
