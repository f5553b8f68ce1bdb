"""The native API under /v1, in Alpaca's dialect."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, get
from litestar.datastructures import State
from litestar.params import QueryParameter

from api import examples, page_token, parameters, shapes, timeframes
from api.answers import reader, written
from api.errors import InvalidParameter, UnknownSymbol, as_problem
from api.page_token import Position
from api.parameters import End, PageToken, Source, Start, Symbols, TimeframeText
from api.shapes import native_answers
from api.timeframes import Timeframe
from db import sql

Limit = Annotated[
    int,
    QueryParameter(
        description="Bars at most, over all symbols together; the next page has the rest.",
        ge=1,
        le=10_000,
    ),
]
Sort = Annotated[
    Literal["asc", "desc"],
    QueryParameter(description="Order of the bars of a symbol; symbols are always in order."),
]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; a page token belongs to exactly one of these."""

    symbols: list[str]
    timeframe: Timeframe
    start: datetime | None
    end: datetime | None
    sort: Literal["asc", "desc"]
    source: str | None

    def statement(self) -> str:
        """Names the statement that answers."""
        if self.sort == "desc":
            return "bars_backward"
        return "bars_newest" if self.start is None else "bars_forward"


@get(
    "/bars",
    summary="Bars of one or more symbols",
    tags=["Native"],
    responses=native_answers(shapes.Bars, examples.BARS, 404, 422, 503, 504),
)
async def bars(
    state: State,
    symbols: Symbols,
    timeframe: TimeframeText = "1m",
    start: Start = None,
    end: End = None,
    limit: Limit = 1000,
    sort: Sort = "asc",
    page_token: PageToken = None,
    source: Source = None,
) -> Response[bytes]:
    """Gives the bars of the window [start, end), by symbol, then time.

    Without a start: the newest `limit` bars before the end, over all symbols together. Symbols
    without bars are absent; 404 only if none of them is known.
    """
    query = _query(symbols, timeframe, start, end, sort, source)
    after = _position(page_token, query)
    row = await reader(state).ask(
        sql.load("api.native", query.statement()),
        query.timeframe,
        symbols=query.symbols,
        source=query.source,
        span=query.timeframe.span,
        start=query.start or "-infinity",
        end=query.end or "infinity",
        limit=limit,
        after_symbol=after and after.symbol,
        after_source=after and after.source,
        after_bucket=after and after.bucket,
    )
    assert row is not None
    known, text, *last = row
    if not known:
        raise _unknown(query.symbols)
    token = _next_token(last, query)
    return written(f'{{"bars":{text},"next_page_token":{token}}}')


@get(
    "/bars/latest",
    summary="The newest bar of each symbol",
    tags=["Native"],
    responses=native_answers(shapes.LastBars, examples.LAST_BARS, 404, 422, 503, 504),
)
async def latest(
    state: State, symbols: Symbols, timeframe: TimeframeText = "1m", source: Source = None
) -> Response[bytes]:
    """Gives the newest bar of each symbol, the one still growing included."""
    query = _query(symbols, timeframe, None, None, "asc", source)
    row = await reader(state).ask(
        sql.load("api.native", "bars_last"),
        query.timeframe,
        symbols=query.symbols,
        source=query.source,
    )
    assert row is not None
    known, text = row
    if not known:
        raise _unknown(query.symbols)
    return written(text)


@get(
    "/symbols",
    summary="All instruments",
    tags=["Native"],
    responses=native_answers(shapes.Instruments, examples.INSTRUMENTS, 503),
)
async def instruments(state: State) -> Response[bytes]:
    """Gives what is known of every symbol ever stored."""
    row = await reader(state).ask(sql.load("api.native", "instruments"))
    assert row is not None
    return written(row[0])


def refuse_unknown_parameters(request: Request[Any, Any, Any]) -> None:
    """Refuses a parameter that would otherwise be ignored: a misspelt one changes the answer."""
    known = request.route_handler.parsed_fn_signature.parameters
    for field in request.query_params:
        if field not in known or field == "state":
            raise InvalidParameter(field[: parameters.NAME_LENGTH], "is not a parameter here")


def _query(
    symbols: str,
    timeframe: str,
    start: str | None,
    end: str | None,
    sort: Literal["asc", "desc"],
    source: str | None,
) -> Query:
    since = None if start is None else parameters.time("start", start)
    until = None if end is None else parameters.time("end", end)
    if since and until and since > until:
        raise InvalidParameter("start", "must not be after end")
    return Query(
        symbols=parameters.names("symbols", symbols),
        timeframe=timeframes.parse(timeframe),
        start=since,
        end=until,
        sort=sort,
        source=None if source is None else parameters.name("source", source),
    )


def _position(token: str | None, query: Query) -> Position | None:
    if token is None:
        return None
    if query.statement() == "bars_newest":
        raise InvalidParameter("page_token", "does not belong to this query")
    return page_token.read(token, msgspec.json.encode(query))


def _next_token(last: list[Any], query: Query) -> str:
    """Returns the next page's token as JSON; null where this page is the last."""
    if last[0] is None:
        return "null"
    return f'"{page_token.write(Position(*last), msgspec.json.encode(query))}"'


def _unknown(symbols: list[str]) -> UnknownSymbol:
    return UnknownSymbol(f"no symbol {' or '.join(symbols[:5])} has been stored", "symbols")


router = Router(
    "/v1",
    route_handlers=[bars, latest, instruments],
    before_request=refuse_unknown_parameters,
    exception_handlers={Exception: as_problem},
)
