"""Readings of bars and of what changes have touched, several of one snapshot."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from api.stream.bar_series import Bar, Key, Reading, Touch
from db import sql
from db.tables.display import Display

MOST_BARS = 1000  # of a request that may have very many
MOST_CHANGES = 500  # of a reading

Conn = AsyncConnection[tuple[Any, ...]]


class Request(NamedTuple):
    """Bars of a series, of which source and price may be known."""

    key: Key
    source: str | None
    price: str | None
    since: datetime | None  # its bucket is the first; None: from what is settled on
    until: datetime | None  # all bars end by then; None: all
    with_gone: bool = False  # a bucket without a bar too


class Changed(NamedTuple):
    """Touches of changes up to the one that was reached; the snapshot has a newest one."""

    moment: datetime
    reached: int
    newest: int
    touched: list[tuple[str, str, Touch]]  # symbol, timeframe


@asynccontextmanager
async def snapshot(conn: Conn) -> AsyncIterator[None]:
    """Has all readings within it see the same commits."""
    async with conn.transaction():
        await conn.execute("set transaction isolation level repeatable read, read only")
        yield


async def changed(
    conn: Conn,
    after: int | None,
    symbols: Collection[str],
    quoted: Collection[str],
    timeframes: Collection[str],
    *,
    every: bool = False,
    steps: int = MOST_CHANGES,
) -> Changed:
    """Returns what the next changes after a number touched; quotes only of the symbols `quoted`.

    Without a number nothing; with `every` trades of all symbols.
    """
    cursor = await conn.execute(
        sql.load("api.stream", "touched_bars"),
        {
            "after": after,
            "symbols": list(symbols),
            "quoted": list(quoted),
            "timeframes": list(timeframes),
            "every": every,
            "steps": steps,
        },
    )
    rows = await cursor.fetchall()
    moment, reached, newest = rows[0][:3]
    touched = [
        (symbol, timeframe, Touch(number, kind, source, *times))
        for _, _, _, number, kind, symbol, source, timeframe, *times in rows
        if number is not None
    ]
    return Changed(moment, reached, newest, touched)


async def read(
    conn: Conn, requests: Sequence[Request], displays: Sequence[Display]
) -> list[Reading | None]:
    """Returns a reading per request; None where nothing is known of the symbol."""
    found: list[Reading | None] = [None] * len(requests)
    if not requests:
        return found
    cursor = await conn.execute(sql.load("api.stream", "stream_bars"), _values(requests, displays))
    rows = await cursor.fetchall()
    for number, group in groupby(rows, key=lambda row: int(row[0])):
        found[number - 1] = _reading(list(group))
    return found


def _values(requests: Sequence[Request], displays: Sequence[Display]) -> dict[str, Any]:
    return {
        "symbols": [one.key.symbol for one in requests],
        "sources": [one.source for one in requests],
        "prices": [one.price for one in requests],
        "timeframes": [one.key.timeframe for one in requests],
        "sinces": [one.since for one in requests],
        "untils": [one.until.isoformat() if one.until else "infinity" for one in requests],
        "gone": [one.with_gone for one in requests],
        "most": MOST_BARS,
        "styles": [one.ts for one in displays],
        "zones": [one.zone for one in displays],
        "as_strings": [one.as_strings for one in displays],
    }


def _reading(rows: list[tuple[Any, ...]]) -> Reading:
    _, source, price, settled, pending, cut_at, *_ = rows[0]
    bars = [
        Bar(start, end, tuple(texts), is_gone)
        for *_, start, end, is_gone, texts in rows
        if start is not None
    ]
    made = [bar.end for bar in bars if not bar.is_gone]
    if cut_at is None and len(made) >= MOST_BARS:
        cut_at = made[-1]
    return Reading(source, price, settled, pending, bars, cut_at)
