"""Symbols of the instruments of a DBN file: those of its metadata, each for some days, or one."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from db.errors import UsageError

DAY_NS = 86_400 * 10**9
BY_ID = "instrument_id"


class Symbols:
    """Gives the symbol of an instrument at a time; `option` is that of a file of one instrument."""

    def __init__(self, metadata: Any, option: str | None) -> None:
        self._option = option
        self._instrument: int | None = None  # the one that `option` names
        self._intervals = [] if option else list(_intervals(metadata))
        self._named: dict[int, str] = {}  # by messages of a live session
        self._since, self._until = 0, 0  # the day of these names, in ns
        self._names: dict[int, str] = {}

    def add(self, mappings: Iterable[Any]) -> Iterator[None]:
        """Takes messages of a live session that map symbols; they are no events."""
        for message in mappings:
            self._named[message.instrument_id] = message.stype_out_symbol
            self._since = self._until = 0
            yield None

    def of(self, instrument: int, ns: int) -> tuple[str, int, int]:
        """Returns the symbol of an instrument at a time, and the day for which that holds.

        Raises ValueError if there is none.
        """
        if not self._since <= ns < self._until:
            self._begin_day(ns)
        found = self._names.get(instrument)
        symbol = self._missing(instrument) if found is None else found
        return symbol, self._since, self._until

    def _begin_day(self, ns: int) -> None:
        self._since = ns - ns % DAY_NS
        self._until = self._since + DAY_NS
        day = datetime.fromtimestamp(self._since // 10**9, UTC).date()
        mapped = {
            instrument: symbol
            for instrument, symbol, since, until in self._intervals
            if since <= day < until
        }
        self._names = mapped | self._named
        if self._option and self._instrument is not None:
            self._names = {self._instrument: self._option}

    def _missing(self, instrument: int) -> str:
        if self._option is None:
            raise ValueError(
                f"instrument {instrument} has no symbol in the file: if it is the only one, name it"
                " with --symbol"
            )
        if self._instrument is not None:
            raise ValueError(
                f"it is of instrument {instrument}, but --symbol {self._option} is that of"
                f" {self._instrument}"
            )
        self._instrument = instrument
        self._names = {instrument: self._option}
        return self._option


def check(name: str, metadata: Any, option: str | None) -> None:
    """Raises UsageError for --symbol if a file has symbols of several instruments."""
    several = {symbol for _, symbol, _, _ in _intervals(metadata)}
    if option and len(several) > 1:
        raise UsageError(f"{name}: has {len(several)} symbols, so --symbol cannot be given")


def _intervals(metadata: Any) -> list[tuple[int, str, date, date]]:
    """Returns (instrument, symbol, since, until) of the metadata, whichever way they map."""
    found = []
    is_by_symbol = str(metadata.stype_out) == BY_ID
    for asked, intervals in metadata.mappings.items():
        for one in intervals:
            symbol, number = (asked, one["symbol"]) if is_by_symbol else (one["symbol"], asked)
            if str(number).isdecimal():
                found.append((int(number), symbol, one["start_date"], one["end_date"]))
    return found
