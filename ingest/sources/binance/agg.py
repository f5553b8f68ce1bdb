"""Binance's aggregate trades: the fills of one order at one price as one.

They are a source of their own, with ids of their own: added to the trades, they would double the
volume.
"""

from ingest.feed.history import History
from ingest.feed.source import Options
from ingest.sources.binance import history
from ingest.sources.binance.streams import URL, Binance

HISTORY = History(history.AGGREGATES_URL, history.AGGREGATES_PAUSE, {"trade": history.aggregates})


def source(options: Options) -> Binance:
    """Returns the source; it needs no token. Raises UsageError."""
    return Binance("binance.agg", {"trade": "aggTrade"}, options.url or URL)
