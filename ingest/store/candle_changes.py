"""What a batch tells the Apache-2 edition's candles: which minutes of which symbols changed."""

from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from ingest.batch.columns import Rows, time_of
from ingest.formats.amendments import Control, End, Replacement

MINUTE = timedelta(minutes=1)
LIVE_MINUTES = 3  # the newest minutes of a batch are logged once for all symbols
MOST_RUNS = 20  # of one symbol; more are logged as one range


class Changes(msgspec.Struct, frozen=True):
    """Ranges of whole minutes; a symbol of None stands for any."""

    symbols: list[str | None]
    since: list[str]
    until: list[str]


def changes_of(rows: Rows) -> Changes:
    """Returns the changed ranges: of all symbols at the live end, of single ones before it."""
    minutes = [time[:16] for time in rows.times]
    live = sorted(set(minutes))[-LIVE_MINUTES:]
    ranges: list[tuple[str | None, str, str]] = [(None, first, last) for first, last in runs(live)]
    ranges += sorted({_amended(c) for c in rows.controls.values() if _amends(c)})
    late = set(zip(rows.symbols, minutes, strict=True))
    late = {(symbol, minute) for symbol, minute in late if minute < live[0]}
    for symbol, group in groupby(sorted(late), key=lambda pair: pair[0]):
        found = runs([minute for _, minute in group])
        if len(found) > MOST_RUNS:
            found = [(found[0][0], found[-1][1])]
        ranges += [(symbol, *run) for run in found]
    return Changes(
        symbols=[symbol for symbol, _, _ in ranges],
        since=[f"{first}:00Z" for _, first, _ in ranges],
        until=[f"{_next(last)}:00Z" for _, _, last in ranges],
    )


def _amends(control: Control) -> bool:
    if isinstance(control, End):
        return control.replace
    return not isinstance(control, Replacement)  # which only waits for its batch


def _amended(control: Control) -> tuple[str, str, str]:
    """Returns the symbol, first and last minute of what a message may have changed."""
    last = control.until - 1 if isinstance(control, End) else control.us
    return control.symbol, time_of(control.us)[:16], time_of(last)[:16]


def runs(minutes: list[str]) -> list[tuple[str, str]]:
    """Returns the first and last minute of every run of minutes that follow each other."""
    found: list[tuple[str, str]] = []
    for minute in minutes:
        if found and _next(found[-1][1]) == minute:
            found[-1] = (found[-1][0], minute)
        else:
            found.append((minute, minute))
    return found


def _next(minute: str) -> str:
    return (datetime.fromisoformat(minute) + MINUTE).strftime("%Y-%m-%dT%H:%M")
