"""Query parameters: their documentation, and the parsing of their text.

Litestar passes every parameter on as the string that was sent. The functions here parse it and
raise InvalidParameter, so that a client always reads our own words.
"""

import difflib
import re
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.enums import ParamType
from litestar.openapi.spec import Example, OpenAPIType
from litestar.params import ParameterKwarg, QueryParameter

from api import times
from api.errors import InvalidParameter
from api.names import (
    LIST_OF_SYMBOLS,
    SOURCE_PATTERN,
    SYMBOL_LENGTH,
    SYMBOL_PATTERN,
    SYMBOLS_AT_ONCE,
)
from api.timeframes import PATTERN as TIMEFRAME_PATTERN

DEFAULT_TIMEFRAME = "1m"
PRICES = ("trade", "mid", "bid", "ask")
ADJUSTMENTS = ("raw", "split")
TRUTHS = ("true", "false")
FILLS = ("none", "null", "previous")
SESSIONS = ("all", "regular")
ORDERS = ("asc", "desc")


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
        schema_extra={"pattern": SYMBOL_PATTERN},
        examples=[Example(value="AAPL")],
    ),
]
Symbols = Annotated[
    list[str],
    QueryParameter(
        description="Instruments, separated by commas or in repeated parameters, "
        f"{SYMBOLS_AT_ONCE} at most. A parameter that is the name of an instrument as a whole "
        "means that one, even if it has commas.",
        schema_extra=LIST_OF_SYMBOLS,
        examples=[Example(value=["AAPL,MSFT"])],
    ),
]
Source = Annotated[
    str | None,
    QueryParameter(
        description="Source of the ticks: kraken. Sources of a symbol are never mixed. The default "
        "is the symbol's primary source, or the source with the newest tick.",
        schema_extra={"pattern": SOURCE_PATTERN},
    ),
]
TimeframeText = Annotated[
    str,
    QueryParameter(
        description="Width of a bar in the spelling of Alpaca, Binance, Twelve Data or "
        "TradingView: 1m, 1Min, 60, 1H, 1day, D, 1Week, 1M. Possible are the stored widths that "
        "/v1/timeframes lists, multiples of them that divide a day (10m, 2h), days, weeks and "
        "months (3d, 1w, 1mo).",
        schema_extra={"pattern": TIMEFRAME_PATTERN},
        examples=[Example(value="5Min")],
    ),
]
Price = Annotated[
    str | None,
    QueryParameter(
        description="Prices that the bars are made of: of trades, or of quotes. The default is "
        "trade for a series that has trades, else mid. The volume of bid and ask is the sum of "
        "that side's sizes.",
        schema_extra={"enum": list(PRICES)},
    ),
]
Adjustment = Annotated[
    str,
    QueryParameter(
        description="raw: prices as they were traded; split: prices divided and volumes multiplied "
        "by the splits that came later.",
        schema_extra={"enum": list(ADJUSTMENTS)},
    ),
]
Fill = Annotated[
    str,
    QueryParameter(
        description="What stands in buckets without a bar, from the oldest bar of the series to "
        "the end or, without one, its newest bar: none, nothing; null, a bar without prices; "
        "previous, the close of before, but no prices while no feed covered the series.",
        schema_extra={"enum": list(FILLS)},
    ),
]
Session = Annotated[
    str,
    QueryParameter(
        description="all: bars of all that was traded; regular: of what was traded within the "
        "sessions of the instrument's calendar. Bars of days, weeks and months are then those of "
        "trading days and begin with the open of the first.",
        schema_extra={"enum": list(SESSIONS)},
    ),
]
WithCoverage = Annotated[
    str,
    QueryParameter(
        description="Whether each bar says in `coverage` what is known of its bucket, as "
        "/v1/coverage does.",
        schema_extra={"enum": list(TRUTHS)},
    ),
]
Vendor = Annotated[
    str,
    QueryParameter(
        description="Whether a bucket without a bar of trades shows the bar of a vendor, if there "
        "is one, with its name in `vendor`; with a source, only bars of that vendor.",
        schema_extra={"enum": list(TRUTHS)},
    ),
]
Start = Annotated[
    str | None,
    QueryParameter(
        description="Start of the window, inclusive: RFC 3339 (2026-02-27T12:00:00Z), a date for "
        "its UTC midnight, or a whole number since 1970: up to 11 digits are seconds, up to 14 "
        "milliseconds, up to 17 microseconds, up to 19 nanoseconds. Without it the answer is the "
        "newest.",
        schema_extra={"pattern": times.PATTERN},
        examples=[Example(value="2026-02-27T12:00:00Z")],
    ),
]
End = Annotated[
    str | None,
    QueryParameter(
        description="End of the window, exclusive, in the forms of the start.",
        schema_extra={"pattern": times.PATTERN},
        examples=[Example(value="2026-02-27T13:00:00Z")],
    ),
]
Sort = Annotated[
    str,
    QueryParameter(
        description="Order within a symbol; symbols are always ascending.",
        schema_extra={"enum": list(ORDERS)},
    ),
]
PageToken = Annotated[
    str | None,
    QueryParameter(
        description="next_page_token of the previous page; all other parameters but limit stay as "
        "they were.",
        schema_extra={"pattern": "^[A-Za-z0-9_-]+$"},
    ),
]


