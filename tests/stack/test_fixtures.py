"""What conftest promises to every other test."""

from collections.abc import Callable

import psycopg

from stack.broker import Broker
from stack.database import Database


def test_clones_are_migrated_and_independent(clone: Callable[[], str]) -> None:
    first, second = clone(), clone()
    with psycopg.connect(first) as conn:
        conn.execute("insert into market.instruments (symbol, asset_class) values ('X', 'stock')")
    with psycopg.connect(second) as conn:
        row = conn.execute("select count(*) from market.instruments").fetchone()
    assert row == (0,)
