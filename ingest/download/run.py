"""The run of a download: what there is to ask for, then hour after hour until nothing is due.

Everything it holds can be lost: the next run goes on with what the database does not have as done.
"""

import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec

from db.candles.progress import Progress
from db.errors import UsageError
from ingest.download import planner as planners
from ingest.download import venue
from ingest.download.clock import Clock
from ingest.download.fetch import POLL_SECONDS, Answer, Fetcher
from ingest.download.hours import Hours, Target
from ingest.download.planner import Planner, Wanted
from ingest.download.report import DownloadReport
from ingest.download.schedule import HOUR
from ingest.download.venue import Described
from ingest.kafka import topics
from ingest.kafka.producer import Producer
from ingest.kafka.settings import KafkaSettings

CHECK_SECONDS = 5.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The range to download; `form` is json or bi5.

    `recheck` asks again for hours that are settled, except for those whose answer came after
    `unverified_since`; `replace` also publishes those again that have not changed. From `ask_until`
    on no hour is asked for: the others stay planned.
    """

    symbols: tuple[str, ...]
    since: datetime
    until: datetime
    url: str
    metadata_url: str
    form: str = "json"
    topic: str = topics.BACKFILL
    directory: Path | None = None
    recheck: bool = False
    replace: bool = False
    unverified_since: datetime | None = None
    ask_until: datetime | None = None


class Stopped(Exception):
    """The download was stopped before its first hour."""


def download(
    settings: KafkaSettings,
    database_url: str,
    order: Order,
    stop: threading.Event,
    progress: Progress,
    clock: Clock | None = None,
) -> DownloadReport:
    """Publishes the hours of a range that are not done, until none is due or `stop` is set.

    Downloads that run at the same time share the hours. Raises UsageError for a wrong range or an
    unknown instrument, VenueAway, DatabaseAway, DatabaseRefused, BrokerAway, BrokerRefused.
    """
    clock = clock or Clock()
    codes = tuple(dict.fromkeys(map(venue.code_of, order.symbols)))
    wanted = _wanted(codes, order, clock.now())
    with ExitStack() as stack:
        planner = stack.enter_context(planners.opened(database_url, wanted))
        topics.ensure(settings, [order.topic])
        fetcher = stack.enter_context(Fetcher(clock))
        try:
            described = _describe(codes, order, fetcher, clock, stop)
        except Stopped:
            return DownloadReport(interrupted=True)
        _plan(planner, wanted, described, order, clock.now())
        producer = stack.enter_context(Producer(settings, stop))
        target = Target(order.url, order.form, order.topic, order.directory)
        hours = Hours(planner, fetcher, producer, described, target, stop, clock, order.ask_until)
        with progress("downloading", planner.count_due(clock.now()), "hours") as advance:
            hours.work(advance)
        hours.report.states = planner.states()
    return hours.report


def check(symbols: Sequence[str], metadata_url: str, clock: Clock | None = None) -> None:
    """Raises UsageError for symbols that are no instruments, as far as the venue answers."""
    if not symbols:
        raise UsageError("there is no symbol to download")
    codes = [code for code in map(venue.code_of, symbols) if not venue.is_built_in(code)]
    if not codes:
        return
    with Fetcher(clock or Clock()) as fetcher:
        for code in codes:
            venue.check(partial(_ask_briefly, fetcher), metadata_url, code)


def _ask_briefly(fetcher: Fetcher, url: str, tries: int) -> Answer:
    try:
        return fetcher.start(url, tries).result(CHECK_SECONDS)
    except TimeoutError:
        return Answer(trouble="no answer in time")


def _wanted(codes: tuple[str, ...], order: Order, now: datetime) -> Wanted:
    if not codes:
        raise UsageError("there is no symbol to download: --symbols EUR/USD")
    if order.since >= order.until:
        raise UsageError(f"since {order.since:%Y-%m-%d %H:%M} is not before until")
    if order.until > now:
        raise UsageError(f"until {order.until:%Y-%m-%d %H:%M} is in the future")
    symbols = [venue.symbol_of(code) for code in codes]
    since = order.since.replace(minute=0, second=0, microsecond=0)
    return Wanted(symbols, since, order.until)


def _describe(
    codes: tuple[str, ...], order: Order, fetcher: Fetcher, clock: Clock, stop: threading.Event
) -> dict[str, Described]:
    """Returns the instruments and their schedules, by symbol."""
    with ExitStack() as stack:
        if order.form != "json":
            fetcher = stack.enter_context(Fetcher(clock))  # another host, with a pace of its own
        ask = partial(_ask, fetcher, stop)
        needed = order.form == "json"
        found = [venue.describe(ask, order.metadata_url, code, needed=needed) for code in codes]
    return {each.instrument.symbol: each for each in found}


def _ask(fetcher: Fetcher, stop: threading.Event, url: str, tries: int) -> Answer:
    future = fetcher.start(url, tries)
    while not stop.is_set():
        try:
            return future.result(POLL_SECONDS)
        except TimeoutError:
            continue
    raise Stopped


def _plan(
    planner: Planner,
    wanted: Wanted,
    described: Mapping[str, Described],
    order: Order,
    now: datetime,
) -> None:
    for symbol, (instrument, schedule) in described.items():
        planner.describe(instrument, schedule.calendar)
        hours = schedule.hours(wanted.since, wanted.until)
        planner.plan(symbol, [hour for hour in hours if hour + HOUR <= now])
    if order.recheck or order.replace:
        planner.ask_again(replace=order.replace, unverified_since=order.unverified_since)
