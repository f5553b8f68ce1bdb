"""Instruments as far as their symbols tell of them with certainty.

A wrong calendar would take a gap for a closed market.
"""

import re

from ingest.formats.instrument import Instrument

# A share of the USA, maybe of a class, as BRK.B; what has another suffix trades elsewhere.
US_SHARE = re.compile(r"[A-Z]{1,5}(\.[AB])?")
CURRENCIES = frozenset(
    {"AUD", "CAD", "CHF", "CNH", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "JPY", "MXN", "NOK"}
    | {"NZD", "PLN", "SEK", "SGD", "THB", "TRY", "USD", "ZAR"}
)


def us_share(symbol: str) -> Instrument | None:
    """Returns the instrument of a symbol like AAPL or BRK.B, None of any other."""
    return Instrument("equity", calendar="XNYS") if US_SHARE.fullmatch(symbol) else None


def fx(base: str, quote: str) -> Instrument | None:
    """Returns the instrument of two currencies, None of metals, indices and all else."""
    return Instrument("fx", base, quote, calendar="FX") if {base, quote} <= CURRENCIES else None


def crypto(base: str | None = None, quote: str | None = None) -> Instrument:
    """Returns a pair that is traded around the clock; None for currencies not certain."""
    return Instrument("crypto", base, quote, calendar="24/7")
