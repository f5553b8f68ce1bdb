"""Trades by window, in pages, and the newest of each symbol."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

from api.display import DECIMALS, TIME_STYLES, Decimals, TimeStyle, Zone
from api.formats.negotiation import FormatText
from api.native import event_examples, event_schemas, events
from api.native.events import LIMIT, Asked, Limit
from api.native.responses import responses
from api.parameters import ORDERS, End, PageToken, Sort, Source, Start, Symbols


@get(
    "/trades",
    summary="Trades of one or more symbols",
    tags=["Native"],
    responses=responses(event_schemas.Trades, event_examples.TRADES, 404, 422, 503, 504),
)
async def trades(
    request: Request[Any, Any, Any],
    state: State,
    symbols: Symbols,
    start: Start = None,
    end: End = None,
    limit: Limit = str(LIMIT.default),
    sort: Sort = ORDERS[0],
    page_token: PageToken = None,
    source: Source = None,
    ts: TimeStyle = TIME_STYLES[0],
    tz: Zone = None,
    decimals: Decimals = DECIMALS[0],
    format: FormatText = None,  # noqa: A002, ARG001 - read by wanted()
) -> Response[bytes]:
    """Returns the trades of the window [start, end), by symbol, then time.

    Without a start: the newest `limit` trades before the end, of all symbols together. The window
    is exact to the nanosecond. Symbols without trades are absent; 404 only if none of the symbols
    is known.
    """
    asked = Asked(
        symbols=symbols,
        start=start,
        end=end,
        limit=limit,
        sort=sort,
        page_token=page_token,
        source=source,
        ts=ts,
        tz=tz,
        decimals=decimals,
    )
    return await events.page(request, state, "trades", asked)


@get(
    "/trades/latest",
    summary="The newest trade of each symbol",
    tags=["Native"],
    responses=responses(
        event_schemas.LatestTrades, event_examples.LATEST_TRADES, 404, 422, 503, 504
    ),
)
async def latest(
    state: State,
    symbols: Symbols,
    source: Source = None,
    ts: TimeStyle = TIME_STYLES[0],
    tz: Zone = None,
    decimals: Decimals = DECIMALS[0],
) -> Response[bytes]:
    """Returns the newest trade of each symbol; symbols without trades are absent."""
    asked = Asked(symbols=symbols, source=source, ts=ts, tz=tz, decimals=decimals)
    return await events.latest(state, "trades", asked)
