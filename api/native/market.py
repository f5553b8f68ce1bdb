"""The market as a whole: what moved, when exchanges are open, and the state of what is stored."""

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.datastructures import State
from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from api import page_token, parameters
from api.answers import json_answer, reader
from api.display import DECIMALS, Decimals, TimeStyle, Zone, parse_display
from api.errors import InvalidParameter, UnknownCalendar
from api.names import SYMBOL_PATTERN
from api.native import bar_pages, examples, schemas
from api.native.responses import responses
from api.page_token import Position
from api.parameters import ADJUSTMENTS, ORDERS, Adjustment, End, PageToken, Start, Whole
from db import sql
from db.tables.display import TIME_STYLES

MOVERS = Whole("limit", "Largest number of movers.", most=100, default=10)
SESSIONS = Whole(
    "limit",
    "Largest number of sessions; the next page has the rest.",
    most=10_000,
    default=1000,
)
MoversLimit = Annotated[str, MOVERS.documented]
SessionsLimit = Annotated[str, SESSIONS.documented]

# Up to a year.
_DAYS = "[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6]"
_WINDOW = f"^(?:[1-9][0-9]{{0,3}}m|[1-9][0-9]{{0,2}}h|(?:{_DAYS})d)$"
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
Length = Annotated[
    str,
    QueryParameter(
        description="How far back to look from now: minutes, hours, or days of 24 hours.",
        schema_extra={"pattern": _WINDOW},
        examples=[Example(value="15m")],
    ),
]
CalendarName = Annotated[
    str | None,
    QueryParameter(
        description="Code of an exchange, XNYS; FX: currencies; 24/7: always. Or name a symbol.",
        schema_extra={"pattern": "^[ -~]{1,64}$"},
        examples=[Example(value="XNYS")],
    ),
]
OneSymbol = Annotated[
    str | None,
    QueryParameter(
        description="Instrument whose calendar is meant, its own or that of its source.",
        schema_extra={"pattern": SYMBOL_PATTERN},
        examples=[Example(value="AAPL")],
    ),
]


class CalendarQuery(msgspec.Struct, frozen=True):
    """The parameters of a page of sessions but its limit."""

    calendar: str | None
    symbol: str | None
    start: datetime | None
    end: datetime | None


@get(
    "/movers",
    summary="The instruments that moved most",
    tags=["Native"],
    responses=responses(schemas.BiggestMovers, examples.MOVERS, 422, 503, 504),
)
async def movers(
    state: State,
    window: Length = "1d",
    limit: MoversLimit = str(MOVERS.default),
    adjustment: Adjustment = ADJUSTMENTS[0],
    decimals: Decimals = DECIMALS[0],
) -> Response[bytes]:
    """Returns the largest moves in percent, up or down, of the bars that start in the window.

    From the first open to the last close, mid prices where there are no trades; an instrument that
    did not open above zero has no percentage and comes last.
    """
    row = await reader(state).fetch_live_row(
        sql.load("api.native", "movers"),
        window=_interval(window),
        limit=MOVERS.parse(limit),
        adjustment=parameters.parse_adjustment(adjustment),
        as_strings=parameters.parse_choice("decimals", decimals, DECIMALS) == DECIMALS[1],
    )
    assert row is not None
    return json_answer(row[0])


@get(
    "/calendar",
    summary="Trading sessions of an exchange or instrument",
    tags=["Native"],
    responses=responses(schemas.TradingCalendar, examples.CALENDAR, 404, 422, 503, 504),
)
async def calendar(
    state: State,
    calendar: CalendarName = None,
    symbol: OneSymbol = None,
    start: Start = None,
    end: End = None,
    limit: SessionsLimit = str(SESSIONS.default),
    page_token: PageToken = None,
    ts: TimeStyle = TIME_STYLES[0],
    tz: Zone = None,
) -> Response[bytes]:
    """Returns the sessions that are open at some time within [start, end), oldest first.

    `date` is the day by the calendar of the exchange; a half day has an earlier `close`.
    """
    if (calendar is None) == (symbol is None):
        raise InvalidParameter("symbol", "or calendar is required, one of them")
    if calendar is not None and not re.fullmatch(r"[ -~]{1,64}", calendar):
        raise InvalidParameter("calendar", "must have 1 to 64 characters of ASCII")
    window = bar_pages.parse_window(start, end, ORDERS[0])
    query = CalendarQuery(
        calendar,
        None if symbol is None else (await state.symbols.one("symbol", symbol)).symbol,
        window.start,
        window.end,
    )
    display = parse_display(ts, tz)
    values = {"ts": display.ts, "tz": display.zone, "limit": SESSIONS.parse(limit)}
    return await _sessions(state, query, values, page_token)


@get(
    "/status",
    summary="What is stored, what is pending, and the state of feeds",
    tags=["Native"],
    responses=responses(schemas.StoreStatus, examples.STATUS, 422, 503, 504),
)
async def status(state: State, ts: TimeStyle = TIME_STYLES[0], tz: Zone = None) -> Response[bytes]:
    """Returns the versions of the database, how far candles are stored, and what feeds last sent.

    Candles newer than those that are stored are made when they are read: a lag costs time, and no
    bar is missing because of it. Where bars may be missing is in `pending`.
    """
    display = parse_display(ts, tz)
    row = await reader(state).fetch_live_row(
        sql.load("api.native", "status"), ts=display.ts, tz=display.zone
    )
    assert row is not None
    return json_answer(row[0])


def _interval(window: str) -> str:
    if not re.fullmatch(_WINDOW, window) or window.endswith("\n"):
        raise InvalidParameter("window", "must be a length like 15m, 6h or 1d, up to 366d")
    if window.endswith("d"):
        return f"{int(window[:-1]) * 24} hours"
    return f"{window[:-1]} {_UNITS[window[-1]]}"


async def _sessions(
    state: State, query: CalendarQuery, values: dict[str, Any], token: str | None
) -> Response[bytes]:
    belongs_to = msgspec.json.encode(query)
    after = None if token is None else page_token.read(token, belongs_to)
    row = await reader(state).fetch_row(
        sql.load("api.native", "calendar"),
        calendar=query.calendar,
        symbol=query.symbol,
        start=query.start or "-infinity",
        end=query.end or "infinity",
        after=after and after.bucket,
        **values,
    )
    assert row is not None
    found, has_sessions, sessions, last_open_at = row
    if found is None:
        raise UnknownCalendar(f"no calendar is known for {query.symbol}", "symbol")
    if not has_sessions:
        raise UnknownCalendar(f"calendar {found} has no sessions", "calendar")
    more = "null"
    if last_open_at is not None:
        more = f'"{page_token.write(Position(found, None, last_open_at), belongs_to)}"'
    name = msgspec.json.encode(found).decode()
    return json_answer(f'{{"calendar":{name},"sessions":[{sessions}],"next_page_token":{more}}}')
