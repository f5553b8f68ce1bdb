"""The lag of a standby behind its primary, read at most once a second."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any, NamedTuple

import psycopg

from api.errors import Problem
from db import sql
from db.connect import DatabaseAway

logger = logging.getLogger(__name__)

FRESH_SECONDS = 1.0
CHECK_SECONDS = 1.0  # for a reading while the pool is busy; the one before counts then
SERVER_SECONDS = 10.0  # after which a server that was not read again is no longer in use

OK = "ok"

Fetch = Callable[..., Awaitable[tuple[Any, ...] | None]]


class _Reading(NamedTuple):
    """Seconds that a server is behind its primary, None if it is no standby."""

    read_at: float  # of the monotonic clock
    lag: float | None


class ReplayLag:
    """Reads the lag through `fetch`, on whichever connection of the pool is next.

    With several hosts the pool's connections may lead to several servers: the one furthest behind
    counts. A standby that was level with its primary a moment ago is behind since that moment at
    most, however long the primary was idle before its last commit.
    """

    def __init__(
        self, fetch: Fetch, most_seconds: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._most = most_seconds
        self._clock = clock
        self._servers: dict[str, _Reading] = {}
        self._level_at: dict[str, float] = {}
        self._asked_at = -SERVER_SECONDS
        self._reading: asyncio.Task[None] | None = None

    def refresh(self) -> "asyncio.Task[None] | None":
        """Starts a reading, or returns the one under way; None if the last is fresh."""
        if self._reading is not None and not self._reading.done():
            return self._reading
        if self._clock() - self._asked_at < FRESH_SECONDS:
            return None
        self._asked_at = self._clock()
        # No part of the request that happens to start it.
        self._reading = asyncio.create_task(self._read(), context=Context())
        return self._reading

    def seconds(self) -> float | None:
        """Returns the lag of the standby furthest behind, None if the data are a primary's."""
        now = self._clock()
        lags = [
            reading.lag
            for reading in self._servers.values()
            if reading.lag is not None and now - reading.read_at < SERVER_SECONDS
        ]
        return max(lags, default=None)

    async def check(self) -> str | None:
        """Returns OK, or why the data are too old to be ready; None if they are a primary's."""
        if reading := self.refresh():
            await asyncio.wait({reading}, timeout=CHECK_SECONDS)
        seconds = self.seconds()
        if seconds is None:
            return None
        if seconds <= self._most:
            return OK
        return (
            f"{seconds:.0f} s behind the primary;"
            f" STOCKPULSE_API_MAX_LAG_SECONDS allows {self._most}"
        )

    async def _read(self) -> None:
        asked = self._clock()
        try:
            row = await self._fetch(sql.load("api", "replay_lag"))
        except (DatabaseAway, Problem):
            return  # what was read before counts, for a while
        except psycopg.Error as error:
            logger.warning("replay lag cannot be read", extra={"error": str(error)})
            return
        assert row is not None
        server, is_standby, is_level, since_commit = row
        if is_level:
            self._level_at[server] = asked
        lag = 0.0 if is_level else min(since_commit, asked - self._level_at.get(server, -math.inf))
        self._servers[server] = _Reading(asked, max(0.0, lag) if is_standby else None)
