"""The loader's role may run the loader's statements and nothing else."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psycopg
import pytest

from db import edition, sql
from tests.db import support
from tests.db.roles import CREATES, REFUSED, START, candle_relations, stores

QUERIES = {
    file.stem: f"ingest.{file.parents[1].name}"
    for file in (Path(__file__).parents[2] / "ingest").glob("*/queries/*.sql")
}

# Values for the parameters of the loader's statements; all others are null.
VALUES: dict[str, Any] = {
    "cluster_id": "c",
    "corrections": 0,
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
APACHE_ONLY = {"add_candle_changes", "apply_retention", "refresh_candles"}
COMMUNITY_ONLY = {"flush_late_ticks"}
ENDS_TRANSACTIONS = {"flush_late_ticks"}


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_loader_may_run_its_statements(loader: psycopg.Connection[Any], name: str) -> None:
    if name in APACHE_ONLY and edition.kind_of(loader) != "apache":
        pytest.skip("needs TimescaleDB apache: on Community the owner's jobs do this")
    if name in COMMUNITY_ONLY and edition.kind_of(loader) != "community":
        pytest.skip("needs TimescaleDB community: only there late ticks wait")
    statement = sql.load(QUERIES[name], name)
    values = {key: VALUES.get(key) for key in re.findall(r"%\((\w+)\)s", statement)}
    with nullcontext() if name in ENDS_TRANSACTIONS else loader.transaction(force_rollback=True):
        if "staging" in name:
            loader.execute(sql.load("ingest.store", "make_staging"))
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
    "insert into ops.tick_corrections (topic) values ('mine')",
    "update ops.tick_corrections set action = 'replace'",
    "delete from ops.tick_corrections",
    "delete from ops.replacements",
    "update ops.late_ticks set price = 1",
    "truncate ops.late_ticks",
    "update ops.lifecycle set keep = null",
    "insert into ops.retention_floors values ('mine')",
    "update ops.retention_floors set floor_ts = 'infinity'",
]  # fmt: skip


@pytest.mark.parametrize("statement", LOADER_REFUSED)
def test_loader_may_do_nothing_else(loader: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(REFUSED):
        loader.execute(statement)


def test_loader_reads_no_candles(
    filled: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    for relation in candle_relations(filled):
        for statement in ("select * from {}", "delete from {}"):
            with pytest.raises(REFUSED):
                loader.execute(statement.format(relation))


def test_loader_reaches_neither_chunks_nor_stored_candles(
    filled: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    found = stores(filled)
    if edition.kind_of(filled) == "apache":
        found += [f"ops.candles_{level}" for level in support.names(filled)]
    for store in found:
        for statement in ("select * from {}", "delete from {}", "drop table {}"):
            with pytest.raises(REFUSED):
                loader.execute(statement.format(store))


@pytest.mark.apache
def test_loader_inserts_into_the_log_of_changes_and_does_nothing_else_with_it(
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
