"""Query parameters: their documentation, and the parsing of their text.

Litestar passes every parameter on as the string that was sent. The functions here parse it and
raise InvalidParameter, so that a client always reads our own words.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.openapi.spec import Example, OpenAPIType
from litestar.params import ParameterKwarg, QueryParameter

from api.errors import InvalidParameter

NAME_LENGTH = 64  # characters of a symbol or source, as in market.instruments
SYMBOLS_AT_ONCE = 100
DEFAULT_TIMEFRAME = "1m"


class Whole(msgspec.Struct, frozen=True):
    """A whole-number parameter with its bounds, both inclusive, and its default."""

    name: str
    description: str
    most: int
    default: int
    least: int = 1

    @property
    def documented(self) -> Any:
        """The parameter in the OpenAPI document."""
        return QueryParameter(
            description=self.description,
            schema_extra={
                "type": OpenAPIType.INTEGER,
                "minimum": self.least,
                "maximum": self.most,
                "default": self.default,
            },
        )

    def parse(self, text: str) -> int:
        """Returns the number in `text`; raises InvalidParameter."""
        number = int(text) if _WHOLE.fullmatch(text) else None
        if number is None or not self.least <= number <= self.most:
            raise InvalidParameter(
                self.name, f"must be an integer from {self.least} to {self.most}"
            )
        return number


_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)

Symbol = Annotated[
    str,
    QueryParameter(
        description="Instrument as its source names it: AAPL, BINANCE:BTCUSDT, KRAKEN:BTC/USD. "
        "A symbol that is not found as written is looked up in upper case.",
        schema_extra={"min_length": 1, "max_length": NAME_LENGTH},
        examples=[Example(value="AAPL")],
    ),
]
Symbols = Annotated[
    str,
    QueryParameter(
        description=f"Instruments, separated by commas; {SYMBOLS_AT_ONCE} at most.",
        schema_extra={"min_length": 1},
        examples=[Example(value="AAPL,MSFT")],
    ),
]
Source = Annotated[
    str | None,
    QueryParameter(
        description="Source of the ticks: kraken. Sources of a symbol are never mixed. The default "
        "is the symbol's primary source, or the source with the newest tick.",
        schema_extra={"min_length": 1, "max_length": NAME_LENGTH},
    ),
]
TimeframeText = Annotated[
    str,
    QueryParameter(
        description="Width of a bar in the spelling of Alpaca, Binance, Twelve Data or "
        "TradingView: 1m, 1Min, 60, 1H, 1day, D. /v1/timeframes lists the widths that exist.",
    ),
]
Start = Annotated[
    str | None,
    QueryParameter(
        description="Start of the window, inclusive: RFC 3339 (2026-02-27T12:00:00Z), or a date "
        "for its UTC midnight. Without it the answer is the newest bars.",
    ),
]
End = Annotated[
    str | None,
    QueryParameter(
        description="End of the window, exclusive: RFC 3339 (2026-02-27T13:00:00Z), or a date for "
        "its UTC midnight.",
    ),
]
PageToken = Annotated[
    str | None,
    QueryParameter(
        description="next_page_token of the previous page; all other parameters but limit stay as "
        "they were.",
    ),
]

# RFC 3339, or a date. A space before the offset is a + that was not percent-encoded.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?(?:([Zz])|([+\- ])(\d\d:\d\d)))?",
    re.ASCII,
)


async def refuse_unknown(request: Request[Any, Any, Any]) -> None:
    """Raises InvalidParameter for a parameter that the route does not have.

    A misspelt parameter would otherwise be ignored, and the answer would be another one.
    """
    declared = request.route_handler.parsed_fn_signature.parameters
    for sent in request.query_params:
        if sent not in declared or not isinstance(declared[sent].kwarg_definition, ParameterKwarg):
            raise InvalidParameter(sent[:NAME_LENGTH], "is not a parameter of this path")


def parse_name(field: str, text: str) -> str:
    """Returns the name of a symbol or source; raises InvalidParameter."""
    if not 1 <= len(text) <= NAME_LENGTH:
        raise InvalidParameter(field, f"must have 1 to {NAME_LENGTH} characters")
    if not text.isprintable():
        raise InvalidParameter(field, "must consist of printable characters")
    return text


def parse_names(field: str, text: str) -> list[str]:
    """Returns the names in a comma-separated list, sorted and without repetitions."""
    found = sorted({parse_name(field, part.strip()) for part in text.split(",")})
    if len(found) > SYMBOLS_AT_ONCE:
        raise InvalidParameter(field, f"must be {SYMBOLS_AT_ONCE} at most")
    return found


def parse_choice(field: str, text: str, choices: tuple[str, ...]) -> str:
    """Returns `text` if it is one of the choices; raises InvalidParameter."""
    if text not in choices:
        raise InvalidParameter(field, f"must be {' or '.join(choices)}")
    return text


def parse_time(field: str, text: str) -> datetime:
    """Returns the time in `text`, in UTC and floored to the microsecond; raises InvalidParameter.

    `text` is RFC 3339 with a zone, or a date for its UTC midnight.
    """
    match = _TIME.fullmatch(text)
    if not match:
        raise InvalidParameter(field, "must be a time like 2026-02-27T12:00:00Z, or a date")
    day, clock, fraction, _zulu, sign, offset = match.groups()
    zone = f"{sign.replace(' ', '+')}{offset}" if sign else "+00:00"
    try:
        return datetime.fromisoformat(
            f"{day}T{clock or '00:00:00'}{(fraction or '')[:7]}{zone}"
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidParameter(field, "is not a time that exists") from None
