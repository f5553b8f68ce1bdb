"""Bars of levels that were dropped: byte by byte as the database had them."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

pytest.importorskip("pyiceberg", reason="needs pyiceberg: pip install 'stockpulse[archive]'")
pytest.importorskip("duckdb", reason="needs duckdb: pip install 'stockpulse[archive]'")

from stack.database import Database
from tests.api.archived.archiving import Archiver
from tests.api.archived.conftest import Pages
from tests.api.store import Quote, Store, Tick

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = [date(2026, 3, 2 + n) for n in range(4)]
BORDER = DAYS[2]  # the first day that stays in the database
LEVELS = ("1m", "5m", "1h", "1d")


def times(day: int) -> list[datetime]:
    """Returns times of a day, some of a minute."""
    return [
        FIRST + timedelta(days=day, hours=hour, minutes=minute, seconds=second)
        for hour, minute, second in itertools.product((0, 5, 14, 23), (0, 1, 29, 59), (0, 20, 40))
    ]


def store(url: str, edition: str) -> None:
    """Stores trades of AAA and BBB, some of which move no bar, and quotes of AAA and EUR."""
    written = Store(url)
    prices = itertools.cycle(["180.80", "180.8", "7", "0.000000000000000001", "100.0", "1.10"])
    sizes = itertools.cycle([None, "1", "2.50", "0", "3", "0.00"])
    moves = itertools.cycle([221, 221, 0, 8, 14, 221, 14])
    for symbol, day in itertools.product(("AAA", "BBB"), range(4)):
        if symbol == "BBB" and day == 1:
            continue
        ticks = [Tick(ts, next(prices), next(sizes), next(moves)) for ts in times(day)]
        written.ticks(symbol, ticks)
    bids = itertools.cycle(["1.08150", "1.0815", None, "1.1"])
    asks = itertools.cycle(["1.08155", "1.09", "1.0816"])
    for symbol, day in itertools.product(("AAA", "EUR"), range(4)):
        quotes = [Quote(ts, next(bids), next(asks), "1000.0") for ts in times(day)]
        written.quotes(symbol, quotes)
    written.make_candles(edition)


def queries() -> list[dict[str, Any]]:
    """Returns queries of bars whose levels are dropped."""
    start = {"start": "2026-03-01", "end": "2026-03-06"}
    symbols = "AAA,BBB,EUR"
    found: list[dict[str, Any]] = [
        {"symbols": symbols, "timeframe": timeframe, "sort": sort, **window}
        for timeframe, sort, window in itertools.product(
            ("1m", "3m", "1h", "1d"),
            ("asc", "desc"),
            (start, {"start": "2026-03-03T14:01:00Z", "end": "2026-03-04T05:30:00Z"}),
        )
    ]
    found += [{"symbols": symbols, "timeframe": name} | start for name in ("5m", "20m", "2h")]
    found += [
        {"symbols": "AAA,EUR", "timeframe": timeframe, "price": price, "decimals": "string"} | start
        for timeframe, price in itertools.product(("1m", "3m", "1d"), ("mid", "bid", "ask"))
    ]
    found += [
        {"symbols": symbols, "timeframe": timeframe, "limit": limit, "end": "2026-03-04T14:00:00Z"}
        for timeframe, limit in (("1m", 1), ("1m", 1000), ("10m", 7), ("10m", 100))
    ]
    border = {"start": "2026-03-03T23:20:00Z", "end": "2026-03-04T00:10:00Z"}
    found += [
        {"symbols": symbols, "timeframe": timeframe, "sort": sort, "limit": limit} | border
        for timeframe, sort, limit in (
            ("1m", "asc", 7),
            ("1m", "desc", 7),
            ("3m", "desc", 1),
            ("3m", "asc", 1),
        )
    ]
    found.append({"symbols": symbols, "coverage": "true", "ts": "ms"} | start)
    return found


def drop_levels(archiver: Archiver) -> None:
    """Archives and drops the first days of all levels, and of their events."""
    relations = [
        "trades", "quotes",
        *(prefix + level for prefix in ("candles_", "quote_candles_") for level in LEVELS),
    ]  # fmt: skip
    archiver.archive(DAYS[:2], *relations)
    archiver.drop(BORDER, *relations)


@pytest.mark.parametrize(
    "vendor",
    [
        pytest.param(False, marks=pytest.mark.scale, id="trades alone"),
        pytest.param(True, id="with bars of vendors"),
    ],
)
def test_bars_of_dropped_levels_are_those_that_the_database_gave(
    fresh_database: str, database: Database, archiver: Archiver, pages: Pages, vendor: bool
) -> None:
    store(fresh_database, database.edition)
    if vendor:
        Store(fresh_database).execute(
            "insert into market.vendor_bars"
            ' (symbol, source, "interval", bucket, open, high, low, close, volume, is_final, batch)'
            " select 'BBB', 'v', '1m', bucket, 1, 2, 0.50, 1, 10, true, 1 from generate_series("
            " '2026-03-03 14:00+00'::timestamptz, '2026-03-04 00:30+00', '1 minute') as bucket"
        )
    hot = [pages("/v1/bars", **query) for query in queries()]
    drop_levels(archiver)
    for query, expected in zip(queries(), hot, strict=True):
        assert pages("/v1/bars", **query) == expected, query
