"""Zones of times in files: those of the tz database, and such as are some hours ahead of one.

Many brokers' clocks are seven hours ahead of New York and change with it: America/New_York+7.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SHIFTED = re.compile(r"(.+)\+([0-9]{1,2})")


def zone_of(name: str) -> ZoneInfo:
    """Returns a zone by its name; raises ValueError for one that there is not."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        shifted = SHIFTED.fullmatch(name)
    if shifted is None:
        raise ValueError(name)
    try:
        return Ahead(shifted[1], int(shifted[2]))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(name) from None


class Ahead(ZoneInfo):
    """A zone whose clocks are some hours ahead of another's, and change when those do."""

    _zone: ZoneInfo
    _shift: timedelta

    def __new__(cls, key: str, hours: int) -> Self:
        made = cls.no_cache(key)
        made._zone, made._shift = ZoneInfo(key), timedelta(hours=hours)
        return made

    @property
    def key(self) -> str:
        return f"{self._zone.key}+{self._shift // timedelta(hours=1)}"

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        if moment is None:
            return None
        there = moment.replace(tzinfo=None) - self._shift
        offset = there.replace(tzinfo=self._zone, fold=moment.fold).utcoffset()
        return None if offset is None else offset + self._shift

    def fromutc(self, moment: datetime, /) -> datetime:
        there = moment.replace(tzinfo=UTC).astimezone(self._zone)
        return (there.replace(tzinfo=None) + self._shift).replace(tzinfo=self, fold=there.fold)
