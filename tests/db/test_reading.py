"""The functions for analysts read only the chunks of their range, by index."""

from collections.abc import Iterator

import psycopg
import pytest

from stack.database import Database
from tests import cookbook
from tests import support as databases
from tests.db import chunks, support
from tests.db.chunks import Chunk
from tests.db.support import utc


@pytest.fixture(scope="module")
def market(database: Database, template: str) -> Iterator[str]:
    """The market of docs/sql.md: a year of chunks, most of them a week apart."""
    with databases.database_like(database.url, template) as url:
        with support.connect(url) as conn:
            cookbook.fill(conn)
            support.refresh_all(conn)
            conn.execute("analyze")
        yield url


# Calls that do not occur in docs/sql.md, whose queries are checked in the same way.
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
        levels = ["ticks", *support.names(conn)]
        known = chunks.named(conn, levels)
        newest = {chunks.of(conn, level)[-1] for level in levels}
        found = chunks.read(conn, known, statement)
    wanted = newest | {
        chunk for chunk in known.values() if chunk.start < utc(until) and chunk.end > utc(since)
    }
    assert found.chunks
    assert found.chunks - wanted == set[Chunk]()
    assert found.whole == set()
