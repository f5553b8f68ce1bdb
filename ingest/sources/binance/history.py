"""Binance's REST calls for trades of the past: from an id on, a thousand at a time.

https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
"""

from collections.abc import Callable, Iterator
from typing import Any

from ingest.feed import past
from ingest.feed.history import Gap, Rest
from ingest.formats import binance
from ingest.formats.events import Trade
from ingest.formats.fields import Payload
from ingest.formats.native_message import TickMessage

TRADES_URL = "https://api.binance.com"  # the address for market data only lacks this call
TRADES_PAUSE = 0.3  # seconds; a call weighs 25 of 6,000 a minute
AGGREGATES_URL = "https://data-api.binance.vision"
AGGREGATES_PAUSE = 0.1
PAGE = 1000
AGGREGATES = "/api/v3/aggTrades"


def trades(rest: Rest, gap: Gap) -> Iterator[TickMessage]:
    """Yields the trades of a gap and those around it; raises VenueFailed, GapStays."""

    def page(first: int) -> list[Trade]:
        return _page(rest, gap, "/api/v3/historicalTrades", first, _trade)

    return past.upwards(gap, page, lambda: _first(rest, gap, "f"))


def aggregates(rest: Rest, gap: Gap) -> Iterator[TickMessage]:
    """Yields the aggregate trades of a gap and those around it; raises VenueFailed, GapStays."""

    def page(first: int) -> list[Trade]:
        return _page(rest, gap, AGGREGATES, first, lambda row: row | {"e": "aggTrade"})

    return past.upwards(gap, page, lambda: _first(rest, gap, "a"))


def _trade(row: Payload) -> Payload:
    """Returns a row of historicalTrades as a frame of the stream."""
    return {
        "e": "trade",
        "t": row.get("id"),
        "p": row.get("price"),
        "q": row.get("qty"),
        "T": row.get("time"),
        "m": row.get("isBuyerMaker"),
    }


def _page(
    rest: Rest, gap: Gap, path: str, first: int, frame: Callable[[Payload], Payload]
) -> list[Trade]:
    name = _name(gap)
    params = {"symbol": name, "fromId": str(first), "limit": str(PAGE)}
    rows = past.rows_of(gap, past.answer(rest, gap, path, params))
    frames = [frame(row) | {"s": name} for row in rows]
    return [one for some in frames for one in past.trades_of(binance, gap, [some], _alone)]


def _first(rest: Rest, gap: Gap, key: str) -> int | None:
    """Returns the first id from a gap's start on: `a` of an aggregate, `f` of the trades in it."""
    since = str(past.unix_ms(gap.since))
    params = {"symbol": _name(gap), "startTime": since, "limit": "1"}
    rows = past.rows_of(gap, past.answer(rest, gap, AGGREGATES, params))
    first = rows[0].get(key) if rows else None
    if rows and not isinstance(first, int):
        raise past.unreadable(gap, f"{first!r} is no id")
    return first


def _alone(items: list[Any]) -> Payload:
    found: Payload = items[0]
    return found


def _name(gap: Gap) -> str:
    return gap.symbol.partition(":")[2]
