"""An OANDA on this machine: the pricing stream of v20, a line of JSON per price, in chunks of HTTP.

It can be told to misbehave as venues do: to cut, fall silent, refuse, send garbage, split anywhere.
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from stack.venue.thread import HOST, call

HEARTBEAT_SECONDS = 5.0
INSTRUMENTS = ("EUR_USD", "USD_JPY", "XAU_USD")
LONGEST_HEAD = 65_536

Level = tuple[str, int]  # price, liquidity


class OandaVenue:
    """The server's state; its methods may be called from any thread."""

    def __init__(
        self,
        token: str,
        account: str,
        instruments: Iterable[str] = INSTRUMENTS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        seed: int = 0,
    ) -> None:
        self.url = ""
        self.connects = 0
        self.asked: list[list[str]] = []  # the instruments of each connection
        self.statuses: list[int] = []  # of each answer
        self.token, self.account = token, account
        self.refuses: int | None = None  # the status of every answer
        self.is_silent = False  # stays open and sends nothing
        self.is_torn = False  # cuts its lines into chunks anywhere
        self.latest: dict[str, str] = {}  # the newest price of each instrument
        self._instruments = set(instruments)
        self._heartbeat_seconds = heartbeat_seconds
        self._random = random.Random(seed)  # noqa: S311 - where lines are cut
        self._loop: asyncio.AbstractEventLoop | None = None
        self._streams: dict[asyncio.StreamWriter, list[str]] = {}

    @property
    def streams(self) -> int:
        """Number of open streams."""
        return len(self._streams)

    def price(self, instrument: str, bids: list[Level], asks: list[Level], **more: Any) -> str:
        """Sends a price to all that asked for its instrument; returns the line."""
        line = price_line(instrument, bids, asks, **more)
        self.call(self._price, instrument, line)
        return line

    def send_raw(self, data: bytes) -> None:
        """Sends bytes, in one chunk, to all that are connected."""
        self.call(self._each, lambda writer: _write(writer, data))

    def cut(self, *, clean: bool = False) -> None:
        """Ends all streams, by a last chunk or without one."""
        self.call(self._each, _end if clean else _abort)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Runs a function in the server's thread and returns its result."""
        assert self._loop is not None
        return call(self._loop, function, *arguments)

    async def serve(self, port: int = 0) -> "Serving":
        """Starts the server in the running loop."""
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._handle, HOST, port, limit=LONGEST_HEAD)
        self.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
        return Serving(server, self._streams)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connects += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            names, (status, error) = self._answer(head)
            self.statuses.append(status)
            if error:
                _refuse(writer, status, error)
            else:
                await self._stream(reader, writer, names)
        self._streams.pop(writer, None)
        writer.close()

    def _answer(self, head: list[str]) -> tuple[list[str], tuple[int, str]]:
        """Returns the instruments asked for, and the status with what is wrong about a request."""
        url = urlsplit(head[0].split(" ")[1])
        headers = dict(one.lower().split(": ", 1) for one in head[1:] if ": " in one)
        names = parse_qs(url.query).get("instruments", [""])[0].split(",")
        account = unquote(url.path).removeprefix("/v3/accounts/").removesuffix("/pricing/stream")
        if self.refuses is not None:
            return names, (self.refuses, "Service Unavailable")
        if headers.get("authorization") != f"bearer {self.token}".lower():
            return names, (401, "Insufficient authorization to perform request.")
        if account != self.account:
            return names, (403, "The provided request was forbidden.")
        if not set(names) <= self._instruments:
            return names, (400, "Invalid value specified for 'instruments'")
        return names, (200, "")

    async def _stream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, names: list[str]
    ) -> None:
        self.asked.append(names)
        writer.write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/octet-stream\r\n\r\n"
        )
        for name in names:
            if name in self.latest and not self.is_silent:
                self._lines(writer, self.latest[name])
        self._streams[writer] = names
        beats = asyncio.create_task(self._heartbeats(writer))
        try:
            await reader.read()  # until the client leaves
        finally:
            beats.cancel()

    async def _heartbeats(self, writer: asyncio.StreamWriter) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_seconds)
            if not self.is_silent:
                self._lines(writer, json.dumps({"type": "HEARTBEAT", "time": now_text()}))

    def _price(self, instrument: str, line: str) -> None:
        self.latest[instrument] = line
        for writer, names in list(self._streams.items()):
            if instrument in names and not self.is_silent:
                self._lines(writer, line)

    def _each(self, act: Callable[[asyncio.StreamWriter], None]) -> None:
        for writer in list(self._streams):
            act(writer)

    def _lines(self, writer: asyncio.StreamWriter, line: str) -> None:
        data = line.encode() + b"\n"
        for part in self._torn(data) if self.is_torn else [data]:
            _write(writer, part)

    def _torn(self, data: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(data):
            size = self._random.choice((1, 2, 7, 50))
            yield data[at : at + size]
            at += size


class Serving:
    """The server with its streams, which have no end of their own."""

    def __init__(self, server: asyncio.Server, streams: dict[asyncio.StreamWriter, Any]) -> None:
        self._server = server
        self._streams = streams

    def close(self) -> None:
        self._server.close()
        for writer in list(self._streams):
            _abort(writer)

    async def wait_closed(self) -> None:
        await self._server.wait_closed()


def now_text() -> str:
    """Returns the present as OANDA writes it, with nanoseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def price_line(instrument: str, bids: list[Level], asks: list[Level], **more: Any) -> str:
    """Returns a price as the stream has it, of the present if no `time` is given."""
    price = {
        "type": "PRICE",
        "time": now_text(),
        "bids": [{"price": price, "liquidity": size} for price, size in bids],
        "asks": [{"price": price, "liquidity": size} for price, size in asks],
        "closeoutBid": "1.07990",
        "closeoutAsk": "1.08020",
        "status": "tradeable",
        "tradeable": True,
        "instrument": instrument,
    }
    return json.dumps(price | more)


def closed(line: str) -> str:
    """Returns a price at which nobody can trade, as at weekends."""
    return json.dumps(json.loads(line) | {"tradeable": False, "status": "non-tradeable"})


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))


def _end(writer: asyncio.StreamWriter) -> None:
    writer.write(b"0\r\n\r\n")
    writer.close()


def _abort(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def _refuse(writer: asyncio.StreamWriter, status: int, error: str) -> None:
    body = json.dumps({"errorMessage": error}).encode()
    writer.write(
        b"HTTP/1.1 %d Refused\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
        b"Connection: close\r\n\r\n%b" % (status, len(body), body)
    )
