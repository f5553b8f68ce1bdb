"""What one client sees of the stream: symbols of one source each, from a time on."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from api.stream import token
from api.stream.events import Event
from api.stream.subscription import Subscription
from api.stream.token import Cursor, Past, Place, Token
from api.stream.window import within

MOST_NAMED = 24  # symbols with another source than most, which a token names

Since = tuple[datetime, int]  # and nanoseconds


class View:
    """The subscription of a client, which may change, and what it has learnt of sources."""

    def __init__(self, subscription: Subscription, since: Since | None = None) -> None:
        self.subscription = subscription
        self.since = since
        self.sources = dict(subscription.sources)
        self._compacted: tuple[int, dict[str, list[str]]] = (0, {})

    def learn(self, sources: Mapping[str, str]) -> None:
        """Takes the sources of further symbols; those that are known stay as they are."""
        self.sources = {**sources, **self.sources}

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
            self.sources[event.symbol] = event.source
        return True

    def seen(self, events: Iterable[Event]) -> list[Event]:
        """Returns what there is to tell of events that it takes."""
        if self.since is None:
            return list(events)
        return [found for event in events if (found := within(event, self.since))]

    def resume(self, cursor: Cursor, place: Place | None = None, past: Past | None = None) -> str:
        """Returns the token of a place."""
        if len(self.sources) != self._compacted[0]:
            self._compacted = len(self.sources), compact(self.sources)
        return token.write(Token(cursor, place, self.since, past, self._compacted[1]))


def compact(sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Returns symbols by source, none for the source of most; nothing if too many are left."""
    counts = Counter(sources.values())
    if not counts or len(sources) - max(counts.values()) > MOST_NAMED:
        return {}
    usual = max(counts, key=lambda source: (counts[source], source))
    found: dict[str, list[str]] = {usual: []}
    for symbol, source in sources.items():
        if source != usual:
            found.setdefault(source, []).append(symbol)
    return found


def expanded(sources: Mapping[str, Sequence[str]], symbols: Iterable[str]) -> dict[str, str]:
    """Returns the source of each symbol, as compact() was given them."""
    usual = next((source for source, named in sources.items() if not named), None)
    found = {} if usual is None else dict.fromkeys(symbols, usual)
    return found | {symbol: source for source, named in sources.items() for symbol in named}
