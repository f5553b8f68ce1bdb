"""Answers of the native API as flat tables: their columns, and the statements behind them."""

from typing import Any

from litestar import Request

from api.archived.archive import merged
from api.archived.tables import Extra
from api.errors import InvalidParameter
from api.parameters import Whole
from db import sql
from db.tables.table import Column, Table

BARS = (
    Column("symbol", "text"),
    Column("t", "bucket"),
    *(Column(name, "number") for name in "ohlcv"),
    Column("n", "count"),
    Column("vw", "number"),
    Column("sp", "number"),
    Column("vendor", "text"),
    Column("final", "truth"),
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
    Column("z", "text"),
)


COLUMNS = {"trade": TRADES, "quote": QUOTES}
# As market.trade_page() and market.quote_page() order them.
EVENT_ORDER = {
    kind: ("t", "ns", "seq", "i", *measures, "x", "z", "c", "received_at", "stored")
    for kind, measures in (("trade", ("p", "s", "side")), ("quote", ("bp", "ap", "bs", "as")))
}
COVERAGE = (
    Column("symbol", "text"),
    Column("start", "time"),  # the window's own times and now are no whole seconds
    Column("end", "time"),
    Column("state", "text"),
)
INSTRUMENTS = (
    Column("symbol", "id"),
    *(Column(name, "text") for name in ("asset_class", "base", "quote")),
    Column("price_scale", "count"),
    *(Column(name, "text") for name in ("primary_source", "calendar")),
    Column("aliases", "texts"),
    Column("first_seen_at", "time"),
    Column("last_seen_at", "time"),
)
DEFAULT_LIMIT = 1000  # as in JSON
JSON_ALONE = {"page_token": None, "tz": "UTC", "coverage": "false"}  # with values that do nothing
JSON_ALONE_TEXT = "is for JSON alone: other formats have UTC, no pages, and no coverage"
EVERYTHING = 2**31 - 2  # rows


def limit_of(request: Request[Any, Any, Any], limit: Whole) -> int | None:
    """Returns the most rows that were asked for, None for all; raises InvalidParameter."""
    for name, harmless in JSON_ALONE.items():
        if request.query_params.get(name, harmless) != harmless:
            raise InvalidParameter(name, JSON_ALONE_TEXT)
    given = request.query_params.get("limit")
    return None if given is None else limit.parse(given)


def with_archived(table: Table, kind: str, extra: Extra | None) -> Table:
    """Returns a table that is a page, with what only the archive has of it; `kind` bars, trades."""
    if extra is None:
        return table
    assert isinstance(table.statement, str)  # of a page: the text of a file
    return table._replace(
        statement=merged(table.statement, f"merged_{kind}", "\nlimit %(limit)s::integer"),
        values={**table.values, "rows": extra.rows, "gone": extra.gone},
    )


def bars(query: Any, limit: int | None, width: str, pending: str | None) -> Table:
    """Returns the bars of a query of /v1/bars, without a start the newest as in JSON.

    `width` is that of their buckets, `pending` the ranges whose bars may be missing.
    """
    window, series, shape = query.window, query.series, query.shape
    if window.start is None:
        limit = limit or DEFAULT_LIMIT
    return Table(
        name=f"bars-{query.timeframe}",
        statement=sql.load("api.native", "bar_rows" if limit is None else "bar_page_rows"),
        values={
            "symbols": query.symbols,
            "timeframe": query.timeframe,
            "start": window.start or "-infinity",
            "end": window.end or "infinity",
            "limit": limit,
            "newest_first": query.is_newest or window.sort == "desc",
            "share": "by time" if query.is_newest else "in turn",
            "descending": window.sort == "desc",
            "source": series.source,
            "price": series.price,
            "adjustment": series.adjustment,
            "vendor": series.vendor,
            "fill": shape.fill,
            "session": shape.session,
            "width": width,
            "pending": pending,
        },
        columns=BARS,
        about=_about(query.symbols, window),
        is_page=limit is not None,
    )


def events(query: Any, limit: int | None) -> Table:
    """Returns the trades or quotes of a query, without a start the newest as in JSON."""
    if query.start is None:
        limit = limit or DEFAULT_LIMIT
    kind = query.kind.removesuffix("s")
    is_whole = limit is None
    return Table(
        name=query.kind,
        statement=sql.load("api.native", f"{kind}_part_rows" if is_whole else f"{kind}_rows"),
        values={
            "kind": query.kind,
            "symbols": query.symbols,
            "start": query.start or "-infinity",
            "start_ns": query.start_ns,
            "end": query.end or "infinity",
            "end_ns": query.end_ns,
            "source": query.source,
            "limit": limit,
            "newest": query.newest,
            "descending": query.sort == "desc",
            "gone": None,
        },
        columns=COLUMNS[kind],
        about=_about(query.symbols, query),
        parts=sql.load("api.native", "event_parts") if is_whole else None,
        order=EVENT_ORDER[kind] if is_whole else (),
        descending=query.sort == "desc",
        is_page=not is_whole,
        relations=(query.kind,),
    )


def coverage(query: Any, limit: int | None) -> Table:
    """Returns the coverage of symbols."""
    return Table(
        name="coverage",
        statement=sql.load("api.native", "coverage_rows"),
        values={
            "symbols": query.symbols,
            "timeframe": query.timeframe,
            "start": query.start or "-infinity",
            "end": query.end or "infinity",
            "source": query.source,
            "price": query.price,
            "limit": limit,
        },
        columns=COVERAGE,
        about=query.symbols[:3],
    )


def instruments(search: str | None, limit: int | None) -> Table:
    """Returns the instruments that match, or all."""
    page = sql.load("api.native", "instruments")
    return Table(
        name="symbols",
        statement=sql.load("api.native", "symbol_rows").replace(
            "from instruments_page", f"from ({page}) as instruments_page"
        ),
        values={
            "query": search,
            "limit": limit or EVERYTHING,
            "after_rank": None,
            "after_symbol": None,
        },
        columns=INSTRUMENTS,
        is_page=limit is not None,
    )


def _about(symbols: list[str], window: Any) -> list[str]:
    """Returns the words that tell the file of one query from that of another."""
    days = [f"{time:%Y-%m-%d}" for time in (window.start, window.end) if time]
    return [*symbols[:3], *days]
