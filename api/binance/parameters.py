"""Query parameters as Binance's clients send them: times in milliseconds, its intervals.

Binance refuses what it does not read, and so does this dialect.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple

import msgspec
from litestar import Request
from litestar.openapi.spec import Example
from litestar.params import HeaderParameter, ParameterKwarg, QueryParameter

from api.binance.errors import (
    BAD_COMBINATION,
    BAD_INTERVAL,
    BAD_VALUE,
    DUPLICATE,
    ILLEGAL_CHARS,
    MANDATORY,
    UNREAD,
    Fault,
)
from api.names import SYMBOL_LENGTH, SYMBOL_PATTERN, SYMBOLS_AT_ONCE
from api.parameters import Whole

# Their intervals: the timeframe of StockPulse, and the width as PostgreSQL reads it.
INTERVALS = {
    "1s": ("1s", "1 second"),
    "1m": ("1m", "1 minute"),
    "3m": ("3m", "3 minutes"),
    "5m": ("5m", "5 minutes"),
    "15m": ("15m", "15 minutes"),
    "30m": ("30m", "30 minutes"),
    "1h": ("1h", "1 hour"),
    "2h": ("2h", "2 hours"),
    "4h": ("4h", "4 hours"),
    "6h": ("6h", "6 hours"),
    "8h": ("8h", "8 hours"),
    "12h": ("12h", "12 hours"),
    "1d": ("1d", "1 day"),
    "3d": ("3d", "3 days"),
    "1w": ("1w", "1 week"),
    "1M": ("1mo", "1 month"),
}
ZONES = ("0", "+0", "-0", "00:00", "+00:00", "-00:00", "0:00", "UTC")
LIMIT = Whole("limit", "Largest number of items.", most=1000, default=500)
# A JSON array of strings with up to so many characters, without those that \u spells.
_TEXT = r'"(?:[^"\\\u0000-\u001f\u007f-\u009f]|\\["\\/])+"'
SYMBOLS_PATTERN = (
    rf'^(?!.*"(?:[^"\\]|\\.){{{SYMBOL_LENGTH + 1}}})'
    rf"\[ *{_TEXT} *(?:, *{_TEXT} *){{0,{SYMBOLS_AT_ONCE - 1}}}\]$"
)
WHOLE_PATTERN = "^[0-9]{1,18}$"
MICROSECONDS_FROM = 10**15  # a number of milliseconds this large is the year 33658

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# PostgreSQL has later times, Python has not.
LAST = (datetime(9999, 12, 31, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


def _number(name: str, description: str) -> Any:
    return QueryParameter(
        name=name, description=description, schema_extra={"pattern": WHOLE_PATTERN}
    )


Symbol = Annotated[
    str,
    QueryParameter(
        description="BTCUSD, BTC/USD, or the name that StockPulse has stored: KRAKEN:BTC/USD, "
        "AAPL. A pair that several instruments share is refused.",
        schema_extra={"pattern": SYMBOL_PATTERN},
        examples=[Example(value="BTCUSD")],
    ),
]
OneSymbol = Annotated[str | None, Symbol.__metadata__[0]]
Symbols = Annotated[
    str | None,
    QueryParameter(
        description=f'A JSON array of at most {SYMBOLS_AT_ONCE} symbols: ["BTCUSD","AAPL"].',
        schema_extra={"pattern": SYMBOLS_PATTERN},
        examples=[Example(value='["BTCUSD"]')],
    ),
]
Interval = Annotated[
    str,
    QueryParameter(
        description="Width of a bar; 1m is a minute, 1M a month.",
        schema_extra={"enum": list(INTERVALS)},
    ),
]
StartTime = Annotated[
    str | None,
    _number("startTime", "Start of the window, inclusive: Unix milliseconds, or microseconds."),
]
EndTime = Annotated[
    str | None,
    _number("endTime", "End of the window, inclusive: Unix milliseconds, or microseconds."),
]
FromId = Annotated[
    str | None,
    _number("fromId", "Id of the first trade, for series whose ids are numbers that rise."),
]
TimeZone = Annotated[
    str,
    QueryParameter(name="timeZone", description="UTC only.", schema_extra={"enum": list(ZONES)}),
]
TickerType = Annotated[
    str,
    QueryParameter(name="type", description="FULL only.", schema_extra={"enum": ["FULL"]}),
]
Limit = Annotated[str, LIMIT.documented]
PER_SECOND = {"MILLISECOND": 1_000, "MICROSECOND": 1_000_000}
MILLISECOND = "MILLISECOND"
# In any case, which a pattern of JSON Schema has no flag for.
UNIT_PATTERN = (
    f"^(?:{'|'.join(''.join(f'[{c}{c.lower()}]' for c in name) for name in PER_SECOND)})$"
)
TimeUnit = Annotated[
    str,
    HeaderParameter(
        name="X-MBX-TIME-UNIT",
        description="Unit of the times in the answer: MILLISECOND or MICROSECOND, in any case.",
        schema_extra={"pattern": f"^(?:{UNIT_PATTERN})$"},
    ),
]


class Window(NamedTuple):
    """A window of time, [since, until), open where None."""

    since: datetime | None
    until: datetime | None

    @property
    def reaches_now(self) -> bool:
        """True if what happens next may belong to the window."""
        return self.until is None or self.until > datetime.now(UTC)


async def refuse_unread(request: Request[Any, Any, Any]) -> None:
    """Raises Fault for a parameter that the route does not read, or that is sent twice."""
    declared = {
        field.kwarg_definition.name or name
        for name, field in request.route_handler.parsed_fn_signature.parameters.items()
        if isinstance(field.kwarg_definition, ParameterKwarg)
    }
    sent = list(request.query_params)
    if len(sent) != len(set(sent)):
        raise Fault(DUPLICATE, "Too many parameters; duplicate values for a parameter detected.")
    if unread := [name for name in sent if name not in declared]:
        raise Fault(
            UNREAD,
            f"Not all sent parameters were read; read '{len(sent) - len(unread)}' parameter(s) "
            f"but was sent '{len(sent)}': {', '.join(unread)[:SYMBOL_LENGTH]} is unknown here.",
        )


def parse_interval(text: str) -> tuple[str, str]:
    """Returns timeframe and width of an interval; raises Fault."""
    if text not in INTERVALS:
        raise Fault(BAD_INTERVAL, f"Invalid interval. Possible are {', '.join(INTERVALS)}.")
    return INTERVALS[text]


def parse_window(start: str | None, end: str | None) -> Window:
    """Returns the window of startTime and endTime, both inclusive; raises Fault."""
    since = None if start is None else _parse_time("startTime", start)[0]
    until = None
    if end is not None:
        last, unit = _parse_time("endTime", end)
        until = last + unit
    return Window(since, until)


def parse_id(text: str | None, window: Window) -> int | None:
    """Returns the number in fromId, which excludes a window; raises Fault."""
    if text is None:
        return None
    if window != (None, None):
        raise Fault(
            BAD_COMBINATION,
            "Combination of optional parameters invalid. fromId excludes startTime and endTime.",
        )
    return _parse_whole("fromId", text)


def parse_symbols(text: str) -> list[str]:
    """Returns the symbols of a JSON array, each once; raises Fault."""
    try:
        found = msgspec.json.decode(text, type=list[str])
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise Fault(
            ILLEGAL_CHARS,
            "Illegal characters found in parameter 'symbols'; "
            'it is a JSON array: ["BTCUSD","AAPL"].',
        ) from None
    if not 1 <= len(found) <= SYMBOLS_AT_ONCE:
        raise Fault(BAD_VALUE, f"Parameter 'symbols' must have 1 to {SYMBOLS_AT_ONCE} symbols.")
    if len(found) != len(set(found)):
        raise Fault(DUPLICATE, "Too many parameters; duplicate values in 'symbols' detected.")
    return found


def parse_unit(text: str) -> int:
    """Returns how many of a unit of time are a second; raises Fault."""
    unit = text.upper()
    if unit not in PER_SECOND:
        raise Fault(BAD_VALUE, "Header 'X-MBX-TIME-UNIT' must be MILLISECOND or MICROSECOND.")
    return PER_SECOND[unit]


def check_zone(text: str) -> None:
    """Raises Fault unless a time zone is UTC."""
    if text not in ZONES:
        raise Fault(BAD_VALUE, "Data sent for parameter 'timeZone' is not valid: bars are in UTC.")


def _parse_time(name: str, text: str) -> tuple[datetime, timedelta]:
    """Returns an instant, and the unit in which it was given."""
    number = _parse_whole(name, text)
    if number >= MICROSECONDS_FROM:
        unit, number = timedelta(microseconds=1), min(number, LAST * 1000)
    else:
        unit, number = timedelta(milliseconds=1), min(number, LAST)
    return EPOCH + number * unit, unit


def _parse_whole(name: str, text: str) -> int:
    if not text:
        raise Fault(
            MANDATORY,
            f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.",
        )
    if not re.fullmatch(WHOLE_PATTERN, text, re.ASCII):
        raise Fault(
            ILLEGAL_CHARS,
            f"Illegal characters found in parameter '{name}'; legal range is '{WHOLE_PATTERN}'.",
        )
    return int(text)
