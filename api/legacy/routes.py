"""The seeds' endpoints, shape for shape as they document them."""

from typing import Annotated

from litestar import Response, Router, get
from litestar.datastructures import State
from litestar.params import QueryParameter

from api import examples, shapes, timeframes
from api.answers import reader, written
from api.errors import NothingInWindow, Unavailable, UnknownSymbol, as_seed
from api.parameters import Source, Symbol, TimeframeText, name
from api.shapes import seed_answers
from api.timeframes import Timeframe
from db import sql
from db.connect import DatabaseAway

Minutes = Annotated[
    int, QueryParameter(description="Length of the window that ends now.", ge=1, le=1440)
]


@get(
    "/health",
    summary="Health of the service and its database",
    tags=["Health"],
    responses=seed_answers(shapes.Health, examples.HEALTH),
)
async def health(state: State) -> Response[bytes]:
    """Answers 503 with db "away" while the database cannot be asked."""
    try:
        await reader(state).ask(sql.load("api.legacy", "health"))
    except DatabaseAway:
        return written('{"status":"error","db":"away"}', 503, Unavailable.headers)
    return written('{"status":"ok","db":"ok"}')


@get(
    "/symbols",
    summary="Names of all symbols",
    tags=["Symbols"],
    responses=seed_answers(shapes.SymbolNames, examples.SYMBOLS, 503),
)
async def symbols(state: State) -> Response[bytes]:
    """Lists the names of all symbols ever stored."""
    return await _only_row(state, "symbols")


@get(
    "/ticks/latest",
    summary="Latest ticks of a symbol",
    tags=["Ticks"],
    responses=seed_answers(shapes.LatestTicks, examples.LATEST_TICKS, 404, 422, 503, 504),
)
async def ticks_latest(
    state: State,
    symbol: Symbol,
    limit: Annotated[int, QueryParameter(description="Ticks at most.", ge=1, le=100)] = 10,
    source: Source = None,
) -> Response[bytes]:
    """Gives the newest ticks of a symbol, newest first."""
    return await _of_symbol(state, "ticks_latest", symbol, source, limit=limit)


@get(
    "/ticks/summary",
    summary="Figures over the ticks of the last minutes",
    tags=["Ticks"],
    responses=seed_answers(shapes.TickSummary, examples.TICK_SUMMARY, 404, 422, 503, 504),
)
async def ticks_summary(
    state: State, symbol: Symbol, minutes: Minutes = 5, source: Source = None
) -> Response[bytes]:
    """Sums up the ticks of the last minutes; 404 where there are none."""
    return await _of_symbol(state, "ticks_summary", symbol, source, minutes=minutes)


@get(
    "/bars/latest",
    summary="Latest bars of a symbol",
    tags=["Bars"],
    responses=seed_answers(shapes.LatestBars, examples.LATEST_BARS, 404, 422, 503, 504),
)
async def bars_latest(
    state: State,
    symbol: Symbol,
    limit: Annotated[int, QueryParameter(description="Bars at most.", ge=1, le=1440)] = 60,
    timeframe: TimeframeText = "1m",
    source: Source = None,
) -> Response[bytes]:
    """Gives the newest bars of a symbol, newest first, the one still growing included."""
    width = timeframes.parse(timeframe)
    return await _of_symbol(
        state, "bars_latest", symbol, source, width, limit=limit, span=width.span
    )


@get(
    "/bars/summary",
    summary="The bars of the last minutes as one",
    tags=["Bars"],
    responses=seed_answers(shapes.BarSummary, examples.BAR_SUMMARY, 404, 422, 503, 504),
)
async def bars_summary(
    state: State,
    symbol: Symbol,
    minutes: Minutes = 60,
    timeframe: TimeframeText = "1m",
    source: Source = None,
) -> Response[bytes]:
    """Sums up the bars that start within the last minutes; 404 where there are none."""
    width = timeframes.parse(timeframe)
    return await _of_symbol(state, "bars_summary", symbol, source, width, minutes=minutes)


@get(
    "/movers",
    summary="What moved most",
    tags=["Bars"],
    responses=seed_answers(shapes.Movers, examples.MOVERS, 422, 503, 504),
)
async def movers(
    state: State,
    minutes: Minutes = 5,
    limit: Annotated[int, QueryParameter(description="Symbols at most.", ge=1, le=20)] = 5,
) -> Response[bytes]:
    """Ranks symbols by the size of their change in per cent over the 1m bars of the window."""
    return await _only_row(state, "movers", minutes=minutes, limit=limit)


@get(
    "/api/v1/ping",
    summary="A sign of life",
    tags=["Health"],
    responses=seed_answers(shapes.Ping, examples.PING),
)
async def ping() -> Response[bytes]:
    """Answers without asking the database."""
    return written('{"status":"StockPulse API is live"}')


@get(
    "/api/v1/status",
    summary="What is watched, and through which broker",
    tags=["Health"],
    responses=seed_answers(shapes.Status, examples.STATUS, 503),
)
async def status(state: State) -> Response[bytes]:
    """Names the broker of the settings and all symbols ever stored."""
    return await _only_row(state, "status", kafka_broker=state.settings.bootstrap_servers)


async def _only_row(state: State, question: str, **values: object) -> Response[bytes]:
    row = await reader(state).ask(sql.load("api.legacy", question), **values)
    assert row is not None
    return written(row[0])


async def _of_symbol(
    state: State,
    question: str,
    symbol: str,
    source: str | None,
    timeframe: Timeframe | None = None,
    **values: object,
) -> Response[bytes]:
    """Asks about one symbol: no row says that it is unknown, null that its window is empty."""
    name("symbol", symbol)
    if source is not None:
        name("source", source)
    row = await reader(state).ask(
        sql.load("api.legacy", question), timeframe, symbol=symbol, source=source, **values
    )
    if row is None:
        raise UnknownSymbol(f"no symbol {symbol} has been stored", "symbol")
    if row[0] is None:
        raise NothingInWindow(f"nothing of {symbol} in the last {values['minutes']} minutes")
    return written(row[0])


router = Router(
    "/",
    route_handlers=[
        health,
        symbols,
        ticks_latest,
        ticks_summary,
        bars_latest,
        bars_summary,
        movers,
        ping,
        status,
    ],
    exception_handlers={Exception: as_seed},
)
