"""Trade ids of a venue that numbers its trades per symbol: they tell what did not come."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from ingest.feed.source import Acknowledged, Fact, Missed

MICROSECOND = timedelta(microseconds=1)
NOTHING: tuple[Fact, ...] = ()


class Last(msgspec.Struct):
    """The newest trade of a symbol."""

    id: int
    time: datetime


class TradeIds:
    """The newest trade of each symbol, over all connections."""

    def __init__(self) -> None:
        self._last: dict[str, Last] = {}
        self._unseen: set[str] = set()  # symbols without a trade on this connection

    def connect(self, symbols: Iterable[str]) -> None:
        """Begins a connection."""
        self._unseen = set(symbols)

    def is_known(self, symbol: str, trade_id: int, time: datetime) -> bool:
        """Returns whether a trade of a snapshot has come before."""
        last = self._last.get(symbol)
        return last is not None and trade_id <= last.id and time <= last.time

    def follow(
        self,
        symbol: str,
        trade_id: int,
        time: datetime,
        first_id: int | None = None,
        earliest: datetime | None = None,
    ) -> Sequence[Fact]:
        """Returns what the id of a trade says about those before it.

        An id below the last one is a trade that comes late or again; if its time is later, the
        venue has begun a new sequence. A trade that joins others has the ids from `first_id` on.
        The first one of all claims nothing before `earliest`.
        """
        last = self._last.get(symbol)
        is_first = symbol in self._unseen
        first = trade_id if first_id is None else first_id
        if last is not None and first == last.id + 1 and not is_first:
            last.id, last.time = trade_id, time
            return NOTHING
        self._unseen.discard(symbol)
        if last is None:
            self._last[symbol] = Last(trade_id, time)
            since = time + MICROSECOND
            return [Acknowledged(symbol, "trade", max(since, earliest or since))]
        if trade_id <= last.id:
            if trade_id < last.id and time > last.time:
                self._last[symbol] = Last(trade_id, time)
            return NOTHING
        self._last[symbol] = Last(trade_id, time)
        if first > last.id + 1:
            missing = str(last.id + 1), str(first - 1)
            since, until = sorted((last.time, time))  # a venue's times may go back
            return [Missed(symbol, "trade", since, until, *missing)]
        return [Acknowledged(symbol, "trade", last.time)] if is_first else NOTHING
