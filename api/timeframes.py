"""Timeframes: the spellings of other tools, and whether the database can make the candles.

Case matters: 1m is a minute, 1M is a month.
"""

import re
from typing import NamedTuple

from psycopg import errors as pg

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
    "mo": ("M", "mo", "month", "Month"),
}
# Where the unit is M, other numbers are rather minutes: 5M, 15M.
MONTHS_OF_M = (1, 2, 3, 4, 6, 12)
MOST = {"d": 3660, "w": 520, "mo": 120}  # ten years
SECONDS = {"s": 1, "m": 60, "h": 3600}
A_DAY = 86400
LARGER = {"s": (60, "m"), "m": (60, "h"), "h": (24, "d")}  # so many are one of the next unit

# Offered beside the stored ones, where the database can make them.
COMMON = ("3m", "10m", "45m", "2h", "3h", "6h", "8h", "3d", "1w", "1mo")

# Numbers of days, weeks and months up to ten years.
_UP_TO = {
    "d": "[1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-5][0-9]|3660",
    "w": "[1-9][0-9]?|[1-4][0-9]{2}|5[01][0-9]|520",
    "mo": "[1-9][0-9]?|1[01][0-9]|120",
}

_UNIT_OF = {spelling: unit for unit, spellings in UNITS.items() for spelling in spellings}
_SPELLING = re.compile(r"([1-9]\d{0,4})([A-Za-z]*)|([DWM])", re.ASCII)


def _pattern() -> str:
    choices = ["[DWM]", f"(?:{'|'.join(map(str, MONTHS_OF_M))})M"]
    for unit, spellings in UNITS.items():
        numbers = _UP_TO.get(unit) or "|".join(
            str(number)
            for number in range(1, A_DAY // SECONDS[unit] + 1)
            if A_DAY % (number * SECONDS[unit]) == 0
        )
        written = "|".join(spelling for spelling in spellings if spelling != "M")
        choices.append(f"(?:{numbers})(?:{written})")
    return f"^(?:{'|'.join(choices)})$"


# All spellings of all timeframes.
PATTERN = _pattern()
_TIMEFRAME = re.compile(PATTERN[:-1])


class Level(NamedTuple):
    """The stored timeframe that candles of one are made of, and the width of these candles."""

    name: str
    width: str  # as PostgreSQL writes an interval


class Timeframes:
    """The timeframes whose candles the database can make, by name."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._levels: dict[str, Level] = {}

    async def names(self) -> list[str]:
        """Returns the names of the stored levels, narrowest first."""
        row = await self._reader.fetch_row(sql.load("api", "timeframes"))
        return row[0] if row else []

    async def others(self) -> list[str]:
        """Returns common timeframes that are not stored but can be made, narrowest first."""
        stored = await self.names()
        return [name for name in COMMON if name not in stored and not await self._fault(name)]

    async def parse(self, text: str) -> str:
        """Returns the name of the timeframe that `text` spells; raises InvalidParameter."""
        name = canonical(text)
        if name is None:
            hint = "; minutes are written 5m or 5Min, M is a month" if text.endswith("M") else ""
            raise InvalidParameter(
                "timeframe", f"must be a width like {', '.join(await self.names())} or 1mo{hint}"
            )
        if fault := await self._fault(name):
            raise InvalidParameter("timeframe", fault)
        if not _TIMEFRAME.fullmatch(text):
            raise InvalidParameter("timeframe", f"{text} is longer than a day: write it as {name}")
        return name

    async def _fault(self, name: str) -> str | None:
        """Returns why there can be no candles of a timeframe, None if there can be."""
        if name in self._levels:
            return None
        number, unit = re.fullmatch(r"(\d+)(\D+)", name).groups()  # type: ignore[union-attr]
        if int(number) > MOST.get(unit, int(number)):
            return f"{name} is wider than ten years"
        try:
            row = await self._reader.fetch_row(sql.load("api", "timeframe"), timeframe=name)
        except pg.InvalidParameterValue as error:
            reason = (error.diag.message_primary or "").partition(": ")[2]
            return f"{name} does not exist: {reason}; {error.diag.message_hint}"
        assert row is not None
        self._levels[name] = Level(*row)
        return None

    def level_of(self, name: str) -> str:
        """Returns the stored timeframe that candles of one which was parsed are made of."""
        return self._levels[name].name

    def width_of(self, name: str) -> str:
        """Returns the width of a timeframe that was parsed, as an interval of PostgreSQL."""
        return self._levels[name].width


def canonical(text: str) -> str | None:
    """Returns the usual name of a timeframe, 60Min being 1h; None if `text` spells none."""
    match = _SPELLING.fullmatch(text)
    if not match:
        return None
    count, unit = int(match[1] or 1), _UNIT_OF.get(match[2] if match[1] else match[3])
    if match[2] == "M" and count not in MONTHS_OF_M:
        return None
    while unit in LARGER and count % LARGER[unit][0] == 0:
        size, unit_above = LARGER[unit]
        count, unit = count // size, unit_above
    return f"{count}{unit}" if unit else None


def seconds_of(name: str) -> int | None:
    """Returns the width of a timeframe by its usual name; None for months."""
    number, unit = re.fullmatch(r"(\d+)(\D+)", name).groups()  # type: ignore[union-attr]
    seconds = SECONDS | {"d": A_DAY, "w": 7 * A_DAY}
    return int(number) * seconds[unit] if unit in seconds else None
