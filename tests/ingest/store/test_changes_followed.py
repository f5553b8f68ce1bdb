"""Random histories of a store: whoever applies the changes in their order ends equal to SQL."""

import random
from datetime import timedelta

import pytest

from ingest.formats.times import rfc3339
from tests.db import support
from tests.ingest import made
from tests.ingest.amended import cancel, correction, end, replacement
from tests.ingest.store.follower import Follower
from tests.ingest.store.stores import TWELVE

STEPS = 60
SYMBOLS = ["A", "B"]
TWO_PM = 7200


class History:
    """Batches at random: of one seed they are the same."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.newest = TWO_PM
        self.attempts = 0

    def batch(self):
        makers = [self.live, self.live, self.late, self.again, self.amend, self.replace]
        makers += [self.twins, self.quotes, self.mixed, self.nameless]
        return self.random.choice(makers)()

    def symbol(self):
        return self.random.choice(SYMBOLS)

    def second(self):
        """Returns one of a few seconds, so that batches meet."""
        return TWO_PM + self.random.randrange(12)

    def live(self):
        numbers = range(self.newest, self.newest + self.random.randrange(1, 6))
        self.newest = numbers.stop
        return [made.trade(number, symbol=self.symbol()) for number in numbers]

    def late(self):
        """A few old trades among many: they wait on the Community edition."""
        symbol = self.symbol()
        old = [made.trade(self.random.randrange(-10, 10), symbol=symbol) for _ in range(2)]
        numbers = range(self.newest, self.newest + 25)
        self.newest = numbers.stop
        return [*old, *(made.trade(number, symbol=symbol) for number in numbers)]

    def again(self):
        return [made.trade(self.second(), symbol=self.symbol()) for _ in range(3)]

    def amend(self):
        return [self._amendment() for _ in range(self.random.randrange(1, 4))]

    def _amendment(self):
        number, symbol = self.second(), self.symbol()
        price = str(self.random.randrange(1, 99))
        match self.random.randrange(4):
            case 0:
                return cancel(number, symbol=symbol)
            case 1:  # under a new id
                changes = {"dedupe_id": f"{number}.{price}", "amends": [str(number)]}
                return correction(number, price, symbol=symbol, **changes)
            case _:
                return correction(number, price, symbol=symbol)

    def replace(self):
        self.attempts += 1
        first, symbol, name = self.second(), self.symbol(), f"a/{self.attempts}"
        numbers = [number for number in range(first, first + 5) if self.random.random() < 0.6]
        price = self.random.choice(["100.25", "7"])
        events = [replacement(n, name, symbol=symbol, price=price) for n in numbers]
        span = {"since": at(first), "until": at(first + 5)}
        return [*events, *self.live(), end(len(numbers), name, symbol=symbol, **span)]

    def twins(self):
        """One trade at one or two of three precisions."""
        number, symbol = TWO_PM + self.random.randrange(3), self.symbol()
        moments = ["", ".123", ".123456"]
        return [
            made.trade(
                number,
                symbol=symbol,
                source="kraken",
                event_time=f"{at(number):%Y-%m-%dT%H:%M:%S}{fraction}Z",
                flags=["backfill"],
            )
            for fraction in self.random.sample(moments, self.random.randrange(1, 3))
        ]

    def quotes(self):
        return [self._quote() for _ in range(self.random.randrange(1, 5))]

    def _quote(self):
        number = self.random.randrange(8)
        changes = {
            "bid": f"1.{number}",
            "ask": "2",
            "dedupe_id": str(number),
            "event_time": rfc3339(at(TWO_PM + number)),
        }
        flag = self.random.choice([None, None, None, "correction", "cancel"])
        if flag == "cancel":
            changes |= {"bid": None, "ask": None}
        elif flag == "correction":
            changes |= {"bid": f"1.{self.random.randrange(10)}"}
        return made.quote(**changes, flags=[flag] if flag else None)

    def mixed(self):
        return [*self.live(), *self.amend(), *self.quotes(), *self.twins(), *self.again()]

    def nameless(self):
        return [
            made.trade(self.second(), symbol=self.symbol(), dedupe_id=None, seq=None)
            for _ in range(3)
        ]


def at(second):
    return TWELVE + timedelta(seconds=second)


@pytest.mark.parametrize("seed", range(4))
def test_a_client_that_applies_the_changes_ends_equal_to_sql(fresh_database, store_all, seed):
    history = History(seed)
    with support.as_role(fresh_database, "stockpulse_reader") as conn:
        followers = [Follower(conn, kind) for kind in ("trade", "quote") for _ in range(2)]
        for _ in range(STEPS):
            store_all(history.batch())
            for number, follower in enumerate(followers):
                if number % 2:  # the others fall behind
                    assert follower.read(1_000_000)
                    follower.check()
        for follower in followers:
            while not follower.read(history.random.randrange(1, 4)):
                pass
            follower.check()
