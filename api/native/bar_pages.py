"""Pages of bars: what a request means, its statement, and the token of the next page."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response
from litestar.datastructures import State
from psycopg import errors as pg

from api import page_token, parameters, times
from api.answers import json_answer
from api.archived.answers import archive, archived_only
from api.archived.archive import Page
from api.archived.bar_needs import Bars
from api.archived.days import Range as Span
from api.archived.whole import BARS_AT_ONCE
from api.errors import InvalidParameter
from api.names import parse_source
from api.native import flat, schemas
from api.native.names import unknown
from api.page_token import Position
from api.parameters import ADJUSTMENTS, FILLS, ORDERS, SESSIONS
from api.pending import Range
from api.timeframes import seconds_of
from db import sql
from db.tables.display import Display
from db.tables.table import Table

DAILY = ("d", "w", "o")  # the last letter of timeframes of days, weeks and months


class Window(msgspec.Struct, frozen=True):
    """The stretch of time asked for and the order within it; no edge is open."""

    start: datetime | None = None
    end: datetime | None = None
    sort: str = ORDERS[0]

    @property
    def reaches_now(self) -> bool:
        """True if what is stored next may belong to it."""
        return self.end is None or self.end > datetime.now(UTC)


class Series(msgspec.Struct, frozen=True):
    """The bars asked for: of which source and prices."""

    source: str | None = None
    price: str | None = None
    adjustment: str = ADJUSTMENTS[0]
    vendor: bool = True


class Shape(msgspec.Struct, frozen=True):
    """The buckets that are shown, and whether with their coverage."""

    fill: str = FILLS[0]
    session: str = SESSIONS[0]
    coverage: bool = False


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a page of bars but its limit; a page token belongs to one query."""

    symbols: list[str]
    timeframe: str
    window: Window
    series: Series
    shape: Shape
    display: Display

    @property
    def is_newest(self) -> bool:
        """True if the query means the newest bars of all symbols together, which is one page."""
        return self.window.start is None and self.window.sort == ORDERS[0]


def parse_window(start: str | None, end: str | None, sort: str) -> Window:
    """Returns the window, its edges rounded up, as bars begin at whole microseconds.

    Raises InvalidParameter.
    """
    window = Window(
        None if start is None else times.parse_time("start", start, up=True),
        None if end is None else times.parse_time("end", end, up=True),
        parameters.parse_choice("sort", sort, ORDERS),
    )
    if window.start and window.end and window.start > window.end:
        raise InvalidParameter("start", "must not be after end")
    return window


def parse_series(source: str | None, price: str | None, adjustment: str, vendor: str) -> Series:
    """Returns the kind of bars; raises InvalidParameter."""
    return Series(
        parse_source(source),
        parameters.parse_price(price),
        parameters.parse_adjustment(adjustment),
        parameters.parse_truth("vendor", vendor),
    )


def parse_shape(fill: str, session: str, coverage: str) -> Shape:
    """Returns the buckets to show; raises InvalidParameter."""
    return Shape(
        parameters.parse_choice("fill", fill, FILLS),
        parameters.parse_choice("session", session, SESSIONS),
        parameters.parse_truth("coverage", coverage),
    )


async def page(state: State, query: Query, limit: int, token: str | None) -> Response[bytes]:
    """Returns a page of bars; raises InvalidParameter, UnknownSymbol, DatabaseAway or TooSlow."""
    pending = await pending_of(state, query)
    found = await _fetch(
        state,
        query,
        pending,
        limit=limit,
        newest_first=query.is_newest or query.window.sort == ORDERS[1],
        share="by time" if query.is_newest else "in turn",
        direction=-1 if query.is_newest else 1,
        after=_position(token, query),
    )
    known, text, *last = found.row
    if not known:
        raise unknown(query.symbols)
    next_token = _next_token(last[:3], query)
    announced = _announced(pending) + archived_only(found.lacking)
    return json_answer(f'{{"bars":{text},"next_page_token":{next_token}{announced}}}')


async def newest(state: State, query: Query) -> Response[bytes]:
    """Returns the newest bar of each symbol; raises as page() does."""
    pending = await pending_of(state, query)
    found = await _fetch(
        state, query, pending, limit=1, newest_first=True, share="each", direction=1, after=None
    )
    known, text, *_ = found.row
    if not known:
        raise unknown(query.symbols)
    return json_answer(f'{{"bars":{text}}}')


async def with_archived(state: State, query: Query, pending: list[Range], table: Table) -> Table:
    """Returns a flat table with what only the archive has of it; raises ArchivedOnly."""
    bars = _of_archive(state, query)
    page = {name: table.values[name] for name in ("limit", "newest_first", "share")}
    values = _values(state, query, pending, direction=1, after=None, **page)
    if not table.is_page:

        async def piece(symbol: str, span: Span) -> Table:
            return await _piece(state, query, pending, symbol, span)

        table = table._replace(relations=sorted(bars.relations))
        return await archive(state).tables.whole_bars(bars, table, values, piece)
    statement = sql.load("api.native", "bars_by_row")
    try:
        extra = await archive(state).tables.extra_bars(bars, statement, values)
    except pg.InvalidParameterValue as error:
        raise _refusal(error) from error
    return flat.with_archived(table, "bars", extra)


