"""The messages that wait for one client, within a bound."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Self

from api.stream.events import SLOW, Event, Fault, Message
from api.stream.subscription import Subscription
from api.stream.token import Cursor, Place
from api.stream.view import View

QUEUE_BYTES = 1_000_000  # that may wait for a client
HEARTBEAT_SECONDS = 5.0  # of silence
TOO_SLOW = "The client reads too slowly; connect again and go on with the last resume."


class Subscriber:
    """The hub puts messages in, the client's wire takes them out."""

    def __init__(self, view: View, cursor: Cursor, place: Place | None = None) -> None:
        self.view = view
        self.cursor = cursor  # all up to there was put in, or came before
        self.joined = place  # its bars, if it has any, begin after it
        self.place: Callable[[], Place] | None = None  # how far its bars are now
        self.on_drop: Callable[[], None] | None = None  # called once if the client is too slow
        self.waiting_bytes = 0
        self._messages: deque[Message] = deque()
        self._ready = asyncio.Event()
        self._ended = False
        self._given = view.resume(cursor, place)  # the place of the last message taken out

    @property
    def subscription(self) -> Subscription:
        """What the client follows now."""
        return self.view.subscription

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        """Returns the next message; one without events after HEARTBEAT_SECONDS of silence."""
        if not self._messages:
            if self._ended:
                raise StopAsyncIteration
            self._ready.clear()
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._ready.wait()
            except TimeoutError:
                return Message((), self._resume())
        message = self._messages.popleft()
        self.waiting_bytes -= message.size
        self._given = message.resume
        return message

    def give(self, events: Iterable[Event], cursor: Cursor) -> None:
        """Puts in what there is to tell of events, after which the client is at `cursor`."""
        before = self.cursor
        if cursor.position.number < before.position.number:  # it has read further by itself
            number, cursor = before.position.number, before
            events = (one for one in events if one.order is None or one.order.number > number)
        self.cursor = cursor
        told = self.view.seen(events)
        if not told or self._ended or self._is_too_slow():
            return
        for message in self.view.messages(told, before, cursor, self.place and self.place()):
            self._append(message)

    def go_live(self) -> None:
        """Tells the client that events come as they are committed, again or from now on."""
        if not self._ended:
            self._append(Message((), self._resume(), went_live=True))

    def tell(self, fault: Fault) -> None:
        """Puts a fault in, with which the stream ends unless the database is away."""
        if not self._ended:
            self._append(Message((), self._resume(), fault))
            self._ended = fault.is_end

    def _is_too_slow(self) -> bool:
        """Returns whether too much waits already; then the stream ends.

        What comes at once is never too much: its events are the same objects for all clients.
        """
        if self.waiting_bytes <= QUEUE_BYTES:
            return False
        self._messages.clear()
        self.waiting_bytes = 0
        self._append(Message((), self._given, Fault(SLOW, TOO_SLOW)))
        self._ended = True
        if self.on_drop:
            self.on_drop()
        return True

    def _append(self, message: Message) -> None:
        self._messages.append(message)
        self.waiting_bytes += message.size
        self._ready.set()

    def _resume(self) -> str:
        return self.view.resume(self.cursor, self.place and self.place())
