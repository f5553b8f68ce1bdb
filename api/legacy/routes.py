"""The routes of the legacy services, with the answers that their documentation shows."""

from typing import Annotated

import msgspec
from litestar import Response, Router, get
from litestar.datastructures import State

from api.answers import json_answer, reader
from api.errors import NothingInWindow, UnknownSymbol
from api.legacy import examples, schemas
from api.legacy.errors import as_legacy_error
from api.legacy.responses import responses
from api.names import parse_source
from api.parameters import DEFAULT_TIMEFRAME, Source, Symbol, TimeframeText, Whole, refuse_repeated
from db import sql

TICKS = Whole("limit", "Largest number of ticks.", most=100, default=10)
BARS = Whole("limit", "Largest number of bars.", most=1440, default=60)
MOVERS = Whole("limit", "Largest number of symbols.", most=20, default=5)
SHORT = Whole("minutes", "Length of the window that ends now.", most=1440, default=5)
LONG = Whole("minutes", "Length of the window that ends now.", most=1440, default=60)


@get(
    "/symbols",
    summary="Names of all symbols",
    tags=["Symbols"],
    responses=responses(schemas.SymbolNames, examples.SYMBOLS, 503, 504),
)
async def symbols(state: State) -> Response[bytes]:
    """Returns the names of all symbols that have been stored."""
    return await _only_row(state, "symbols")


@get(
    "/ticks/latest",
    summary="Latest ticks of a symbol",
    tags=["Ticks"],
    responses=responses(schemas.LatestTicks, examples.LATEST_TICKS, 422, 503, 504),
)
async def ticks_latest(
    state: State,
    symbol: Symbol,
    limit: Annotated[str, TICKS.documented] = str(TICKS.default),
    source: Source = None,
) -> Response[bytes]:
    """Returns the newest trades of a symbol, newest first; of one without trades its quotes.

    A symbol that is unknown has none.
    """
    count = TICKS.parse(limit)
    try:
        return await _of_symbol(state, "ticks_latest", symbol, source, limit=count)
    except UnknownSymbol:
        return _none_of(symbol, "ticks")


@get(
    "/ticks/summary",
    summary="Figures for the ticks of the last minutes",
    tags=["Ticks"],
    responses=responses(schemas.TickSummary, examples.TICK_SUMMARY, 404, 422, 503, 504),
)
async def ticks_summary(
    state: State,
    symbol: Symbol,
    minutes: Annotated[str, SHORT.documented] = str(SHORT.default),
    source: Source = None,
) -> Response[bytes]:
    """Returns figures for the trades of the last minutes; 404 if there are none.

    For a symbol without trades the figures are those of its quotes' mid prices.
    """
    return await _of_symbol(state, "ticks_summary", symbol, source, minutes=SHORT.parse(minutes))


@get(
    "/bars/latest",
    summary="Latest bars of a symbol",
    tags=["Bars"],
    responses=responses(schemas.LatestBars, examples.LATEST_BARS, 422, 503, 504),
)
async def bars_latest(
    state: State,
    symbol: Symbol,
    limit: Annotated[str, BARS.documented] = str(BARS.default),
    timeframe: TimeframeText = DEFAULT_TIMEFRAME,
    source: Source = None,
) -> Response[bytes]:
    """Returns the newest bars of a symbol, newest first; the first may be incomplete.

    A symbol that is unknown has none.
    """
    count = BARS.parse(limit)
    level = await state.timeframes.parse(timeframe)
    try:
        return await _of_symbol(state, "bars_latest", symbol, source, timeframe=level, limit=count)
    except UnknownSymbol:
        return _none_of(symbol, "bars")


@get(
    "/bars/summary",
    summary="The bars of the last minutes, aggregated into one",
    tags=["Bars"],
    responses=responses(schemas.BarSummary, examples.BAR_SUMMARY, 404, 422, 503, 504),
)
async def bars_summary(
    state: State,
    symbol: Symbol,
    minutes: Annotated[str, LONG.documented] = str(LONG.default),
    timeframe: TimeframeText = DEFAULT_TIMEFRAME,
    source: Source = None,
) -> Response[bytes]:
    """Returns one bar made of all that start within the last minutes; 404 if there are none."""
    length = LONG.parse(minutes)
    level = await state.timeframes.parse(timeframe)
    return await _of_symbol(state, "bars_summary", symbol, source, timeframe=level, minutes=length)


@get(
    "/movers",
    summary="Largest changes of price",
    tags=["Bars"],
    responses=responses(schemas.Movers, examples.MOVERS, 422, 503, 504),
)
async def movers(
    state: State,
    minutes: Annotated[str, SHORT.documented] = str(SHORT.default),
    limit: Annotated[str, MOVERS.documented] = str(MOVERS.default),
) -> Response[bytes]:
    """Returns the symbols with the largest change in percent, up or down, from the 1m bars."""
    return await _only_row(state, "movers", minutes=SHORT.parse(minutes), limit=MOVERS.parse(limit))


@get(
    "/api/v1/ping",
    summary="A fixed text",
    tags=["Health"],
    responses=responses(schemas.Ping, examples.PING, 503),
)
async def ping() -> Response[bytes]:
    """Returns a fixed text without a query."""
    return json_answer('{"status":"StockPulse API is live"}')


@get(
    "/api/v1/status",
    summary="The broker, and all symbols",
    tags=["Health"],
    responses=responses(schemas.Status, examples.STATUS, 503, 504),
)
async def status(state: State) -> Response[bytes]:
    """Returns the broker from the settings, and all symbols that have been stored."""
    return await _only_row(state, "status", kafka_broker=state.settings.bootstrap_servers)


async def _only_row(state: State, statement: str, **values: object) -> Response[bytes]:
    row = await reader(state).fetch_live_row(sql.load("api.legacy", statement), **values)
    assert row is not None
    return json_answer(row[0])


def _none_of(symbol: str, kind: str) -> Response[bytes]:
    """Returns the answer about a symbol that is unknown, as the legacy service gives it."""
    body = {"symbol": symbol.upper(), "count": 0, kind: []}
    return json_answer(msgspec.json.encode(body).decode())


async def _of_symbol(
    state: State, statement: str, symbol: str, source: str | None, **values: object
) -> Response[bytes]:
    """Runs a statement about one symbol: no row if it is unknown, null if its window is empty."""
    source = parse_source(source)
    named = await state.symbols.one("symbol", symbol)
    row = await reader(state).fetch_live_row(
        sql.load("api.legacy", statement), symbol=named.symbol, source=source, **values
    )
    if row is None:
        raise UnknownSymbol(f"no symbol {symbol} has been stored", "symbol")
    if row[0] is None:
        raise NothingInWindow(f"nothing of {symbol} in the last {values['minutes']} minutes")
    return json_answer(row[0])


router = Router(
    "/",
    route_handlers=[
        symbols,
        ticks_latest,
        ticks_summary,
        bars_latest,
        bars_summary,
        movers,
        ping,
        status,
    ],
    before_request=refuse_repeated,
    exception_handlers={Exception: as_legacy_error},
)
