"""The messages that wait for one client, within a bound."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Self

from api.stream.bar_places import with_owed
from api.stream.events import OVERHEAD_BYTES, SLOW, Event, Fault, Message
from api.stream.parts import parts
from api.stream.subscription import Subscription
from api.stream.token import Cursor, Place
from api.stream.view import View

QUEUE_BYTES = 1_000_000  # that may wait for a client
HEARTBEAT_SECONDS = 5.0  # of silence
TOO_SLOW = "The client reads too slowly; connect again and go on with the last resume."


class Waiting(NamedTuple):
    """A message that waits, and the places that the client is at after it; None: as before."""

    events: tuple[Event, ...]
    cursor: Cursor
    place: Place | None
    fault: Fault | None = None
    went_live: bool = False

    @property
    def size(self) -> int:
        """About the bytes that it takes."""
        return OVERHEAD_BYTES + sum(event.size for event in self.events)


class Subscriber:
    """The hub puts messages in, the client's wire takes them out."""

    def __init__(self, view: View, cursor: Cursor, ahead: Cursor | None = None) -> None:
        self.view = view
        self.began = cursor  # its events are those after it
        self.joined: Place | None = None  # its bars, if it has any, those after it
        self.place: Callable[[], Place] | None = None  # how far its bars are now
        self.with_bars: list[Subscription] = []  # whose bars it follows; two while one is replaced
        self.given: tuple[Cursor, Place | None] = (
            cursor,
            None,
        )  # the places after the last message that was taken out
        self.on_drop: Callable[[], None] = lambda: None  # called if it is too slow
        self.waiting_bytes = 0
        self._cursor = cursor  # after all that waits
        self._ahead = 0  # up to this commit it has read by itself
        if ahead is not None and ahead.position.number > cursor.position.number:
            self._cursor, self._ahead = ahead, ahead.position.number
        self._waiting: deque[Waiting] = deque()
        self._ready = asyncio.Event()
        self._has_ended = False

    @property
    def subscription(self) -> Subscription:
        """The client's subscription as it is now."""
        return self.view.subscription

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        """Returns the next message; one without events after HEARTBEAT_SECONDS of silence."""
        if not self._waiting:
            if self._has_ended:
                raise StopAsyncIteration
            self._ready.clear()
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._ready.wait()
            except TimeoutError:
                self.given = self._cursor, self._place() or self.given[1]
                return Message((), self.view.resume(*self.given))
        return self._take()

    def give(self, events: Iterable[Event], cursor: Cursor) -> None:
        """Puts in what there is to tell of events, after which the client is at `cursor`."""
        before = self._cursor
        if self._ahead:
            number = self._ahead
            events = [one for one in events if one.order is None or one.order.number > number]
            if cursor.position.number < number:
                cursor = before
            else:
                self._ahead = 0
        self._cursor = cursor
        told: Sequence[Event] = self.view.seen(events)
        if not told or self._has_ended or self._is_too_slow():
            return
        place = self._place()
        for part, end in parts(told, before, cursor):
            self._put(Waiting(part, end, place))

    def owe(self, caught_up: Place) -> None:
        """Has the places of all that waits name what it was not given when it had caught up."""
        if (begun := self.joined) is not None and caught_up != begun:
            self._waiting = deque(
                one._replace(place=one.place and with_owed(one.place, begun, caught_up))
                for one in self._waiting
            )

    def go_live(self) -> None:
        """Tells the client that events come as they are committed, again or from now on."""
        if not self._has_ended:
            self._put(Waiting((), self._cursor, self._place(), went_live=True))

    def tell(self, fault: Fault) -> None:
        """Puts a fault in, with which the stream ends unless the database is away."""
        if not self._has_ended:
            self._put(Waiting((), self._cursor, self._place(), fault))
            self._has_ended = fault.is_end

    def _place(self) -> Place | None:
        return self.place() if self.place is not None else None

    def _is_too_slow(self) -> bool:
        """Returns whether too much waits already; then the stream ends.

        What comes at once is never too much: its events are the same objects for all clients.
        """
        if self.waiting_bytes <= QUEUE_BYTES:
            return False
        self._waiting.clear()
        self.waiting_bytes = 0
        self._put(Waiting((), *self.given, Fault(SLOW, TOO_SLOW)))
        self._has_ended = True
        self.on_drop()
        return True

    def _put(self, waiting: Waiting) -> None:
        self._waiting.append(waiting)
        self.waiting_bytes += waiting.size
        self._ready.set()

    def _take(self) -> Message:
        waiting = self._waiting.popleft()
        self.waiting_bytes -= waiting.size
        self.given = waiting.cursor, waiting.place or self.given[1]
        resume = self.view.resume(*self.given)
        return Message(waiting.events, resume, waiting.fault, waiting.went_live)
