"""Chunks are made columnar, and rows again, while a day is read: it has all its rows, once.

The rows of a chunk that is rewritten are in no snapshot from before, without an error.
"""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from archive import chunks, restore
from archive.settings import ArchiveSettings
from cli.progress import no_progress
from tests.archive import support as days
from tests.db import support
from tests.support import wait_until

pytestmark = [pytest.mark.community, pytest.mark.scale]

WAITS = """
select count(*) = 1 from pg_stat_activity
where application_name = 'stockpulse archive' and wait_event_type = 'Lock'
    and datname = current_database()
"""


@pytest.fixture
def filled(settings: ArchiveSettings) -> ArchiveSettings:
    days.fill(settings.database_url)
    return settings


@pytest.fixture
def writer(filled: ArchiveSettings) -> Iterator[psycopg.Connection]:
    """A connection whose transaction stays open."""
    with psycopg.connect(filled.database_url) as conn:
        yield conn


def chunk_of(settings: ArchiveSettings, name: str) -> str:
    """Returns the chunk that holds the day."""
    with support.connect(settings.database_url) as conn:
        [chunk] = chunks.of(conn, days.relation(settings, name), days.DAY)
    return chunk


@pytest.mark.parametrize("statement", ["compress_chunk", "decompress_chunk"])
@pytest.mark.parametrize("relation", ["trades", "candles_1m"])
def test_a_day_that_is_rewritten_meanwhile_is_archived_whole(
    filled: ArchiveSettings, writer: psycopg.Connection, statement: str, relation: str
) -> None:
    expected = days.stored(filled.database_url, relation)
    with support.connect(filled.database_url) as conn:
        chunk = chunk_of(filled, relation)
        if statement == "decompress_chunk":
            conn.execute("select compress_chunk(%s)", [chunk])
        writer.execute(f"select {statement}(%s)", [chunk])
        refused: list[str] = []
        reading = threading.Thread(target=lambda: refused.extend(days.archive(filled).refused))
        reading.start()
        wait_until(lambda: conn.execute(WAITS).fetchone() == (True,), "the archiver waiting")
        writer.commit()
        reading.join(60)
    assert refused == []
    assert days.equal(filled, relation) == expected


def test_rows_come_back_into_a_columnstore(filled: ArchiveSettings) -> None:
    days.archive(filled)
    expected = days.stored(filled.database_url, "trades")
    with support.connect(filled.database_url) as conn:
        conn.execute("select compress_chunk(%s)", [chunk_of(filled, "trades")])
        conn.execute("delete from market.trades where tick_id like 'tie%' or tick_id is null")
        assert restore.restore(filled, no_progress, days.DAY).rows["trades"] == 7
        assert str(days.stored(filled.database_url, "trades")) == str(expected)
        conn.execute("delete from market.trades where ts >= %s", [days.START])
        conn.execute("select compress_chunk(%s, recompress => true)", [chunk_of(filled, "trades")])
        assert restore.restore(filled, no_progress, days.DAY).differing == []
    assert str(days.stored(filled.database_url, "trades")) == str(expected)
