"""Asks venues for events of the past over HTTP: at their pace, again if they are busy."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
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
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT, headers=headers)
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
                answer = self._client.get(path, params=dict(params))
            except httpx.InvalidURL as error:
                raise UsageError(f"the venue has no such address: {error}") from None
            except httpx.HTTPError as error:
                reason = f"does not answer: {type(error).__name__}"
            else:
                if answer.is_success:
                    return answer.content
                text = said(answer.content)
                reason = f"answers with HTTP {answer.status_code}" + (f": {text}" if text else "")
                wanted = _wanted(answer)
                if answer.status_code not in BUSY or wanted > LONGEST_WAIT:
                    break
            logger.warning("venue busy", extra={"reason": reason, "attempt": attempt})
            if attempt < TRIES:
                self._wait(max(wanted, self._pause * 2**attempt))
        raise VenueFailed(f"{self._client.base_url.host} {reason}")

    def _wait(self, seconds: float) -> None:
        if self._stop.wait(max(0.0, seconds)):
            raise Stopped


def _wanted(answer: httpx.Response) -> float:
    """Returns the seconds that a venue asks to wait; it may block an address that does not."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdecimal() else 0.0


class History(msgspec.Struct, frozen=True):
    """The past that a venue gives: how to read each kind, and the least seconds per request.

    A function yields at least the events within the gap, with the ids of the feed, or raises
    GapStays behind those that there are. `headers` makes a login of a token.
    """

    url: str
    pause: float
    read: dict[Kind, Callable[[Rest, Gap], Iterator[TickMessage]]]
    headers: Callable[[str], Mapping[str, str]] | None = None
