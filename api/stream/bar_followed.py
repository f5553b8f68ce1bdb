"""The series of bars that clients follow, by name, and who follows them."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime

from api.stream.bar_reads import Changed
from api.stream.bar_series import Key, Series
from api.stream.subscription import BAR_CHANNELS, EVERY, Subscription, Topic


class Followed:
    """Series with followers."""

    def __init__(self) -> None:
        self._series: dict[Key, Series] = {}
        self._known_as: dict[Key, Key] = {}  # series of no source, by now of one
        self._every: Counter[Topic] = Counter()

    def __bool__(self) -> bool:
        return bool(self._series or self.every)

    def __iter__(self) -> Iterator[Series]:
        return iter(list(self._series.values()))

    @property
    def every(self) -> frozenset[str]:
        """The timeframes of which all symbols are followed."""
        return frozenset(topic.timeframe for topic in self._every)

    @property
    def symbols(self) -> frozenset[str]:
        """The symbols that are followed by name."""
        return frozenset(key.symbol for key in self._series)

    @property
    def quoted(self) -> frozenset[str]:
        """The symbols whose bars may be of quotes."""
        return frozenset(one.key.symbol for one in self._series.values() if one.price != "trade")

    @property
    def timeframes(self) -> frozenset[str]:
        """The timeframes that are followed."""
        return self.every | frozenset(key.timeframe for key in self._series)

    def of(self, subscription: Subscription) -> list[Series]:
        """Returns the series of a subscription that are followed."""
        keys = {self._known_as.get(key, key) for key, _ in _wanted(subscription)}
        found = [self._series[key] for key in keys if key in self._series]
        if every := {topic.timeframe for topic in _all_of(subscription)}:
            found += [
                series
                for key, series in self._series.items()
                if key.timeframe in every and key not in keys
            ]
        return found

    def due_at(self) -> datetime | None:
        """Returns when something is to be read if nothing changes until then."""
        times = (series.due_at() for series in self._series.values())
        return min((at for at in times if at is not None), default=None)

    def waiting(self, until: datetime) -> list[Series]:
        """Returns the series of which not all has been given that ended by a time, or changed."""
        return [one for one in self._series.values() if one.dirty or one.is_behind(until)]

    def look(self) -> None:
        """Has what waits for its feed looked at in the next round."""
        for series in self._series.values():
            series.look()

    def add(self, subscription: Subscription, now: datetime) -> None:
        """Adds the follower of a subscription, which gets the bars that end after now."""
        for key, topic in _wanted(subscription):
            key = self._known_as.get(key, key)
            series = self._series.get(key) or self._new(key, now)
            series.followers[topic.channel] += 1
        for topic in _all_of(subscription):
            self._every[topic] += 1
            for series in self:
                if series.key.timeframe == topic.timeframe:
                    series.followers[topic.channel] += 1
        for series in self.of(subscription):
            series.lift(now)

    def remove(self, subscription: Subscription) -> None:
        """Removes the follower of a subscription that was added."""
        left = [(self._known_as.get(key, key), topic) for key, topic in _wanted(subscription)]
        for topic in _all_of(subscription):
            self._every -= Counter([topic])
            left += [(key, topic) for key in self._series if key.timeframe == topic.timeframe]
        for key, topic in left:
            if (series := self._series.get(key)) is not None:
                series.followers -= Counter([topic.channel])
                if not series.followers:
                    self._forget(key)

    def _forget(self, key: Key) -> None:
        del self._series[key]
        for name in [name for name, known in self._known_as.items() if known == key]:
            del self._known_as[name]

    def touch(self, changed: Changed, floor: datetime) -> None:
        """Notes what changes have touched.

        A series that is followed as one of all has had its bars up to `floor`.
        """
        if not changed.touched:
            return
        names: dict[tuple[str, str], list[Series]] = {}
        for series in self:
            names.setdefault((series.key.symbol, series.key.timeframe), []).append(series)
        for symbol, timeframe, touch in changed.touched:
            found = names.setdefault((symbol, timeframe), [])
            if timeframe in self.every and all(one.source != touch.source for one in found):
                found.append(self._appear(Key(symbol, touch.source, timeframe), floor))
            for series in found:
                series.touch(touch)

    def _appear(self, key: Key, floor: datetime) -> Series:
        series = self._new(key, floor)
        series.begun = series.floor = floor
        return series

    def _new(self, key: Key, born: datetime) -> Series:
        series = self._series[key] = Series(key, born)
        series.followers += self._of_all(key.timeframe)
        return series

    def _of_all(self, timeframe: str) -> Counter[str]:
        """Returns who follows all symbols of a timeframe, by channel."""
        found: Counter[str] = Counter()
        for topic, count in self._every.items():
            found[topic.channel] += count if topic.timeframe == timeframe else 0
        return found

    def identify(self, series: Series) -> bool:
        """Files a series under its source, once it has one; False if it is not followed.

        If there is one of that source already, that one takes its followers.
        """
        if self._series.get(series.key) is not series:
            return False
        key = series.key._replace(source=series.source)
        if key == series.key:
            return True
        del self._series[series.key]
        self._known_as[series.key] = key
        if (other := self._series.get(key)) is not None:
            other.followers += series.followers - self._of_all(key.timeframe)
            return False
        series.key = key
        self._series[key] = series
        return True


def is_of(subscription: Subscription, series: Series) -> bool:
    """Returns whether a subscription follows a series, or may: it does not know its source."""
    symbol, source, timeframe = series.key
    if subscription.sources.get(symbol, source) != source:
        return False
    followed = (subscription.wanted.get(Topic(channel, timeframe)) for channel in BAR_CHANNELS)
    return any(symbols and (symbol in symbols or EVERY in symbols) for symbols in followed)


def _wanted(subscription: Subscription) -> Iterator[tuple[Key, Topic]]:
    """Yields what a subscription follows by name."""
    for topic, symbols in subscription.wanted.items():
        if topic.channel in BAR_CHANNELS:
            for symbol in symbols - {EVERY}:
                source = subscription.sources.get(symbol)
                yield Key(symbol, source, topic.timeframe), topic


def _all_of(subscription: Subscription) -> Collection[Topic]:
    """Returns the topics of which a subscription follows all symbols."""
    return [
        topic
        for topic, symbols in subscription.wanted.items()
        if topic.channel in BAR_CHANNELS and EVERY in symbols
    ]
