"""The REST call for trades of the past, as a Kraken answers it."""

import json
from collections.abc import Container
from datetime import UTC, datetime, timedelta

from stack.venue.market import Deal, Market

LARGEST_PAGE = 1000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMES = {"XBTUSD": "BTC/USD", "ETHUSD": "ETH/USD", "XDGUSD": "DOGE/USD"}


def trades(market: Market, pairs: Container[str], query: dict[str, str]) -> str:
    """Returns the trades after `since`, nanoseconds, of a request for Trades."""
    name = query["pair"]
    symbol = NAMES.get(name, name)
    if symbol not in pairs:
        return json.dumps({"error": ["EQuery:Unknown asset pair"]})
    since = int(query.get("since", "0"))
    count = min(int(query.get("count", "1000")), LARGEST_PAGE)
    deals = [deal for deal in market.deals.get(symbol, []) if _ns(deal) > since][:count]
    rows = ",".join(map(_row, deals))
    last = _ns(deals[-1]) if deals else since
    return f'{{"error":[],"result":{{"{name}":[{rows}],"last":"{last}"}}}}'


def _row(deal: Deal) -> str:
    time = f"{_ns(deal) / 1e9:.7f}"
    return f'["{deal.price:.5f}","{deal.qty:.8f}",{time},"{deal.side[0]}","l","",{deal.id}]'


def _ns(deal: Deal) -> int:
    return (deal.time - EPOCH) // timedelta(microseconds=1) * 1000
