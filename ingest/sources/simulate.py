"""A seeded random walk per symbol: the same seed and the same times give the same ticks.

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
from db.settings import Settings
from ingest.formats.native_message import TickMessage, encode
from ingest.kafka import producer, topics
from ingest.kafka.producer import Advance, Message, Published

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
SLICE_TICKS = 1_000  # without a pace: how often the clock is asked whether to stop
CATCH_UP_SECONDS = 0.1  # what a slice makes up for at most: a pace too high must not delay the end
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def publish(
    settings: Settings,
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
    """Publishes ticks stamped with the moment they are sent, until `seconds` or `count` is reached
    or `stop` is set.

    `rate` is ticks a second over all symbols; without it they go as fast as they can.
    """
    times = live_times(rate=rate, seconds=seconds, count=count, advance=advance, stop=stop)
    return producer.publish(settings, topic, messages(ticks(symbols, times, seed=seed)), stop)


def publish_history(
    settings: Settings,
    symbols: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    count: int,
    seed: int = 0,
    topic: str = topics.BACKFILL,
) -> Published:
    """Publishes `count` ticks spread evenly over [since, until), as fast as they can go."""
    made = history(symbols, since=since, until=until, count=count, seed=seed)
    return producer.publish(settings, topic, messages(made))


def history(
    symbols: Sequence[str], *, since: datetime, until: datetime, count: int, seed: int = 0
) -> Iterator[TickMessage]:
    """Returns `count` ticks spread evenly over [since, until); equal arguments give equal ticks."""
    first, span = _microseconds(since), (until - since) // MICROSECOND
    if count > span:
        raise UsageError(f"{count} ticks do not fit into {span} microseconds, one in each")
    return ticks(symbols, (first + span * n // count for n in range(count)), seed=seed)


def ticks(symbols: Sequence[str], times: Iterable[int], *, seed: int = 0) -> Iterator[TickMessage]:
    """Yields one trade for each of `times`, which rise; in microseconds since 1970.

    The dedupe_id begins with the first time, so that no two runs share one.
    """
    if not symbols:
        raise UsageError("there is no symbol to simulate")
    return _walk([_Walk(symbol) for symbol in dict.fromkeys(symbols)], times, seed)


class _Walk:
    """Where one symbol stands."""

    __slots__ = ("cents", "high", "low", "seq", "symbol")

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.cents = START_CENTS.get(symbol) or 20_00 + zlib.crc32(symbol.encode()) % 400_00
        self.low, self.high = self.cents // 2, self.cents * 2  # it turns round here
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
        drawn = bits(24)  # one draw a tick: four bits for the step, four for the size, 16 for whose
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
    """Yields the time of each tick when it is due; rising, even where the clock stands still."""
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

    What is due follows from the time since the start, so the next slice makes up for a late one.
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


def messages(made: Iterable[TickMessage]) -> Iterator[Message]:
    """Turns ticks into records, each under its symbol."""
    for tick in made:
        yield Message(tick.symbol, encode(tick))


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND
