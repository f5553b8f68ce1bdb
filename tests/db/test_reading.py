"""The functions of analysts read the chunks in their range, by index."""

from collections.abc import Iterator

import psycopg
import pytest

from stack.database import Database
from tests import cookbook
from tests import support as databases
from tests.db import chunks, support
from tests.db.chunks import Chunk
from tests.db.support import KEPT, utc

STORED = ["trades", "quotes", *KEPT]


@pytest.fixture(scope="module")
def market(database: Database, template: str) -> Iterator[str]:
    """The market of docs/sql.md: a year of chunks, most of them a week apart."""
    with databases.database_like(database.url, template) as url:
        with support.connect(url) as conn:
            cookbook.fill(conn)
            support.refresh_all(conn)
            conn.execute("analyze")
        yield url


# What the queries of docs/sql.md, which are checked likewise, do not ask.
@pytest.mark.parametrize(
    "statement, since, until",
    [
        (
            "select * from market.candles('AAPL', '5m', '2026-03-06', '2026-03-07', null, 'null')",
            "2026-03-06",
            "2026-03-07",
        ),
        (
            "select * from market.last_candle('AAPL', '1m', '2026-03-09')",
            "2026-03-05",
            "2026-03-09",
        ),
        (
            "select market.twap('AAPL', '2026-03-06 15:00', '2026-03-07')",
            "2026-03-05",
            "2026-03-07",
        ),
        (
            "select market.vwap('AAPL', '2026-03-06 15:00:01', '2026-03-06 19:00:01')",
            "2026-03-06",
            "2026-03-07",
        ),
        (
            "select * from market.movers('2 hours', 5, '2026-03-06 16:00')",
            "2026-03-06",
            "2026-03-07",
        ),
        ("select * from market.movers('30 days', 5, '2026-03-06')", "2026-02-04", "2026-03-06"),
        (
            "select * from market.candles('AAPL', '45m', '2026-03-06', '2026-03-07')",
            "2026-03-06",
            "2026-03-07",
        ),
        ("select * from market.candles('APEX', '1w', '2026-03-02')", "2026-03-02", "2026-03-11"),
        (
            "select * from market.candles('APEX', '1h', '2026-03-06', '2026-03-11',"
            " adjustment => 'split')",
            "2026-03-06",
            "2026-03-11",
        ),
        (
            "select * from market.candles('DUKASCOPY:EUR/USD', '5m', '2026-03-09', '2026-03-10')",
            "2026-03-09",
            "2026-03-10",
        ),
        (
            "select * from market.session_candles('IBM', '2026-03-06', '2026-03-07')",
            "2026-03-04",
            "2026-03-09",
        ),
        (
            "select market.vwap(symbol, '2026-03-06 15:00', '2026-03-06 16:00')"
            " from market.instruments",
            "2026-03-06",
            "2026-03-07",
        ),
    ],
)
def test_functions_read_the_chunks_of_their_range_by_index(
    market: str, statement: str, since: str, until: str
) -> None:
    with psycopg.connect(market, autocommit=True, options="-c timezone=UTC") as conn:
        known = chunks.named(conn, STORED)
        newest = {chunks.of(conn, relation)[-1] for relation in STORED}
        found = chunks.read(conn, known, statement)
    wanted = newest | {
        chunk for chunk in known.values() if chunk.start < utc(until) and chunk.end > utc(since)
    }
    assert found.chunks
    assert found.chunks - wanted == set[Chunk]()
    assert found.whole == set()
