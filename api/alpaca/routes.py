"""The routes of the Alpaca dialect: of stocks, by list or symbol, of pairs, and of streams."""

from litestar import Response, Router, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler

from api.alpaca import answers, examples, parameters, schemas
from api.alpaca.answers import BARS, QUOTES, TRADES
from api.alpaca.errors import NotOffered
from api.alpaca.handlers import (
    bars,
    bars_of_one,
    events,
    events_of_one,
    latest,
    latest_of_one,
    snapshots,
)
from api.alpaca.parameters import Choice, Symbol
from api.alpaca.responses import responses
from api.alpaca.stream import routes as stream
from api.parameters import refuse_repeated

TAGS = ["Alpaca"]
FAILURES = (422, 503, 504)

EXAMPLES = {BARS: examples.BAR, TRADES: examples.TRADE, QUOTES: examples.QUOTE}
PAGES = {
    BARS: (schemas.AlpacaBars, schemas.AlpacaSymbolBars),
    TRADES: (schemas.AlpacaTrades, schemas.AlpacaSymbolTrades),
    QUOTES: (schemas.AlpacaQuotes, schemas.AlpacaSymbolQuotes),
}
NEWEST = {
    BARS: (schemas.AlpacaLatestBars, schemas.AlpacaLatestBar),
    TRADES: (schemas.AlpacaLatestTrades, schemas.AlpacaLatestTrade),
    QUOTES: (schemas.AlpacaLatestQuotes, schemas.AlpacaLatestQuote),
}
SNAPSHOTS = "The snapshot of each symbol; symbols of which nothing is stored are absent."


@get(
    "/{symbol:str}/snapshot",
    summary="Snapshot of one stock, as Alpaca",
    tags=TAGS,
    responses=responses(
        schemas.AlpacaSymbolSnapshot, {"symbol": "AAPL"} | examples.SNAPSHOT, 404, *FAILURES
    ),
)
async def snapshot(
    state: State, symbol: Symbol, choice: NamedDependency[Choice]
) -> Response[bytes]:
    """Returns the newest trade and quote of one symbol, its last minute, and its last two days."""
    asked = await answers.symbol_of(state, symbol, choice)
    return await answers.snapshots(state, asked, choice)


@get("/latest/orderbooks", include_in_schema=False)
async def orderbooks() -> None:
    """Raises NotOffered: books are not stored."""
    raise NotOffered("order books are not stored; latest/quotes has the best bid and ask")


def _windows(path: str, what: str) -> list[HTTPRouteHandler]:
    """Returns the routes of windows of several symbols, of stocks or of pairs of currencies."""
    return [
        get(
            path.format(kind.many),
            summary=f"{kind.many.title()} of {what}, as Alpaca",
            description=f"Returns the {kind.many} in an interval, by symbol, then time.",
            tags=TAGS,
            responses=responses(
                PAGES[kind][0], examples.page(kind.many, EXAMPLES[kind]), *FAILURES
            ),
        )(bars if kind is BARS else events(kind))
        for kind in PAGES
    ]


def _windows_of_one() -> list[HTTPRouteHandler]:
    return [
        get(
            f"/{{symbol:str}}/{kind.many}",
            summary=f"{kind.many.title()} of one stock, as Alpaca",
            description=f"Returns the {kind.many} of one symbol in an interval, by time.",
            tags=TAGS,
            responses=responses(
                PAGES[kind][1], examples.page_of_one(kind.many, EXAMPLES[kind]), *FAILURES
            ),
        )(bars_of_one if kind is BARS else events_of_one(kind))
        for kind in PAGES
    ]


def _latest(path: str, what: str) -> list[HTTPRouteHandler]:
    """Returns the routes of the newest of several symbols."""
    return [
        get(
            path.format(kind.many),
            summary=f"Latest {kind.many} of {what}, as Alpaca",
            description=f"Returns the newest {kind.one} of each symbol.",
            tags=TAGS,
            responses=responses(NEWEST[kind][0], {kind.many: {"AAPL": EXAMPLES[kind]}}, *FAILURES),
        )(latest(kind))
        for kind in NEWEST
    ]


def _latest_of_one() -> list[HTTPRouteHandler]:
    return [
        get(
            f"/{{symbol:str}}/{kind.many}/latest",
            summary=f"Latest {kind.one} of one stock, as Alpaca",
            description=f"Returns the newest {kind.one} of one symbol.",
            tags=TAGS,
            responses=responses(
                NEWEST[kind][1],
                {"symbol": "AAPL", kind.one: EXAMPLES[kind]},
                404,
                *FAILURES,
            ),
        )(latest_of_one(kind))
        for kind in NEWEST
    ]


def _snapshots(what: str, member: str | None) -> HTTPRouteHandler:
    """Returns the route of the snapshots of several symbols."""
    by_symbol = {"AAPL": examples.SNAPSHOT}
    return get(
        "/snapshots",
        summary=f"Snapshots of {what}, as Alpaca",
        description="Returns the newest trade and quote, the last minute and the last two days.",
        tags=TAGS,
        responses=responses(
            schemas.AlpacaSnapshots if member else dict[str, schemas.AlpacaSnapshot],
            {member: by_symbol} if member else by_symbol,
            *FAILURES,
            description=SNAPSHOTS,
        ),
    )(snapshots(member))


stocks = Router(
    "/v2/stocks",
    route_handlers=[
        *_windows("/{}", "stocks"),
        *_windows_of_one(),
        *_latest("/{}/latest", "stocks"),
        *_latest_of_one(),
        _snapshots("stocks", None),
        snapshot,
    ],
    dependencies={
        "choice": Provide(parameters.choice, sync_to_thread=False),
        "window": Provide(parameters.window, sync_to_thread=False),
    },
)

crypto = Router(
    "/v1beta3/crypto/{loc:str}",
    route_handlers=[
        *_windows("/{}", "pairs of currencies"),
        *_latest("/latest/{}", "pairs of currencies"),
        _snapshots("pairs of currencies", "snapshots"),
        orderbooks,
    ],
    dependencies={
        "choice": Provide(parameters.crypto_choice, sync_to_thread=False),
        "window": Provide(parameters.window, sync_to_thread=False),
    },
)

router = Router(
    "/alpaca",
    route_handlers=[stocks, crypto, *stream.ROUTES],
    before_request=refuse_repeated,  # unknown parameters are ignored, as Alpaca does
)
