"""Bars and trades; `router` has all paths of this dialect."""

from litestar import Response, Router, get
from litestar.datastructures import State
from psycopg import errors as pg

from api.answers import json_answer, reader
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
from api.parameters import Source
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
    return await _answer(
        state,
        "klines",
        window,
        symbol=(await names.one(state, symbol)).symbol,
        timeframe=await state.timeframes.parse(timeframe),
        width=width,
        limit=LIMIT.parse(limit),
        source=parse_source(source),
        per_second=parse_unit(time_unit),
    )


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
    return await _trades(state, "agg_trades", symbol, window, first, limit, source, time_unit)


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
    return await _trades(
        state, "trades", symbol, Window(None, None), None, limit, source, time_unit
    )


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
    return await _trades(state, "trades", symbol, window, first, limit, source, time_unit)


async def _trades(
    state: State,
    statement: str,
    symbol: str,
    window: Window,
    first: int | None,
    limit: str,
    source: str | None,
    time_unit: str,
) -> Response[bytes]:
    count, per_second = LIMIT.parse(limit), parse_unit(time_unit)
    named = await names.one(state, symbol)
    try:
        return await _answer(
            state,
            statement,
            window,
            symbol=named.symbol,
            first_id=first,
            limit=count,
            source=parse_source(source),
            per_second=per_second,
        )
    except pg.InvalidParameterValue as error:
        reason = error.diag.message_primary or ""
        raise Fault(BAD_COMBINATION, f"fromId cannot be used: {reason}.") from error


async def _answer(
    state: State, statement: str, window: Window, **values: object
) -> Response[bytes]:
    """Runs a statement about a window: read from its start, or from its end if it has no start."""
    fetch = reader(state).fetch_live_row if window.reaches_now else reader(state).fetch_row
    row = await fetch(
        sql.load("api.binance", statement),
        since=window.since or "-infinity",
        until=window.until or "infinity",
        newest_first=window.since is None and values.get("first_id") is None,
        **values,
    )
    assert row is not None
    return json_answer(row[0])


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
