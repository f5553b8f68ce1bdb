"""Answers of the native API as flat tables: their columns, and the statements behind them."""

from datetime import datetime
from typing import Any

from litestar import Request

from api.errors import InvalidParameter
from api.formats.table import Column, Table
from api.parameters import Whole
from db import sql

BARS = (
    Column("symbol", "text"),
    Column("t", "bucket"),
    *(Column(name, "number") for name in "ohlcv"),
    Column("n", "count"),
    Column("vw", "number"),
    Column("sp", "number"),
    Column("vendor", "text"),
)
TRADES = (
    Column("symbol", "text"),
    Column("t", "time", nanos="ns"),
    Column("p", "number"),
    Column("s", "number"),
    Column("side", "text"),
    Column("x", "text"),
    Column("c", "texts"),
    Column("i", "id"),
    Column("z", "text"),
)
QUOTES = (
    Column("symbol", "text"),
    Column("t", "time", nanos="ns"),
    *(Column(name, "number") for name in ("bp", "bs", "ap", "as")),
    Column("x", "text"),
    Column("c", "texts"),
    Column("i", "id"),
)


def limit_of(request: Request[Any, Any, Any], limit: Whole, start: datetime | None) -> int | None:
    """Returns the most rows of a flat answer, None for the whole window; raises InvalidParameter.

    Without a start it is the newest rows, as in JSON.
    """
    if "page_token" in request.query_params:
        raise InvalidParameter("page_token", "is for JSON alone; other formats have no pages")
    given = request.query_params.get("limit")
    if given is not None:
        return limit.parse(given)
    return limit.default if start is None else None


def bars(query: Any, limit: int | None) -> Table:
    """Returns the bars of a query of /v1/bars; a limit makes them a page."""
    return Table(
        name=f"bars-{query.timeframe}",
        statement=sql.load("api.native", "bar_rows" if limit is None else "bar_page_rows"),
        values={
            "symbols": query.symbols,
            "timeframe": query.timeframe,
            "start": query.start or "-infinity",
            "end": query.end or "infinity",
            "source": query.source,
            "limit": limit,
            "newest_first": query.newest or query.sort == "desc",
            "share": "by time" if query.newest else "in turn",
            "descending": query.sort == "desc",
            "price": query.price,
            "adjustment": query.adjustment,
            "vendor": query.vendor,
        },
        columns=BARS,
        about=_about(query),
        is_page=limit is not None,
    )


def events(query: Any, limit: int | None) -> Table:
    """Returns the trades or quotes of a query; a limit makes them a page."""
    newest = "newest_" if query.newest else ""
    return Table(
        name=query.kind,
        statement=sql.load("api.native", f"{newest}{query.kind.removesuffix('s')}_rows"),
        values={
            "symbols": query.symbols,
            "start": query.start or "-infinity",
            "start_ns": query.start_ns,
            "end": query.end or "infinity",
            "end_ns": query.end_ns,
            "source": query.source,
            "limit": limit,
            "newest_first": query.sort == "desc",
        },
        columns={"trades": TRADES, "quotes": QUOTES}[query.kind],
        about=_about(query),
        is_page=limit is not None,
    )


def _about(query: Any) -> list[str]:
    """Returns the words that tell the file of one query from that of another."""
    days = [f"{time:%Y-%m-%d}" for time in (query.start, query.end) if time]
    return [*query.symbols[:3], *days]
