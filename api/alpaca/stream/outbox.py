"""Turns events into the messages that one client wants, under the names it uses."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from api.alpaca.stream import events
from api.alpaca.stream.days import Days
from api.alpaca.stream.events import Message
from api.alpaca.stream.subscriptions import Subscriptions
from api.alpaca.stream.wire import Wire


class Event(Protocol):
    """An event as the hub has it, shared by all clients."""

    @property
    def kind(self) -> str:
        """Returns trade, quote, bar or another."""

    @property
    def symbol(self) -> str:
        """Returns the stored symbol."""

    @property
    def text(self) -> bytes:
        """Returns its JSON as /v1/stream has it."""

    @property
    def forms(self) -> dict[str, object]:
        """Returns what was made of it for others, by the name of the form."""


RENDER = {"trade": events.trade, "quote": events.quote, "bar": events.bar}


class Outbox:
    """The messages of one client, in the order of the events."""

    def __init__(self, wire: Wire, subscriptions: Subscriptions) -> None:
        self._wire = wire
        self._subscriptions = subscriptions
        self._days: Days[Message] = Days()

    def messages(self, given: Iterable[Event], now: float) -> Iterator[bytes]:
        """Yields the messages of events; the bar of a day under way may have to wait."""
        for event in given:
            message = rendered(self._wire, event)
            if message is not None and self._is_wanted(message, event.symbol, now):
                yield from self._named(message, event.symbol)

    def due(self, now: float) -> Iterator[bytes]:
        """Yields the bars of days whose time to wait is over."""
        for symbol, message in self._days.due(now):
            yield from self._named(message, symbol)

    def seconds_to_next(self, now: float) -> float | None:
        """Returns the time until a bar is due; None if none waits."""
        return self._days.seconds_to_next(now)

    def _is_wanted(self, message: Message, symbol: str, now: float) -> bool:
        """Returns whether a message is given now."""
        if not self._subscriptions.names(message.channel, symbol):
            return False
        if message.is_open:
            return self._days.offer(symbol, message, now) is not None
        if message.channel == "dailyBars":
            self._days.give(symbol, message, now)
        return True

    def _named(self, message: Message, symbol: str) -> Iterator[bytes]:
        for name in self._subscriptions.names(message.channel, symbol):
            yield self._wire.event(message.type, name, message.body)


def rendered(wire: Wire, event: Event) -> Message | None:
    """Returns the message of an event without its head, made once for all clients of a form."""
    render = RENDER.get(event.kind)
    if render is None:
        return None
    if wire.name not in event.forms:
        event.forms[wire.name] = render(wire, event.text)
    found = event.forms[wire.name]
    assert found is None or isinstance(found, Message)
    return found
