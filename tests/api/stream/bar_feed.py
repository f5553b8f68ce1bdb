"""A loader, and a client of the bars that follow from what it stores, in one process."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from api.pool import Reader
from api.settings import ApiSettings
from api.stream.bars import LiveBars
from api.stream.events import Change, Event, Position
from api.stream.subscription import BARS, PROVISIONAL, Subscription, Topic
from api.stream.token import Place
from db.tables.display import Display
from ingest.formats.times import rfc3339
from ingest.store.store import Store, opened
from tests.api.store import Store as Candles
from tests.ingest import made

SECOND = timedelta(seconds=1)
DEADLINE_SECONDS = 20.0


class Feed:
    """Stores messages as a loader does."""

    def __init__(self, store: Store, url: str, edition: str) -> None:
        self._store = store
        self._url = url
        self._edition = edition
        self._offsets = itertools.count()
        store.add_offsets(("t", 0), 0, "cluster", None)

    def load(self, *values: bytes) -> None:
        """Stores a batch."""
        messages = [made.Message(value, next(self._offsets)) for value in values]
        self._store.store(made.batch(messages, now=datetime.now(UTC)))

    def make_candles(self) -> None:
        """Stores all candles, as the refresh does in time."""
        Candles(self._url).make_candles(self._edition)

    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Runs a statement as the owner."""
        with psycopg.connect(self._url, autocommit=True) as conn:
            conn.execute("set time zone 'UTC'")
            cursor = conn.execute(statement, values or None)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def newest(self) -> int:
        """Returns the number of the newest change."""
        found = self.execute("select number from market.newest_change()")
        return int(found[0][0]) if found else 0


@contextmanager
def feeding(url: str, edition: str) -> Iterator[Feed]:
    """Opens a feed."""
    with opened(url) as store:
        yield Feed(store, url, edition)


def trade(at: datetime, price: str, *, id_: str | None = None, **changes: Any) -> bytes:
    """Returns the message of a trade of AAPL of size 10; its id is its time by default."""
    stamp = rfc3339(at)
    return made.trade(event_time=stamp, price=price, dedupe_id=id_ or stamp, seq=0, **changes)


def quote(at: datetime, bid: str, ask: str, **changes: Any) -> bytes:
    """Returns the message of a quote of EUR/USD."""
    stamp = rfc3339(at)
    return made.quote(event_time=stamp, bid=bid, ask=ask, dedupe_id=stamp, **changes)


def seconds_ago(count: int, fraction: float = 0.5) -> datetime:
    """Returns a moment within the second that began so many whole seconds ago."""
    now = datetime.now(UTC).replace(microsecond=0)
    return now - count * SECOND + timedelta(seconds=fraction)


def subscription(
    *timeframes: str,
    symbols: Iterable[str] = ("AAPL",),
    provisional: bool = False,
    source: str | None = None,
) -> Subscription:
    """Returns a subscription to the bars of symbols."""
    channels = (BARS, PROVISIONAL) if provisional else (BARS,)
    names = frozenset(symbols)
    return Subscription(
        wanted={Topic(channel, name): names for channel in channels for name in timeframes},
        sources=dict.fromkeys(names, source) if source else {},
    )


class Client:
    """Bars in a process of the API, and all that they publish."""

    def __init__(self, bars: LiveBars, feed: Feed) -> None:
        self.bars = bars
        self.feed = feed
        self.events: list[dict[str, Any]] = []
        self.published_at: list[float] = []

    def take(self, events: Sequence[Event]) -> None:
        self.published_at.append(time.monotonic())
        self.events += map(decoded, events)

    def load(self, *values: bytes) -> None:
        """Stores a batch, and has the bars know, as the hub does."""
        self.feed.load(*values)
        self.tell()

    def tell(self, *kinds: str) -> None:
        """Tells the bars that something has changed."""
        now = datetime.now(UTC)
        changes = [Change(0, kind, "AAPL", None, now, now) for kind in kinds or ("trade", "quote")]
        self.bars.changed(changes, Position(self.feed.newest(), 0))

    async def until(
        self, holds: Callable[[list[dict[str, Any]]], bool], what: str = "bars"
    ) -> list[dict[str, Any]]:
        """Returns what was published so far once it meets a condition."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not holds(self.events):
            assert time.monotonic() < deadline, f"{what}: not in {self.events}"
            await asyncio.sleep(0.01)
        return self.events

    async def count(self, number: int) -> list[tuple[Any, ...]]:
        """Returns the bars published so far, in short, once there are so many."""
        return list(map(short, await self.until(lambda events: len(events) >= number)))

    async def quiet(self) -> None:
        """Returns after two readings more, which publish nothing."""
        before = len(self.events)
        for _ in range(2):
            self.tell()
            async with self.bars._round:
                await self.bars._round.wait()
        assert self.events[before:] == []

    async def replayed(
        self, followed: Subscription, begin: Place, end: Place
    ) -> list[dict[str, Any]]:
        """Returns what a client that comes back is given."""
        found: list[dict[str, Any]] = []
        async for events, _ in self.bars.replay(followed, begin, end):
            found += map(decoded, events)
        return found


def decoded(event: Event) -> dict[str, Any]:
    """Returns the members of an event, with decimals."""
    members = json.loads(event.body(), parse_float=Decimal, parse_int=Decimal)
    assert isinstance(members, dict)
    return members


def short(bar: dict[str, Any]) -> tuple[Any, ...]:
    """Returns (state, o, h, l, c, v, n) of a bar."""
    state = "final" if bar["final"] else "open"
    state = "revised" if bar.get("revised") else state
    values = (bar[name] for name in "ohlcvn")
    return (
        state + " gone" * bar.get("gone", False),
        *(value if value is None else int(value) for value in values),
    )


@asynccontextmanager
async def client(feed: Feed) -> AsyncIterator[Client]:
    """Starts the bars of a process."""
    settings = ApiSettings(database_url=feed._url)
    reader = Reader(settings)
    followers: list[Client] = []
    bars = LiveBars(
        settings,
        reader,
        lambda events: followers[0].take(events),
        lambda: (Display(),),
    )
    followers.append(Client(bars, feed))
    async with reader.pool, bars:
        yield followers[0]
