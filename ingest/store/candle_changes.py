"""Minutes and symbols that a batch changes: the Apache-2 edition refreshes its candles by them."""

from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from ingest.batch.contents import Contents
from ingest.formats.amendments import Amendment, BatchEnd, Replacement
from ingest.formats.times import MINUTE_LENGTH, time_text

MINUTE = timedelta(minutes=1)
LIVE_MINUTES = 3  # the newest minutes of a batch are logged once for all symbols
MOST_RUNS = 20  # of one symbol; more are logged as one range


class Changes(msgspec.Struct, frozen=True):
    """Ranges of whole minutes as ISO 8601 texts in UTC; a symbol of None stands for all."""

    symbols: list[str | None]
    since: list[str]
    until: list[str]


def changes_of(contents: Contents) -> Changes:
    """Returns the changed ranges: of all symbols at the live end, of single ones before it."""
    changed = set(contents.minutes())
    live = sorted({minute for _, minute in changed})[-LIVE_MINUTES:]
    ranges: list[tuple[str | None, str, str]] = [(None, first, last) for first, last in runs(live)]
    ranges += sorted({_range(a) for a in contents.amendments.values() if _changes_ticks(a)})
    older = sorted((symbol, minute) for symbol, minute in changed if minute < live[0])
    for symbol, group in groupby(older, key=lambda pair: pair[0]):
        found = runs([minute for _, minute in group])
        if len(found) > MOST_RUNS:
            found = [(found[0][0], found[-1][1])]
        ranges += [(symbol, *run) for run in found]
    return Changes(
        symbols=[symbol for symbol, _, _ in ranges],
        since=[f"{first}:00Z" for _, first, _ in ranges],
        until=[f"{_next(last)}:00Z" for _, _, last in ranges],
    )


def _changes_ticks(amendment: Amendment) -> bool:
    if isinstance(amendment, BatchEnd):
        return amendment.replace
    return not isinstance(amendment, Replacement)  # which only waits for the end of its batch


def _range(amendment: Amendment) -> tuple[str, str, str]:
    """Returns the symbol, first and last minute of the ticks that an amendment may have changed."""
    last = amendment.until - 1 if isinstance(amendment, BatchEnd) else amendment.us
    return (
        amendment.symbol,
        time_text(amendment.us)[:MINUTE_LENGTH],
        time_text(last)[:MINUTE_LENGTH],
    )


def runs(minutes: list[str]) -> list[tuple[str, str]]:
    """Returns the first and last minute of every run of consecutive minutes; they are in order."""
    found: list[tuple[str, str]] = []
    for minute in minutes:
        if found and _next(found[-1][1]) == minute:
            found[-1] = (found[-1][0], minute)
        else:
            found.append((minute, minute))
    return found


def _next(minute: str) -> str:
    return (datetime.fromisoformat(minute) + MINUTE).strftime("%Y-%m-%dT%H:%M")
