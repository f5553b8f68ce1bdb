"""OKX's REST call for trades of the past: below an id or a time, a hundred at a time.

It gives each fill of the last three months, as the channel `trades-all` does.
https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-trades-history
"""

from collections.abc import Iterator
from typing import Any

from ingest.feed import past
from ingest.feed.history import Gap, Rest
from ingest.formats import okx
from ingest.formats.events import Trade
from ingest.formats.fields import Payload
from ingest.formats.native_message import TickMessage

URL = "https://www.okx.com"
PAUSE_SECONDS = 0.12  # twenty per two seconds are taken
PAGE = 100
BY_ID, BY_TIME = "1", "2"


def trades(rest: Rest, gap: Gap) -> Iterator[TickMessage]:
    """Yields the trades of a gap and those around it; raises VenueFailed, GapStays."""
    below = None if gap.last_id is None else int(gap.last_id) + 2
    return past.downwards(gap, lambda id_: _page(rest, gap, id_), below)


def _page(rest: Rest, gap: Gap, below: int | None) -> list[Trade]:
    name = gap.symbol.partition(":")[2]
    by_time = {"type": BY_TIME, "after": str(past.unix_ms(gap.until) + 1)}
    by_id = {"type": BY_ID, "after": str(below)}
    params = {"instId": name, "limit": str(PAGE)} | (by_time if below is None else by_id)
    answer = past.answer(rest, gap, "/api/v5/market/history-trades", params)
    if not isinstance(answer, dict):
        raise past.unreadable(gap, "it is no object")
    if answer.get("code") != "0":
        raise past.refused(gap, answer.get("msg"))
    rows = past.rows_of(gap, answer.get("data"))
    frame = {"channel": "trades-all", "instId": name}
    return past.trades_of(okx, gap, rows, lambda items: _frame(frame, items))


def _frame(arg: Payload, items: list[Any]) -> Payload:
    return {"arg": arg, "data": items}
