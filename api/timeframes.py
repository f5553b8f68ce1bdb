"""Timeframes: the spellings of other tools' timeframes, and the levels that the database has.

Case matters: 1m is a minute, 1M is a month.
"""

import re

from api.errors import InvalidParameter
from api.pool import Reader
from db import sql

# Alpaca 1Min 1T 1Hour 1H 1Day 1Week 1Month, Binance 1s 1m 1h 1d 1w 1M, Twelve Data 1min 1day 1week
# 1month, TradingView minutes without a unit, 1S, D, W and M.
UNITS = {
    "s": ("s", "S", "sec", "Sec"),
    "m": ("", "m", "T", "min", "Min"),
    "h": ("h", "H", "hour", "Hour"),
    "d": ("d", "D", "day", "Day"),
    "w": ("w", "W", "week", "Week"),
    "M": ("M", "month", "Month"),
}
LARGER = {"s": (60, "m"), "m": (60, "h"), "h": (24, "d")}  # so many are one of the next unit

_UNIT_OF = {spelling: unit for unit, spellings in UNITS.items() for spelling in spellings}
_SPELLING = re.compile(r"([1-9]\d{0,4})([A-Za-z]*)|([DWM])", re.ASCII)


class Timeframes:
    """The levels of candles that the database has, by name."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._names: list[str] = []  # narrowest first; read on first use

    async def names(self) -> list[str]:
        """Returns the names of all levels, narrowest first."""
        row = await self._reader.fetch_row(sql.load("api", "timeframes"))
        self._names = row[0] if row else []
        return self._names

    async def parse(self, text: str) -> str:
        """Returns the name of the level that `text` spells; raises InvalidParameter.

        The levels are read again before a name is refused: a migration may have added one.
        """
        name = canonical(text)
        if name not in self._names and name not in await self.names():
            hint = "; minutes are written 1m or 1Min, M is a month" if text.endswith("M") else ""
            raise InvalidParameter("timeframe", f"must be one of {', '.join(self._names)}{hint}")
        assert name is not None
        return name


def canonical(text: str) -> str | None:
    """Returns the usual name of a timeframe, 60Min being 1h; None if `text` spells none."""
    match = _SPELLING.fullmatch(text)
    if not match:
        return None
    count, unit = int(match[1] or 1), _UNIT_OF.get(match[2] if match[1] else match[3])
    while unit in LARGER and count % LARGER[unit][0] == 0:
        size, unit_above = LARGER[unit]
        count, unit = count // size, unit_above
    return f"{count}{unit}" if unit else None
