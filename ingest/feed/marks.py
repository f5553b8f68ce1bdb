"""The markers of a session, which tell what it covers; feed_message.py says what each means.

Markers go behind the events that they speak of, to the partitions of their symbols: once a loader
has stored a marker, it has stored those events.
"""

import asyncio
import os
import socket
from datetime import UTC, datetime, timedelta

from msgspec import UNSET

from ingest.feed.producer import FeedProducer
from ingest.feed.source import Acknowledged, Missed, Refused
from ingest.feed.texts import line
from ingest.formats.feed_message import (
    EndMessage,
    GapMessage,
    HeartbeatMessage,
    StartMessage,
    StopMessage,
    encode,
)
from ingest.formats.instrument import Instrument

LEAST_LAG_SECONDS = 1.0  # assumed between a venue's event and its receipt, as none may come
LAG_WINDOW = timedelta(seconds=60)
END_SECONDS = 0.4  # for the markers of the end; stopping must not take longer than a second


class Marks:
    """The markers of one session; `advance` says what was received, `beat` passes it on.

    `lag` is the least number of seconds that the source's events are assumed to be old.
    """

    def __init__(
        self,
        source: str,
        started: datetime,
        producer: FeedProducer,
        lag: float = LEAST_LAG_SECONDS,
    ) -> None:
        self._source = source
        self._session = session_id(source, started)
        self._received = started  # when the last frame came that says something about the time
        # up to which everything was sent
        self._until = started - timedelta(seconds=lag - LEAST_LAG_SECONDS)
        self._marked = self._until  # the newest heartbeat
        self._producer = producer
        self._partitions: dict[int, str] = {}  # a symbol of each
        self._lags = Lags(lag)

    async def start(
        self, fact: Acknowledged, received_at: datetime, instrument: Instrument | None
    ) -> None:
        """Marks the start of a series, and says what is known of its instrument."""
        marker = StartMessage(
            source=self._source,
            session=self._session,
            symbol=fact.symbol,
            event_kind=fact.kind,
            since=fact.since or received_at,
            instrument=instrument or UNSET,
        )
        self._partitions.setdefault(self._producer.partition_of(fact.symbol), fact.symbol)
        await self._producer.send(fact.symbol, encode(marker))

    async def stop(self, fact: Refused) -> None:
        """Marks the end of a series in a session that goes on."""
        marker = StopMessage(
            source=self._source,
            session=self._session,
            symbol=fact.symbol,
            event_kind=fact.kind,
            until=self._advanced(),
            reason=line(fact.reason),
        )
        await self._producer.send(fact.symbol, encode(marker))

    async def miss(self, fact: Missed) -> None:
        """Marks events that did not come."""
        marker = GapMessage(
            source=self._source,
            session=self._session,
            symbol=fact.symbol,
            event_kind=fact.kind,
            since=fact.since,
            until=fact.until,
            first_id=fact.first_id or UNSET,
            last_id=fact.last_id or UNSET,
            reason="ids missing" if fact.first_id else "frames missing",
        )
        await self._producer.send(fact.symbol, encode(marker))

    def advance(self, newest: datetime | None, received_at: datetime, *, is_fresh: bool) -> None:
        """Moves on the time up to which nothing is missing.

        Without an event in it, a frame that lay in a buffer while the broker was away says nothing
        about the present.
        """
        if newest is not None:
            self._lags.add((received_at - newest).total_seconds(), received_at)
        elif not is_fresh:
            return
        self._received = received_at

    def _advanced(self) -> datetime:
        """Returns up to which time everything was sent.

        A venue may send later than a frame what is older than its receipt: that much is held back.
        """
        until = self._received - timedelta(seconds=self._lags.longest)
        self._until = max(self._until, until)
        return self._until

    async def beat(self) -> None:
        """Marks how far the session has come, to every partition with symbols of it."""
        if self._advanced() != self._marked:
            self._marked = self._until
            marker = HeartbeatMessage(source=self._source, session=self._session, until=self._until)
            await self._mark(encode(marker))

    async def end(self, reason: str) -> None:
        """Marks the end; raises TimeoutError if the queue is full: then it is as if killed."""
        async with asyncio.timeout(END_SECONDS):
            marker = EndMessage(
                source=self._source,
                session=self._session,
                until=self._advanced(),
                reason=line(reason),
            )
            await self._mark(encode(marker))

    async def _mark(self, marker: bytes) -> None:
        for symbol in list(self._partitions.values()):
            await self._producer.send(symbol, marker)


class Lags:
    """The longest lag of the last one to two windows."""

    def __init__(self, least: float = LEAST_LAG_SECONDS) -> None:
        self.longest = self._current = self._least = least
        self._window_end: datetime | None = None

    def add(self, lag: float, at: datetime) -> None:
        """Takes the lag of an event received at a time."""
        if self._window_end is None or at >= self._window_end:
            self._window_end = at + LAG_WINDOW
            self.longest = self._current
            self._current = self._least
        if lag > self._current:
            self._current = lag
            self.longest = max(self.longest, lag)


def session_id(source: str, started: datetime) -> str:
    """Returns a name that no other session has."""
    moment = started.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return f"{source}/{socket.gethostname()}/{os.getpid()}/{moment}"
