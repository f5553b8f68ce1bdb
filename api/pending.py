"""The ranges of candles that are behind their events, read at most once a second."""

import time
from collections.abc import Collection
from datetime import datetime

import msgspec

from api.pool import Reader
from db import sql

FRESH_SECONDS = 1.0


class Range(msgspec.Struct, frozen=True):
    """A range of candles of trades or quotes at a stored timeframe, since <= bucket < until."""

    kind: str
    timeframe: str
    since: datetime
    until: datetime


class Pending:
    """Ranges that the refresh has yet to bring up to date, for the answers that depend on them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._ranges: list[Range] = []
        self._read_at = -FRESH_SECONDS

    async def ranges(
        self,
        kinds: Collection[str],
        timeframe: str,
        start: datetime | None,
        end: datetime | None,
    ) -> list[Range]:
        """Returns the ranges of a stored timeframe that overlap [start, end), oldest first.

        Raises DatabaseAway, TooSlow or Busy.
        """
        if (asked := time.monotonic()) - self._read_at >= FRESH_SECONDS:
            row = await self._reader.fetch_row(sql.load("api", "pending"))
            self._ranges = msgspec.json.decode(row[0] if row else "[]", type=list[Range])
            self._read_at = asked
        return [
            one
            for one in self._ranges
            if one.kind in kinds
            and one.timeframe == timeframe
            and (start is None or one.until > start)
            and (end is None or one.since < end)
        ]
