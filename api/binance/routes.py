"""Bars and trades; `router` has all paths of this dialect."""

from typing import Any, LiteralString

from litestar import Response, Router, get
from litestar.datastructures import State
from psycopg import errors as pg

from api.answers import json_answer, reader
from api.archived import bar_needs
from api.archived.answers import archive
from api.archived.archive import whole_row
from api.archived.refusals import refusal
from api.binance import examples, exchange, names, schemas, tickers
from api.binance.errors import BAD_COMBINATION, Fault, as_binance_error
from api.binance.parameters import (
    LIMIT,
    MILLISECOND,
    ZONES,
    EndTime,
    FromId,
    Interval,
    Limit,
    StartTime,
    Symbol,
    TimeUnit,
    TimeZone,
    Window,
    check_zone,
    parse_id,
    parse_interval,
    parse_unit,
    parse_window,
    refuse_unread,
)
from api.binance.responses import responses
from api.names import parse_source
from api.page_token import EventPosition
from api.parameters import ADJUSTMENTS, Source
from db import sql

BARS = responses(schemas.KLINES, "Bars, oldest first", examples.KLINES, 400, 503, 504)


@get(
    ["/api/v3/klines", "/api/v3/uiKlines"],
    summary="Bars of a symbol",
    tags=["Binance"],
    responses=BARS,
)
async def klines(
    state: State,
    symbol: Symbol,
    interval: Interval,
    start_time: StartTime = None,
    end_time: EndTime = None,
    time_zone: TimeZone = ZONES[0],
    limit: Limit = str(LIMIT.default),
    source: Source = None,
    time_unit: TimeUnit = MILLISECOND,
) -> Response[bytes]:
    """Returns the bars that start in the window: from its start, or without one the newest.

    An item is open time, open, high, low, close, volume, close time, volume in the quote currency,
    number of trades, and three that are not known: "0". A bucket without trades has no bar.
    """
    timeframe, width = parse_interval(interval)
    check_zone(time_zone)
    window = parse_window(start_time, end_time)
    named = await names.one(state, symbol)
    timeframe = await state.timeframes.parse(timeframe)
    values = _values(window, named.symbol, LIMIT.parse(limit), source, parse_unit(time_unit)) | {
        "timeframe": timeframe,
        "width": width,
        "share": "in turn",
        "price": None,
        "adjustment": ADJUSTMENTS[0],
        **dict.fromkeys(("after_symbol", "after_source", "after_bucket")),
    }
    bars = bar_needs.plain(state.timeframes.level_of(timeframe), timeframe)
    statement = sql.load("api.binance", "klines")
    found = await archive(state).bars(bars, statement, values, live=window.reaches_now)
    return json_answer(whole_row(found)[0])


@get(
    "/api/v3/aggTrades",
    summary="Trades of a symbol",
    tags=["Binance"],
    responses=responses(
        list[schemas.AggTrade], "Trades, oldest first", examples.AGG_TRADES, 400, 503, 504
    ),
)
async def agg_trades(
    state: State,
    symbol: Symbol,
    from_id: FromId = None,
    start_time: StartTime = None,
    end_time: EndTime = None,
    limit: Limit = str(LIMIT.default),
    source: Source = None,
    time_unit: TimeUnit = MILLISECOND,
) -> Response[bytes]:
    """Returns the trades of the window: from its start or an id, or without one the newest.

    Trades are not aggregated: each has an item of its own, whose first and last id are its own.
    """
    window = parse_window(start_time, end_time)
    first = parse_id(from_id, window)
    return await _trades(state, symbol, window, first, limit, source, time_unit, is_aggregated=True)


@get(
    "/api/v3/trades",
    summary="Newest trades of a symbol",
    tags=["Binance"],
    responses=responses(
        list[schemas.VenueTrade], "Trades, oldest first", examples.TRADES, 400, 503, 504
    ),
)
async def trades(
    state: State,
    symbol: Symbol,
    limit: Limit = str(LIMIT.default),
    source: Source = None,
    time_unit: TimeUnit = MILLISECOND,
) -> Response[bytes]:
    """Returns the newest trades."""
    return await _trades(state, symbol, Window(None, None), None, limit, source, time_unit)


@get(
    "/api/v3/historicalTrades",
    summary="Trades of a symbol from an id on",
    tags=["Binance"],
    responses=responses(
        list[schemas.VenueTrade], "Trades, oldest first", examples.TRADES, 400, 503, 504
    ),
)
async def historical_trades(
    state: State,
    symbol: Symbol,
    from_id: FromId = None,
    limit: Limit = str(LIMIT.default),
    source: Source = None,
    time_unit: TimeUnit = MILLISECOND,
) -> Response[bytes]:
    """Returns the trades from an id on, or without one the newest."""
    window = Window(None, None)
    first = parse_id(from_id, window)
    return await _trades(state, symbol, window, first, limit, source, time_unit)


async def _trades(
    state: State,
    symbol: str,
    window: Window,
    first: int | None,
    limit: str,
    source: str | None,
    time_unit: str,
    *,
    is_aggregated: bool = False,
) -> Response[bytes]:
    count, per_second = LIMIT.parse(limit), parse_unit(time_unit)
    named = await names.one(state, symbol)
    values = _values(window, named.symbol, count, source, per_second) | {
        "first_id": first,
        "is_aggregated": is_aggregated,
        "newest": False,
        **dict.fromkeys(f"after_{name}" for name in EventPosition.__struct_fields__),
    }
    statement = sql.load("api.binance", "trades")
    if first is not None:
        return json_answer(await _trades_from(state, statement, values))
    found = await archive(state).events("trades", statement, values, live=window.reaches_now)
    return json_answer(whole_row(found)[0])


async def _trades_from(state: State, statement: LiteralString, values: dict[str, Any]) -> str:
    """Returns the trades from an id on; raises ArchivedOnly if the archive may have some of them.

    It is sorted by time, so that an id is not found in it.
    """
    values["newest_first"] = values["descending"] = False
    try:
        row = await reader(state).fetch_live_row(statement, **values)
    except pg.InvalidParameterValue as error:
        reason = error.diag.message_primary or ""
        raise Fault(BAD_COMBINATION, f"fromId cannot be used: {reason}.") from error
    assert row is not None
    text, _, _, last_ts, first_ts = row
    if not await archive(state).gone({"trades"}, None, last_ts):
        return str(text)
    before = await reader(state).fetch_row(
        sql.load("api.binance", "trade_before"),
        symbol=values["symbols"][0],
        until=first_ts or "infinity",
        source=values["source"],
    )
    since = before[0] if before else None
    if days := await archive(state).gone({"trades"}, since, last_ts):
        raise refusal(days, "ask by startTime")
    return str(text)


def _values(
    window: Window, symbol: str, limit: int, source: str | None, per_second: int
) -> dict[str, Any]:
    """Returns the values of a statement, which reads from the start or without one from the end."""
    return {
        "symbols": [symbol],
        "start": window.since or "-infinity",
        "start_ns": 0,
        "end": window.until or "infinity",
        "end_ns": 0,
        "newest_first": window.since is None,
        "descending": window.since is None,
        "limit": limit,
        "source": parse_source(source),
        "per_second": per_second,
    }


router = Router(
    "/binance",
    route_handlers=[
        *exchange.HANDLERS,
        klines,
        agg_trades,
        trades,
        historical_trades,
        *tickers.HANDLERS,
    ],
    before_request=refuse_unread,
    exception_handlers={Exception: as_binance_error},
)
