"""Simulates a random walk per symbol: the same seed and the same times give the same ticks.

Prices are whole cents and sizes whole shares throughout.
"""

import math
import random
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from db.errors import UsageError
from ingest.formats.native_message import TickMessage, encode
from ingest.kafka import producer, topics
from ingest.kafka.producer import Advance, OutgoingMessage, Published
from ingest.kafka.settings import KafkaSettings

SOURCE = "sim"
START_CENTS = {
    "AAPL": 229_87,
    "MSFT": 431_20,
    "NVDA": 138_07,
    "TSLA": 251_44,
    "AMZN": 207_09,
    "GOOG": 178_35,
}
STEPS = (-3, -2, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3)  # cents; most trades repeat a price
SIZES = ("1", "2", "5", "10", "10", "25", "40", "50", "75", "100", "100", "100", "200", "300",
         "500", "1000")  # fmt: skip

SLICE_SECONDS = 0.01
SLICE_TICKS = 1_000  # without a rate: ticks between two looks at the clock
CATCH_UP_SECONDS = 0.1  # most that a slice makes up for: too high a rate must not delay the end
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def publish(
    settings: KafkaSettings,
    symbols: Sequence[str],
    *,
    rate: float | None = None,
    seconds: float | None = None,
    count: int | None = None,
    seed: int = 0,
    topic: str = topics.LIVE,
    advance: Advance = lambda _ticks: None,
    stop: threading.Event | None = None,
) -> Published:
    """Publishes simulated trades, stamped with the current time, until one of the limits.

    Ends after `seconds`, after `count` ticks, or once `stop` is set, whichever comes first; without
    any of them it goes on until Ctrl-C. `rate` is in ticks per second over all symbols; without it
    ticks are sent as fast as possible. `advance` is called with the number of ticks sent since its
    last call; `count` of the result is in ticks. Raises UsageError if there is no symbol, and as
    producer.publish().
    """
    times = live_times(rate=rate, seconds=seconds, count=count, advance=advance, stop=stop)
    return producer.publish(settings, topic, messages(ticks(symbols, times, seed=seed)), stop)


def publish_history(
    settings: KafkaSettings,
    symbols: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    count: int,
    seed: int = 0,
    topic: str = topics.BACKFILL,
) -> Published:
    """Publishes `count` simulated trades spread evenly over [since, until), as fast as possible.

    `since` and `until` are aware datetimes. Raises UsageError if there is no symbol or the range
    is shorter than `count` microseconds, and as producer.publish().
    """
    made = history(symbols, since=since, until=until, count=count, seed=seed)
    return producer.publish(settings, topic, messages(made))


def history(
    symbols: Sequence[str], *, since: datetime, until: datetime, count: int, seed: int = 0
) -> Iterator[TickMessage]:
    """Returns `count` ticks spread evenly over [since, until); equal arguments give equal ticks.

    Raises UsageError if there is no symbol or the range is shorter than `count` microseconds.
    """
    first, span = _microseconds(since), (until - since) // MICROSECOND
    if count > span:
        raise UsageError(
            f"{count} ticks do not fit into {span} microseconds: at most one per microsecond"
        )
    return ticks(symbols, (first + span * n // count for n in range(count)), seed=seed)


def ticks(symbols: Sequence[str], times: Iterable[int], *, seed: int = 0) -> Iterator[TickMessage]:
    """Yields one trade for each of `times`: Unix microseconds, each later than the one before.

    The dedupe_id begins with the first time, so that no two runs share one. Raises UsageError if
    there is no symbol.
    """
    if not symbols:
        raise UsageError("there is no symbol to simulate")
    return _walk([_Walk(symbol) for symbol in dict.fromkeys(symbols)], times, seed)


class _Walk:
    """The state of one symbol: its price in cents and how many ticks it had."""

    __slots__ = ("cents", "high", "low", "seq", "symbol")

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.cents = START_CENTS.get(symbol) or 20_00 + zlib.crc32(symbol.encode()) % 400_00
        self.low, self.high = self.cents // 2, self.cents * 2  # where the walk turns round
        self.seq = 0

    def step(self, cents: int) -> None:
        moved = self.cents + cents
        self.cents = moved if self.low <= moved <= self.high else self.cents - cents
        self.seq += 1


def _walk(walks: list[_Walk], times: Iterable[int], seed: int) -> Iterator[TickMessage]:
    bits = random.Random(seed).getrandbits  # noqa: S311
    run = None
    for at in times:
        run = run or f"{at:x}"
        drawn = bits(24)  # per tick: 4 bits for the step, 4 for the size, 16 for the symbol
        walk = walks[(drawn >> 8) * len(walks) >> 16]
        walk.step(STEPS[drawn & 15])
        yield TickMessage(
            kind="trade",
            source=SOURCE,
            symbol=walk.symbol,
            event_time=EPOCH + timedelta(microseconds=at),
            price=f"{walk.cents // 100}.{walk.cents % 100:02d}",
            size=SIZES[drawn >> 4 & 15],
            seq=walk.seq,
            dedupe_id=f"{run}-{walk.seq}",
        )


def live_times(
    *,
    rate: float | None,
    seconds: float | None,
    count: int | None,
    advance: Advance = lambda _ticks: None,
    stop: threading.Event | None = None,
) -> Iterator[int]:
    """Yields the time of each tick when it is due, in Unix microseconds; no two are equal."""
    last = 0
    for due in _slices(rate, seconds, count):
        if stop is not None and stop.is_set():
            return
        for _ in range(due):
            last = max(time.time_ns() // 1000, last + 1)
            yield last
        advance(due)


def _slices(rate: float | None, seconds: float | None, count: int | None) -> Iterator[int]:
    """Yields how many ticks are due now, sleeping in between.

    The number follows from the time since the start, so the next slice makes up for a late one.
    """
    end = math.inf if seconds is None else seconds
    goal = math.inf if count is None else count
    most = max(1.0, rate * CATCH_UP_SECONDS) if rate else SLICE_TICKS
    started, elapsed, sent = time.monotonic(), 0.0, 0
    while sent < goal and elapsed < end:
        elapsed = time.monotonic() - started
        due = int(min(elapsed, end) * rate) - sent if rate else SLICE_TICKS * (elapsed < end)
        due = int(min(due, most, goal - sent))
        if due:
            yield due
            sent += due
        elif rate:
            next_in = (sent + 1) / rate - elapsed
            time.sleep(max(0.0, min(max(SLICE_SECONDS, next_in), end - elapsed)))


def messages(made: Iterable[TickMessage]) -> Iterator[OutgoingMessage]:
    """Yields a message for each tick, with its symbol as the key."""
    for tick in made:
        yield OutgoingMessage(tick.symbol, encode(tick))


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND
