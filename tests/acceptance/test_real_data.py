"""A real day of EUR/USD: its candles from the vendor's ticks against the vendor's candles."""

import hashlib
import lzma
import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from db import edition
from stack.broker import Broker
from tests.db import support as candles
from tests.faults.conftest import MakeLoaders
from tests.faults.loaders import Loaders

DAY = datetime(2019, 2, 4, tzinfo=UTC)  # the folders' months count from 00
FIXTURES = Path(__file__).parents[3] / "shared/fixtures/dukascopy"
VENDORS_MINUTES = FIXTURES / "EURUSD/2019/01/04/BID_candles_min_1.bi5"
VENDORS_CANDLE = struct.Struct(">IIIIIf")  # second of the day, open, close, low, high, volume

# SHA-256 of the text of all candles of all levels, the same on every edition.
GOLDEN = "c35d8452ed7e9f304d5202ec800dd247cd8db09f708bb0d507d3e6c4269496a9"

MINUTES = """
select
    date_trunc('minute', ts, 'UTC'),
    (array_agg(bid order by ord))[1],
    max(bid),
    min(bid),
    (array_agg(bid order by ord desc))[1]
from market.ticks
group by 1
order by 1
"""


class Minute(NamedTuple):
    """A minute's candle of bids."""

    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(
        not VENDORS_MINUTES.exists(), reason=f"needs the day of EUR/USD in {FIXTURES}"
    ),
]


@pytest.fixture
def history(
    broker: Broker, topic: str, loaders_of: MakeLoaders, fresh_database: str
) -> tuple[Loaders, str]:
    """The day, published and loaded into a database that keeps everything."""
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute("update ops.lifecycle set keep = null")
    loaders = loaders_of(fresh_database, broker, topic)
    ticks = _publish(loaders, topic)
    assert _load_rest(loaders) == [ticks, 0, 0]
    return loaders, fresh_database


def _load_rest(loaders: Loaders) -> list[int]:
    """Returns the counts of ticks stored, duplicates and rejects of the loader's summary."""
    return [
        int(number) for number in re.findall(r"\d+", loaders.load_rest().output.splitlines()[-1])
    ]


def _publish(loaders: Loaders, topic: str) -> int:
    publisher = loaders.run("publish", "dukascopy", str(FIXTURES), "--topic", topic)
    assert publisher.wait() == 0, publisher.output
    count, _, rest = publisher.output.splitlines()[-1].partition(" ")
    assert rest == "ticks published"
    return int(count)


def test_minute_candles_equal_those_of_the_vendor(history: tuple[Loaders, str]) -> None:
    with psycopg.connect(history[1]) as conn:
        conn.execute("set timezone = 'UTC'")
        own = list(map(Minute._make, conn.execute(MINUTES)))
    vendors = {minute.start: minute for minute in _vendors_minutes()}
    assert len(own) > 1_000
    assert own == [vendors[minute.start] for minute in own]


def _vendors_minutes() -> Iterator[Minute]:
    for second, *points, _volume in VENDORS_CANDLE.iter_unpack(
        lzma.decompress(VENDORS_MINUTES.read_bytes())
    ):
        start = datetime.fromtimestamp(DAY.timestamp() + second, UTC)
        open_, close, low, high = (Decimal(point).scaleb(-5) for point in points)
        yield Minute(start, open_, high, low, close)


def test_publishing_the_same_files_again_adds_nothing(
    history: tuple[Loaders, str], topic: str
) -> None:
    loaders, url = history
    with psycopg.connect(url, autocommit=True) as conn:
        before = _ticks(conn)
        again = _publish(loaders, topic)
        assert _load_rest(loaders) == [0, again, 0]
        assert _ticks(conn) == before
        counted = "select sum(tick_rows), sum(duplicates), sum(rejects) from ops.load_batches"
        assert conn.execute(counted).fetchone() == (again, again, 0)
        candles.refresh_all(conn)
        assert _digest(candles.all_candles(conn)) == GOLDEN


def _ticks(conn: psycopg.Connection[Any]) -> tuple[Any, ...] | None:
    return conn.execute("select count(*), sum(ord), sum(price) from market.ticks").fetchone()


def test_candles_of_every_level_equal_the_group_by_on_every_edition(
    history: tuple[Loaders, str],
) -> None:
    with psycopg.connect(history[1], autocommit=True) as conn:
        conn.execute("set timezone = 'UTC'")
        candles.assert_exact(conn)
        fresh = candles.all_candles(conn)
        candles.refresh_all(conn)
        candles.assert_exact(conn)
        refreshed = candles.all_candles(conn)
        print(edition.read(conn), {level: len(rows) for level, rows in refreshed.items()})
    assert _digest(fresh) == GOLDEN
    assert _digest(refreshed) == GOLDEN


def _digest(levels: dict[str, list[tuple[Any, ...]]]) -> str:
    digest = hashlib.sha256()
    for level, rows in levels.items():
        for row in rows:
            digest.update("\t".join([level, *map(_text, row)]).encode() + b"\n")
    return digest.hexdigest()


def _text(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
