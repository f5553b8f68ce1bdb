"""Query parameters: what they are called and mean, and text turned into values."""

import re
from datetime import UTC, datetime
from typing import Annotated

from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from api.errors import InvalidParameter

NAME_LENGTH = 64  # of a symbol, as market.instruments has it
SYMBOLS_AT_ONCE = 100

Symbol = Annotated[
    str,
    QueryParameter(
        description="Instrument as its source calls it: AAPL, BINANCE:BTCUSDT, KRAKEN:BTC/USD. "
        "Lower case is tried as it stands, then as upper case.",
        min_length=1,
        max_length=NAME_LENGTH,
        examples=[Example(value="AAPL")],
    ),
]
Symbols = Annotated[
    str,
    QueryParameter(
        description=f"Instruments, separated by commas; {SYMBOLS_AT_ONCE} at most.",
        min_length=1,
        examples=[Example(value="AAPL,MSFT")],
    ),
]
Source = Annotated[
    str | None,
    QueryParameter(
        description="Who reported the ticks. Two sources of a symbol never mix; without this, its "
        "primary source answers, else the one with the newest tick.",
        min_length=1,
        max_length=NAME_LENGTH,
        examples=[Example(value="kraken")],
    ),
]
TimeframeText = Annotated[
    str,
    QueryParameter(
        description="Width of a bar: 1m 5m 15m 30m 1h 4h 12h 1d, also as 1Min, 60, 1H, 1day, D.",
        examples=[Example(value="1m")],
    ),
]
Start = Annotated[
    str | None,
    QueryParameter(
        description="First bar to start at or after: RFC 3339, or a date for its UTC midnight. "
        "Without it the answer is the newest bars.",
        examples=[Example(value="2026-02-27T12:00:00Z")],
    ),
]
End = Annotated[
    str | None,
    QueryParameter(
        description="Bars start before this: RFC 3339, or a date for its UTC midnight.",
        examples=[Example(value="2026-02-27T13:00:00Z")],
    ),
]
PageToken = Annotated[
    str | None,
    QueryParameter(description="next_page_token of the page before, with all else unchanged."),
]

# RFC 3339, or a date. A space before the offset is a + that nobody encoded.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?(?:([Zz])|([+\- ])(\d\d:\d\d)))?",
    re.ASCII,
)


def name(field: str, text: str) -> str:
    """Returns a symbol's or source's name; raises InvalidParameter."""
    if not 1 <= len(text) <= NAME_LENGTH:
        raise InvalidParameter(field, f"must have 1 to {NAME_LENGTH} characters")
    if not text.isprintable():
        raise InvalidParameter(field, "must consist of printable characters")
    return text


def names(field: str, text: str) -> list[str]:
    """Returns the names in a list separated by commas, each once, in order."""
    found = sorted({name(field, part.strip()) for part in text.split(",")})
    if len(found) > SYMBOLS_AT_ONCE:
        raise InvalidParameter(field, f"must be {SYMBOLS_AT_ONCE} at most")
    return found


def time(field: str, text: str) -> datetime:
    """Returns the instant that `text` names, floored to the microsecond."""
    match = _TIME.fullmatch(text)
    if not match:
        raise InvalidParameter(field, "must be a time like 2026-02-27T12:00:00Z or a date")
    day, clock, fraction, _zulu, sign, offset = match.groups()
    zone = f"{sign.replace(' ', '+')}{offset}" if sign else "+00:00"
    try:
        return datetime.fromisoformat(
            f"{day}T{clock or '00:00:00'}{(fraction or '')[:7]}{zone}"
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidParameter(field, "is not in the calendar") from None
