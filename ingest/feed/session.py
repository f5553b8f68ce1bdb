"""One connection of a source: reads frames, publishes their events, and marks what is covered."""

import asyncio
import logging
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from datetime import datetime

from ingest.feed.health import Health
from ingest.feed.marks import LEAST_LAG_SECONDS, Marks
from ingest.feed.producer import FeedProducer, MessageTooLarge
from ingest.feed.source import (
    Acknowledged,
    BadFrame,
    Connection,
    Fact,
    Goodbye,
    Missed,
    Notice,
    Ping,
    Refused,
    Source,
    Subscription,
)
from ingest.feed.texts import line
from ingest.formats.events import Kind

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1.0
TICK_SECONDS = 0.25
ACKNOWLEDGE_SECONDS = 15.0  # after which missing acknowledgements are reported
FRESH_SECONDS = 0.05  # a frame that was waited for so long has not lain in a buffer before

Now = Callable[[], datetime]  # the wall clock, in UTC
Series = tuple[str, Kind]


class Silence(ConnectionError):
    """The venue has sent nothing for too long."""


class LeftByVenue(ConnectionError):
    """The venue has asked to connect again."""


class Session:
    """The state of one connection; `run` reads until the connection ends."""

    def __init__(
        self,
        source: Source,
        subscriptions: Sequence[Subscription],
        producer: FeedProducer,
        health: Health,
        now: Now,
    ) -> None:
        self._source = source
        self._asked = {(one.symbol, one.kind): one for one in subscriptions}
        self._unanswered = set(self._asked)
        self._served: set[Series] = set()
        self._producer = producer
        self._health = health
        self._now = now
        self._marks = Marks(source.name, now(), producer, _lag(source))
        self._started = self._last_alive = time.monotonic()
        self._busy = False  # whether a frame is being published

    async def run(self, connection: Connection) -> None:
        """Subscribes and reads until the connection ends, with an error that says why.

        Marks the end of the session also if it is cancelled.
        """
        await self._source.subscribe(connection, list(self._asked.values()))
        reason = "stopped"
        try:
            async with asyncio.timeout(None) as deadline, asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tick(deadline))
                tasks.create_task(_ping(connection, getattr(self._source, "ping", None)))
                await self._read(connection)
        except TimeoutError:
            reason = f"silent for {self._source.idle_seconds:.0f} s"
            raise Silence(reason) from None
        except BaseExceptionGroup as group:
            reason = str(group.exceptions[0])
            raise group.exceptions[0] from None
        finally:
            await self._end(reason)

    async def _end(self, reason: str) -> None:
        try:
            await self._marks.end(reason)
        except TimeoutError:
            self._warn("end not marked")

    async def _read(self, connection: Connection) -> None:
        while True:
            asked_at = time.monotonic()
            frame = await connection.recv(decode=False)
            self._busy = True
            await self._take(frame, is_fresh=time.monotonic() - asked_at >= FRESH_SECONDS)
            self._busy = False

    async def _take(self, frame: bytes, *, is_fresh: bool) -> None:
        received_at, self._health.frames = self._now(), self._health.frames + 1
        try:
            reading = self._source.read(frame, received_at)
        except BadFrame as error:
            await self._keep(frame, str(error))
            return
        fault, try_send = reading.fault, self._producer.try_send
        for message in reading.messages:
            try:
                if not try_send(message.key, message.value):
                    await self._producer.send(message.key, message.value)
            except MessageTooLarge as error:
                fault = str(error)
            else:
                self._health.events += 1
        if reading.newest is not None:
            self._health.lag_seconds = (received_at - reading.newest).total_seconds()
        if fault:
            await self._keep(frame, fault)
        if reading.facts:
            await self._take_facts(reading.facts, received_at)
        if reading.is_alive:
            self._last_alive = time.monotonic()
            self._marks.advance(reading.newest, received_at, is_fresh=is_fresh)

    async def _keep(self, frame: bytes, reason: str) -> None:
        self._health.bad_frames += 1
        self._warn("bad frame", reason=reason)
        await self._producer.send_dead(self._source.name, frame, reason)

    async def _take_facts(self, facts: Iterable[Fact], received_at: datetime) -> None:
        for fact in _promised(facts, self._asked):
            if isinstance(fact, Acknowledged):
                await self._serve(fact, received_at)
            elif isinstance(fact, Missed):
                self._health.gaps += 1
                ids = f"{fact.first_id} to {fact.last_id}" if fact.first_id else ""
                self._warn("events missed", symbol=fact.symbol, ids=ids)
                await self._marks.miss(fact)
            elif isinstance(fact, Goodbye):
                raise LeftByVenue(fact.reason)
            elif isinstance(fact, Notice):
                self._health.detail = line(fact.text)
                self._warn("notice of the venue", text=fact.text)
            else:
                await self._refuse(fact)

    async def _serve(self, fact: Acknowledged, received_at: datetime) -> None:
        series = fact.symbol, fact.kind
        if (asked := self._asked.get(series)) is None:  # nothing was promised about it
            return
        self._unanswered.discard(series)
        self._served.add(series)
        self._health.acknowledged = len(self._served)
        await self._marks.start(fact, received_at, asked.instrument)

    async def _refuse(self, fact: Refused) -> None:
        """Takes the first answer about a subscription, or the end of one that was served."""
        series = fact.symbol, fact.kind
        if series in self._served:
            self._served.discard(series)
            self._health.acknowledged = len(self._served)
            await self._marks.stop(fact)
        elif series not in self._unanswered:
            return
        self._unanswered.discard(series)
        self._health.refused += 1
        self._health.detail = line(f"{fact.symbol}: {fact.reason}")
        self._warn("subscription refused", symbol=fact.symbol, reason=fact.reason)

    def _warn(self, event: str, **fields: str) -> None:
        texts = {name: line(text) for name, text in fields.items()}
        logger.warning(event, extra={"source": self._source.name, **texts})

    async def _tick(self, deadline: asyncio.Timeout) -> None:
        """Sends heartbeats, watches for silence and for answers that do not come."""
        beat_at = time.monotonic()
        is_reported = not self._source.acknowledges
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            if not self._busy and now - self._last_alive > self._source.idle_seconds:
                deadline.reschedule(asyncio.get_running_loop().time())
                return
            if now - beat_at >= HEARTBEAT_SECONDS:
                beat_at = now
                await self._marks.beat()
            if not is_reported and now - self._started > ACKNOWLEDGE_SECONDS and self._unanswered:
                is_reported = True
                missing = f"{len(self._unanswered)} of {len(self._asked)}"
                self._health.detail = f"no answer about {missing} subscriptions"
                self._warn("not acknowledged", text=self._health.detail)


def _promised(facts: Iterable[Fact], asked: Container[Series]) -> Iterator[Fact]:
    """Yields facts without the gaps of what was not asked for."""
    for one in facts:
        if not isinstance(one, Missed) or (one.symbol, one.kind) in asked:
            yield one


def _lag(source: Source) -> float:
    """Returns how many seconds the events of a source are old, as far as is known before."""
    return float(getattr(source, "lag_seconds", LEAST_LAG_SECONDS))


async def _ping(connection: Connection, ping: Ping | None) -> None:
    """Sends what the venue wants to hear, in a task of its own: it may not be reading."""
    while ping is not None:
        await asyncio.sleep(ping.seconds)
        await connection.send(ping.text)
