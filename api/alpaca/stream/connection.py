"""One client of Alpaca's stream: acts on its requests, and sends what it subscribed to."""

import asyncio
import logging
import time
from collections.abc import Coroutine, Iterable
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple

from litestar import WebSocket

from api.alpaca.stream import names
from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.follower import Follower
from api.alpaca.stream.line import GONE, Line
from api.alpaca.stream.outbox import Outbox
from api.alpaca.stream.requests import NOT_SERVED, Auth, Request, Subscribe, Unsubscribe, parse
from api.alpaca.stream.session import AUTH_SECONDS, Session
from api.alpaca.stream.subscriptions import Subscriptions
from api.errors import Busy, TooManyStreams
from api.stream.opening import sources_of

logger = logging.getLogger(__name__)

WATCH_SECONDS = 1.0  # between looks at what depends on the time
RESOLVE_SECONDS = 30.0  # between looks whether an unknown name is stored by now
WIRE = "alpaca"  # in /metrics


class Feed(NamedTuple):
    """The feed of an address: whose pairs are meant there, and whose events are given."""

    is_crypto: bool
    venue: str | None = None
    source: str | None = None
    refusal: str = ""  # why it is not offered


class Connection:
    """A connection from its first message to its last."""

    def __init__(self, socket: WebSocket[Any, Any, Any], feed: Feed, session: Session) -> None:
        self._socket = socket
        self._state = socket.app.state
        self._feed = feed
        self._session = session
        self._line = Line(socket)
        self._subscriptions = Subscriptions(self._state.settings.api_stream_symbols)
        self._outbox = Outbox(self._line.wire, self._subscriptions, feed.source)
        self._places = ExitStack()  # its place among the streams
        self._is_admitted = False
        self._follower = Follower(self._state.hub, self._subscriptions, self._sources)

    async def run(self) -> None:
        """Serves the client until it leaves, or an error ends the connection."""
        await self._socket.accept()
        try:
            await self._greet()
            await _first_of(self._read(), self._write(), self._watch(), self._follower.ended())
        except StreamError as error:
            await self._line.end(error)
        except GONE:
            pass
        except Exception:
            logger.exception("a stream of Alpaca's failed")
            await self._line.end(StreamError(Code.INTERNAL))
        finally:
            self._follower.leave()
            self._session.leave()
            self._places.close()

    async def _greet(self) -> None:
        self._session.enter()
        await self._line.tell({"T": "success", "msg": "connected"})
        self._session.check_headers()
        if self._session.has_authenticated:
            await self._admit()

    async def _admit(self) -> None:
        self._enter()
        await self._line.tell({"T": "success", "msg": "authenticated"})

    def _enter(self) -> None:
        """Takes a place among the streams, once; raises StreamError."""
        if self._feed.refusal:
            raise StreamError(Code.NOT_IN_SUBSCRIPTION, self._feed.refusal)
        if self._is_admitted:
            return
        streams = self._state.hub.streams
        try:
            self._places.enter_context(streams.opened(WIRE, self._session.key, self._follower.end))
        except (Busy, TooManyStreams) as problem:
            raise StreamError(Code.TOO_MANY_CONNECTIONS, problem.detail) from problem
        self._is_admitted = True

    async def _read(self) -> None:
        """Acts on requests until the client leaves."""
        late = time.monotonic() + AUTH_SECONDS
        while True:
            try:
                data = await self._line.receive(
                    None if self._session.may_read else late - time.monotonic()
                )
            except TimeoutError:
                raise StreamError(Code.AUTH_TIMEOUT) from None
            if data is None:
                return
            try:
                await self._act(parse(self._line.wire, data))
            except StreamError as error:
                if error.is_fatal:
                    raise
                await self._line.tell(error.message())

    async def _act(self, request: Request) -> None:
        if isinstance(request, Auth):
            await self._session.authenticate(request)
            await self._admit()
            return
        if not self._session.may_read:
            raise StreamError(Code.NOT_AUTHENTICATED)
        self._enter()
        match request:
            case Subscribe():
                await self._subscribe(request)
            case Unsubscribe():
                self._subscriptions.remove(request.served)
                await self._follow()

    async def _subscribe(self, request: Subscribe) -> None:
        for channel in request.not_served:
            reason = StreamError(Code.NOT_IN_FEED, NOT_SERVED[channel])
            await self._line.tell(reason.message())
        added = self._subscriptions.add(await self._meant(request.served))
        try:
            await self._follow()
        except StreamError:
            self._subscriptions.remove(added)
            raise

    async def _follow(self) -> None:
        """Follows what is subscribed by now, and answers before the first event of it."""
        async with self._line.lock:
            await self._follower.follow()
            full = self._subscriptions.message(is_crypto=self._feed.is_crypto)
            await self._line.put([self._line.wire.encode(full)])

    async def _write(self) -> None:
        """Sends messages as they are committed."""
        async for message in self._follower.messages():
            await self._line.send(self._outbox.messages(message.events, time.monotonic()))

    async def _watch(self) -> None:
        """Does what is due by the clock: bars of days, and names that are new."""
        resolved = time.monotonic()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = time.monotonic()
            await self._line.send(self._outbox.due(now))
            if now - resolved >= RESOLVE_SECONDS and (unknown := self._subscriptions.unknown()):
                with suppress(StreamError):  # the database may be away
                    await self._resolve(unknown)
                resolved = time.monotonic()

    async def _resolve(self, unknown: dict[str, list[str]]) -> None:
        found = await self._meant(unknown)
        if any(symbol for symbols in found.values() for symbol in symbols.values()):
            self._subscriptions.learn(found)
            await self._follower.follow()

    async def _meant(self, listed: dict[str, list[str]]) -> names.Wanted:
        return await names.meant(self._state.symbols, listed, self._feed.venue)

    async def _sources(self, symbols: Iterable[str]) -> dict[str, str]:
        if self._feed.source is not None:
            return dict.fromkeys(symbols, self._feed.source)
        with names.told():
            _, sources = await sources_of(self._state.reader, symbols)
        return sources


async def _first_of(*actions: Coroutine[Any, Any, None]) -> None:
    """Runs actions until one of them ends, and raises its exception, if any."""
    tasks = [asyncio.create_task(action) for action in actions]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
