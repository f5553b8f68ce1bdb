"""The API keys as the database knows them, cached for seconds: revocation holds soon.

The database is asked once per key and FRESH_SECONDS, and a few times a second for keys that it
does not know. Away, it leaves the keys of the last minutes valid; nothing else is let in.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import psycopg

from api.errors import Unavailable
from api.token_bucket import TokenBucket
from api.warnings import Seldom
from db import sql
from db.api_key import KEY, digest
from db.connect import DatabaseAway

logger = logging.getLogger(__name__)

_TRIED = Seldom(__name__)

REFRESH_SECONDS = 2.0  # after which a key is looked up again while it still counts
FRESH_SECONDS = 3.0  # a key is revoked within five seconds, the time of the question included
AWAY_SECONDS = 300.0  # so long a known key stays valid while the database is away
PAUSE_SECONDS = 1.0  # between questions to a database that is away
UNKNOWN_SECONDS = 3.0  # a new key that was tried too early is found after them
UNKNOWN_KEYS = 10_000  # most that are remembered
LOOKUPS_PER_SECOND = 20  # of keys that are not known

Fetch = Callable[..., Awaitable[tuple[Any, ...] | None]]


class ApiKey(NamedTuple):
    """A valid key: its digest, its holder, and its limit of requests per minute, if any."""

    sha256: bytes
    name: str
    rate: int | None


class _Known(NamedTuple):
    key: ApiKey
    confirmed_at: float


class KnownKeys:
    """Finds keys; asks the database through `fetch`, which raises DatabaseAway."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: dict[bytes, _Known] = {}
        self._unknown: OrderedDict[bytes, float] = OrderedDict()  # when they were looked up
        self._lookups = TokenBucket(LOOKUPS_PER_SECOND, LOOKUPS_PER_SECOND, clock())
        self._under_way: dict[bytes, asyncio.Task[bool]] = {}
        self._failed_at: float | None = None  # None: the last question was answered

    async def find(self, text: str) -> ApiKey | None:
        """Returns the valid key in `text`, None if it is none; raises Unavailable."""
        return await self._find(digest(text)) if KEY.fullmatch(text) else None

    async def holds(self, key: ApiKey) -> bool:
        """Returns whether a key that was found is still valid, as far as is known."""
        try:
            return await self._find(key.sha256) is not None
        except Unavailable:
            return True

    async def _find(self, sha256: bytes) -> ApiKey | None:
        now = self._clock()
        if now - self._unknown.get(sha256, now - UNKNOWN_SECONDS) < UNKNOWN_SECONDS:
            return None
        known = self._known.get(sha256)
        age = now - known.confirmed_at if known else AWAY_SECONDS
        if known and age < REFRESH_SECONDS:
            return known.key
        asking = self._ask(sha256, now, is_known=known is not None)
        # A database that did not answer is asked again meanwhile, without making anybody wait.
        if known and age < (FRESH_SECONDS if self._failed_at is None else AWAY_SECONDS):
            return known.key
        if asking is not None and await asyncio.shield(asking):
            found = self._known.get(sha256)
            return found.key if found else None
        if known and age < AWAY_SECONDS:
            return known.key
        raise Unavailable("The database cannot be reached to look up the API key; try again.")

    def _ask(self, sha256: bytes, now: float, *, is_known: bool) -> asyncio.Task[bool] | None:
        """Returns the look-up of a key, which it starts if needed; None while it must pause.

        Raises Unavailable if too many unknown keys are being tried.
        """
        if sha256 in self._under_way:
            return self._under_way[sha256]
        if self._failed_at is not None and now - self._failed_at < PAUSE_SECONDS:
            return None
        if not is_known and not self._lookups.take(now):
            _TRIED.warn("many unknown API keys are tried")
            raise Unavailable("Too many unknown API keys are being tried; try again shortly.")
        task = self._under_way[sha256] = asyncio.create_task(self._look_up(sha256))
        task.add_done_callback(lambda _task: self._under_way.pop(sha256, None))
        return task

    async def _look_up(self, sha256: bytes) -> bool:
        """Asks the database for a key; returns whether it answered."""
        asked = self._clock()  # a key may be revoked while the answer is under way
        try:
            row = await self._fetch(sql.load("api", "api_key"), key_sha256=sha256)
        except (DatabaseAway, psycopg.Error) as error:
            if self._failed_at is None:
                logger.warning("API keys cannot be looked up", extra={"error": str(error)})
            self._failed_at = self._clock()
            return False
        self._failed_at = None
        if row is None:
            self._forget(sha256, asked)
        else:
            self._known[sha256] = _Known(ApiKey(sha256, *row), asked)
            self._unknown.pop(sha256, None)
        return True

    def _forget(self, sha256: bytes, asked: float) -> None:
        self._known.pop(sha256, None)
        self._unknown[sha256] = asked
        self._unknown.move_to_end(sha256)
        while len(self._unknown) > UNKNOWN_KEYS:
            self._unknown.popitem(last=False)
