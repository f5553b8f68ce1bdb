"""Events, the messages that carry them, and changes as the database logs them.

An event is rendered once per display (style of times and decimals), however many clients read it.
"""

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec

from api.stream.subscription import Topic
from db.tables.display import Display

OVERHEAD_BYTES = 200  # about what an event takes beside its text
DEFAULT = Display()
NEW, CORRECTED, CANCELLED = "new", "corrected", "cancelled"

# As tokens of clients may have them: what the database takes.
Time = Annotated[datetime, msgspec.Meta(tz=True)]
Text = Annotated[str, msgspec.Meta(pattern="^[^\x00]*$")]
Bigint = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Number = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]
Nanoseconds = Annotated[int, msgspec.Meta(ge=-1, lt=1000)]


class Key(NamedTuple):
    """The place of a trade or a quote within its series."""

    ts: datetime
    ns: int
    seq: int
    has_id: bool
    tick_id: str


class Position(NamedTuple):
    """A commit, by the number and the mark that the database gave it."""

    number: Number
    mark: Bigint


BEGINNING = Position(0, 0)  # of a database without any change yet


class Order(NamedTuple):
    """The place of a trade or a quote among all that is given: by commits, within one by venue."""

    number: Number
    is_quote: bool
    ts: Time
    lives: bool  # not cancelled
    ns: Nanoseconds
    seq: Bigint
    has_id: bool
    tick_id: Text
    is_corrected: bool
    symbol: Text
    source: Text


class Change(NamedTuple):
    """A range that a commit changed, as market.changed_ranges() has it."""

    number: int
    kind: str  # trade, quote, bar or coverage
    symbol: str
    source: str | None  # None: any
    since: datetime
    until: datetime
    event_kind: str | None = None  # of coverage: trade or quote; None: both
    timeframe: str | None = None  # of bars of vendors: their interval


class Event:
    """One event of the stream, the same object for all clients.

    `bodies` has it in JSON by display: at least for those that Hub.displays named when it was made,
    the default one included.
    """

    __slots__ = ("_derived", "action", "bodies", "key", "order", "source", "symbol", "topic", "was")

    def __init__(
        self,
        topic: Topic,
        symbol: str,
        source: str | None,
        bodies: Mapping[Display, bytes],
        *,
        action: str = NEW,
        key: Key | None = None,
        was: Key | None = None,
        order: Order | None = None,
    ) -> None:
        self.topic = topic
        self.symbol = symbol
        self.source = source  # None: of coverage, any
        self.bodies = bodies
        self.action = action  # of trades and quotes
        self.key = key  # of trades and quotes
        self.was = was  # of what is corrected or cancelled
        self.order = order  # of what a commit changed
        self._derived: dict[Hashable, bytes] = {}

    def body(self, display: Display = DEFAULT) -> bytes:
        """Returns the JSON object; in a display that came after the event, as by default."""
        return self.bodies.get(display) or self.bodies[DEFAULT]

    def derived(self, form: Hashable, make: Callable[["Event"], bytes]) -> bytes:
        """Returns the event in a form of another dialect, which `make` makes for the first."""
        found = self._derived.get(form)
        if found is None:
            found = self._derived[form] = make(self)
        return found

    @property
    def size(self) -> int:
        """About the bytes that it takes in a queue."""
        return OVERHEAD_BYTES + len(self.bodies[DEFAULT])


class Fault(NamedTuple):
    """Trouble that the client is told of: a code for programs, and a sentence."""

    code: str
    message: str

    @property
    def is_end(self) -> bool:
        """Whether the stream ends with it; it goes on by itself once the database is back."""
        return self.code != AWAY


SLOW, UNKNOWN_RESUME, AWAY, ENDED = "slow", "unknown_resume", "away", "ended"


class Message(NamedTuple):
    """A unit that a client gets at once: events of a commit, or none, which is a heartbeat.

    `resume` names the place in the stream after it.
    """

    events: tuple[Event, ...]
    resume: str
    fault: Fault | None = None  # trouble, of which the client is told after the events
    went_live: bool = False  # from now on, events come as they are committed

    @property
    def size(self) -> int:
        """About the bytes that it takes in a queue."""
        return OVERHEAD_BYTES + sum(event.size for event in self.events)
