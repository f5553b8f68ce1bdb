"""The run of a download of bars: one request after another, each answer published at once."""

import asyncio
import re
import threading
from contextlib import ExitStack
from datetime import datetime, timedelta

from db.errors import UsageError
from ingest.download.bars import ledger as ledgers
from ingest.download.bars import vendors
from ingest.download.bars.ledger import Ledger
from ingest.download.bars.order import BarOrder, BarReport
from ingest.download.bars.vendors import Asker, Stopped
from ingest.download.clock import Clock
from ingest.download.fetch import POLL_SECONDS
from ingest.formats.bar_message import BarMessage
from ingest.kafka import topics
from ingest.kafka.producer import Producer
from ingest.kafka.settings import KafkaSettings
from ingest.sources.vendor_bars import LimitMet, NotGiven, outgoing

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def download_bars(
    settings: KafkaSettings,
    database_url: str,
    order: BarOrder,
    stop: threading.Event,
    clock: Clock | None = None,
) -> BarReport:
    """Publishes the bars of an order, until all is asked for, a limit is met or `stop` is set.

    Raises UsageError, SettingsError for a missing token, VenueAway, DatabaseAway, DatabaseRefused,
    BrokerAway, BrokerRefused.
    """
    clock = clock or Clock()
    _check(order, clock.now())
    report = BarReport()
    with ExitStack() as stack:
        vendor = stack.enter_context(vendors.opened(order, clock, stop))
        ledger = stack.enter_context(
            ledgers.opened(database_url, order.vendor, order.token, vendor.requests_per_day)
        )
        topics.ensure(settings, [order.topic])
        producer = stack.enter_context(Producer(settings, stop))
        due = ledger.due(vendor.tickers, order.interval, vendor.parts, recheck=order.recheck)
        for number, (ticker, part) in enumerate(due):
            if number:
                _pause(vendor.pause_seconds, clock, stop)
            if stop.is_set() or not _take(ledger, report, clock.now()):
                break
            try:
                bars = _ask(vendor, ledger, report, ticker, part, clock)
            except Stopped:
                report.interrupted = True
                break
            if bars is not None and _publish(producer, order.topic, bars) and not stop.is_set():
                ledger.note(ticker, order.interval, part, clock.now(), len(bars))
                report.bars += len(bars)
            if stop.is_set() or report.limit:
                break
        report.interrupted = report.interrupted or stop.is_set()
    return report


def _check(order: BarOrder, now: datetime) -> None:
    if not any(symbol.strip() for symbol in order.symbols):
        raise UsageError("there is no symbol to download: --symbols IBM")
    for month in order.months:
        if not MONTH.fullmatch(month) or month > f"{now:%Y-%m}":
            raise UsageError(f"the month is like {now:%Y-%m} and not in the future, not {month!r}")


def _pause(seconds: float, clock: Clock, stop: threading.Event) -> None:
    """Waits, until `stop` is set at the longest."""
    asyncio.run(_sleep(clock.monotonic() + seconds, clock, stop))


async def _sleep(end: float, clock: Clock, stop: threading.Event) -> None:
    while not stop.is_set() and clock.monotonic() < end:
        await clock.sleep(min(end - clock.monotonic(), POLL_SECONDS))


def _take(ledger: Ledger, report: BarReport, now: datetime) -> bool:
    """Counts a request; returns whether it may be sent, and notes in the report why not."""
    if ledger.take(now):
        report.requests += 1
        return True
    report.limit = "no more requests are sent for now"
    report.goes_on_at = ledger.goes_on_at(now)
    return False


def _ask(
    vendor: Asker, ledger: Ledger, report: BarReport, ticker: str, part: str, clock: Clock
) -> list[BarMessage] | None:
    """Returns the bars of an answer, None if it has none, as the report then says."""
    try:
        return vendor.ask(ticker, part, clock.now())
    except LimitMet as limit:
        now = clock.now()
        report.limit = str(limit)
        ledger.wait_until(now + timedelta(seconds=limit.seconds), now)
        report.goes_on_at = ledger.goes_on_at(now)
    except NotGiven as reason:
        report.failures.append(f"{' '.join([ticker, part]).strip()}: {reason}")
    return None


def _publish(producer: Producer, topic: str, bars: list[BarMessage]) -> bool:
    """Sends bars; returns whether the broker has acknowledged all, which a stop may prevent."""
    for bar in bars:
        producer.send(topic, outgoing(bar))
    producer.flush()
    return producer.pending == 0