async def refuse_unknown(request: Request[Any, Any, Any]) -> None:
    """Raises InvalidParameter for a parameter that the route does not have, or that is repeated.

    A misspelt parameter would otherwise be ignored, and the answer would be another one. Litestar
    runs hooks that are not async in a thread, which takes a quarter of a short request.
    """
    declared = _declared(request)
    for sent in request.query_params:
        if sent not in declared:
            raise InvalidParameter(sent[:SYMBOL_LENGTH], _not_declared(sent, declared))
    await refuse_repeated(request)


def _not_declared(sent: str, declared: Iterable[str]) -> str:
    meant = difflib.get_close_matches(sent[:SYMBOL_LENGTH].lower(), declared, n=1)
    hint = f"; did you mean {meant[0]}?" if meant else f", which has {', '.join(declared)}"
    return f"is not a parameter of this path{hint if declared else ''}"


async def refuse_repeated(request: Request[Any, Any, Any]) -> None:
    """Raises InvalidParameter for a repeated parameter of the route that is not a list."""
    sent = list(request.query_params)
    if len(sent) == len(set(sent)):
        return
    handler = request.route_handler
    declared = _declared(request) | {
        name: field
        for dependency in handler.resolve_dependencies().values()
        for name, field in dependency.parsed_fn_signature.parameters.items()
    }
    for name in dict.fromkeys(sent):
        repeated = name in declared and sent.count(name) > 1
        if repeated and not declared[name].is_non_string_sequence:
            raise InvalidParameter(name, "must not be repeated")


def _declared(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Returns the query parameters of the route by their names in a URL."""
    return {
        definition.name or name: field
        for name, field in request.route_handler.parsed_fn_signature.parameters.items()
        if isinstance(definition := field.kwarg_definition, ParameterKwarg)
        and definition.param_type == ParamType.QUERY
    }


def parse_adjustment(text: str) -> str:
    """Returns the adjustment; raises InvalidParameter."""
    if text in ("all", "dividend", "spin-off"):
        raise InvalidParameter(
            "adjustment", "must be raw or split: dividends and spin-offs are not stored"
        )
    return parse_choice("adjustment", text, ADJUSTMENTS)


def parse_choice(field: str, text: str, choices: tuple[str, ...]) -> str:
    """Returns `text` if it is one of the choices; raises InvalidParameter."""
    if text not in choices:
        *others, last = choices
        raise InvalidParameter(field, f"must be {', '.join(others)} or {last}")
    return text


def parse_price(text: str | None) -> str | None:
    """Returns the kind of prices, None for the default of the series; raises InvalidParameter."""
    return None if text is None else parse_choice("price", text, PRICES)


def parse_truth(field: str, text: str) -> bool:
    """Returns whether `text` is true; raises InvalidParameter."""
    return parse_choice(field, text, TRUTHS) == TRUTHS[0]
