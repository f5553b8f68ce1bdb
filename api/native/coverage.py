"""Coverage and gaps of series: where bars are complete, and where there was no feed."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State

from api import page_token, parameters
from api.answers import json_answer, reader
from api.display import TIME_STYLES, Display, TimeStyle, Zone, parse_display
from api.formats.export import exported
from api.formats.negotiation import JSON, FormatText, wanted
from api.names import parse_source
from api.native import bar_pages, examples, flat, schemas
from api.native.names import names_of, unknown
from api.native.responses import responses
from api.page_token import Position
from api.parameters import (
    DEFAULT_TIMEFRAME,
    ORDERS,
    End,
    PageToken,
    Price,
    Source,
    Start,
    Symbols,
    TimeframeText,
    Whole,
)
from db import sql

LIMIT = Whole(
    "limit",
    "Largest number of stretches of all symbols together; the next page has the rest.",
    most=10_000,
    default=10_000,
)
Limit = Annotated[str, LIMIT.documented]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a page but its limit; a page token belongs to one query."""

    of: str  # coverage or gaps
    symbols: list[str]
    timeframe: str | None
    start: datetime | None
    end: datetime | None
    source: str | None
    price: str | None
    display: Display


@get(
    "/coverage",
    summary="Where bars are complete, and where there was no feed",
    tags=["Native"],
    responses=responses(schemas.Coverage, examples.COVERAGE, 404, 422, 503, 504),
)
async def coverage(
    request: Request[Any, Any, Any],
    state: State,
    symbols: Symbols,
    timeframe: TimeframeText = DEFAULT_TIMEFRAME,
    start: Start = None,
    end: End = None,
    limit: Limit = str(LIMIT.default),
    page_token: PageToken = None,
    source: Source = None,
    price: Price = None,
    ts: TimeStyle = TIME_STYLES[0],
    tz: Zone = None,
    format: FormatText = None,  # noqa: A002, ARG001 - read by wanted()
) -> Response[bytes]:
    """Returns the stretches of [start, end), by state, from a symbol's first day or feed to now.

    A bucket has one state, the first that holds: `pending`, its bar may be missing or lack events,
    as they are being stored; `no feed`, the market was open and no feed covered all of it;
    `archived`, its trades or quotes are in the archive alone; `complete`, a feed covered all of it,
    and there were trades or quotes; `no trades`, there were none; `closed`, the market was closed;
    `unknown`, it lies before the first feed of the symbol and source.
    """
    query = Query(
        of="coverage",
        symbols=await names_of(state, symbols),
        timeframe=await state.timeframes.parse(timeframe),
        **_range(start, end, source, price, parse_display(ts, tz)),
    )
    if wanted(request) != JSON:
        await state.symbols.resolve("symbols", symbols)  # refuses unknown ones
        table = flat.coverage(query, flat.limit_of(request, LIMIT))
        return exported(request, state, table, query.display)
    return await _page(state, query, LIMIT.parse(limit), page_token)


@get(
    "/gaps",
    summary="When events may be missing",
    tags=["Native"],
    responses=responses(schemas.Gaps, examples.GAPS, 404, 422, 503, 504),
)
async def gaps(
    state: State,
    symbols: Symbols,
    start: Start = None,
    end: End = None,
    limit: Limit = str(LIMIT.default),
    page_token: PageToken = None,
    source: Source = None,
    price: Price = None,
    ts: TimeStyle = TIME_STYLES[0],
    tz: Zone = None,
) -> Response[bytes]:
    """Returns the gaps within [start, end) to the microsecond, from a symbol's first feed on.

    Without what has been filled since, hours at which the market was closed, and what is still
    pending. `price` says whether trades or quotes are meant. Gaps that begin together stay on one
    page, which may then be longer than the limit.
    """
    query = Query(
        of="gaps",
        symbols=await names_of(state, symbols),
        timeframe=None,
        **_range(start, end, source, price, parse_display(ts, tz)),
    )
    return await _page(state, query, LIMIT.parse(limit), page_token)


def _range(
    start: str | None, end: str | None, source: str | None, price: str | None, display: Display
) -> dict[str, Any]:
    window = bar_pages.parse_window(start, end, ORDERS[0])
    return {
        "start": window.start,
        "end": window.end,
        "source": parse_source(source),
        "price": parameters.parse_price(price),
        "display": display,
    }


async def _page(state: State, query: Query, limit: int, token: str | None) -> Response[bytes]:
    belongs_to = msgspec.json.encode(query)
    after = None if token is None else page_token.read(token, belongs_to)
    row = await reader(state).fetch_row(
        sql.load("api.native", query.of),
        symbols=query.symbols,
        timeframe=query.timeframe,
        start=query.start or "-infinity",
        end=query.end or "infinity",
        source=query.source,
        price=query.price,
        limit=limit,
        after_symbol=after and after.symbol,
        after_source=after and after.source,
        after_bucket=after and after.bucket,
        ts=query.display.ts,
        tz=query.display.zone,
    )
    assert row is not None
    known, text, *last = row
    if not known:
        raise unknown(query.symbols)
    more = "null"
    if last[0] is not None:
        more = f'"{page_token.write(Position(*last), belongs_to)}"'
    return json_answer(f'{{"{query.of}":{text},"next_page_token":{more}}}')
