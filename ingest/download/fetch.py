"""Fetches over HTTP: paced, with retries, and cut off at once by the end of its context.

Requests run in an event loop of a thread of their own, so that one that hangs holds up nothing.
"""

import asyncio
import threading
from concurrent.futures import Future
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from types import TracebackType
from typing import Self

import httpx
import msgspec

from db.errors import SettingsError
from ingest.download.clock import Clock
from ingest.download.pace import Pace

TIMEOUTS = httpx.Timeout(30.0, connect=5.0)
ANSWER_SECONDS = 120.0  # for one that drips
TRIES = 5
POLL_SECONDS = 0.1  # between two looks at a signal, while an answer is awaited
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0
LONGEST_RETRY_AFTER = 1800.0
ACCEPTED = frozenset((200, 400, 404))
REFUSED = frozenset((429, 503))
NO_HISTORY = b"failed to load historical"  # in an answer that may be a 500: there is no such hour


class Answer(msgspec.Struct, frozen=True):
    """An answer of the venue; `trouble` is a line about one that says nothing."""

    status: int = 0  # 0: nothing answered
    body: bytes = b""
    trouble: str | None = None
    retry_after: float | None = None  # seconds

    @property
    def is_missing(self) -> bool:
        """Whether the venue says that it has no such thing."""
        return self.trouble is None and self.status != 200

    @property
    def is_away(self) -> bool:
        """Whether nothing has answered."""
        return self.status == 0


class Fetcher:
    """Sends requests to one host."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: set[asyncio.Task[Answer]] = set()  # in flight
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        headers = {"User-Agent": f"stockpulse/{version('stockpulse')}"}
        try:
            self._client = httpx.AsyncClient(timeout=TIMEOUTS, headers=headers)
        except (ValueError, httpx.InvalidURL) as error:
            raise SettingsError(f"the variables of the HTTP proxy are wrong: {error}") from error
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, _kind: object, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    @property
    def has_given_up(self) -> bool:
        """Whether the host failed so often that nothing more is sent."""
        return self._pace.given_up

    def start(self, url: str, tries: int = TRIES) -> "Future[Answer]":
        """Starts a request; the future has the answer, or the last failure of all tries."""
        return asyncio.run_coroutine_threadsafe(self._run(url, tries), self._loop)

    async def _serve(self) -> None:
        """Runs until the context ends; what is in flight then is cancelled."""
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._pace = Pace(self._clock)
        async with self._client:
            self._ready.set()
            await self._over.wait()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, url: str, tries: int) -> Answer:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            return await self._fetch(url, tries)
        finally:
            self._tasks.discard(task)

    async def _fetch(self, url: str, tries: int) -> Answer:
        answer = Answer(trouble="not asked: the venue refused too often")
        for attempt in range(tries):
            async with self._pace.turn():
                if self._pace.given_up:
                    break
                answer = await self._request(url)
            if answer.trouble is None:
                self._pace.succeeded()
                break
            self._pace.failed(refused=answer.status in REFUSED, retry_after=answer.retry_after)
            if attempt + 1 < tries:
                most = min(FIRST_WAIT_SECONDS * 2**attempt, LONGEST_WAIT_SECONDS)
                await self._clock.sleep(self._clock.uniform(0, most))
        return answer

    async def _request(self, url: str) -> Answer:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await self._client.get(url)
        except httpx.InvalidURL as error:
            return Answer(trouble=f"not an address: {error}")
        except (httpx.HTTPError, TimeoutError) as error:
            return Answer(trouble=_reason(error))
        return _read(response)


def _read(response: httpx.Response) -> Answer:
    status, body = response.status_code, response.content
    if NO_HISTORY in body[:1000]:
        return Answer(404, body)
    trouble = None
    if status not in ACCEPTED:
        trouble = f"HTTP {status}"
    elif status == 200 and body.lstrip()[:1] == b"<":
        trouble = "a web page instead of an hour"
    return Answer(status, body, trouble, _retry_after(response))


def _retry_after(response: httpx.Response) -> float | None:
    """Returns the seconds of the header Retry-After, which may be a date."""
    text = response.headers.get("retry-after", "")
    if text.isdecimal():
        return min(float(text), LONGEST_RETRY_AFTER)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(response.headers["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return min(max(wait.total_seconds(), 0.0), LONGEST_RETRY_AFTER)


def _reason(error: Exception) -> str:
    """Returns the reason of a failed request; httpx's own texts are often empty."""
    name = type(error).__name__
    text = " ".join(str(error).split())
    return f"{name}: {text}" if text else name
