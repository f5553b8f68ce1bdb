"""OKX: trades, those of an order at one price as one, and the best bid and ask.

Nothing can be filled: the venue's history has each fill of its own, with other ids.
https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-trades-channel
"""

from ingest.feed.source import Options
from ingest.sources.okx.channels import Okx

URL = "wss://ws.okx.com:8443/ws/v5/public"


def source(options: Options) -> Okx:
    """Returns the source; it needs no token. Raises UsageError."""
    return Okx("okx", {"trade": "trades", "quote": "bbo-tbt"}, options.url or URL)