async def _piece(
    state: State, query: Query, pending: list[Range], symbol: str, span: Span
) -> Table:
    """Returns the bars of a symbol in a span of at most BARS_AT_ONCE as a flat table."""
    window = Window(span.start, span.end, query.window.sort)
    part = msgspec.structs.replace(query, symbols=[symbol], window=window)
    table = flat.bars(
        part, BARS_AT_ONCE, state.timeframes.width_of(part.timeframe), multirange(pending)
    )
    return await with_archived(state, part, pending, table)


async def _fetch(
    state: State, query: Query, pending: list[Range], *, after: Position | None, **page: Any
) -> Page:
    series, shape = query.series, query.shape
    is_plain = not pending and not shape.coverage and (shape.fill, shape.session) == ("none", "all")
    statement = sql.load("api.native", "bars" if is_plain else "bars_by_row")
    values = _values(state, query, pending, after=after, **page)
    live = query.window.reaches_now
    try:
        found = await archive(state).bars(_of_archive(state, query), statement, values, live=live)
    except pg.InvalidParameterValue as error:
        raise _refusal(error) from error
    if is_plain and not after and not series.source:
        state.sources.learn(found.row[-1] or ())
    return found


def _values(
    state: State, query: Query, pending: list[Range], *, after: Position | None, **page: Any
) -> dict[str, Any]:
    """Returns the values of the statements of a page."""
    of_sessions = query.shape.session != SESSIONS[0] and query.timeframe[-1] in DAILY
    return page | {
        "symbols": query.symbols,
        "timeframe": query.timeframe,
        "width": state.timeframes.width_of(query.timeframe),
        "start": query.window.start or "-infinity",
        "end": query.window.end or "infinity",
        "descending": query.window.sort == ORDERS[1],
        **msgspec.structs.asdict(query.series),
        **msgspec.structs.asdict(query.shape),
        "states_of": "30m" if of_sessions else query.timeframe,
        "pending": multirange(pending),
        "known_sources": state.sources.of(query.symbols),
        "after_symbol": after and after.symbol,
        "after_source": after and after.source,
        "after_bucket": after and after.bucket,
        **_words(query.display),
    }


def _of_archive(state: State, query: Query) -> Bars:
    """Returns the bars as the archive takes them."""
    return Bars(
        level=state.timeframes.level_of(query.timeframe),
        level_seconds=seconds_of(state.timeframes.level_of(query.timeframe)) or 0,
        seconds=seconds_of(query.timeframe),
        price=query.series.price,
        is_filled=query.shape.fill != FILLS[0],
        is_of_sessions=query.shape.session != SESSIONS[0],
    )


def _words(display: Display) -> dict[str, Any]:
    """Returns the text between the numbers of a bar, and the style of its times."""
    quote = '"' if display.as_strings else ""
    between = {name: f'{quote},"{name}":{quote}' for name in "hlcv"}
    first = {name: f',"{name}":{quote}' for name in ("o", "vw", "sp")}
    return between | first | {"quote": quote, "ts": display.ts, "tz": display.zone}


def _refusal(error: pg.InvalidParameterValue) -> InvalidParameter:
    reason, hint = error.diag.message_primary or "", error.diag.message_hint
    if reason.startswith("time zone"):
        return InvalidParameter("tz", "must be a time zone that PostgreSQL knows")
    return InvalidParameter("session", f"regular needs sessions: {reason}; {hint}")


async def pending_of(state: State, query: Query) -> list[Range]:
    """Returns the ranges of the query's window whose bars may be missing or lack events."""
    price = query.series.price
    kinds = {None: ("trades", "quotes"), "trade": ("trades",)}.get(price, ("quotes",))
    found: list[Range] = await state.pending.ranges(
        kinds,
        state.timeframes.level_of(query.timeframe),
        query.window.start,
        query.window.end,
    )
    return found


def multirange(pending: list[Range]) -> str | None:
    """Returns the ranges as PostgreSQL writes them; None if there are none."""
    spans = (f"[{one.since.isoformat()},{one.until.isoformat()})" for one in pending)
    return f"{{{','.join(spans)}}}" if pending else None


def _announced(pending: list[Range]) -> str:
    """Returns the member that names the ranges whose bars may be missing; without any nothing."""
    if not pending:
        return ""
    stretches = [schemas.Range(start=one.since, end=one.until) for one in pending]
    return f',"pending":{msgspec.json.encode(stretches).decode()}'


def _position(token: str | None, query: Query) -> Position | None:
    if token is None:
        return None
    if query.is_newest:
        raise InvalidParameter("page_token", "does not belong to this query")
    return page_token.read(token, msgspec.json.encode(query))


def _next_token(last: list[Any], query: Query) -> str:
    """Returns the token of the next page as JSON; null if this page is the last."""
    if last[0] is None:
        return "null"
    return f'"{page_token.write(Position(*last), msgspec.json.encode(query))}"'
