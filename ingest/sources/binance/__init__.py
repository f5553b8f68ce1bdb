"""Binance, spot: trades, which have ids in sequence, and the best bid and ask.

https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
"""

from ingest.feed.history import History
from ingest.feed.source import Options
from ingest.sources.binance import history
from ingest.sources.binance.streams import URL, Binance

HISTORY = History(history.TRADES_URL, history.TRADES_PAUSE, {"trade": history.trades})


def source(options: Options) -> Binance:
    """Returns the source; it needs no token. Raises UsageError."""
    return Binance("binance", {"trade": "trade", "quote": "bookTicker"}, options.url or URL)
