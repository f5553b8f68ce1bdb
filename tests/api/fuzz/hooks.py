"""Gives schemathesis lists of symbols that are stored, and a check with exceptions."""

from typing import Any
from zlib import crc32

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.api.fuzz import refusals

LISTS = (
    ["AAPL"], ["MSFT", "FB"], ["META"], ["KRAKEN:BTC/USD"], ["btcusd"], ["EUR/USD"], ["CBOE:VIX"],
    ["AAPL,MSFT", "KRAKEN:BTC/USD"], ["COINBASE:ETH-EUR"],
)  # fmt: skip


@schemathesis.hook
def map_case(context: Any, case: Any) -> Any:
    """Puts symbols that are stored into most lists; config has those of single parameters."""
    symbols = (case.query or {}).get("symbols")
    if isinstance(symbols, list) and case.meta.generation.mode.is_positive:
        number = crc32(repr(case.query).encode("utf-8", "replace"))
        if number % 8:
            case.query["symbols"] = LISTS[number % len(LISTS)]
    return case


@schemathesis.check
def schema_valid_is_accepted(ctx: Any, response: Any, case: Any) -> None:
    """Fails if a request that the schema allows is refused, but for the listed refusals."""
    try:
        positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        if not refusals.is_listed(response.status_code, response.text):
            raise
