"""The Exchange's REST call for trades of the past: below an id, a thousand at a time.

It numbers the trades as Advanced Trade does.
https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-trades
"""

from collections.abc import Iterator
from typing import Any

from ingest.feed import past
from ingest.feed.history import Gap, Rest
from ingest.feed.native import time_of
from ingest.formats import coinbase
from ingest.formats.events import Trade
from ingest.formats.fields import Payload
from ingest.formats.native_message import TickMessage

URL = "https://api.exchange.coinbase.com"
PAUSE_SECONDS = 0.15  # ten a second are taken
PAGE = 1000


def trades(rest: Rest, gap: Gap) -> Iterator[TickMessage]:
    """Yields the trades of a gap and those around it; raises VenueFailed, GapStays."""
    below = _behind(rest, gap) if gap.last_id is None else int(gap.last_id) + 2
    return past.downwards(gap, lambda id_: _page(rest, gap, id_), below)


def _behind(rest: Rest, gap: Gap) -> int | None:
    """Returns an id above the trades of a gap: by bisection, as there is no asking by time."""
    newest = _page(rest, gap, None, 1)
    if not newest or time_of(newest[0]) <= gap.until:
        return None
    low, high = 1, int(newest[0].tick_id or "")
    while low < high:
        middle = (low + high) // 2
        found = _page(rest, gap, middle + 1, 1)
        if found and time_of(found[0]) > gap.until:
            high = middle
        else:
            low = middle + 1
    return high + 1


def _page(rest: Rest, gap: Gap, below: int | None, limit: int = PAGE) -> list[Trade]:
    name = gap.symbol.partition(":")[2]
    params = {"limit": str(limit)} | ({} if below is None else {"after": str(below)})
    rows = past.rows_of(gap, past.answer(rest, gap, f"/products/{name}/trades", params))
    return past.trades_of(coinbase, gap, [row | {"product_id": name} for row in rows], _frame)


def _frame(items: list[Any]) -> Payload:
    return {"channel": "market_trades", "events": [{"trades": items}]}
