"""Every query of docs/sql.md answers what stands there and reads no more than it asks for."""

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
from tests.db.support import KEPT

RECIPES = cookbook.recipes()
STORED = ["trades", "quotes", *KEPT]
TIME = re.compile(r"'(2026-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?)'")

# What a query reads before the first of the times that it names: where a close of before is wanted,
# it may be of the trading day before.
LOOKS_BACK = {
    "Candles without gaps": timedelta(days=1),
    "VWAP and TWAP": timedelta(days=1),
    "Who moved most": timedelta(days=1),
    "The price as of given times": timedelta(days=1),
    "Daily candles of trading sessions": timedelta(days=1),
    "Sessions by the daily rule": timedelta(days=2),
    "Rolling volatility": timedelta(days=1),
}
LOOKS_AHEAD = {
    "Daily candles of trading sessions": timedelta(days=2),
    "Sessions by the daily rule": timedelta(days=2),
    "The latest trade of every symbol": timedelta(days=60),
}
# Of all symbols: no segment of the columnstore is to be preferred.
ALL_SYMBOLS = {"Who moved most", "Queries of earlier projects"}
# One that names no time reads the newest rows: of AAPL the last days.
NEWEST = {"The last candle": datetime(2026, 3, 9, tzinfo=UTC)}


@pytest.fixture(scope="module", params=["events", "candles", "columnstore"])
def market(request: pytest.FixtureRequest, database: Database, template: str) -> Iterator[str]:
    """The market with candles made as they are read, stored, and with columnar chunks."""
    if request.param == "columnstore" and database.edition != "community":
        pytest.skip("needs TimescaleDB community: the other has no columnstore")
    with support.database_like(database.url, template) as url:
        with db_support.connect(url) as conn:
            cookbook.fill(conn)
            if request.param != "events":
                db_support.refresh_all(conn)
            if request.param == "columnstore":
                compress(conn)
            conn.execute("analyze")
        yield url


@pytest.fixture(scope="module")
def known(market: str) -> dict[str, Chunk]:
    """The chunks of the market by the names of their relations."""
    with psycopg.connect(market, autocommit=True, options="-c timezone=UTC") as conn:
        return chunks.named(conn, STORED)


def compress(conn: psycopg.Connection[Any]) -> None:
    for relation in STORED:
        conn.execute(
            "select compress_chunk(chunk) from show_chunks(ops.hypertable_of(%s)) as chunk",
            [relation],
        )


@pytest.fixture
def reader(market: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(market, autocommit=True, options=cookbook.OPTIONS) as conn:
        yield conn


def test_there_are_queries_and_every_one_has_its_answer() -> None:
    text = cookbook.DOCUMENT.read_text()
    assert len(RECIPES) == text.count("```sql\n") >= 25
    assert all(answer for _, answer in RECIPES.values())


@pytest.mark.parametrize("title", RECIPES)
def test_query_answers_what_is_written(reader: psycopg.Connection[Any], title: str) -> None:
    """Rewritten by `python -m tests.cookbook --write`."""
    query, answer = RECIPES[title]
    assert cookbook.answer(reader, query) == answer


@pytest.mark.parametrize("title", RECIPES)
def test_query_reads_the_chunks_it_asks_for_by_their_index(
    request: pytest.FixtureRequest, market: str, known: dict[str, Chunk], title: str
) -> None:
    if "[events-" in request.node.name:
        pytest.skip("needs stored candles: without them they are made of all events before")
    query, _ = RECIPES[title]
    with psycopg.connect(market, autocommit=True, options="-c timezone=UTC") as conn:
        found = chunks.read(conn, known, query)
    newest = {
        max(chunk for chunk in known.values() if chunk.level == relation) for relation in STORED
    }
    wanted = {chunk for chunk in known.values() if asked_for(title, query, chunk)} | newest
    assert len(wanted) < len(set(known.values())) / 2
    assert found.chunks
    assert found.chunks - wanted == set()
    assert found.whole == set() or ("columnstore" in request.node.name and title in ALL_SYMBOLS)


@pytest.mark.parametrize(
    "query, whole",
    [
        ("select count(*) from market.trades where symbol = 'AAPL'", False),
        ("select * from market.trades where price > 1", True),
    ],
    ids=["no range of time", "no index"],
)
def test_query_that_reads_too_much_is_found_out(market: str, query: str, whole: bool) -> None:
    with psycopg.connect(market, autocommit=True, options="-c timezone=UTC") as conn:
        known = chunks.named(conn, ["trades"])
        found = chunks.read(conn, known, query)
    assert len(found.chunks) > 30
    assert bool(found.whole) == whole


def asked_for(title: str, query: str, chunk: Chunk) -> bool:
    """Tells whether a chunk has rows of the times that a query is about."""
    times = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in TIME.findall(query)]
    since = min(times) if times else NEWEST[title]
    until = max(times) if times else datetime.max.replace(tzinfo=UTC)
    since -= LOOKS_BACK.get(title, timedelta())
    until += LOOKS_AHEAD.get(title, timedelta())
    return chunk.start < until and chunk.end > since
