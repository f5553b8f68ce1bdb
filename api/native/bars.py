"""Bars by window, in pages, and the newest of each symbol."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.datastructures import State

from api import compatible
from api.compatible import AsOf, Currency, Feed
from api.display import DECIMALS, Decimals, TimeStyle, Zone, parse_display
from api.formats.export import exported
from api.formats.negotiation import FormatText, wanted
from api.native import bar_pages, examples, flat, schemas
from api.native.bar_pages import Query, Window
from api.native.names import names_of
from api.native.responses import responses
from api.parameters import (
    ADJUSTMENTS,
    DEFAULT_TIMEFRAME,
    FILLS,
    ORDERS,
    SESSIONS,
    TRUTHS,
    Adjustment,
    End,
    Fill,
    PageToken,
    Price,
    Session,
    Sort,
    Source,
    Start,
    Symbols,
    TimeframeText,
    Vendor,
    Whole,
    WithCoverage,
)
from db.tables.display import TIME_STYLES
from db.tables.formats import JSON

LIMIT = Whole(
    "limit",
    "Largest number of bars of all symbols together; the next page has the rest.",
    most=10_000,
    default=1000,
)
Limit = Annotated[str, LIMIT.documented]


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
    fill: Fill = FILLS[0],
    session: Session = SESSIONS[0],
    coverage: WithCoverage = TRUTHS[1],
    ts: TimeStyle = TIME_STYLES[0],
    tz: Zone = None,
    decimals: Decimals = DECIMALS[0],
    feed: Feed = None,
    asof: AsOf = None,
    currency: Currency = None,
    format: FormatText = None,  # noqa: A002, ARG001 - read by wanted()
) -> Response[bytes]:
    """Returns the bars of the window [start, end), by symbol, then time.

    Without a start: the newest `limit` bars before the end, of all symbols together. Symbols
    without bars are absent; 404 only if none of the symbols is known.
    """
    query = Query(
        symbols=await names_of(state, symbols),
        timeframe=await state.timeframes.parse(timeframe),
        window=bar_pages.parse_window(start, end, sort),
        series=bar_pages.parse_series(source, price, adjustment, vendor),
        shape=bar_pages.parse_shape(fill, session, coverage),
        display=parse_display(ts, tz, decimals),
    )
    await compatible.check(state, query.symbols, feed, asof, currency)
    most = LIMIT.parse(limit)
    if wanted(request) != JSON:
        await state.symbols.resolve("symbols", symbols)  # refuses unknown ones
        pending = await bar_pages.pending_of(state, query)
        table = flat.bars(
            query,
            flat.limit_of(request, LIMIT),
            state.timeframes.width_of(query.timeframe),
            bar_pages.multirange(pending),
        )
        table = await bar_pages.with_archived(state, query, pending, table)
        return exported(request, state, table, query.display)
    return await bar_pages.page(state, query, most, page_token)


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
    session: Session = SESSIONS[0],
    coverage: WithCoverage = TRUTHS[1],
    ts: TimeStyle = TIME_STYLES[0],
    tz: Zone = None,
    decimals: Decimals = DECIMALS[0],
    feed: Feed = None,
    asof: AsOf = None,
    currency: Currency = None,
) -> Response[bytes]:
    """Returns the newest bar of each symbol, which is not final while its bucket goes on."""
    query = Query(
        symbols=await names_of(state, symbols),
        timeframe=await state.timeframes.parse(timeframe),
        window=Window(),
        series=bar_pages.parse_series(source, price, adjustment, vendor),
        shape=bar_pages.parse_shape(FILLS[0], session, coverage),
        display=parse_display(ts, tz, decimals),
    )
    await compatible.check(state, query.symbols, feed, asof, currency)
    return await bar_pages.newest(state, query)
