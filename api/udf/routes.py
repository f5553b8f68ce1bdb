"""Symbols, search and quotes; `router` has all paths of this dialect."""

import time

import msgspec
from litestar import MediaType, Response, Router, get
from litestar.datastructures import State

from api.answers import json_answer, reader
from api.errors import InvalidParameter, UnknownSymbol
from api.names import SYMBOLS_AT_ONCE
from api.parameters import refuse_repeated
from api.symbols import AmbiguousSymbol, Named
from api.udf import charts, examples, schemas, widgets
from api.udf.errors import as_udf_error
from api.udf.parameters import (
    MINUTES_OF_SESSIONS,
    RESOLUTIONS,
    SEARCH_LIMIT,
    Exchange,
    Group,
    Kind,
    SearchLimit,
    SearchText,
    Ticker,
    Tickers,
)
from api.udf.responses import responses
from db import sql


@get(
    "/config",
    summary="What the data feed can do",
    tags=["UDF"],
    responses=responses(schemas.UdfConfig, "Configuration", examples.CONFIG, 503, 504),
)
async def config(state: State) -> Response[bytes]:
    """Returns the resolutions that can be made, and the venues and types of all symbols."""
    row = await reader(state).fetch_live_row(sql.load("api.udf", "kinds"))
    assert row is not None
    exchanges, types = (msgspec.json.decode(text, type=list[str]) for text in row)
    found = schemas.UdfConfig(
        supported_resolutions=await _resolutions(state),
        exchanges=[
            schemas.UdfExchange(name or "All venues", name, "") for name in ["", *exchanges]
        ],
        symbols_types=[schemas.UdfType(name or "All types", name) for name in ["", *types]],
    )
    return json_answer(msgspec.json.encode(found).decode())


@get(
    "/symbols",
    summary="A symbol, for a chart",
    tags=["UDF"],
    responses=responses(schemas.UdfSymbol, "The symbol", examples.SYMBOL, 404, 422, 503, 504),
)
async def symbols(state: State, symbol: Ticker) -> Response[bytes]:
    """Returns a symbol with the hours of its market and the step of its prices."""
    named = await state.symbols.one("symbol", symbol)
    return json_answer((await _listed(state, [named.symbol]))[1:-1])


@get(
    "/symbol_info",
    summary="All symbols of a venue, for a chart",
    tags=["UDF"],
    responses=responses(
        schemas.UdfSymbolColumns, "Lists, one per property", examples.COLUMNS, 422, 503, 504
    ),
)
async def symbol_info(state: State, group: Group = None) -> Response[bytes]:
    """Returns the properties of all symbols of a venue as lists."""
    return json_answer(
        await _listed(
            state, None, exchange=None if group is None else _text(group), as_columns=True
        )
    )


@get(
    "/search",
    summary="Symbols whose name contains a text",
    tags=["UDF"],
    responses=responses(
        list[schemas.UdfFound], "Symbols, the best first", examples.FOUND, 422, 503, 504
    ),
)
async def search(
    state: State,
    text: SearchText = "",
    kind: Kind = "",
    exchange: Exchange = "",
    limit: SearchLimit = str(SEARCH_LIMIT.default),
) -> Response[bytes]:
    """Returns the symbols that contain the text in any case: first the one of that name."""
    row = await reader(state).fetch_row(
        sql.load("api.udf", "found"),
        query=_text(text).upper(),
        type=_text(kind),
        exchange=_text(exchange),
        limit=SEARCH_LIMIT.parse(limit),
    )
    assert row is not None
    return json_answer(row[0])


@get(
    "/quotes",
    summary="Newest prices of symbols",
    tags=["UDF"],
    responses=responses(
        schemas.UdfQuotes, "Quotes, in the order asked", examples.QUOTES, 404, 422, 503, 504
    ),
)
async def quotes(state: State, symbols: Tickers) -> Response[bytes]:
    """Returns the newest price and quote of each symbol, and the figures of its day in UTC."""
    asked = symbols.split(",")
    if len(asked) > SYMBOLS_AT_ONCE:
        raise InvalidParameter("symbols", f"must be {SYMBOLS_AT_ONCE} at most")
    known = await _meanings(state, asked)  # those without a meaning have their errors in the answer
    if known.keys() == {symbols}:
        asked = [symbols]  # a name with commas
    row = await reader(state).fetch_live_row(
        sql.load("api.udf", "quotes"), asked=asked, symbols=[known.get(name) for name in asked]
    )
    assert row is not None
    return json_answer(row[0])


@get(
    "/time",
    summary="Time of the server in Unix seconds",
    tags=["UDF"],
    media_type=MediaType.TEXT,
    include_in_schema=False,
)
async def server_time() -> Response[str]:
    """Returns the time as plain text."""
    return Response(str(int(time.time())), media_type=MediaType.TEXT)


async def _listed(
    state: State,
    names: list[str] | None,
    *,
    exchange: str | None = None,
    as_columns: bool = False,
) -> str:
    found = await _resolutions(state)
    row = await reader(state).fetch_live_row(
        sql.load("api.udf", "listed"),
        symbols=names,
        exchange=exchange,
        as_columns=as_columns,
        resolutions=msgspec.json.encode(found).decode(),
        minutes=msgspec.json.encode([name for name in found if name.isdigit()]).decode(),
        minutes_of_sessions=msgspec.json.encode(
            [name for name in found if name in MINUTES_OF_SESSIONS]
        ).decode(),
    )
    assert row is not None
    text: str = row[0]
    if text == "[]":
        raise UnknownSymbol("no such symbol has been stored", "symbol")
    return text


async def _meanings(state: State, asked: list[str]) -> dict[str, str]:
    """Returns what the names mean, as far as each means one symbol."""
    try:
        found = await state.symbols.resolve("symbols", [",".join(asked)])
    except UnknownSymbol:
        found = []
    except AmbiguousSymbol:
        found = [one for name in asked if (one := await _meaning(state, name)) is not None]
    return {one.asked: one.symbol for one in found}


async def _meaning(state: State, name: str) -> Named | None:
    try:
        one: Named = await state.symbols.one("symbols", name)
    except (UnknownSymbol, AmbiguousSymbol):
        return None
    return one


async def _resolutions(state: State) -> list[str]:
    """Returns the resolutions whose bars the database can make."""
    found = []
    for resolution, bar in RESOLUTIONS.items():
        try:
            await state.timeframes.parse(bar.timeframe)
        except InvalidParameter:
            continue
        found.append(resolution)
    return found


def _text(sent: str) -> str:
    """Returns a text that PostgreSQL can compare: it has no character of code 0, nor do names."""
    return sent.replace("\0", "\N{REPLACEMENT CHARACTER}")


router = Router(
    "/udf",
    route_handlers=[
        config,
        symbols,
        symbol_info,
        search,
        quotes,
        server_time,
        charts.history,
        charts.marks,
        charts.timescale_marks,
        widgets.table,
        widgets.options,
    ],
    before_request=refuse_repeated,
    exception_handlers={Exception: as_udf_error},
)
