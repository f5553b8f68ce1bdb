"""Reads what the database knows of a series: its candles, and why they may lack trades."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg

from db import sql
from ingest.klines.compare import Counted, Facts, Missing
from ingest.klines.kline import QUOTE_SOURCES, Asked, Kline

Conn = psycopg.Connection[Any]


def series(
    conn: Conn,
    sources: Iterable[str],
    source: str | None,
    symbol: str | None,
    since: datetime,
    until: datetime,
) -> list[tuple[str, str]]:
    """Returns the (symbol, source) that have trades in a range, or a feed, of these venues."""
    values = {"since": since, "until": until, "source": source, "symbol": symbol}
    sources = list(sources)
    quoted = [one for one in sources if one in QUOTE_SOURCES]
    return _rows(conn, "series", {**values, "sources": sources, "quote_sources": quoted})


def candles(conn: Conn, asked: Asked) -> dict[datetime, Kline]:
    """Returns our candles by bucket."""
    rows = _rows(conn, "candles", _values(asked))
    return {row[0]: Kline(*row) for row in rows}


def facts(conn: Conn, asked: Asked, buckets: Sequence[datetime]) -> Facts:
    """Returns what can explain that these buckets differ."""
    values = _values(asked)
    gaps = [Missing(*row) for row in _rows(conn, "gaps", values)]
    pending = _rows(conn, "pending", values)
    if asked.price != "trade":
        return Facts(width=asked.width, gaps=gaps, pending=pending)
    [(first_feed, first_trade, last_trade)] = _rows(conn, "collected", values)
    rule_sets = _rows(conn, "rule_set", values)
    return Facts(
        width=asked.width,
        gaps=gaps,
        pending=pending,
        counted=_counted(conn, values, buckets),
        rule_set=rule_sets[0][0] if rule_sets else "all",
        first_feed=first_feed,
        first_trade=first_trade,
        last_trade=last_trade,
    )


def decimals(conn: Conn, symbol: str) -> int | None:
    """Returns the decimals of an instrument's prices, if they are known."""
    rows = _rows(conn, "decimals", {"symbol": symbol})
    return rows[0][0] if rows else None


def _counted(
    conn: Conn, values: dict[str, Any], buckets: Sequence[datetime]
) -> dict[datetime, Counted]:
    rows = _rows(conn, "counted", {**values, "buckets": list(buckets)})
    return {row[0]: Counted(Kline(*row[:-1]), row[-1]) for row in rows}


def _values(asked: Asked) -> dict[str, Any]:
    return {
        "symbol": asked.symbol,
        "source": asked.source,
        "timeframe": asked.timeframe,
        "price": asked.price,
        "since": asked.since,
        "until": asked.until,
        "width": asked.width,
    }


def _rows(conn: Conn, name: str, values: dict[str, Any]) -> list[Any]:
    return conn.execute(sql.load("ingest.klines", name), values).fetchall()
