"""Quotes by window, in pages, and the newest of each symbol."""

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
    "/quotes",
    summary="Quotes of one or more symbols",
    tags=["Native"],
    responses=responses(event_schemas.Quotes, event_examples.QUOTES, 404, 422, 503, 504),
)
async def quotes(
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
    """Returns the quotes of the window [start, end), by symbol, then time.

    Without a start: the newest `limit` quotes before the end, of all symbols together. The window
    is exact to the nanosecond. Symbols without quotes are absent; 404 only if none of the symbols
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
    return await events.page(request, state, "quotes", asked)


@get(
    "/quotes/latest",
    summary="The newest quote of each symbol",
    tags=["Native"],
    responses=responses(
        event_schemas.LatestQuotes, event_examples.LATEST_QUOTES, 404, 422, 503, 504
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
    """Returns the newest quote of each symbol; symbols without quotes are absent."""
    asked = Asked(symbols=symbols, source=source, ts=ts, tz=tz, decimals=decimals)
    return await events.latest(state, "quotes", asked)
