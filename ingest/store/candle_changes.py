"""Times and symbols that a batch changes.

The Apache-2 edition refreshes its candles by them; bars are published by the minutes alone.
"""

from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from ingest.batch.contents import Contents, replaces
from ingest.formats.amendments import BatchEnd
from ingest.formats.events import Kind
from ingest.formats.times import MINUTE_LENGTH, SECOND_LENGTH, time_text

MINUTE = timedelta(minutes=1)
LIVE_MINUTES = 3  # the newest minutes of a batch are logged once for all symbols
MOST_RUNS = 20  # of one symbol; more are logged as one range


class Changes(msgspec.Struct, frozen=True):
    """Ranges to the end of a minute as ISO 8601 texts in UTC; a symbol of None stands for all."""

    symbols: list[str | None]
    since: list[str]
    until: list[str]


def changes_of(contents: Contents, kind: Kind) -> Changes:
    """Returns the ranges in which events of a kind changed: of all symbols at the live end.

    That range begins with the second of the oldest event: those before it are stored already.
    Earlier ranges are of single symbols. The database logs corrections and cancels itself.
    """
    changed = set(contents.minutes(kind))
    live = sorted({minute for _, minute in changed})[-LIVE_MINUTES:]
    ranges: list[tuple[str | None, str, str]] = [(None, first, last) for first, last in runs(live)]
    ranges += _replaced(contents, kind)
    older = sorted((symbol, minute) for symbol, minute in changed if minute < live[0])
    for symbol, group in groupby(older, key=lambda pair: pair[0]):
        found = runs([minute for _, minute in group])
        if len(found) > MOST_RUNS:
            found = [(found[0][0], found[-1][1])]
        ranges += [(symbol, *run) for run in found]
    oldest = min((f"{part.oldest[:SECOND_LENGTH]}Z" for part in contents.of(kind)), default="")
    return Changes(
        symbols=[symbol for symbol, _, _ in ranges],
        since=[
            max(f"{first}:00Z", oldest) if symbol is None else f"{first}:00Z"
            for symbol, first, _ in ranges
        ],
        until=[f"{next_minute(last)}:00Z" for _, _, last in ranges],
    )


def minutes_of(contents: Contents) -> list[tuple[str, str]]:
    """Returns the ranges of whole minutes in which trades changed, as ISO 8601 texts in UTC.

    The database logs corrections and cancels itself.
    """
    minutes: set[str] = set()
    for part in contents.trades:
        first, last = part.oldest[:MINUTE_LENGTH], part.newest[:MINUTE_LENGTH]
        if first == last:
            minutes.add(first)
        else:
            minutes |= {time[:MINUTE_LENGTH] for time in part.times}
    replaced = [(first, last) for _, first, last in _replaced(contents, "trade")]
    return [
        (f"{first}:00Z", f"{next_minute(last)}:00Z")
        for first, last in runs(sorted(minutes)) + replaced
    ]


def _replaced(contents: Contents, kind: Kind) -> list[tuple[str, str, str]]:
    """Returns the symbol, first and last minute of the ranges that are replaced."""
    amendments = [one for some in contents.amendments.values() for one in some]
    return sorted({_range(one) for one in amendments if replaces(one) and one.kind == kind})


def _range(end: BatchEnd) -> tuple[str, str, str]:
    """Returns the symbol, first and last minute of a range that is replaced."""
    first, last = time_text(end.us), time_text(end.until - 1)
    return end.symbol, first[:MINUTE_LENGTH], last[:MINUTE_LENGTH]


def runs(minutes: list[str]) -> list[tuple[str, str]]:
    """Returns the first and last minute of every run of consecutive minutes; they are in order."""
    found: list[tuple[str, str]] = []
    for minute in minutes:
        if found and next_minute(found[-1][1]) == minute:
            found[-1] = (found[-1][0], minute)
        else:
            found.append((minute, minute))
    return found


def next_minute(minute: str) -> str:
    """Returns the minute after one like 2026-02-27T12:05."""
    return (datetime.fromisoformat(minute) + MINUTE).strftime("%Y-%m-%dT%H:%M")
