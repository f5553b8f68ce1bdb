"""Parameters that Alpaca's clients always send: taken where they change nothing, else refused."""

import re
from typing import Annotated

from litestar.datastructures import State
from litestar.params import QueryParameter

from api import times
from api.answers import reader
from api.errors import InvalidParameter
from db import sql

FEEDS = (
    "sip", "iex", "otc", "boats", "overnight", "delayed_sip", "opra", "indicative", "us",
)  # fmt: skip
NO_MAPPING = "-"
CURRENCY = "[A-Z]{3,10}"

Feed = Annotated[
    str | None,
    QueryParameter(
        description="Alpaca's feed, as its clients send it. It changes nothing: `source` says what "
        "is read.",
        schema_extra={"enum": list(FEEDS)},
    ),
]
AsOf = Annotated[
    str | None,
    QueryParameter(
        description="Day by whose names symbols are read, as Alpaca's clients send it. Names are "
        "those of today: a day on which a symbol meant another instrument is refused, and so is - "
        "for a renamed one.",
        schema_extra={"pattern": f"^(?:{times.DAY}|{NO_MAPPING})$"},
    ),
]
Currency = Annotated[
    str | None,
    QueryParameter(
        description="Currency of the prices, as Alpaca's clients send it. Prices are not "
        "converted: another one than the instrument's is refused; one that is not "
        "known is taken for USD.",
        schema_extra={"pattern": f"^{CURRENCY}$"},
    ),
]


async def check(
    state: State,
    symbols: list[str],
    feed: str | None = None,
    asof: str | None = None,
    currency: str | None = None,
) -> None:
    """Raises InvalidParameter if one of the parameters would change the answer for the symbols."""
    if feed is not None and feed not in FEEDS:
        raise InvalidParameter(
            "feed", f"must be one of Alpaca's: {', '.join(FEEDS)}; `source` says what is read"
        )
    if asof is None and currency is None:
        return
    if currency is not None and not re.fullmatch(CURRENCY, currency):
        raise InvalidParameter("currency", "must be a code like USD")
    is_day = asof is not None and asof != NO_MAPPING
    row = await reader(state).fetch_row(
        sql.load("api", "compatible"),
        symbols=symbols,
        named=asof is not None,
        asof=times.parse_day("asof", asof) if asof is not None and is_day else None,
        currency=currency,
    )
    assert row is not None
    renamed, other = row
    if renamed is not None:
        reason = "meant another instrument then" if is_day else "was renamed"
        raise InvalidParameter("asof", f"must be left out: {renamed} {reason}")
    if other is not None:
        symbol, quote = other
        known = (
            f"the prices of {symbol} are in {quote}" if quote else f"{symbol} has none of its own"
        )
        raise InvalidParameter("currency", f"must be left out: {known}, and none are converted")
