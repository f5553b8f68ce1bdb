"""Compares our candles with those of their venues; `stockpulse verify --against venue`."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import msgspec
import psycopg

from db import connect
from db.candles.progress import Progress
from db.errors import StockpulseError, UsageError
from ingest.klines import compare, own
from ingest.klines.compare import PENDING, Difference
from ingest.klines.dukascopy import Minutes, days_of
from ingest.klines.kline import Asked, Given, width_of
from ingest.klines.venues import VENUES, Client, pages_of
from ingest.sources.dukascopy_instruments import SOURCE as DUKASCOPY

POLL_SECONDS = 2.0
A_DAY = timedelta(days=1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Compared(msgspec.Struct):
    """The result of a series; `failure` is a line about one that could not be compared."""

    source: str
    symbol: str
    since: datetime  # from where on the venue gave candles
    until: datetime
    candles: int = 0  # of ours, the venue's or both
    differences: list[Difference] = []
    failure: str = ""

    @property
    def unexplained(self) -> int:
        """The number of candles that differ for no known reason."""
        return len({one.bucket for one in self.differences if not one.why})

    @property
    def explained(self) -> int:
        return len({one.bucket for one in self.differences if one.why})

    @property
    def pending(self) -> int:
        """The number of those that are explained by being incomplete."""
        return len({one.bucket for one in self.differences if one.why.startswith(PENDING)})


class _Run(NamedTuple):
    """A comparison: the connection, the options, and when it began."""

    conn: psycopg.Connection[Any]
    progress: Progress
    now: datetime
    url: str
    dukascopy_url: str
    patience: float


def verify(
    database_url: str,
    progress: Progress,
    *,
    timeframe: str = "1m",
    since: datetime | None = None,
    until: datetime | None = None,
    symbol: str | None = None,
    source: str | None = None,
    url: str = "",
    dukascopy_url: str = "",
    patience: float = 0.0,
) -> list[Compared]:
    """Compares the candles of series whose source is a venue that publishes its own.

    `since` and `until` are aware; by default the day before `until`, and now. Buckets that are not
    over are left out. `url` is the address of a server in place of the venue's; `dukascopy_url` is
    that of Dukascopy's files, if its terms are accepted. A candle that is pending is waited for up
    to `patience` seconds. Raises UsageError if there is nothing to compare, DatabaseAway or
    DatabaseRefused.
    """
    width = width_of(timeframe)
    sources = [*VENUES, *((DUKASCOPY,) if dukascopy_url else ())]
    if source is not None and source.partition(".")[0] not in sources:
        known = ", ".join(sources)
        raise UsageError(f"{source} publishes no candles to compare with; known are {known}")
    now = datetime.now(UTC)
    end = _floor(min(until or now, now), width)
    start = _floor(since or end - A_DAY, width)
    if start >= end:
        raise UsageError(f"no candle of {timeframe} {_between(start, end)} is over")
    with (
        connect.connect(
            database_url,
            application_name="stockpulse verify",
            autocommit=True,
            role="stockpulse_owner",
        ) as conn,
        connect.translated(),
    ):
        found = own.series(conn, sources, source, symbol, start, end)
        if not found:
            named = " ".join(part for part in (source, symbol) if part) or ", ".join(sources)
            raise UsageError(f"no candle of {named} is stored {_between(start, end)}")
        asked = [Asked(*each, timeframe, width, start, end) for each in found]
        run = _Run(conn, progress, now, url, dukascopy_url, patience)
        return list(_compare_all(run, asked))


def _compare_all(run: _Run, series: list[Asked]) -> Iterator[Compared]:
    for venue, group in groupby(series, lambda one: one.source.partition(".")[0]):
        members = list(group)
        with ExitStack() as stack:
            ask = _asking(stack, run, venue, members)
            for asked in members:
                result = Compared(asked.source, asked.symbol, asked.since, asked.until)
                try:
                    given = ask(asked)
                except StockpulseError as error:
                    result.failure = str(error)
                else:
                    result.since = given.since
                    _compare(run, asked, given, result)
                yield result


def _asking(
    stack: ExitStack, run: _Run, venue: str, members: list[Asked]
) -> Callable[[Asked], Given]:
    """Returns a function that asks a venue for the candles of a series."""
    if venue == DUKASCOPY:
        days = sum(len(days_of(asked)) for asked in members)
        advance = stack.enter_context(run.progress(f"asking {venue}", days, "days"))
        minutes = stack.enter_context(Minutes(run.dukascopy_url))
        return lambda asked: minutes.ask(asked, own.decimals(run.conn, asked.symbol), advance)
    pages = sum(pages_of(venue, asked) for asked in members)
    advance = stack.enter_context(run.progress(f"asking {venue}", pages, "requests"))
    client = stack.enter_context(closing(Client(venue, run.url)))
    return lambda asked: client.ask(asked, run.now, advance)


def _compare(run: _Run, asked: Asked, given: Given, result: Compared) -> None:
    """Compares the candles of a series, again while some are pending and patience lasts."""
    deadline = time.monotonic() + run.patience
    while True:
        # Ours are read last: what the venue counts has had the time to come.
        ours = own.candles(run.conn, asked)
        buckets = compare.differing(ours, given)
        facts = own.facts(run.conn, asked, buckets)
        result.differences = compare.explain(buckets, ours, given, facts)
        result.candles = len(given.klines.keys() | {one for one in ours if one >= given.since})
        is_pending = any(one.why.startswith(PENDING) for one in result.differences)
        if not is_pending or time.monotonic() >= deadline:
            return
        time.sleep(POLL_SECONDS)


def _between(start: datetime, end: datetime) -> str:
    first, last = (f"{one.astimezone(UTC):%Y-%m-%d %H:%M}" for one in (start, end))
    return f"between {first} and {last} UTC"


def _floor(moment: datetime, width: timedelta) -> datetime:
    return moment - (moment - EPOCH) % width
