"""Turns events into the messages that one client wants, under the names it uses."""

from collections.abc import Iterable, Iterator

from api.alpaca.stream import events
from api.alpaca.stream.days import Days
from api.alpaca.stream.subscriptions import Subscriptions
from api.alpaca.stream.wire import Wire
from api.stream.events import Event
from api.stream.subscription import BARS, PROVISIONAL, QUOTES, TRADES

RENDER = {
    TRADES: events.trade,
    QUOTES: events.quote,
    BARS: events.bar,
    PROVISIONAL: events.bar,
}
CHANNELS = {
    **dict.fromkeys("tcx", "trades"),
    "q": "quotes",
    "b": "bars",
    "u": "updatedBars",
    "d": "dailyBars",
}


class Outbox:
    """The messages of one client, in the order of the events."""

    def __init__(self, wire: Wire, subscriptions: Subscriptions, source: str | None = None) -> None:
        self._wire = wire
        self._subscriptions = subscriptions
        self._source = source  # None: what the hub gives
        self._days: Days[bytes] = Days()

    def messages(self, given: Iterable[Event], now: float) -> Iterator[bytes]:
        """Yields the messages of events; the bar of a day under way may have to wait."""
        for event in given:
            if self._source not in (None, event.source):
                continue
            marked = rendered(self._wire, event)
            if marked and self._is_due(marked, event.symbol, now):
                yield from self._named(marked, event.symbol)

    def due(self, now: float) -> Iterator[bytes]:
        """Yields the bars of days whose time to wait is over."""
        for symbol, marked in self._days.due(now):
            yield from self._named(marked, symbol)

    def seconds_to_next(self, now: float) -> float | None:
        """Returns the time until a bar is due; None if none waits."""
        return self._days.seconds_to_next(now)

    def _is_due(self, marked: bytes, symbol: str, now: float) -> bool:
        type_, is_open = _marks(marked)
        if type_ != "d" or not self._subscriptions.names(CHANNELS[type_], symbol):
            return True
        if is_open:
            return self._days.offer(symbol, marked, now) is not None
        self._days.give(symbol, marked, now)
        return True

    def _named(self, marked: bytes, symbol: str) -> Iterator[bytes]:
        type_, _ = _marks(marked)
        for name in self._subscriptions.names(CHANNELS[type_], symbol):
            yield self._wire.event(type_, name, marked[2:])


def rendered(wire: Wire, event: Event) -> bytes:
    """Returns the message of an event without its head, made once for all clients of a form.

    Before it stand its type and whether its bucket is under way, o or -; empty: there is none.
    """

    def make(event: Event) -> bytes:
        render = RENDER.get(event.topic.channel)
        message = render(wire, event.body()) if render else None
        if message is None:
            return b""
        return b"%b%b%b" % (message.type.encode(), b"o" if message.is_open else b"-", message.body)

    return event.derived(wire.name, make)


def _marks(marked: bytes) -> tuple[str, bool]:
    return chr(marked[0]), marked[1:2] == b"o"
