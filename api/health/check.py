"""Asks the database how it is, over a connection of its own: load on the pool changes nothing."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextvars import Context
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar

import psycopg
from psycopg import errors as pg

from api.connection import address_of
from api.settings import ApiSettings
from api.warnings import Seldom
from db import revision, sql
from db.connect import is_away
from db.reading import ROLE, Connection, connect

FRESH_SECONDS = 1.0
ANSWER_SECONDS = 5.0

OK = "ok"
AWAY = "away"  # cannot be reached
MISSING = "not migrated"
UNKNOWN = "unknown"

TOO_MANY = ("too many clients", "connection slots are reserved")  # it is busy, not away

logger = logging.getLogger(__name__)

_WARNINGS = Seldom(__name__)

T = TypeVar("T")


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
        self._address = address_of(settings)
        self._conn: Connection | None = None
        self._found = _Question(self._ask_or_reconnect, Found(AWAY, UNKNOWN))
        self._counts = _Question(self._count_or_reconnect, None)
        self._told: Found | None = None
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._found.stop()
        self._counts.stop()
        await self._close()

    async def found(self) -> Found:
        """Returns what is the case now, or was a second ago."""
        return await self._found.answer()

    async def counts(self) -> dict[str, int] | None:
        """Returns how much is stored, as the legacy service names it; None if that is unknown."""
        return await self._counts.answer() if (await self.found()).is_ready else None

    async def _ask_or_reconnect(self) -> Found:
        """Returns what a query finds; a connection that broke is not yet an outage."""
        was_open = self._conn is not None
        found, fault = await self._ask()
        if was_open and found.database == AWAY:
            found, fault = await self._ask()
        self._tell(found, fault)
        return found

    async def _ask(self) -> tuple[Found, str]:
        try:
            row = await self._row("revision")
        except (psycopg.Error, TimeoutError) as error:
            return _fault(error), str(error) or "no answer"
        is_newest = bool(row and row[0] >= revision.newest())
        return Found(OK, OK if is_newest else MISSING), f"its revision is {row and row[0]}"

    async def _count_or_reconnect(self) -> dict[str, int] | None:
        for _ in range(2):
            try:
                ticks, bars = await self._row("counts")
            except (psycopg.Error, TimeoutError) as error:
                _WARNINGS.warn("cannot count", error=str(error) or "no answer")
            else:
                return {"stock_ticks": ticks, "stock_bars_1m": bars}
        return None

    async def _row(self, name: str) -> Any:
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._lock:
                if self._conn is None:
                    self._conn = await connect(self._address)
                cursor = await self._conn.execute(sql.load("api.health", name))
                return await cursor.fetchone()
        except (psycopg.Error, TimeoutError):
            await self._close()
            raise

    async def _close(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            await conn.close()

    def _tell(self, found: Found, fault: str) -> None:
        """Logs that the database has become ready, or what it is instead."""
        known, self._told = self._told, found
        if found.is_ready and known != found:
            logger.info("database ready")
        elif known != found:
            logger.warning("database not ready", extra=found.checks | {"error": fault})


class _Question(Generic[T]):
    """The last answer to a question, which is asked at most once per second.

    A task of its own asks, so that clients need not wait for a server that hangs: it would not even
    take a cancellation.
    """

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, T]], overdue: T) -> None:
        self._ask = ask
        self._overdue = overdue
        self._task: asyncio.Task[T] | None = None
        self._asked_at = -FRESH_SECONDS

    async def answer(self) -> T:
        """Returns the answer, or after ANSWER_SECONDS the one that an overdue one means."""
        now = time.monotonic()
        if self._task is None or (self._task.done() and now - self._asked_at >= FRESH_SECONDS):
            self._asked_at = now
            self._task = asyncio.create_task(self._ask(), context=Context())
        left = max(0.0, self._asked_at + ANSWER_SECONDS - now)
        done, _ = await asyncio.wait({self._task}, timeout=left)
        return self._task.result() if done else self._overdue

    def stop(self) -> None:
        """Ends a question under way."""
        if self._task:
            self._task.cancel()


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
