"""A client that is cut off at random ends with the bars that SQL has, each final one given once."""

import asyncio
import random
from collections import Counter
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.stream import bar_replay
from api.stream.token import Place
from stack.database import Database
from tests.api.stream.bar_feed import (
    SECOND,
    Client,
    Feed,
    client,
    decoded,
    feeding,
    subscription,
    trade,
)

TIMEFRAMES = {"1s": 1, "5s": 5, "1m": 60}  # seconds
BARS = """
select bucket, open, high, low, close, volume, tick_count
from market.candles('AAPL', %s)
where open is not null
"""


class Cut:
    """A client over several connections: the bars that it knows, and where it goes on."""

    def __init__(self, feed: Feed, seed: int) -> None:
        self.feed = feed
        self.random = random.Random(seed)
        self.place: Place | None = None
        self.bars: dict[tuple[str, str], tuple[Any, ...] | None] = {}
        self.finals: Counter[tuple[str, str]] = Counter()
        self.ids: list[tuple[str, datetime]] = []
        self.begun = datetime.now(UTC)

    def see(self, event: dict[str, Any]) -> None:
        """Applies a bar."""
        key = event["timeframe"], event["t"]
        self.finals[key] += not event.get("revised", False)
        self.bars[key] = None if event.get("gone") else tuple(event[name] for name in "ohlcvn")

    def change(self) -> None:
        """Loads a few trades, some of them late, and amends others."""
        values = []
        for _ in range(self.random.randint(1, 4)):
            ago = self.random.choice([0.0, 0.3, 1.2, 4.0, 20.0])
            at = datetime.now(UTC) - timedelta(seconds=ago)
            name = f"id{len(self.ids)}"
            self.ids.append((name, at))
            values.append(trade(at, str(self.random.randint(90, 110)), id_=name))
        if self.random.random() < 0.5:
            name, at = self.random.choice(self.ids)
            values.append(trade(at, str(self.random.randint(90, 110)), id_=name,
                                flags=["correction"]))  # fmt: skip
        if self.random.random() < 0.5:
            name, at = self.random.choice(self.ids)
            values.append(trade(at, None, id_=name, size=None, flags=["cancel"]))
        self.feed.load(*values)
        if self.random.random() < 0.3:
            self.feed.make_candles()

    async def connect(self, following: Client, *, is_last: bool = False) -> None:
        """Follows the bars until it is cut off."""
        followed = subscription(*TIMEFRAMES)
        end = await following.bars.join(followed)
        begin = self.place or Place(end.number, self.begun - 60 * SECOND)
        async with aclosing(following.bars.replay(followed, begin, end)) as messages:
            async for events, place in messages:
                self.place = place
                for event in events:
                    self.see(decoded(event))
                if not is_last and self.random.random() < 0.2:
                    return
        for _ in range(self.random.randint(0, 3)):
            self.change()
            following.tell()
            await asyncio.sleep(self.random.choice([0, 0.1, 0.4]))
        if is_last:
            await self.settle(following)
        self.place = following.bars.place(followed)
        for bar in following.events:
            self.see(bar)

    async def settle(self, following: Client) -> None:
        """Returns once all has been given up to now."""
        self.feed.make_candles()
        following.tell()
        last, until = self.feed.newest(), datetime.now(UTC)

        def is_done(_: Any) -> bool:
            place = following.bars.place(subscription(*TIMEFRAMES))
            return (
                place.number >= last and place.until >= until
                and not place.stale and not place.behind
            )  # fmt: skip

        following.tell()
        await following.until(is_done)


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.long) for n in (2, 3))])
def test_cuts_leave_the_bars_that_sql_has(
    fresh_database: str, database: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bar_replay, "MOST_BARS", 5)

    async def connect(cut: Cut) -> None:
        for number in range(8):
            async with client(cut.feed) as following:
                await cut.connect(following, is_last=number == 7)
            cut.change() if number < 7 else None

    with feeding(fresh_database, database.edition) as feed:
        cut = Cut(feed, seed)
        cut.change()
        asyncio.run(connect(cut))
        assert cut.place is not None
        for timeframe, seconds in TIMEFRAMES.items():
            expected = {
                bar[0].strftime("%Y-%m-%dT%H:%M:%SZ"): bar[1:]
                for bar in feed.execute(BARS, timeframe)
                if bar[0] + seconds * SECOND <= cut.place.until
            }
            found = {
                start: bar
                for (of, start), bar in cut.bars.items()
                if of == timeframe and bar is not None
            }
            assert found == expected
        assert max(cut.finals.values()) == 1
