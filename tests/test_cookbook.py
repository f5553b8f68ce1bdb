"""Every query of docs/sql.md returns the documented result and reads only the chunks it needs."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from stack.database import Database
from tests import cookbook, support
from tests.db import chunks
from tests.db import support as db_support
from tests.db.chunks import Chunk

RECIPES = cookbook.recipes()
TIME = re.compile(r"'(2026-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?)'")

# How far a query reads before the earliest time in its text: the previous close may be from the
# trading day before.
LOOKS_BACK = {
    "Candles without gaps": timedelta(days=1),
    "VWAP and TWAP": timedelta(days=1),
    "Biggest movers": timedelta(days=1),
    "The price at given times": timedelta(days=1),
    "Daily candles of trading sessions": timedelta(days=1),
    "Rolling volatility": timedelta(days=1),
}
LOOKS_AHEAD = {"Daily candles of trading sessions": timedelta(days=2)}
# Queries over all symbols read every segment of the columnstore.
ALL_SYMBOLS = {"Biggest movers"}
# Queries without a time read the newest rows: the last days of AAPL, the last chunk of the others.
NEWEST = {
    "The last candle": datetime(2026, 3, 9, tzinfo=UTC),
    "The latest tick of every symbol": datetime(2026, 3, 9, tzinfo=UTC),
}


@pytest.fixture(scope="module", params=["ticks", "candles", "columnstore"])
def market(request: pytest.FixtureRequest, database: Database, template: str) -> Iterator[str]:
    """The market with candles computed on read, with stored candles, and with columnar chunks."""
    if request.param == "columnstore" and database.edition != "community":
        pytest.skip("needs TimescaleDB community: Apache-2 has no columnstore")
    with support.database_like(database.url, template) as url:
        with db_support.connect(url) as conn:
            cookbook.fill(conn)
            if request.param != "ticks":
                db_support.refresh_all(conn)
            if request.param == "columnstore":
                compress(conn)
            conn.execute("analyze")
        yield url


def compress(conn: psycopg.Connection[Any]) -> None:
    for level in ("ticks", *db_support.names(conn)):
        conn.execute(
            "select compress_chunk(chunk) from show_chunks(ops.store_of(%s)) as chunk", [level]
        )


@pytest.fixture
def reader(market: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(market, autocommit=True, options=cookbook.OPTIONS) as conn:
        yield conn


def test_every_query_has_a_documented_result() -> None:
    text = cookbook.DOCUMENT.read_text()
    assert len(RECIPES) == text.count("```sql\n") >= 15
    assert all(answer for _, answer in RECIPES.values())


@pytest.mark.parametrize("title", RECIPES)
def test_query_returns_the_documented_result(reader: psycopg.Connection[Any], title: str) -> None:
    """Rewritten by `python -m tests.cookbook --write`."""
    query, answer = RECIPES[title]
    assert cookbook.answer(reader, query) == answer


@pytest.mark.parametrize("title", RECIPES)
def test_query_reads_only_the_chunks_it_needs_by_index(
    request: pytest.FixtureRequest, market: str, title: str
) -> None:
    if "[ticks-" in request.node.name:
        pytest.skip("needs stored candles: without them all earlier ticks are read")
    query, _ = RECIPES[title]
    with psycopg.connect(market, autocommit=True, options="-c timezone=UTC") as conn:
        levels = ["ticks", *db_support.names(conn)]
        known = chunks.named(conn, levels)
        newest = {chunks.of(conn, level)[-1] for level in levels}
        found = chunks.read(conn, known, query)
    wanted = {chunk for chunk in known.values() if is_needed(title, query, chunk)} | newest
    assert len(wanted) < len(set(known.values())) / 2
    assert found.chunks
    assert found.chunks - wanted == set()
    assert found.whole == set() or ("columnstore" in request.node.name and title in ALL_SYMBOLS)


@pytest.mark.parametrize(
    "query, whole",
    [
        ("select count(*) from market.ticks where symbol = 'AAPL'", False),
        ("select * from market.ticks where price > 1", True),
    ],
    ids=["no range of time", "no index"],
)
def test_query_that_reads_too_much_is_detected(market: str, query: str, whole: bool) -> None:
    with psycopg.connect(market, autocommit=True, options="-c timezone=UTC") as conn:
        known = chunks.named(conn, ["ticks"])
        found = chunks.read(conn, known, query)
    assert len(found.chunks) > 30
    assert bool(found.whole) == whole


def is_needed(title: str, query: str, chunk: Chunk) -> bool:
    """Returns whether a chunk has rows within the times of a query."""
    times = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in TIME.findall(query)]
    since = min(times) if times else NEWEST[title]
    until = max(times) if times else datetime.max.replace(tzinfo=UTC)
    since -= LOOKS_BACK.get(title, timedelta())
    until += LOOKS_AHEAD.get(title, timedelta())
    return chunk.start < until and chunk.end > since
