"""A quote as a tick: the series that it belongs to, and its price."""

from decimal import Decimal

from ingest.formats.fields import EXACT

# Venues that send trades too: their quotes are a series of their own, as candles of trades must
# not hold them.
TRADING_VENUES = frozenset({"alpaca", "binance", "finnhub", "kraken", "yahoo"})


def quote_source(source: str) -> str:
    """Returns the source under which a venue's quotes are stored."""
    return f"{source}.quotes" if source in TRADING_VENUES else source


def mid(bid: Decimal, ask: Decimal) -> Decimal:
    """Returns the price halfway between bid and ask, exactly."""
    return EXACT.multiply(EXACT.add(bid, ask), Decimal("0.5"))
