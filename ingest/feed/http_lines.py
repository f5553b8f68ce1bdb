"""Opens streams over HTTP whose body has no end, a line per frame, however it is cut into chunks.

What went wrong is said without the address, which may hold an account.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from db.errors import SettingsError
from ingest.feed.source import Connection, CredentialsRefused
from ingest.feed.texts import said

CONNECT_SECONDS = 10.0
LONGEST_LINE = 1_000_000  # bytes
LONGEST_REFUSAL = 10_000  # bytes that are read of an answer without a stream
REFUSALS = (400, 401, 403, 404)  # asking again at once will not help


@asynccontextmanager
async def connect(
    url: str, venue: str, headers: Mapping[str, str], params: Mapping[str, str]
) -> AsyncIterator[Connection]:
    """Opens a stream and closes it at the end.

    Raises CredentialsRefused if the venue does not accept what it is asked for, SettingsError if
    `url` is none, OSError or TimeoutError.
    """
    client = _client(url, venue)
    try:
        response = await _open(client, venue, url, headers, params)
        try:
            await _check(response, venue)
            yield Lines(response, venue)
        finally:
            await response.aclose()
    finally:
        await client.aclose()


def _client(url: str, venue: str) -> httpx.AsyncClient:
    if not _is_url(url):
        raise SettingsError(f"the url of {venue} is not one of HTTP: http:// or https://")
    try:
        return httpx.AsyncClient(timeout=httpx.Timeout(None, connect=CONNECT_SECONDS))
    except (httpx.InvalidURL, ValueError) as error:
        raise ConnectionError(f"the proxy cannot be used: {type(error).__name__}") from None


def _is_url(text: str) -> bool:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return url.scheme in ("http", "https") and url.host != "" and (url.port or 1) < 65_536


async def _open(
    client: httpx.AsyncClient,
    venue: str,
    url: str,
    headers: Mapping[str, str],
    params: Mapping[str, str],
) -> httpx.Response:
    try:
        # a compressed stream would lie in a buffer until that is full
        asked = {**headers, "Accept-Encoding": "identity"}
        request = client.build_request("GET", url, headers=asked, params=dict(params))
        async with asyncio.timeout(CONNECT_SECONDS):
            return await client.send(request, stream=True)
    except (
        httpx.HTTPError,
        httpx.InvalidURL,
        ValueError,
    ) as error:  # ValueError: of what is no HTTP
        raise ConnectionError(f"{venue} does not answer: {type(error).__name__}") from None


async def _check(response: httpx.Response, venue: str) -> None:
    """Raises what an answer without a stream means."""
    if response.status_code == httpx.codes.OK:
        return
    body = b""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LONGEST_REFUSAL:
                    break
    except (httpx.HTTPError, TimeoutError):
        body = b""  # the status says enough
    reason = said(body)
    text = f"HTTP {response.status_code}" + (f": {reason}" if reason else "")
    if response.status_code in REFUSALS:
        raise CredentialsRefused(f"{venue} refuses what is asked for ({text})")
    raise ConnectionError(f"{venue} answers with {text}")


class Lines:
    """The lines of a body, without their ends; empty ones are left out."""

    def __init__(self, response: httpx.Response, venue: str) -> None:
        self._chunks = response.aiter_bytes()
        self._venue = venue
        self._lines: list[bytes] = []  # the next one last
        self._rest = bytearray()

    async def recv(self, decode: bool | None = None) -> Any:  # noqa: ARG002 - always bytes
        """Returns the next line, as bytes; raises EOFError or ConnectionError at the end."""
        while not self._lines:
            self._take(await self._chunk())
        return self._lines.pop()

    async def send(self, message: str | bytes) -> None:
        """Does nothing: all is asked for when the stream is opened."""

    async def _chunk(self) -> bytes:
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            raise EOFError(f"{self._venue} has ended the stream") from None
        except httpx.HTTPError as error:
            raise ConnectionError(f"the stream broke: {type(error).__name__}") from None

    def _take(self, chunk: bytes) -> None:
        first, *others = chunk.split(b"\n")
        self._rest += first
        if others:
            lines = [bytes(self._rest), *others[:-1]]
            self._lines = [line for line in map(bytes.strip, reversed(lines)) if line]
            self._rest = bytearray(others[-1])
        if len(self._rest) > LONGEST_LINE:
            raise ConnectionError(f"{self._venue} sends a line without an end")
