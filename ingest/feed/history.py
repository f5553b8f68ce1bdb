"""Asks venues for events of the past over HTTP: at their pace, again if they are busy.

An answer that drips or has no end is given up, and does not keep Ctrl-C waiting.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple, Self

import httpx
import msgspec

from db.errors import StockpulseError, UsageError
from ingest.feed.texts import said
from ingest.formats.events import Kind
from ingest.formats.native_message import TickMessage

logger = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
TRIES = 5
BUSY = (429, 503)
LONGEST_WAIT = 60.0  # seconds; a venue that wants a longer one has blocked this address
LONGEST_ANSWER = 120.0  # seconds
LARGEST_ANSWER = 64_000_000  # bytes; pages have some two million at most
STOP_SECONDS = 0.1  # between looks at `stop`


class Gap(NamedTuple):
    """A stretch in which events of a series are missing; the ids of the missing, if known."""

    source: str
    symbol: str
    kind: Kind
    since: datetime
    until: datetime
    reason: str
    first_id: str | None = None
    last_id: str | None = None


class VenueFailed(StockpulseError):
    """A venue does not answer, or not with what was asked for."""


class GapStays(Exception):
    """A venue does not give all of a gap; `since` is from when on it did, if from any time on.

    Raised behind the last event.
    """

    def __init__(self, reason: str, since: datetime | None = None) -> None:
        super().__init__(reason)
        self.since = since


class Stopped(Exception):
    """Ctrl-C, while a venue was waited for."""


class Rest:
    """A venue's HTTP API; `pause` is the least time between two requests, in seconds.

    `headers` are a login; `feed` is the one that is meant, empty for the venue's default.
    """

    def __init__(
        self,
        url: str,
        pause: float,
        stop: threading.Event,
        headers: Mapping[str, str] | None = None,
        feed: str = "",
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"{url!r} is no address of a venue: http:// or https://")
        try:
            self._client = httpx.Client(base_url=url, timeout=TIMEOUT, headers=headers)
        except (httpx.InvalidURL, ValueError) as error:  # of the environment's proxy too
            what = type(error).__name__  # the text may hold a password
            raise UsageError(f"{url} or the proxy is no address: {what}") from None
        self.feed = feed
        self._pause = pause
        self._stop = stop
        self._next_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, str]) -> bytes:
        """Returns the body of an answer; raises VenueFailed, or Stopped.

        A busy venue and a network failure are tried again up to TRIES times. Raises UsageError for
        an address that is none.
        """
        for attempt in range(1, TRIES + 1):
            wanted = 0.0
            self._wait(self._next_at - time.monotonic())
            self._next_at = time.monotonic() + self._pause
            try:
                answer, body = self._answer(path, params)
            except httpx.InvalidURL as error:
                raise UsageError(f"the venue has no such address: {error}") from None
            except (httpx.HTTPError, ValueError) as error:  # ValueError: of what is no HTTP
                reason = f"does not answer: {type(error).__name__}"
            else:
                if answer.is_success:
                    return body
                text = said(body)
                reason = f"answers with HTTP {answer.status_code}" + (f": {text}" if text else "")
                wanted = _wanted(answer)
                if answer.status_code not in BUSY or wanted > LONGEST_WAIT:
                    break
            logger.warning("venue busy", extra={"reason": reason, "attempt": attempt})
            if attempt < TRIES:
                self._wait(max(wanted, self._pause * 2**attempt))
        raise VenueFailed(f"{self._client.base_url.host} {reason}")

    def _answer(self, path: str, params: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
        """Returns an answer and its body; asks in a thread, which may be left behind."""
        asked: Future[tuple[httpx.Response, bytes]] = Future()

        def ask() -> None:
            try:
                asked.set_result(self._read(path, params))
            except Exception as error:
                asked.set_exception(error)

        threading.Thread(target=ask, daemon=True).start()
        end = time.monotonic() + LONGEST_ANSWER
        while time.monotonic() < end:
            with suppress(TimeoutError):
                return asked.result(STOP_SECONDS)
            if self._stop.is_set():
                raise Stopped
        raise httpx.ReadTimeout(f"no whole answer in {LONGEST_ANSWER:.0f} s")

    def _read(self, path: str, params: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
        body = bytearray()
        with self._client.stream("GET", path, params=dict(params)) as answer:
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    host = self._client.base_url.host
                    raise VenueFailed(f"{host} answers with more than {LARGEST_ANSWER:,} bytes")
        return answer, bytes(body)

    def _wait(self, seconds: float) -> None:
        if self._stop.wait(max(0.0, seconds)):
            raise Stopped


def _wanted(answer: httpx.Response) -> float:
    """Returns the seconds that a venue asks to wait; it may block an address that does not."""
    text = answer.headers.get("Retry-After", "")
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    now = datetime.now(UTC)
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


class History(msgspec.Struct, frozen=True):
    """The past that a venue gives: how to read each kind, and the least seconds per request.

    A function yields at least the events within the gap, with the ids of the feed, or raises
    GapStays behind those that there are. `headers` makes a login of a token.
    """

    url: str
    pause: float
    read: dict[Kind, Callable[[Rest, Gap], Iterator[TickMessage]]]
    headers: Callable[[str], Mapping[str, str]] | None = None
