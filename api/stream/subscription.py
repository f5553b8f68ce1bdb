"""Subscriptions: which symbols a client follows, of which topics, and how it reads them."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from db.tables.display import Display

TRADES, QUOTES, BARS = "trades", "quotes", "bars"
PROVISIONAL, COVERAGE = "provisional", "coverage"
CHANNELS = (TRADES, QUOTES, BARS, PROVISIONAL, COVERAGE)
EVENT_CHANNELS = (TRADES, QUOTES)  # rows of hypertables, each change of which is given
BAR_CHANNELS = (BARS, PROVISIONAL)
EVERY = "*"  # in place of a symbol: all that there are


class Topic(NamedTuple):
    """A channel; of bars, in one timeframe, by its name in api.timeframes: 1m, 1d, 1mo."""

    channel: str
    timeframe: str = ""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Symbols by topic, as they are stored, and how events are written.

    `sources` says which source of a symbol is meant, that of a query without one: a symbol that is
    not in it gets the source of its first event. EVERY gets all sources.
    """

    wanted: Mapping[Topic, frozenset[str]]
    sources: Mapping[str, str] = {}
    display: Display = Display()

    def symbols(self, *channels: str) -> frozenset[str]:
        """Returns the symbols of some channels; of all without one. EVERY may be one of them."""
        chosen = channels or CHANNELS
        return frozenset().union(
            *(symbols for topic, symbols in self.wanted.items() if topic.channel in chosen)
        )

    @property
    def digest(self) -> bytes:
        """A few bytes that tell other symbols and topics apart."""
        wanted = sorted((topic, sorted(symbols)) for topic, symbols in self.wanted.items())
        return hashlib.blake2b(msgspec.json.encode(wanted), digest_size=6).digest()

    @property
    def size(self) -> int:
        """The symbols, counted once per topic."""
        return sum(map(len, self.wanted.values()))

    @property
    def has_bars(self) -> bool:
        """Whether bars are wanted, of any kind."""
        return any(self.wanted[topic] for topic in self.wanted if topic.channel in BAR_CHANNELS)

    def with_more(self, wanted: Mapping[Topic, frozenset[str]]) -> "Subscription":
        """Returns the subscription with further symbols."""
        topics = dict.fromkeys([*self.wanted, *wanted])
        none: frozenset[str] = frozenset()
        return msgspec.structs.replace(
            self, wanted={one: self.wanted.get(one, none) | wanted.get(one, none) for one in topics}
        )

    def without(self, unwanted: Mapping[Topic, frozenset[str]]) -> "Subscription":
        """Returns the subscription without some symbols; those that it has not are no error."""
        none: frozenset[str] = frozenset()
        left = {one: symbols - unwanted.get(one, none) for one, symbols in self.wanted.items()}
        return msgspec.structs.replace(
            self, wanted={one: symbols for one, symbols in left.items() if symbols}
        )
