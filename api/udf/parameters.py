"""Query parameters as charts send them: times in Unix seconds, resolutions such as 5 or 1D.

Parameters that are not known are ignored: charts and their hosts add some of their own.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple

from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from api.errors import InvalidParameter
from api.names import SYMBOL_PATTERN, SYMBOLS_AT_ONCE, SYMBOLS_PATTERN
from api.parameters import Whole


class Bar(NamedTuple):
    """The bars of a resolution: timeframe, width, and the seconds of which starts are multiples."""

    timeframe: str
    width: str
    step: int


# The resolutions that a chart offers.
RESOLUTIONS = {
    "1S": Bar("1s", "1 second", 1),
    "1": Bar("1m", "1 minute", 60),
    "3": Bar("3m", "3 minutes", 180),
    "5": Bar("5m", "5 minutes", 300),
    "15": Bar("15m", "15 minutes", 900),
    "30": Bar("30m", "30 minutes", 1800),
    "60": Bar("1h", "1 hour", 3600),
    "120": Bar("2h", "2 hours", 7200),
    "240": Bar("4h", "4 hours", 14_400),
    "720": Bar("12h", "12 hours", 43_200),
    "1D": Bar("1d", "1 day", 86_400),
    "1W": Bar("1w", "7 days", 86_400),
    "1M": Bar("1mo", "1 month", 86_400),
}
OTHER_NAMES = {"D": "1D", "W": "1W", "M": "1M", "S": "1S", "1H": "60", "4H": "240"}
MINUTES_OF_SESSIONS = ("1", "3", "5", "15", "30")  # a session may begin at half past

COUNTBACK = Whole("countback", "Number of bars before `to`; overrides `from`.", 20_000, 300)
SEARCH_LIMIT = Whole("limit", "Largest number of symbols.", 1000, 30)
ROWS = Whole("limit", "Largest number of bars.", 10_000, 500)

SECONDS_PATTERN = "^-?[0-9]{1,12}$"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, tzinfo=UTC)


def _seconds(name: str, description: str) -> Any:
    return QueryParameter(
        name=name, description=description, schema_extra={"pattern": SECONDS_PATTERN}
    )


Ticker = Annotated[
    str,
    QueryParameter(
        description="`ticker` of a symbol, or another of its names: KRAKEN:BTC/USD, BTCUSD, AAPL.",
        schema_extra={"pattern": SYMBOL_PATTERN},
        examples=[Example(value="AAPL")],
    ),
]
Tickers = Annotated[
    str,
    QueryParameter(
        description=f"Tickers, separated by commas, {SYMBOLS_AT_ONCE} at most.",
        schema_extra={"pattern": SYMBOLS_PATTERN},
        examples=[Example(value="AAPL,KRAKEN:BTC/USD")],
    ),
]
Resolution = Annotated[
    str,
    QueryParameter(
        description="Width of a bar in minutes, or with S, D, W or M.",
        schema_extra={"enum": [*RESOLUTIONS, *OTHER_NAMES]},
    ),
]
From = Annotated[str, _seconds("from", "Start of the window, inclusive, in Unix seconds.")]
To = Annotated[str, _seconds("to", "End of the window, exclusive, in Unix seconds.")]
Countback = Annotated[
    str | None,
    QueryParameter(
        description=COUNTBACK.description,
        schema_extra={"pattern": "^([1-9][0-9]{0,3}|1[0-9]{4}|20000)$"},
    ),
]
SearchText = Annotated[
    str,
    QueryParameter(name="query", description="Part of a name, a venue or a pair of currencies."),
]
Kind = Annotated[
    str, QueryParameter(name="type", description="Type: stock, crypto, forex; empty: all.")
]
Exchange = Annotated[
    str, QueryParameter(description="Venue, the part before the colon: KRAKEN; empty: all.")
]
Group = Annotated[
    str | None, QueryParameter(description="Venue whose symbols are meant; without it all.")
]
SearchLimit = Annotated[str, SEARCH_LIMIT.documented]
Rows = Annotated[str, ROWS.documented]


def parse_resolution(text: str) -> Bar:
    """Returns the bars of a resolution; raises InvalidParameter."""
    name = OTHER_NAMES.get(text, text)
    if name not in RESOLUTIONS:
        raise InvalidParameter("resolution", f"must be one of {', '.join(RESOLUTIONS)}")
    return RESOLUTIONS[name]


def parse_seconds(field: str, text: str) -> datetime:
    """Returns the time of Unix seconds, within the years 1 to 9999; raises InvalidParameter."""
    if not re.fullmatch(SECONDS_PATTERN, text, re.ASCII):
        raise InvalidParameter(field, "must be a time in whole Unix seconds")
    try:
        return EPOCH + timedelta(seconds=int(text))
    except OverflowError:
        return LAST if int(text) > 0 else FIRST


def next_start(end: datetime, step: int) -> datetime:
    """Returns the first start of a bar that is not before `end`.

    A window has the same bars up to there, and the polls of many charts have the same end.
    """
    beyond = -(end - EPOCH) % timedelta(seconds=step)
    return end if end > LAST - beyond else end + beyond


def parse_window(since: str, until: str) -> tuple[datetime, datetime]:
    """Returns the times in `from` and `to`; raises InvalidParameter."""
    window = parse_seconds("from", since), parse_seconds("to", until)
    if window[0] > window[1]:
        raise InvalidParameter("from", "must not be after to")
    return window
