"""Bars by window, in pages, and the newest of each symbol."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import QueryParameter

from api import page_token, parameters
from api.answers import json_answer, reader
from api.errors import InvalidParameter
from api.formats.export import exported
from api.formats.negotiation import JSON, FormatText, wanted
from api.native import examples, flat, schemas
from api.native.names import names_of, unknown
from api.native.responses import responses
from api.page_token import Position
from api.parameters import (
    ADJUSTMENTS,
    DEFAULT_TIMEFRAME,
    TRUTHS,
    Adjustment,
    End,
    PageToken,
    Price,
    Source,
    Start,
    Symbols,
    TimeframeText,
    Vendor,
    Whole,
)
from db import sql

LIMIT = Whole(
    "limit",
    "Largest number of bars of all symbols together; the next page has the rest.",
    most=10_000,
    default=1000,
)
Limit = Annotated[str, LIMIT.documented]

ORDERS = ("asc", "desc")
Sort = Annotated[
    str,
    QueryParameter(
        description="Order of the bars of a symbol; symbols are always ascending.",
        schema_extra={"enum": list(ORDERS)},
    ),
]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a page of bars but its limit; a page token belongs to one query."""

    symbols: list[str]
    timeframe: str
    start: datetime | None
    end: datetime | None
    sort: str
    source: str | None
    price: str | None
    adjustment: str
    vendor: bool

    @property
    def newest(self) -> bool:
        """True if the query means the newest bars of all symbols together, which is one page."""
        return self.start is None and self.sort == "asc"


@get(
    "/bars",
    summary="Bars of one or more symbols",
    tags=["Native"],
    responses=responses(schemas.Bars, examples.BARS, 404, 422, 503, 504),
)
async def bars(
    request: Request[Any, Any, Any],
    state: State,
    symbols: Symbols,
    timeframe: TimeframeText = DEFAULT_TIMEFRAME,
    start: Start = None,
    end: End = None,
    limit: Limit = str(LIMIT.default),
    sort: Sort = ORDERS[0],
    page_token: PageToken = None,
    source: Source = None,
    price: Price = None,
    adjustment: Adjustment = ADJUSTMENTS[0],
    vendor: Vendor = TRUTHS[0],
    format: FormatText = None,  # noqa: A002, ARG001 - read by wanted()
) -> Response[bytes]:
    """Returns the bars of the window [start, end), by symbol, then time.

    Without a start: the newest `limit` bars before the end, of all symbols together. Symbols
    without bars are absent; 404 only if none of the symbols is known.
    """
    count = LIMIT.parse(limit)
    query = Query(
        symbols=await names_of(state, symbols),
        start=None if start is None else parameters.parse_time("start", start),
        end=None if end is None else parameters.parse_time("end", end),
        sort=parameters.parse_choice("sort", sort, ORDERS),
        source=parameters.parse_source(source),
        price=parameters.parse_price(price),
        adjustment=parameters.parse_choice("adjustment", adjustment, ADJUSTMENTS),
        vendor=parameters.parse_truth("vendor", vendor),
        timeframe=await state.timeframes.parse(timeframe),
    )
    if query.start and query.end and query.start > query.end:
        raise InvalidParameter("start", "must not be after end")
    if wanted(request) != JSON:
        await state.symbols.resolve("symbols", symbols)  # refuses unknown ones
        return exported(request, state, flat.bars(query, flat.limit_of(request, LIMIT)))
    return await _page(state, query, count, page_token)


@get(
    "/bars/latest",
    summary="The newest bar of each symbol",
    tags=["Native"],
    responses=responses(schemas.LatestBarBySymbol, examples.LATEST_BARS, 404, 422, 503, 504),
)
async def latest(
    state: State,
    symbols: Symbols,
    timeframe: TimeframeText = DEFAULT_TIMEFRAME,
    source: Source = None,
    price: Price = None,
    adjustment: Adjustment = ADJUSTMENTS[0],
    vendor: Vendor = TRUTHS[0],
) -> Response[bytes]:
    """Returns the newest bar of each symbol, which may be incomplete."""
    names = await names_of(state, symbols)
    row = await reader(state).fetch_row(
        sql.load("api.native", "latest_bars"),
        symbols=names,
        timeframe=await state.timeframes.parse(timeframe),
        source=parameters.parse_source(source),
        price=parameters.parse_price(price),
        adjustment=parameters.parse_choice("adjustment", adjustment, ADJUSTMENTS),
        vendor=parameters.parse_truth("vendor", vendor),
    )
    assert row is not None
    known, text = row
    if not known:
        raise unknown(names)
    return json_answer(text)


async def _page(state: State, query: Query, limit: int, token: str | None) -> Response[bytes]:
    after = _position(token, query)
    row = await reader(state).fetch_row(
        sql.load("api.native", "bars"),
        symbols=query.symbols,
        timeframe=query.timeframe,
        start=query.start or "-infinity",
        end=query.end or "infinity",
        source=query.source,
        limit=limit,
        newest_first=query.newest or query.sort == "desc",
        share="by time" if query.newest else "in turn",
        descending=query.sort == "desc",
        price=query.price,
        adjustment=query.adjustment,
        vendor=query.vendor,
        after_symbol=after and after.symbol,
        after_source=after and after.source,
        after_bucket=after and after.bucket,
    )
    assert row is not None
    known, text, *last = row
    if not known:
        raise unknown(query.symbols)
    pending = await _pending(state, query)
    return json_answer(f'{{"bars":{text},"next_page_token":{_next_token(last, query)}{pending}}}')


async def _pending(state: State, query: Query) -> str:
    """Returns the member that names the ranges whose bars may be missing; without any nothing."""
    kinds = {None: ("trades", "quotes"), "trade": ("trades",)}.get(query.price, ("quotes",))
    found = await state.pending.ranges(
        kinds, state.timeframes.level_of(query.timeframe), query.start, query.end
    )
    if not found:
        return ""
    stretches = [schemas.Range(start=one.since, end=one.until) for one in found]
    return f',"pending":{msgspec.json.encode(stretches).decode()}'


def _position(token: str | None, query: Query) -> Position | None:
    if token is None:
        return None
    if query.newest:
        raise InvalidParameter("page_token", "does not belong to this query")
    return page_token.read(token, msgspec.json.encode(query), Position)


def _next_token(last: list[Any], query: Query) -> str:
    """Returns the token of the next page as JSON; null if this page is the last."""
    if last[0] is None:
        return "null"
    return f'"{page_token.write(Position(*last), msgspec.json.encode(query))}"'
