"""The trades of a simulated venue: numbered per symbol, kept for whoever asks for them again."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

FIRST_ID = 77_001
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Deal(NamedTuple):
    """A trade of the simulated venue."""

    id: int
    time: datetime
    side: str  # of the taker: buy, sell
    price: Decimal
    qty: Decimal


class Market:
    """The trades of each symbol, oldest first; `now` is the venue's clock."""

    def __init__(self, now: Callable[[], datetime] | None = None, seed: int = 0) -> None:
        self.deals: dict[str, list[Deal]] = {}
        self.now = now or (lambda: datetime.now(UTC))
        self._random = random.Random(seed)  # noqa: S311 - prices
        self._next: dict[str, int] = {}

    def trade(self, symbol: str) -> Deal:
        """Makes a trade and returns it."""
        deals = self.deals.setdefault(symbol, [])
        price = deals[-1].price if deals else Decimal("64012.10")
        step = Decimal(self._random.randint(-30, 30)).scaleb(-2)
        deal = Deal(
            self._next.setdefault(symbol, FIRST_ID),
            self.now(),
            self._random.choice(("buy", "sell")),
            max(price + step, Decimal("0.01")),
            Decimal(self._random.randint(1, 10**8)).scaleb(-8),
        )
        self._next[symbol] += 1
        deals.append(deal)
        return deal

    def restart_ids(self, symbol: str, first: int) -> None:
        """Numbers the next trades of a symbol from `first` on."""
        self._next[symbol] = first


def unix_ms(time: datetime) -> int:
    """Returns a time in milliseconds since 1970, cut."""
    return (time - UNIX_EPOCH) // timedelta(milliseconds=1)


def text_of(time: datetime) -> str:
    """Returns a time in UTC with microseconds, 2026-02-27T12:05:00.123456Z."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
