"""Ranges in which a batch adds events and bars of vendors, for the log of changes.

Whoever reads the log finds the events by symbol, range and batch: a range is not to reach over
hours of a symbol for the sake of a few of its events.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import chain, groupby
from typing import get_args

import msgspec

from ingest.batch.contents import Contents
from ingest.formats.bar import SECONDS
from ingest.formats.columns import Columns
from ingest.formats.events import Kind
from ingest.formats.times import MICROSECOND, rfc3339, time_text
from ingest.store.candle_changes import MOST_RUNS, next_minute, runs

SECOND = 1_000_000  # microseconds
NARROW = timedelta(minutes=1)  # a batch within it is one range of all its symbols


class Range(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of ops.changed_ranges: since <= time < until, as texts."""

    kind: str
    symbols: list[str]
    since: str
    until: str
    batch: int | None = None
    source: str | None = None
    timeframe: str | None = None


def ranges_of(contents: Contents, batch: int, rows: Mapping[Kind, int]) -> list[Range]:
    """Returns the ranges of the kinds of which `rows` are new, and those of bars."""
    ranges = _bars(contents)
    for kind in get_args(Kind):
        if rows[kind] and contents.of(kind):
            ranges += _events(kind, contents.of(kind), batch)
    return ranges


def _events(kind: Kind, parts: list[Columns], batch: int) -> list[Range]:
    oldest = min(part.oldest for part in parts)
    newest = max(part.newest for part in parts)
    end = datetime.fromisoformat(newest) + MICROSECOND
    if end - datetime.fromisoformat(oldest) <= NARROW:
        symbols = sorted(frozenset.union(*(part.distinct_symbols for part in parts)))
        return [Range(kind, symbols, oldest, rfc3339(end), batch)]
    alike = defaultdict(list)
    minutes = sorted(set(chain.from_iterable(part.minutes() for part in parts)))
    for symbol, group in groupby(minutes, key=lambda pair: pair[0]):
        for run in _few(runs([minute for _, minute in group])):
            alike[run].append(symbol)
    return [
        Range(kind, symbols, f"{first}:00Z", f"{next_minute(last)}:00Z", batch)
        for (first, last), symbols in alike.items()
    ]


def _few(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return found if len(found) <= MOST_RUNS else [(found[0][0], found[-1][1])]


def _bars(contents: Contents) -> list[Range]:
    """Returns one range per series of bars, whether or not they differ from those stored."""
    series: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for bar in chain.from_iterable(contents.bars.values()):
        series[bar.symbol, bar.source, bar.interval].append(bar.us)
    return [
        Range(
            "bar",
            [symbol],
            time_text(min(starts)),
            time_text(max(starts) + SECONDS[interval] * SECOND),
            source=source,
            timeframe=interval,
        )
        for (symbol, source, interval), starts in series.items()
    ]
