"""Alpaca's parameters: their documentation, and the parsing of their text."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple

import msgspec
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter

from api import parameters, times
from api.compatible import AsOf, Currency, Feed
from api.errors import InvalidParameter
from api.names import LIST_OF_SYMBOLS, SEGMENT_PATTERN, SYMBOLS_AT_ONCE, parse_source
from api.parameters import ADJUSTMENTS, ORDERS, Sort, Source, Whole

LIMIT = Whole(
    "limit",
    "Largest number of data points of all symbols together; the next page has the rest.",
    most=10_000,
    default=1000,
)
NEED_DIVIDENDS = ("dividend", "spin-off", "all")
# Alpaca's locations of crypto data, and the venue whose pairs they mean first.
LOCATIONS = {"us": "ALPACA", "us-1": "KRAKEN", "us-2": None, "eu-1": "KRAKEN", "bs-1": None}

# The timeframes of Alpaca of which a day, or a year, is a multiple.
TIMEFRAME = (
    r"^((1|2|3|4|5|6|8|9|10|12|15|16|18|20|24|30|32|36|40|45|48)(Min|T)"
    r"|(1|2|3|4|6|8|12)(Hour|H)|1(Day|D|Week|W)|(1|2|3|4|6|12)(Month|M))$"
)
_TIMEFRAME = re.compile(
    r"([1-9]|[1-5]\d)(Min|T)|([1-9]|1\d|2[0-3])(Hour|H)|1(Day|D|Week|W)|([12346]|12)(Month|M)",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
MOST_NS = 999  # nanoseconds beyond a microsecond

Symbols = Annotated[
    list[str],
    QueryParameter(
        description="Symbols, separated by commas, "
        f"{SYMBOLS_AT_ONCE} at most: AAPL, or BTC/USD, BTCUSD and KRAKEN:BTC/USD. "
        "Symbols of which nothing is stored are absent from the answer.",
        schema_extra=LIST_OF_SYMBOLS,
        examples=[Example(value=["AAPL,TSLA"])],
    ),
]
Symbol = Annotated[
    str,
    PathParameter(
        description="Symbol: AAPL. One with a slash is asked for in `symbols`.",
        schema_extra={"pattern": SEGMENT_PATTERN},
    ),
]
Location = Annotated[
    str,
    PathParameter(
        description="Alpaca's location of the data, us. All have the same pairs; where several "
        "venues have one, us means Alpaca's own, us-1 and eu-1 Kraken's.",
        schema_extra={"enum": list(LOCATIONS)},
    ),
]
Start = Annotated[
    str | None,
    QueryParameter(
        description="Start of the interval, inclusive: RFC 3339, or a date for its UTC midnight. "
        "The default is the beginning of this day, UTC.",
        schema_extra={"pattern": times.PATTERN},
        examples=[Example(value="2026-02-27T12:00:00Z")],
    ),
]
End = Annotated[
    str | None,
    QueryParameter(
        description="End of the interval, inclusive: RFC 3339, or a date for all of that day, UTC. "
        "The default is now.",
        schema_extra={"pattern": times.PATTERN},
        examples=[Example(value="2026-02-27T13:00:00Z")],
    ),
]
PageToken = Annotated[
    str | None,
    QueryParameter(
        description="next_page_token of the previous page; all other parameters but limit stay as "
        "they were. An empty one is the first page.",
        schema_extra={"pattern": "^[A-Za-z0-9_-]*$"},
    ),
]
Limit = Annotated[str, LIMIT.documented]
TimeframeText = Annotated[
    str,
    QueryParameter(
        description="Width of a bar in Alpaca's spelling: 1Min to 48Min, 1Hour to 12Hour, if a day "
        "is a multiple of it; 1Day, 1Week; 1, 2, 3, 4, 6 or 12Month. Days are days of UTC.",
        schema_extra={"pattern": TIMEFRAME},
        examples=[Example(value="1Min")],
    ),
]
Adjustment = Annotated[
    str,
    QueryParameter(
        description="raw, or split: prices divided and volumes multiplied by the splits that came "
        "later. Dividends are not stored, so there is no dividend and no all.",
        schema_extra={"enum": list(ADJUSTMENTS)},
    ),
]


class Instant(NamedTuple):
    """A time to the nanosecond: a whole microsecond, and up to 999 nanoseconds after it."""

    ts: datetime
    ns: int

    @property
    def rounded_up(self) -> datetime:
        """The next whole microsecond."""
        return self.ts + MICROSECOND if self.ns else self.ts


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of every answer."""

    source: str | None
    feed: str | None = None
    currency: str | None = None
    venue: str | None = None  # whose pair is meant where several have it
    asof: str | None = None


