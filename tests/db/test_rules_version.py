"""A change of the rules is counted, and waits for the loaders that store under the old ones."""

import threading
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from tests.db import loading, support
from tests.support import wait_until

CHANGES = [
    "insert into market.rule_sets (rule_set, description) values ('mine', 'my own')",
    "update market.rule_sets set regular_hours = null where rule_set = 'massive'",
    "update market.bar_rules set volume = false where rule_set = 'all'",
    "delete from market.bar_rules where rule_set = 'all'",
    "truncate market.bar_rules",
    "insert into market.bar_rules (rule_set, kind, tape, code, session, open_close, high_low,"
    " volume) values ('all', 'day', 'A', 'X', '*', 'no', false, true)",
    "update market.sources set rule_set = 'alpaca' where source = 'sim'",
    "update market.sources set negative_prices = false where source = 'sim'",
    "update market.sources set wide_quote_ratio = 2 where source = 'sim'",
    "update market.sources set id_scope = 'series' where source = 'sim'",
    "insert into market.sources (source, rule_set) values ('mine', 'alpaca')",
    "insert into market.sources (source, wide_quote_ratio) values ('mine', 2)",
    "delete from market.sources where source = 'yahoo'",
]
NO_CHANGES = [
    "insert into market.sources (source) values ('mine')",
    "insert into market.sources (source) values ('sim') on conflict do nothing",
    "update market.sources set calendar = 'XNYS'",
]


def version(conn: psycopg.Connection[Any]) -> int:
    row = conn.execute("select version from ops.rules_version").fetchone()
    assert row is not None
    return int(row[0])


def test_a_migrated_database_has_version_one(conn: psycopg.Connection[Any]) -> None:
    assert version(conn) == 1


@pytest.mark.parametrize("statement", CHANGES)
def test_each_change_of_the_rules_is_counted(conn: psycopg.Connection[Any], statement: str) -> None:
    conn.execute(statement)  # type: ignore[call-overload]
    assert version(conn) == 2


@pytest.mark.parametrize("statement", NO_CHANGES)
def test_the_rest_is_none(conn: psycopg.Connection[Any], statement: str) -> None:
    conn.execute(statement)  # type: ignore[call-overload]
    assert version(conn) == 1


def test_a_loader_adds_sources_with_the_defaults_alone(fresh_database: str) -> None:
    with loading.loader(fresh_database) as loader, loader.transaction():
        loader.execute(loading.LOCK.format(loading.SHARED))  # type: ignore[arg-type]
        loader.execute("insert into market.sources (source) values ('new') on conflict do nothing")
        with pytest.raises(pg.InsufficientPrivilege), loader.transaction():
            loader.execute("insert into market.sources (source, id_scope) values ('x', 'series')")


def test_a_change_waits_for_loaders_under_way(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    def change() -> None:
        with support.connect(fresh_database) as other:
            other.execute(CHANGES[2])  # type: ignore[call-overload]

    changing = threading.Thread(target=change)
    with loading.loader(fresh_database) as loader, loader.transaction():
        loader.execute(loading.LOCK.format(loading.SHARED))  # type: ignore[arg-type]
        assert version(loader) == 1
        changing.start()
        waits = "select exists (select from pg_locks where not granted and relation = %s::regclass)"
        wait_until(
            lambda: conn.execute(waits, ["ops.kafka_offsets"]).fetchone() == (True,),
            "the change waits",
        )
        assert version(conn) == 1
    changing.join(30)
    assert version(conn) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "insert into market.sources (source) values ('Kraken')",
        "insert into market.sources (source) values ('')",
        "insert into market.sources (source, id_scope) values ('x', 'day')",
        "insert into market.sources (source, wide_quote_ratio) values ('x', 1)",
        "insert into market.sources (source, rule_set) values ('x', 'unknown')",
        "delete from market.rule_sets where rule_set = 'alpaca'",  # a source uses it
    ],
)
def test_impossible_settings_are_refused(conn: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(pg.IntegrityError):
        conn.execute(statement)  # type: ignore[call-overload]
