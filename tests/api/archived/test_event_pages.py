"""Trades and quotes of days that only the archive has: byte by byte as the database had them."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

pytest.importorskip("pyiceberg", reason="needs pyiceberg: pip install 'stockpulse[archive]'")
pytest.importorskip("duckdb", reason="needs duckdb: pip install 'stockpulse[archive]'")

from stack.database import Database
from tests.api.archived.archiving import Archiver
from tests.api.archived.conftest import Pages
from tests.api.native import event_rows
from tests.api.native.event_rows import Row
from tests.api.store import Store

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = [date(2026, 3, 2 + n) for n in range(4)]
BORDER = DAYS[2]  # the first day that stays in the database
SYMBOLS = ("AAA", "BBB", "CCC")
CONDITIONS = (None, [], ["@"], ["@", "T"], ['"', "é", "\\", ","])
WINDOWS: list[dict[str, Any]] = [
    {"start": "2026-03-01"},
    {"start": "2026-03-01", "end": "9999-12-31T23:59:59.999999999Z"},
    {"start": "2026-03-03T12:00:00.000002500Z", "end": "2026-03-04T12:00:00.000001007Z"},
    {"start": "2026-03-03T00:00:00Z", "end": "2026-03-04T00:00:00Z"},
    {"start": "2026-03-02", "end": "2026-03-03T00:00:00.000000001Z"},
    {"end": "2026-03-05"},
]


def rows(symbol: str) -> list[Row]:
    """Returns events of four days: ties, events without id, nanoseconds, all kinds of numbers."""
    numbers = itertools.cycle(
        ["180.80", "180.8", "7", "100", "0.000000000000000001", "12345678901234567890.50", "-37.63"]
    )
    found = []
    for day, n in itertools.product(range(4), range(24)):
        ts = FIRST + timedelta(days=day, hours=n // 2, microseconds=n % 3)
        tied = n % 4 > 1
        found.append(
            Row(
                ts=ts,
                price=next(numbers),
                ns=(0, 7, 500)[n % 3],
                seq=0 if tied else n,
                tick_id=None if tied or symbol == "BBB" else f"{n}-é",
                size=(None, "1", "2.50", "0", "0.00")[n % 5],
                exchange=("V", None, "N")[n % 3],
                tape=(None, "A")[n % 2],
                conditions=CONDITIONS[n % 5],
                ask=f"{next(numbers)}" if n % 3 else None,
            )
        )
        if tied and n % 8 == 2:
            found += [found[-1]] * 2  # equal in everything
    return found


def store(url: str, edition: str, kind: str) -> None:
    """Stores the events of all symbols, CCC without the first two days, and their candles."""
    for symbol in SYMBOLS:
        of_symbol = rows(symbol)
        if kind == "trades":
            sides = itertools.cycle(["buy", "sell", None])
            of_symbol = [row._replace(side=next(sides), ask=None) for row in of_symbol]
        if symbol == "CCC":
            of_symbol = [row for row in of_symbol if row.ts.date() >= BORDER]
        getattr(event_rows, kind)(url, symbol, of_symbol)
    Store(url).make_candles(edition)


@pytest.mark.parametrize("kind", ["trades", "quotes"])
def test_pages_across_the_border_are_those_that_the_database_gave(
    fresh_database: str, database: Database, archiver: Archiver, pages: Pages, kind: str
) -> None:
    store(fresh_database, database.edition, kind)
    queries: list[dict[str, Any]] = [
        {"symbols": symbols, "sort": sort, **window, **display}
        for symbols, sort in itertools.product(("AAA,BBB,CCC", "BBB"), ("asc", "desc"))
        for window in WINDOWS
        for display in ({}, {"ts": "ns", "decimals": "string"}, {"tz": "America/New_York"})
    ]
    border = {"start": "2026-03-03T10:30:00Z", "end": "2026-03-04T02:00:00Z"}
    for sort in ("asc", "desc"):
        queries += [
            {"symbols": "AAA,BBB", "sort": sort, "limit": 7} | border,
            {"symbols": "BBB,CCC", "sort": sort, "limit": 1} | border,
        ]
    hot = [pages(f"/v1/{kind}", **query) for query in queries]
    archiver.archive(DAYS[:2], kind)
    archiver.drop(BORDER, kind)
    for query, expected in zip(queries, hot, strict=True):
        assert pages(f"/v1/{kind}", **query) == expected, query
