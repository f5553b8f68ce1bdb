"""OKX: each fill as a trade of its own, with ids in sequence.

It is a source of its own: added to the joined trades, it would double the volume.
https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-all-trades-channel
"""

from ingest.feed.history import History
from ingest.feed.source import Options
from ingest.sources.okx import history
from ingest.sources.okx.channels import Okx

URL = "wss://ws.okx.com:8443/ws/v5/business"
HISTORY = History(history.URL, history.PAUSE_SECONDS, {"trade": history.trades})


def source(options: Options) -> Okx:
    """Returns the source; it needs no token. Raises UsageError."""
    return Okx("okx.all", {"trade": "trades-all"}, options.url or URL)
