"""A change is read by the index of identities, whatever else is stored of its symbols and days."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from stack.database import Database
from tests import support as names
from tests.db import support

SYMBOLS = [f"SYM{number:03}" for number in range(100)]
BATCH = 77
START = support.midnight(2) + timedelta(hours=12)
END = START + timedelta(seconds=1)
COLUMNS = "ts, symbol, source, tick_id, price, seq, batch, rules, moves"
# Of every symbol a trade per minute of two days, and two of the batch.
FILL = f"""
insert into market.trades ({COLUMNS})
select ts, symbol, 'sim', 'old', 1, 1, 1, 1, 0
from unnest(%(symbols)s::text []) as symbol
cross join generate_series(
    %(first)s::timestamptz, %(first)s::timestamptz + interval '47 hours 59 minutes', '1 minute'
) as ts;
insert into market.trades ({COLUMNS})
select
    %(start)s::timestamptz + number * interval '0.4 seconds', symbol, 'sim', 'new', 1, 1,
    %(batch)s, 1, 0
from unnest(%(symbols)s::text []) as symbol
cross join generate_series(1, 2) as number
"""
COUNT = "select count(*), count(distinct symbol) from market.changed_events(0, 9, 'trade', %s)"


@pytest.fixture(scope="module")
def full(database: Database, template: str) -> Iterator[psycopg.Connection[Any]]:
    with names.database_like(database.url, template) as url, support.connect(url) as conn:
        values = {"symbols": SYMBOLS, "first": support.midnight(3), "start": START, "batch": BATCH}
        psycopg.ClientCursor(conn).execute(FILL, values)
        batch = {"kind": "trade", "symbols": SYMBOLS, "batch": BATCH}
        ranges = [batch | {"since": str(START), "until": str(END)}]
        conn.execute("select ops.log_ranges(%s)", [json.dumps(ranges)])
        conn.execute("vacuum analyze market.trades")
        yield conn


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def test_a_batch_of_all_symbols_is_read_by_the_index_of_one_day(
    full: psycopg.Connection[Any],
) -> None:
    row = full.execute("select ops.batch_query('trade', %s, %s)", [START, END]).fetchone()
    assert row is not None
    explain = f"explain (analyze, buffers, format json) {row[0]}"
    found = psycopg.RawCursor(full).execute(explain, [1, BATCH, SYMBOLS]).fetchone()
    assert found is not None
    plan = found[0][0]["Plan"]
    scans = [node for node in nodes(plan) if node.get("Relation Name", "").startswith("_hyper")]
    assert [node["Node Type"] for node in scans] in (["Index Scan"], ["Bitmap Heap Scan"])
    assert any("trades_identity" in node.get("Index Name", "") for node in nodes(plan))
    assert scans[0]["Actual Rows"] == 200
    # of some 8,000: a few for each symbol, and one or two for each trade
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 1500


def test_a_reader_gets_the_events_of_all_symbols_or_of_a_few(
    full: psycopg.Connection[Any],
) -> None:
    assert full.execute(COUNT, [None]).fetchone() == (200, 100)
    assert full.execute(COUNT, [SYMBOLS[5:7]]).fetchone() == (4, 2)
