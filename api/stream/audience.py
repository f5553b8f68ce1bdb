"""The audience: subscribers, found by topic and symbol."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from api.stream.events import DEFAULT, Event, Fault
from api.stream.log import Asked
from api.stream.subscriber import Subscriber
from api.stream.subscription import COVERAGE, EVERY, QUOTES, TRADES, Subscription, Topic
from api.stream.token import Cursor
from db.tables.display import Display


class Audience:
    """Subscribers, and what they want together."""

    def __init__(self) -> None:
        self._all: set[Subscriber] = set()
        self._index: defaultdict[tuple[Topic, str], set[Subscriber]] = defaultdict(set)
        self._displays: Counter[Display] = Counter()
        self._asked: Asked | None = None  # None: it has changed

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, subscriber: Subscriber) -> bool:
        return subscriber in self._all

    def add(self, subscriber: Subscriber) -> None:
        """Adds one, which is given nothing yet."""
        self._all.add(subscriber)
        self._displays[subscriber.subscription.display] += 1

    def remove(self, subscriber: Subscriber) -> bool:
        """Removes one, if it is there; returns whether it was."""
        if subscriber not in self._all:
            return False
        self._all.remove(subscriber)
        self._displays[subscriber.subscription.display] -= 1
        for subscription in (subscriber.subscription, *subscriber.with_bars):
            self.unfollow(subscriber, subscription)
        return True

    def follow(
        self, subscriber: Subscriber, subscription: Subscription, channels: Sequence[str]
    ) -> None:
        """Gives one what a subscription has of some channels, from now on."""
        for topic, symbols in subscription.wanted.items():
            for symbol in symbols if topic.channel in channels else ():
                self._index[topic, symbol].add(subscriber)
        self._asked = None

    def unfollow(self, subscriber: Subscriber, subscription: Subscription) -> None:
        """Ends what follow() began."""
        for topic, symbols in subscription.wanted.items():
            for symbol in symbols:
                followers = self._index.get((topic, symbol), set())
                followers.discard(subscriber)
                if not followers:
                    self._index.pop((topic, symbol), None)
        self._asked = None

    @property
    def displays(self) -> tuple[Display, ...]:
        """The forms in which events are read, and that by default, which is the first."""
        used = (display for display, count in self._displays.items() if count)
        return (DEFAULT, *(display for display in used if display != DEFAULT))

    def asked(self) -> Asked:
        """Returns what the next reading is to have."""
        if self._asked is None:
            self._asked = Asked(self._symbols(TRADES), self._symbols(QUOTES), self.displays)
        return self._asked

    @property
    def asks_for_ranges(self) -> bool:
        """Whether anybody follows coverage or bars."""
        return any(
            one.subscription.has_bars or one.subscription.symbols(COVERAGE) for one in self._all
        )

    def give(
        self, events: Sequence[Event], cursor: Cursor, *, only_with_bars: bool = False
    ) -> None:
        """Gives each its events; all are at `cursor` then, unless only those with bars are."""
        groups: defaultdict[Subscriber, list[Event]] = defaultdict(list)
        for event in events:
            for name in (event.symbol, EVERY):
                for subscriber in self._index.get((event.topic, name), ()):
                    if subscriber.view.takes(event):
                        groups[subscriber].append(event)
        for subscriber in list(groups) if only_with_bars else list(self._all):
            subscriber.give(groups.get(subscriber, ()), cursor)

    def tell(self, fault: Fault) -> None:
        """Tells all of trouble."""
        for subscriber in self._all:
            subscriber.tell(fault)

    def go_live(self) -> None:
        """Tells all that events come again."""
        for subscriber in self._all:
            subscriber.go_live()

    def _symbols(self, channel: str) -> list[str] | None:
        """Returns the symbols of a channel that are followed; None for all there are."""
        found = {symbol for topic, symbol in self._index if topic.channel == channel}
        return None if EVERY in found else sorted(found)
