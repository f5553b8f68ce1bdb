"""The routes of the native API."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, Router, get
from litestar.datastructures import State
from litestar.params import QueryParameter

from api import page_token, parameters
from api.answers import json_answer, reader
from api.errors import InvalidParameter, UnknownSymbol
from api.native import examples, schemas
from api.native.errors import as_problem
from api.native.responses import responses
from api.page_token import Position
from api.parameters import (
    ADJUSTMENTS,
    DEFAULT_TIMEFRAME,
    PRICES,
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
) -> Response[bytes]:
    """Returns the bars of the window [start, end), by symbol, then time.

    Without a start: the newest `limit` bars before the end, of all symbols together. Symbols
    without bars are absent; 404 only if none of the symbols is known.
    """
    count = LIMIT.parse(limit)
    query = Query(
        symbols=await _names(state, symbols),
        start=None if start is None else parameters.parse_time("start", start),
        end=None if end is None else parameters.parse_time("end", end),
        sort=parameters.parse_choice("sort", sort, ORDERS),
        source=parameters.parse_source(source),
        price=_price(price),
        adjustment=parameters.parse_choice("adjustment", adjustment, ADJUSTMENTS),
        vendor=parameters.parse_truth("vendor", vendor),
        timeframe=await state.timeframes.parse(timeframe),
    )
    if query.start and query.end and query.start > query.end:
        raise InvalidParameter("start", "must not be after end")
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
    names = await _names(state, symbols)
    row = await reader(state).fetch_row(
        sql.load("api.native", "latest_bars"),
        symbols=names,
        timeframe=await state.timeframes.parse(timeframe),
        source=parameters.parse_source(source),
        price=_price(price),
        adjustment=parameters.parse_choice("adjustment", adjustment, ADJUSTMENTS),
        vendor=parameters.parse_truth("vendor", vendor),
    )
    assert row is not None
    known, text = row
    if not known:
        raise _unknown(names)
    return json_answer(text)


@get(
    "/coverage",
    summary="Where bars are complete, and where there was no feed",
    tags=["Native"],
    responses=responses(schemas.Coverage, examples.COVERAGE, 404, 422, 503, 504),
)
async def coverage(
    state: State,
    symbols: Symbols,
    timeframe: TimeframeText = DEFAULT_TIMEFRAME,
    start: Start = None,
    end: End = None,
    source: Source = None,
    price: Price = None,
) -> Response[bytes]:
    """Returns the stretches of [start, end), by state, from a symbol's first day or feed to now.

    A bucket has one state, the first that holds: `pending`, its bar may be missing or lack events,
    as they are being stored; `complete`, a feed covered all of it, and there were trades or quotes;
    `no trades`, there were none; `closed`, the market was closed; `no feed`, no feed covered all of
    it; `unknown`, it lies before the first feed of the symbol and source.
    """
    names = await _names(state, symbols)
    row = await reader(state).fetch_row(
        sql.load("api.native", "coverage"),
        symbols=names,
        timeframe=await state.timeframes.parse(timeframe),
        start="-infinity" if start is None else parameters.parse_time("start", start),
        end="infinity" if end is None else parameters.parse_time("end", end),
        source=parameters.parse_source(source),
        price=_price(price),
    )
    assert row is not None
    known, text = row
    if not known:
        raise _unknown(names)
    return json_answer(text)


@get(
    "/symbols",
    summary="All instruments",
    tags=["Native"],
    responses=responses(schemas.Instruments, examples.INSTRUMENTS, 503),
)
async def instruments(state: State) -> Response[bytes]:
    """Returns the reference data of every symbol that has been stored."""
    row = await reader(state).fetch_row(sql.load("api.native", "instruments"))
    assert row is not None
    return json_answer(row[0])


@get(
    "/timeframes",
    summary="All timeframes",
    tags=["Native"],
    responses=responses(schemas.TimeframeNames, examples.TIMEFRAMES, 503),
)
async def timeframes(state: State) -> Response[bytes]:
    """Returns the names of the stored timeframes, narrowest first, and others made of them.

    The others are a choice for menus; `timeframe` takes any multiple that divides a day, and days,
    weeks and months.
    """
    names = schemas.TimeframeNames(await state.timeframes.names(), await state.timeframes.others())
    return json_answer(msgspec.json.encode(names).decode())


async def _names(state: State, texts: list[str]) -> list[str]:
    """Returns the symbols asked for; only a text with a comma may have to be looked up."""
    whole: list[str] = []
    if possible := parameters.possible_whole_names(texts):
        row = await reader(state).fetch_row(sql.load("api.native", "whole_names"), texts=possible)
        assert row is not None
        whole = row[0]
    return parameters.parse_symbols("symbols", texts, whole)


def _price(text: str | None) -> str | None:
    return None if text is None else parameters.parse_choice("price", text, PRICES)


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
        raise _unknown(query.symbols)
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


def _unknown(symbols: list[str]) -> UnknownSymbol:
    return UnknownSymbol(f"no symbol {' or '.join(symbols[:5])} has been stored", "symbols")


router = Router(
    "/v1",
    route_handlers=[bars, latest, coverage, instruments, timeframes],
    before_request=parameters.refuse_unknown,
    exception_handlers={Exception: as_problem},
)
