"""Asks the database how it is, over a connection of its own: load on the pool changes nothing."""

import asyncio
import time
from types import TracebackType
from typing import Any, NamedTuple, Self

import psycopg
from psycopg import AsyncConnection
from psycopg import errors as pg

from api.pool import ROLE, conninfo_of
from api.settings import ApiSettings
from api.warnings import Seldom
from db import revision, sql
from db.connect import is_away

FRESH_SECONDS = 1.0
ANSWER_SECONDS = 5.0

OK = "ok"
AWAY = "away"  # cannot be reached
MISSING = "not migrated"
UNKNOWN = "unknown"

TOO_MANY = ("too many clients", "connection slots are reserved")  # it is busy, not away

_WARNINGS = Seldom(__name__)


class Found(NamedTuple):
    """State of the database, and of its schema."""

    database: str
    schema: str

    @property
    def checks(self) -> dict[str, str]:
        """The conditions of being ready, and how each is; all must be ok."""
        return {"database": self.database, "schema": self.schema}

    @property
    def is_ready(self) -> bool:
        """Whether requests can be served."""
        return set(self.checks.values()) == {OK}


class Check:
    """The connection, and what was found last; it is asked at most once per second."""

    def __init__(self, settings: ApiSettings) -> None:
        self._conninfo = conninfo_of(settings)
        self._conn: AsyncConnection[Any] | None = None
        self._found = Found(UNKNOWN, UNKNOWN)
        self._found_at = -FRESH_SECONDS
        self._counts: dict[str, int] | None = None
        self._counted_at = -FRESH_SECONDS
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._close()

    async def found(self) -> Found:
        """Returns what is the case now, or was a second ago."""
        async with self._lock:
            if time.monotonic() - self._found_at >= FRESH_SECONDS:
                self._found = await self._ask_or_reconnect()
                self._found_at = time.monotonic()
            return self._found

    async def counts(self) -> dict[str, int] | None:
        """Returns how much is stored, as the legacy service names it; None if that is unknown."""
        if not (await self.found()).is_ready:
            return None
        async with self._lock:
            try:
                if self._conn and time.monotonic() - self._counted_at >= FRESH_SECONDS:
                    ticks, bars = await _row(self._conn, "counts")
                    self._counts = {"stock_ticks": ticks, "stock_bars_1m": bars}
                    self._counted_at = time.monotonic()
            except psycopg.Error as error:
                _WARNINGS.warn("cannot count", error=str(error))
                return None
            return self._counts

    async def _ask_or_reconnect(self) -> Found:
        """Returns what a query finds; a connection that broke is not yet an outage."""
        was_open = self._conn is not None
        found = await self._ask()
        return await self._ask() if was_open and found.database == AWAY else found

    async def _ask(self) -> Found:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if self._conn is None:
                    self._conn = await AsyncConnection.connect(self._conninfo, autocommit=True)
                row = await _row(self._conn, "revision")
                schema = OK if row and row[0] >= revision.newest() else MISSING
        except (psycopg.Error, TimeoutError) as error:
            await self._close()
            _WARNINGS.warn("database not ready", error=str(error))
            return _fault(error)
        return Found(OK, schema)

    async def _close(self) -> None:
        if self._conn is not None:
            await self._conn.close()
            self._conn = None


async def _row(conn: AsyncConnection[Any], name: str) -> Any:
    cursor = await conn.execute(sql.load("api.health", name))
    return await cursor.fetchone()


def _fault(error: psycopg.Error | TimeoutError) -> Found:
    """Returns what an error means: the role and the table of revisions come by migrations."""
    text = str(error)  # all that there is of a refused connection
    if isinstance(error, pg.QueryCanceled) or any(words in text for words in TOO_MANY):
        return Found(OK, UNKNOWN)
    if f'role "{ROLE}"' in text:
        return Found(OK, MISSING)
    if isinstance(error, TimeoutError) or is_away(error):
        return Found(AWAY, UNKNOWN)
    return Found(OK, MISSING)
