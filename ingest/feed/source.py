"""A live source: it connects to a venue, subscribes, and reads the venue's frames.

A source is a module of ingest/sources with a function `source(options) -> Source`.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Annotated, Any, NamedTuple, Protocol

import msgspec

from db.errors import StockpulseError
from ingest.formats.events import Kind
from ingest.formats.instrument import Instrument
from ingest.kafka.producer import OutgoingMessage


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of a source; a table of feeds.toml. An empty `url` is the venue's own.

    `feed` names one of the feeds of a venue that has several, `account` the user's account there.
    """

    symbols: tuple[str, ...]
    trades: bool = True
    quotes: bool = False
    url: str = ""
    feed: str = ""
    account: str = ""
    idle_seconds: Annotated[float, msgspec.Meta(gt=0)] | None = None  # None: as the source has it
    token: str = ""
    token_file: str = ""

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of events that are asked for."""
        asked: tuple[tuple[Kind, bool], ...] = ("trade", self.trades), ("quote", self.quotes)
        return [kind for kind, is_asked in asked if is_asked]

    def __repr__(self) -> str:
        return f"Options(symbols={self.symbols})"  # a token never gets into a log


class Subscription(NamedTuple):
    """One kind of events of one symbol."""

    symbol: str  # as events carry it, KRAKEN:BTC/USD
    kind: Kind
    name: str  # as the venue writes it, BTC/USD
    instrument: Instrument | None = None  # what the source knows of it


class Acknowledged(NamedTuple):
    """A subscription is served; its events are complete from `since` on, None: from now on.

    May come again with an earlier time, once the source knows that nothing was missed.
    """

    symbol: str
    kind: Kind
    since: datetime | None = None


class Refused(NamedTuple):
    """The venue does not serve a subscription."""

    symbol: str
    kind: Kind
    reason: str


class Missed(NamedTuple):
    """Events between two others did not come; the ids of the first and last, where known."""

    symbol: str
    kind: Kind
    since: datetime  # time of the event before
    until: datetime  # time of the event after
    first_id: str = ""
    last_id: str = ""


class Notice(NamedTuple):
    """A message of the venue to people."""

    text: str


class Goodbye(NamedTuple):
    """The venue asks to connect again."""

    reason: str


Fact = Acknowledged | Refused | Missed | Notice | Goodbye


class Reading(msgspec.Struct, frozen=True, gc=False):
    """The contents of a frame: messages to publish, and facts about the connection."""

    messages: Sequence[OutgoingMessage] = ()
    newest: datetime | None = None  # time of the newest event, but not of a snapshot
    facts: Sequence[Fact] = ()
    is_alive: bool = True  # whether it shows that events would come, as a pong does not
    fault: str = ""  # why a part of the frame could not be read; it is kept whole


NOTHING = Reading()


class BadFrame(Exception):
    """A frame is not what the venue documents; its text says why."""


class CredentialsRefused(StockpulseError):
    """The venue does not accept the token, or what it asks for."""


class Ping(NamedTuple):
    """A text that a venue wants to be sent every so many seconds, or hangs up."""

    text: str
    seconds: float


class Connection(Protocol):
    """An open connection; recv() raises an error once it is closed."""

    async def recv(self, decode: bool | None = None) -> Any: ...

    async def send(self, message: str | bytes) -> None: ...


class Source(Protocol):
    """A venue, with the state that outlives its connections.

    It may have a `ping: Ping` for the session to send; the answer comes to read(). One whose events
    are old when they come has `lag_seconds: float`, the longest that they usually are.
    """

    name: str
    idle_seconds: float  # longest silence of a connection that works
    acknowledges: bool  # whether the venue answers each subscription

    def subscriptions(self, options: Options) -> list[Subscription]:
        """Returns what the options ask for; raises UsageError for what cannot be."""

    def connect(self) -> AbstractAsyncContextManager[Connection]:
        """Opens a connection, logs in where the venue asks for it.

        Raises CredentialsRefused, or OSError or TimeoutError for any other failure.
        """

    async def subscribe(
        self, connection: Connection, subscriptions: Sequence[Subscription]
    ) -> None:
        """Asks for subscriptions; the first call of a connection forgets those of the last."""

    def read(self, frame: bytes, received_at: datetime) -> Reading:
        """Returns what a frame holds; raises BadFrame."""
