"""The loader's role may run the loader's statements, and do nothing else."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psycopg
import pytest

from db import edition, sql
from tests.db import support
from tests.db.roles import CREATES, REFUSED, START, stores
from tests.db.support import RELATIONS

QUERIES = sorted(
    (f"ingest.{file.parents[1].name}", file.stem)
    for file in (Path(__file__).parents[2] / "ingest").glob("*/queries/*.sql")
    # `stockpulse gaps` and `verify --against venue` read trades, as the owner
    if file.parts[-3] not in ("feed", "klines")
    and file.parts[-3:] != ("monitor", "queries", "wal.sql")  # for members of pg_monitor
)

# What the loader's statements are given here; those that others add are given nulls.
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
    "kind": "trade",
    "batch": 1,
    "batch_name": "b",
    "messages": 0,
    "stored": 0,
    "amended": 0,
    "rejected": 0,
    "ignored": 0,
    "trades": 0,
    "quotes": 0,
    "bars": 0,
    "lines": "[]",
    "replayed": False,
    "refill": False,
    "value": b"v",
    "markers": "[]",
    "failures": 0,
    "history": "h",
    "next_at": START,
    "now": START,
    "scope": "0",
    "slot": START,
    "state": "done",
}
APACHE_ONLY = {"add_candle_changes", "apply_retention", "refresh_candles"}
COMMUNITY_ONLY = {"flush_late_events"}
ENDS_TRANSACTIONS = {"flush_late_events"}
# Their values are single moments, not arrays.
OF_ONE_RANGE = {"count_events", "count_replacements", "replace_range"}
OF_ONE_RANGE |= {"ask_again", "claim", "count_due", "describe_instrument", "not_stored", "states"}
OF_ONE_RANGE |= {"purge_rejects", "reject_reasons", "rejects", "start_bars"}
USES_STAGING = {"store_trades", "store_quotes"}


@pytest.mark.parametrize(("package", "name"), QUERIES)
def test_loader_may_run_its_statements(
    loader: psycopg.Connection[Any], package: str, name: str
) -> None:
    if name in APACHE_ONLY and edition.kind_of(loader) != "apache":
        pytest.skip("needs TimescaleDB apache: on Community jobs of the owner do it")
    if name in COMMUNITY_ONLY and edition.kind_of(loader) != "community":
        pytest.skip("needs TimescaleDB community: elsewhere late ticks need not wait")
    statement = sql.load(package, name)
    values = {key: VALUES.get(key) for key in re.findall(r"%\((\w+)\)s", statement)}
    if name == "add_candle_changes":
        values["kind"] = "trades"  # of the tree, not of an event
    if name in OF_ONE_RANGE:
        values |= {"symbol": "AAPL", "since": START, "until": START + support.MINUTE}
    with nullcontext() if name in ENDS_TRANSACTIONS else loader.transaction(force_rollback=True):
        if name in USES_STAGING:
            loader.execute(sql.load("ingest.store", "make_staging"))
        if statement.startswith("copy"):
            with loader.cursor().copy(statement) as copy:
                copy.write_row((START, "NEW", "sim", "1", None, None, None, "n", 1))
        else:
            loader.execute(statement, values)


LOADER_REFUSED = [
    *CREATES,
    *(
        statement.format(relation)
        for relation in ("trades", "quotes")
        for statement in (
            "select * from market.{}",
            "select count(*) from market.{}",
            "select ts from market.{}",
            "update market.{} set batch = 1",
            "delete from market.{}",
            "truncate market.{}",
            "insert into market.{0} select * from market.{0}",
        )
    ),
    "select * from market.ticks",
    "delete from market.instruments",
    "update market.instruments set primary_source = 'mine'",
    "update market.instruments set symbol = 'mine'",
    "insert into market.sources (source, rule_set) values ('mine', 'alpaca')",
    "update market.sources set negative_prices = false",
    "delete from market.bar_rules",
    "insert into market.rule_sets (rule_set, description) values ('mine', 'mine')",
    "delete from ops.kafka_offsets",
    "truncate ops.kafka_offsets",
    "update ops.rejects set reason = 'mine'",
    "update ops.load_batches set trades = 0",
    "delete from ops.load_batches",
    "select setval('ops.load_batch_ids', 1)",
    "select new_price from ops.amendments",
    "select * from ops.amendments",
    "insert into ops.amendments (topic) values ('mine')",
    "update ops.amendments set action = 'replace'",
    "delete from ops.amendments",
    "delete from ops.replacements",
    "update ops.late_events set price = 1",
    "truncate ops.late_events",
    "insert into ops.backfills values ('sim', 'A', '-infinity', now())",
    "delete from ops.backfills",
    "update ops.rules_version set version = 1",
    "update ops.lifecycle set keep = null",
    "insert into ops.retention_floors values ('mine')",
    "update ops.retention_floors set floor_ts = 'infinity'",
    "select * from ops.store_staged('trade', false, false)",
    "select ops.apply_amendment(1)",
    "select * from ops.identities('trade', 'AAPL', 'sim', '{1}', '-infinity', 'infinity')",
    *(f"select * from market.{relation}" for relation in RELATIONS),
    *(f"delete from market.{relation}" for relation in RELATIONS),
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
        found += [f"ops.{relation}" for relation in RELATIONS]
    for store in found:
        for statement in ("select * from {}", "delete from {}", "drop table {}"):
            with pytest.raises(REFUSED):
                loader.execute(statement.format(store))


@pytest.mark.apache
def test_loader_adds_to_the_log_of_changes_and_takes_nothing_from_it(
    loader: psycopg.Connection[Any],
) -> None:
    loader.execute(
        "insert into ops.candle_changes values ('trades', null, %s, %s)",
        [START, START + support.MINUTE],
    )
    for statement in (
        "select * from ops.candle_changes",
        "delete from ops.candle_changes",
        "update ops.candle_watermarks set watermark = 'infinity'",
        "select ops.take_candle_changes('trades', now())",
        "call ops.make_candles('candles_1m', '{\"(AAPL,-infinity,infinity)\"}')",
    ):
        with pytest.raises(REFUSED):
            loader.execute(statement)