class Window(Choice, frozen=True, kw_only=True):
    """An interval, start <= time < end, and its page."""

    start: Instant
    end: Instant | None  # None: up to now
    newest_first: bool
    limit: int
    page_token: str | None
    asked: list[str | None]  # start, end, sort and source: a page token belongs to them


def choice(source: Source = None, feed: Feed = None, currency: Currency = None) -> Choice:
    """Parses the parameters of an answer about the newest data; raises InvalidParameter."""
    return Choice(source=parse_source(source), feed=feed, currency=currency)


def crypto_choice(loc: Location, source: Source = None, currency: Currency = None) -> Choice:
    """Parses the parameters of an answer about pairs of currencies; raises InvalidParameter."""
    parameters.parse_choice("loc", loc, tuple(LOCATIONS))
    return Choice(source=parse_source(source), currency=currency, venue=LOCATIONS[loc])


def window(
    choice: NamedDependency[Choice],
    start: Start = None,
    end: End = None,
    limit: Limit = str(LIMIT.default),
    sort: Sort = ORDERS[0],
    page_token: PageToken = None,
    asof: AsOf = None,
) -> Window:
    """Parses the parameters of an interval; raises InvalidParameter."""
    since, until = _interval(start, end, datetime.now(UTC))
    return Window(
        source=choice.source,
        feed=choice.feed,
        currency=choice.currency,
        venue=choice.venue,
        start=since,
        end=until,
        newest_first=parameters.parse_choice("sort", sort, ORDERS) == "desc",
        limit=LIMIT.parse(limit),
        page_token=page_token or None,  # alpaca-py sends an empty one
        asof=asof,
        asked=[start, end, sort, choice.source],
    )


def check_timeframe(text: str) -> None:
    """Raises InvalidParameter unless Alpaca has the timeframe."""
    if not _TIMEFRAME.fullmatch(text):
        raise InvalidParameter(
            "timeframe",
            "must be 1 to 59Min, 1 to 23Hour, 1Day, 1Week, or 1, 2, 3, 4, 6 or 12Month",
        )


def parse_adjustment(text: str) -> str:
    """Returns a way of adjusting prices; raises InvalidParameter."""
    if text in NEED_DIVIDENDS:
        raise InvalidParameter(
            "adjustment", f"{text} is not possible, as no dividends are stored; use raw or split"
        )
    return parameters.parse_choice("adjustment", text, ADJUSTMENTS)


def _interval(start: str | None, end: str | None, now: datetime) -> tuple[Instant, Instant | None]:
    """Returns the start, and the end exclusive; no end is now."""
    since = Instant(now.replace(hour=0, minute=0, second=0, microsecond=0), 0)
    if start is not None:
        since = Instant(*times.parse_moment("start", start))
    until = None if end is None else _just_after(end)
    if until and since >= until:
        default = "" if start is not None else ", the beginning of this day by default,"
        raise InvalidParameter(f"start{default}", "must not be after end")
    return since, until


def _just_after(end: str) -> Instant | None:
    """Returns the first instant after an end, which is inclusive; None if time ends there."""
    ts, ns = times.parse_moment("end", end)
    try:
        if _DATE.fullmatch(end):
            return Instant(ts + DAY, 0)
        return Instant(ts, ns + 1) if ns < MOST_NS else Instant(ts + MICROSECOND, 0)
    except OverflowError:
        return None
