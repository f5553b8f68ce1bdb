"""One client of Alpaca's stream: reads its requests, and sends what it subscribed to."""

import asyncio
import logging
import time
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from api.alpaca.stream import names
from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.follower import Follower
from api.alpaca.stream.outbox import Outbox
from api.alpaca.stream.requests import NOT_SERVED, Auth, Request, Subscribe, Unsubscribe, parse
from api.alpaca.stream.session import AUTH_SECONDS, Session
from api.alpaca.stream.sources import sources_of
from api.alpaca.stream.subscriptions import Subscriptions
from api.alpaca.stream.wire import frames, wire_of

logger = logging.getLogger(__name__)

WATCH_SECONDS = 1.0  # between looks at what depends on the time
CHECK_KEY_SECONDS = 3.0
RESOLVE_SECONDS = 30.0  # between looks whether an unknown name is stored by now
FAREWELL_SECONDS = 1.0  # for the last message of a client that does not read
MOST_SYMBOLS = 1000
GONE = (OSError, WebSocketDisconnect)  # what sending raises once the client has left


class Feed(NamedTuple):
    """What a client connected to: whose pairs it means, and whose events it wants."""

    is_crypto: bool
    venue: str | None = None
    source: str | None = None
    refusal: str = ""  # why it is not offered


class Connection:
    """A connection from its first message to its last."""

    def __init__(self, socket: WebSocket[Any, Any, Any], feed: Feed, session: Session) -> None:
        self._socket = socket
        self._feed = feed
        self._session = session
        self._wire = wire_of(socket.scope["headers"])
        self._subscriptions = Subscriptions(MOST_SYMBOLS)
        self._outbox = Outbox(self._wire, self._subscriptions, feed.source)
        self._sending = asyncio.Lock()  # one frame after the other, and no event before an answer
        self._follower = Follower(socket.app.state.hub, self._subscriptions, self._sources)

    async def run(self) -> None:
        """Serves the client until it leaves, or an error ends the connection."""
        await self._socket.accept()
        try:
            await self._greet()
            await _first_of(self._read(), self._write(), self._watch(), self._follower.dropped())
        except StreamError as error:
            await self._end(error)
        except GONE:
            pass
        except Exception:
            logger.exception("stream of a client of Alpaca's failed")
            await self._end(StreamError(Code.INTERNAL))
        finally:
            self._follower.leave()
            self._session.leave()

    async def _greet(self) -> None:
        self._session.enter()
        await self._tell({"T": "success", "msg": "connected"})
        self._session.check_headers()
        if self._session.has_authenticated:
            await self._accept_session()

    async def _accept_session(self) -> None:
        if self._feed.refusal:
            raise StreamError(Code.NOT_IN_SUBSCRIPTION, self._feed.refusal)
        await self._tell({"T": "success", "msg": "authenticated"})

    async def _read(self) -> None:
        """Acts on requests until the client leaves."""
        began = time.monotonic()
        while True:
            wait = None if self._session.may_read else began + AUTH_SECONDS - time.monotonic()
            try:
                frame = await asyncio.wait_for(self._socket.receive(), wait)
            except TimeoutError:
                raise StreamError(Code.AUTH_TIMEOUT) from None
            if frame["type"] == "websocket.disconnect":
                return
            try:
                await self._act(parse(self._wire, _data(frame)))
            except StreamError as error:
                if error.is_fatal:
                    raise
                await self._tell(error.message())

    async def _act(self, request: Request) -> None:
        match request:
            case Auth():
                await self._session.authenticate(request)
                await self._accept_session()
            case _ if not self._session.may_read:
                raise StreamError(Code.NOT_AUTHENTICATED)
            case _ if self._feed.refusal:
                raise StreamError(Code.NOT_IN_SUBSCRIPTION, self._feed.refusal)
            case Subscribe():
                await self._subscribe(request)
            case Unsubscribe():
                self._subscriptions.remove(request.served)
                await self._follow()

    async def _subscribe(self, request: Subscribe) -> None:
        for channel in request.not_served:
            reason = StreamError(Code.NOT_IN_FEED, NOT_SERVED[channel])
            await self._tell(reason.message())
        added = self._subscriptions.add(await self._meant(request.served))
        try:
            await self._follow()
        except StreamError:
            self._subscriptions.remove(added)
            raise

    async def _follow(self) -> None:
        """Follows what is subscribed by now, and answers before the first event of it."""
        async with self._sending:
            await self._follower.follow()
            full = self._subscriptions.message(is_crypto=self._feed.is_crypto)
            await self._put([self._wire.encode(full)])

    async def _meant(self, listed: dict[str, list[str]]) -> names.Wanted:
        return await names.meant(self._socket.app.state.symbols, listed, self._feed.venue)

    async def _sources(self, symbols: Iterable[str]) -> dict[str, str]:
        if self._feed.source is not None:
            return dict.fromkeys(symbols, self._feed.source)
        return await sources_of(self._socket.app.state.reader, symbols)

    async def _write(self) -> None:
        """Sends messages as they are committed."""
        async for message in self._follower.messages():
            await self._send(self._outbox.messages(message.events, time.monotonic()))

    async def _watch(self) -> None:
        """Does what is due by the clock: bars of days, revoked keys, names that are new."""
        checked = resolved = time.monotonic()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = time.monotonic()
            await self._send(self._outbox.due(now))
            if now - checked >= CHECK_KEY_SECONDS:
                await self._session.check_key()
                checked = time.monotonic()
            if now - resolved >= RESOLVE_SECONDS and (unknown := self._subscriptions.unknown()):
                with suppress(StreamError):  # the database may be away
                    await self._resolve(unknown)
                resolved = time.monotonic()

    async def _resolve(self, unknown: dict[str, list[str]]) -> None:
        found = await self._meant(unknown)
        if any(symbol for symbols in found.values() for symbol in symbols.values()):
            self._subscriptions.learn(found)
            await self._follower.follow()

    async def _tell(self, message: dict[str, Any]) -> None:
        await self._send([self._wire.encode(message)])

    async def _send(self, messages: Iterable[bytes]) -> None:
        async with self._sending:
            await self._put(messages)

    async def _put(self, messages: Iterable[bytes]) -> None:
        for frame in frames(self._wire, messages):
            data = {"text": frame.decode()} if self._wire.is_text else {"bytes": frame}
            await self._socket.send({"type": "websocket.send", **data})

    async def _end(self, error: StreamError) -> None:
        """Tells the client why the connection ends, if it reads."""
        with suppress(TimeoutError, *GONE):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._tell(error.message())
                await self._socket.close(error.status, error.reason)


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


def _data(frame: Any) -> bytes:
    data = frame.get("bytes")
    return data if data is not None else (frame.get("text") or "").encode()
