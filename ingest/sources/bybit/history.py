"""Bybit's REST call for trades of the past: the sixty newest of a pair, no others.

https://bybit-exchange.github.io/docs/v5/market/recent-trade
"""

from collections.abc import Iterator
from typing import Any

from ingest.feed import past
from ingest.feed.history import Gap, GapStays, Rest
from ingest.feed.native import time_of
from ingest.formats import bybit
from ingest.formats.fields import Payload
from ingest.formats.native_message import TickMessage
from ingest.formats.times import MICROSECOND

URL = "https://api.bybit.com"
PAUSE_SECONDS = 0.1
MOST = 60
# The names that the WebSocket has for the fields of a row.
NAMES = {"T": "time", "s": "symbol", "S": "side", "v": "size", "p": "price", "i": "execId"}
NAMES |= {"BT": "isBlockTrade", "RPI": "isRPITrade"}


def trades(rest: Rest, gap: Gap) -> Iterator[TickMessage]:
    """Yields the newest trades; raises VenueFailed, or GapStays if they do not reach back.

    How many there are says nothing: a pair with fewer trades than that has hardly begun.
    """
    past.check_age(gap)
    params = {"category": "spot", "symbol": gap.symbol.partition(":")[2], "limit": str(MOST)}
    answer = past.answer(rest, gap, "/v5/market/recent-trade", params)
    if not isinstance(answer, dict) or not isinstance(answer.get("result"), dict):
        raise past.unreadable(gap, "it is no object with a result")
    if answer.get("retCode") != 0:
        raise past.refused(gap, answer.get("retMsg"))
    rows = past.rows_of(gap, answer["result"].get("list"))
    oldest_first = [_item(row) for row in reversed(rows)]
    found = past.trades_of(bybit, gap, oldest_first, _frame)
    yield from past.ticks_of(sorted(found, key=time_of))
    if not found:
        raise GapStays("bybit has no trades of that time")
    if (oldest := min(map(time_of, found))) >= gap.since:
        raise GapStays(f"bybit gives only the {len(found)} newest trades", oldest + MICROSECOND)


def _item(row: Payload) -> Payload:
    item = {name: row.get(key) for name, key in NAMES.items()}
    return item | ({"seq": row["seq"]} if "seq" in row else {})


def _frame(items: list[Any]) -> Payload:
    return {"topic": "publicTrade.", "type": "snapshot", "ts": 0, "data": items}
