"""Candles follow the trades that were amended, at every level."""

from datetime import UTC, datetime

import pytest

from tests.db import support as candles
from tests.ingest import made
from tests.ingest.amended import TWELVE, cancel, correction, end, noted, replacement


@pytest.fixture
def conn(fresh_database):
    with candles.connect(fresh_database) as made_connection:
        yield made_connection


def history(hours=30):
    """Returns two trades in each of some minutes of every hour, of two series."""
    numbers = [hour * 3600 + second for hour in range(hours) for second in (1, 2, 61, 600, 1800)]
    start = datetime(2026, 2, 25, tzinfo=UTC)
    shift = int((start - TWELVE).total_seconds())
    return [
        made.trade(shift + n, price=str(100 + n % 7), symbol=symbol)
        for n in numbers
        for symbol in ("AAPL", "MSFT")
    ]


def amendments():
    """Returns corrections of highs, lows, sizes; a minute, an hour and a day that become empty."""
    shift = int((datetime(2026, 2, 25, tzinfo=UTC) - TWELVE).total_seconds())
    hour = datetime(2026, 2, 25, 5, tzinfo=UTC)
    return [
        correction(shift + 1, "500"),
        correction(shift + 3600 + 2, "1", size="77"),
        cancel(shift + 2 * 3600 + 61),
        *(cancel(shift + 3 * 3600 + second) for second in (1, 2, 61, 600, 1800)),
        *(
            cancel(shift + hours * 3600 + second, symbol="MSFT")
            for hours in range(24, 30)
            for second in (1, 2, 61, 600, 1800)
        ),
        replacement(shift + 5 * 3600 + 2, price="7"),
        replacement(shift + 5 * 3600 + 3, price="8"),
        end(2, since=hour, until=hour.replace(hour=6)),
        correction(shift + 7 * 3600 + 5),
    ]


def columnar(conn):
    if candles.edition.kind_of(conn) == "community":
        for level in ("trades", "candles_1m", "candles_1h"):
            conn.execute(
                "select public.compress_chunk(c) from public.show_chunks(ops.store_of(%s)) as c",
                [level],
            )


@pytest.mark.parametrize("compressed", [False, True], ids=["rows", "columnstore"])
def test_candles_of_every_level_follow(store_all, query, conn, compressed):
    store_all(history())
    candles.refresh_all(conn)
    if compressed:
        columnar(conn)
    before = candles.all_candles(conn)
    assert store_all(amendments()).rejects == {}
    store_all([made.trade(0)])
    candles.refresh_all(conn)
    after = candles.all_candles(conn)
    assert [name for name in before if after[name] == before[name]] == [
        name for name in before if name.startswith("quote")
    ]
    candles.assert_exact(conn)
    assert len(noted(query)) == 1 + 1 + 1 + 5 + 30 + 5 + 1


@pytest.mark.community
def test_one_correction_opens_one_segment_of_the_columnstore(store_all, conn):
    store_all([made.trade(n, symbol=symbol) for n in range(1500) for symbol in ("AAPL", "MSFT")])
    columnar(conn)
    store_all([correction(3), correction(4)])
    chunk = conn.execute("select c::text from show_chunks('market.trades') c").fetchone()[0]
    opened_rows = conn.execute(f"select count(*) from only {chunk}").fetchone()[0]
    assert 0 < opened_rows <= 1000
