"""Instruments that have been stored: search, pages, and the details of one."""

import re
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter

from api import page_token as tokens
from api.answers import json_answer, reader
from api.errors import InvalidParameter
from api.formats.export import exported
from api.formats.negotiation import FormatText, wanted
from api.names import SYMBOL_LENGTH
from api.native import flat, symbol_schemas
from api.native.responses import responses
from api.parameters import PageToken, Whole
from api.symbols import unknown
from db import sql
from db.tables.display import Display
from db.tables.formats import JSON

LIMIT = Whole(
    "limit",
    "Largest number of instruments; the next page has the rest.",
    most=10_000,
    default=10_000,
)
SEARCHED = f"^[^\\u0000-\\u001f]{{1,{SYMBOL_LENGTH}}}$"
Search = Annotated[
    str | None,
    QueryParameter(
        name="query",
        description="Text to find in symbols, names of earlier times, base, quote and other "
        "spellings, in any case: btc, btc/usd, AAP. The best match comes first.",
        schema_extra={"pattern": SEARCHED},
    ),
]
PathSymbol = Annotated[
    str,
    PathParameter(
        description="Symbol, or another spelling of it. Its slashes may be encoded or not.",
        schema_extra={"pattern": f"^[A-Za-z0-9:/._-]{{1,{SYMBOL_LENGTH}}}$"},
        examples=[Example(value="KRAKEN:BTC/USD")],
    ),
]


class Query(msgspec.Struct, frozen=True):
    """The text that is searched for; a page token belongs to one query."""

    symbols_like: str | None


class Position(msgspec.Struct, frozen=True, array_like=True):
    """The instrument after which the next page begins."""

    rank: int
    symbol: str


@get(
    "/symbols",
    summary="All instruments, or those that match",
    tags=["Native"],
    responses=responses(symbol_schemas.Instruments, symbol_schemas.INSTRUMENTS, 422, 503, 504),
)
async def instruments(
    request: Request[Any, Any, Any],
    state: State,
    search: Search = None,
    limit: Annotated[str, LIMIT.documented] = str(LIMIT.default),
    page_token: PageToken = None,
    format: FormatText = None,  # noqa: A002, ARG001 - read by wanted()
) -> Response[bytes]:
    """Returns the reference data of the instruments: the best match first, then by symbol."""
    count = LIMIT.parse(limit)
    if search is not None and not re.fullmatch(SEARCHED, search):
        raise InvalidParameter("query", f"must have 1 to {SYMBOL_LENGTH} characters, and no tabs")
    if wanted(request) != JSON:
        most = flat.limit_of(request, LIMIT)
        return exported(request, state, flat.instruments(search, most), Display())
    belongs = msgspec.json.encode(Query(search))
    after = None if page_token is None else tokens.read_as(Position, page_token, belongs)
    row = await reader(state).fetch_row(
        sql.load("api.native", "instruments"),
        query=search,
        limit=count,
        after_rank=after and after.rank,
        after_symbol=after and after.symbol,
    )
    assert row is not None
    text, rank, symbol = row
    token = "null" if symbol is None else f'"{tokens.write(Position(rank, symbol), belongs)}"'
    return json_answer(f'{{"symbols":{text},"next_page_token":{token}}}')


@get(
    "/symbols/{symbol:path}",
    summary="One instrument",
    tags=["Native"],
    responses=responses(
        symbol_schemas.InstrumentDetails, symbol_schemas.DETAILS, 404, 422, 503, 504
    ),
)
async def instrument(state: State, symbol: PathSymbol) -> Response[bytes]:
    """Returns its reference data, names, sources with their first and last event, and splits."""
    named = await state.symbols.one("symbol", symbol.removeprefix("/"))
    row = await reader(state).fetch_live_row(
        sql.load("api.native", "instrument"), symbol=named.symbol
    )
    if row is None:
        raise unknown("symbol", [named.symbol])
    return json_answer(row[0])
