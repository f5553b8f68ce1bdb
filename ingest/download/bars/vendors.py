"""The vendors of bars: how each is asked for one part of one ticker.

A request runs in a thread of its own, so that one that hangs holds up no stop.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from db.errors import SettingsError, UsageError
from ingest.download.bars.order import BarOrder
from ingest.download.clock import Clock
from ingest.download.fetch import POLL_SECONDS, Fetcher
from ingest.download.venue import VenueAway
from ingest.formats.bar_message import BarMessage
from ingest.sources import alphavantage, yahoo
from ingest.sources.vendor_bars import LimitMet, NotGiven, one_line

T = TypeVar("T")

UNLIMITED = 1_000_000_000  # requests per day
PAUSE_SECONDS = 1.5  # between two requests of Alpha Vantage, which allows one per second


class Stopped(Exception):
    """The download was stopped while a request was under way."""


class Asker(Protocol):
    """A vendor that is asked; `tickers` are the order's symbols as it writes them."""

    tickers: list[str]
    parts: list[str]
    requests_per_day: int
    pause_seconds: float

    def ask(self, ticker: str, part: str, now: datetime) -> list[BarMessage]:
        """Returns bars; raises LimitMet, NotGiven, VenueAway, Stopped."""


@contextmanager
def opened(order: BarOrder, clock: Clock, stop: threading.Event) -> Iterator[Asker]:
    """Gives the vendor of an order; raises UsageError for what it cannot be asked for."""
    if order.vendor == "yahoo":
        yield _Yahoo(order, clock, stop)
        return
    vendor = _AlphaVantage(order, stop)
    with Fetcher(clock) as vendor.fetcher:
        yield vendor


class _AlphaVantage:
    """Alpha Vantage over HTTP, one request at a time and none repeated: each is counted."""

    fetcher: Fetcher
    pause_seconds = PAUSE_SECONDS

    def __init__(self, order: BarOrder, stop: threading.Event) -> None:
        if not order.token:
            raise SettingsError("set STOCKPULSE_ALPHAVANTAGE_TOKEN to your key of Alpha Vantage")
        _check_interval(order, tuple(alphavantage.INTERVALS))
        self.tickers = [symbol.upper() for symbol in _named(order)]
        self.parts = list(order.months) or [""]
        self.requests_per_day = order.requests_per_day
        self._order = order
        self._stop = stop

    def ask(self, ticker: str, part: str, now: datetime) -> list[BarMessage]:
        order = self._order
        url = alphavantage.url(order.url, ticker, order.interval, part, order.token)
        answer = _wait(self.fetcher.start(url, 1), self._stop)
        if answer.is_away:
            trouble = one_line(str(answer.trouble), order.token)
            raise VenueAway(f"Alpha Vantage cannot be reached at {order.url}: {trouble}")
        if answer.status == 429:
            raise LimitMet("Alpha Vantage refuses: HTTP 429", alphavantage.SHORT_SECONDS)
        if answer.status != 200:
            raise NotGiven(f"HTTP {answer.status}")
        return alphavantage.read(answer.body, ticker, order.interval, now, order.token)


class _Yahoo:
    """Yahoo through its library, which does not stop by itself: its thread is left behind."""

    requests_per_day = UNLIMITED
    pause_seconds = 0.0
    parts: list[str]

    def __init__(self, order: BarOrder, clock: Clock, stop: threading.Event) -> None:
        _check_interval(order, yahoo.INTERVALS)
        self._yfinance: Any = yahoo.library()
        now = clock.now()
        reach = yahoo.REACH.get(order.interval, yahoo.LONGEST_REACH)
        self._since = order.since or now - yahoo.AT_ONCE
        if not now - reach < self._since < now:
            raise UsageError(
                f"Yahoo has bars of {order.interval} of the last {reach.days} days only, not since"
                f" {self._since:%Y-%m-%d %H:%M}"
            )
        self.tickers = [yahoo.ticker_of(symbol) for symbol in _named(order)]
        self.parts = [""]
        self._order = order
        self._stop = stop

    def ask(self, ticker: str, _part: str, now: datetime) -> list[BarMessage]:
        interval = self._order.interval
        future = _in_thread(lambda: yahoo.fetch(self._yfinance, ticker, interval, self._since, now))
        found: list[BarMessage] = _wait(future, self._stop)
        return found


def _named(order: BarOrder) -> list[str]:
    """Returns the symbols of an order, without the nothing behind a comma at their end."""
    return [symbol.strip() for symbol in order.symbols if symbol.strip()]


def _check_interval(order: BarOrder, known: tuple[str, ...]) -> None:
    if order.interval not in known:
        raise UsageError(f"the interval is one of {', '.join(known)}, not {order.interval}")


def _in_thread(act: Callable[[], T]) -> "Future[T]":
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(act())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def _wait(future: "Future[T]", stop: threading.Event) -> T:
    """Returns the result of a future; raises Stopped."""
    while not stop.is_set():
        try:
            return future.result(POLL_SECONDS)
        except TimeoutError:
            if future.done():
                raise
    raise Stopped
