"""A vendor's day, published and loaded by the real commands, and what the account of it has."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import psycopg

from tests.faults.loaders import Loaders

ACCOUNT = """
select
    sum(stored), sum(duplicates), sum(amended), sum(rejected),
    sum(messages) = sum(stored + duplicates + amended + rejected + ignored)
from ops.load_batches
"""


def publish(loaders: Loaders, topic: str, *words: str) -> int:
    """Publishes by `stockpulse publish`; returns how many it reports."""
    publisher = loaders.run("publish", *words, "--topic", topic)
    assert publisher.wait(300) == 0, publisher.output[-2000:]
    return int(publisher.output.splitlines()[-1].partition(" ")[0])


def account(conn: psycopg.Connection[Any]) -> dict[str, int]:
    """Returns the messages stored, known, amended and rejected, which have to add up."""
    *counts, adds_up = conn.execute(ACCOUNT).fetchone() or ()
    assert adds_up
    return dict(zip(("stored", "duplicates", "amended", "rejected"), counts, strict=True))


def levels(conn: psycopg.Connection[Any], kind: str) -> list[tuple[str, timedelta]]:
    """Returns (relation, width) of the candles of `trades` or `quotes`."""
    return conn.execute(
        "select relation, width from ops.lifecycle where kind = %s and width is not null"
        ' order by "position"',
        [kind],
    ).fetchall()


def rows(conn: psycopg.Connection[Any], relation: str, columns: Iterable[str]) -> list[Any]:
    """Returns the columns of all candles of a relation of the schema market, in order."""
    return conn.execute(
        f"select {', '.join(columns)} from market.{relation} order by bucket, symbol, source"
    ).fetchall()
