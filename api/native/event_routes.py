"""Trades and quotes by window, in pages, and the newest of each symbol: routes of one shape."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from api.display import DECIMALS, Decimals, TimeStyle, Zone
from api.formats.negotiation import FormatText
from api.native import event_examples, event_schemas, events
from api.native.events import LIMIT, Asked, Limit
from api.native.responses import responses
from api.parameters import ORDERS, End, PageToken, Sort, Source, Start, Symbols
from db.tables.display import TIME_STYLES

FAILURES = (404, 422, 503, 504)
WINDOW = (
    "Returns the {kind} of the window [start, end), by symbol, then time.\n\n"
    "Without a start: the newest `limit` {kind} before the end, of all symbols together. The "
    "window is exact to the nanosecond. Symbols without {kind} are absent; 404 only if none of the "
    "symbols is known."
)
NEWEST = "Returns the newest {one} of each symbol; symbols without {kind} are absent."


def window(kind: str, schema: type[Any], example: object) -> HTTPRouteHandler:
    """Makes the route of a window of trades or quotes."""

    @get(
        f"/{kind}",
        summary=f"{kind.capitalize()} of one or more symbols",
        description=WINDOW.format(kind=kind),
        tags=["Native"],
        responses=responses(schema, example, *FAILURES),
    )
    async def handler(
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
        return await events.page(request, state, kind, asked)

    return handler


def newest(kind: str, schema: type[Any], example: object) -> HTTPRouteHandler:
    """Makes the route of the newest trade or quote of each symbol."""
    one = kind.removesuffix("s")

    @get(
        f"/{kind}/latest",
        summary=f"The newest {one} of each symbol",
        description=NEWEST.format(one=one, kind=kind),
        tags=["Native"],
        responses=responses(schema, example, *FAILURES),
    )
    async def handler(
        state: State,
        symbols: Symbols,
        source: Source = None,
        ts: TimeStyle = TIME_STYLES[0],
        tz: Zone = None,
        decimals: Decimals = DECIMALS[0],
    ) -> Response[bytes]:
        asked = Asked(symbols=symbols, source=source, ts=ts, tz=tz, decimals=decimals)
        return await events.latest(state, kind, asked)

    return handler


ROUTES = (
    window("trades", event_schemas.Trades, event_examples.TRADES),
    newest("trades", event_schemas.LatestTrades, event_examples.LATEST_TRADES),
    window("quotes", event_schemas.Quotes, event_examples.QUOTES),
    newest("quotes", event_schemas.LatestQuotes, event_examples.LATEST_QUOTES),
)
