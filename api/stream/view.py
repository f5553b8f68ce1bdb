"""The part of the stream that one client sees: symbols of one source each, from a time on."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from api.stream import token
from api.stream.events import Event
from api.stream.sources import Compact, compact
from api.stream.subscription import Subscription
from api.stream.token import Cursor, Past, Place, Token
from api.stream.window import within

Since = tuple[datetime, int]  # and nanoseconds


class View:
    """The subscription of a client, which may change, and what it has learnt of sources."""

    def __init__(self, subscription: Subscription, since: Since | None = None) -> None:
        self.since = since
        self.sources: Mapping[str, str] = {}
        self.change(subscription)

    def change(self, subscription: Subscription) -> None:
        """Replaces what is followed; the sources of symbols that stay are as they were."""
        self.subscription = subscription
        self._digest = subscription.digest
        self.learn(subscription.sources)
        followed = subscription.symbols()
        self.sources = {name: self.sources[name] for name in self.sources.keys() & followed}

    def learn(self, sources: Mapping[str, str]) -> None:
        """Takes the sources of further symbols."""
        self.sources = {**sources, **self.sources}
        self._compact: Compact | None = None

    def takes(self, event: Event) -> bool:
        """Returns whether an event of a symbol that is followed is of the source that is meant.

        The first trade or quote of a symbol says which, if nothing has.
        """
        if event.source is None:
            return True
        source = self.sources.get(event.symbol)
        if source is not None:
            return source == event.source
        if event.key is not None and event.symbol in self.subscription.symbols(event.topic.channel):
            self.learn({event.symbol: event.source})
        return True

    def seen(self, events: Iterable[Event]) -> list[Event]:
        """Returns what there is to tell of events that it takes."""
        if self.since is None:
            return list(events)
        return [found for event in events if (found := within(event, self.since))]

    def resume(self, cursor: Cursor, place: Place | None = None, past: Past | None = None) -> str:
        """Returns the token of a place."""
        if self._compact is None:
            self._compact = compact(self.sources, self.subscription.symbols())
        return token.write(Token(cursor, place, self.since, past, self._compact, self._digest))
