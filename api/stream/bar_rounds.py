"""Rounds of reading: what is due of all series that are followed, all of one snapshot."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from api.stream import bar_reads
from api.stream.bar_events import events_of
from api.stream.bar_followed import Followed
from api.stream.bar_pieces import Piece
from api.stream.bar_reads import Changed, Request
from api.stream.bar_series import Reading, Series, Told
from api.stream.events import Event
from db.reading import Address, Connection, connect
from db.tables.display import Display

MOST_SERIES = 1000  # in a round, of those that are due
MOST_NEW = 500  # that nobody has followed so far: one client may begin with thousands
MOST_PIECES = 1000  # of final bars in a round


class Task(NamedTuple):
    """A request of a round: the bars of a series that are not final, or a piece of others."""

    series: Series
    piece: Piece | None
    request: Request


class Round(NamedTuple):
    """The finds of a round, and how far the database's clock is ahead of ours."""

    changed: Changed
    events: list[Event]
    ahead: timedelta
    is_all: bool  # no series had to wait for the next one


class Rounds:
    """A connection of their own, which opens with the first round and after each that failed."""

    def __init__(
        self, address: Address, followed: Followed, displays: Callable[[], Sequence[Display]]
    ) -> None:
        self._address = address
        self._followed = followed
        self._displays = displays
        self._steps = bar_reads.MOST_CHANGES  # in a round
        self._count = 0  # rounds
        self._conn: Connection | None = None

    async def read(self, number: int | None, until: datetime) -> Round:
        """Reads what is due after the changes up to `number`; raises errors of psycopg.

        A symbol that is followed as one of all has had its bars up to `until`.
        """
        try:
            found = await self._read(number, until)
        except BaseException:
            self._steps = max(self._steps // 4, 1)  # too much may have changed
            await self.close()
            raise
        self._steps = min(2 * self._steps, bar_reads.MOST_CHANGES)
        return found

    async def close(self) -> None:
        """Closes the connection."""
        conn, self._conn = self._conn, None
        if conn is not None:
            await conn.close()

    async def _read(self, number: int | None, until: datetime) -> Round:
        conn = await self._connected()
        self._count += 1
        displays = tuple(self._displays())
        async with bar_reads.snapshot(conn):
            asked = datetime.now(UTC)
            changed = await bar_reads.changed(
                conn,
                number,
                self._followed.symbols,
                self._followed.quoted,
                self._followed.timeframes,
                every=bool(self._followed.every),
                steps=self._steps,
            )
            ahead = changed.moment - asked
            self._followed.touch(changed, until)
            followed = list(self._followed)
            due = [series for series in followed if series.is_due(changed.moment)]
            chosen = _chosen(due)
            tasks = _tasks(chosen, followed, changed.moment)
            readings = await bar_reads.read(conn, [task.request for task in tasks], displays)
        found = []
        for task, reading in zip(tasks, readings, strict=True):
            task.series.read_in = self._count
            told = _told(task, reading, changed.moment)
            if self._followed.identify(task.series):
                found += [(task.series, one) for one in told]
        is_all = len(chosen) == len(due)
        return Round(changed, events_of(found, displays), ahead, is_all)

    async def _connected(self) -> Connection:
        if self._conn is None:
            self._conn = await connect(self._address)
        return self._conn


def _chosen(due: Sequence[Series]) -> list[Series]:
    """Returns the series of a round, in turn: those of one client are not to hold up all others."""
    known = [series for series in due if series.begun is not None]
    new = [series for series in due if series.begun is None]
    known.sort(key=lambda series: series.read_in)
    return known[:MOST_SERIES] + new[:MOST_NEW]


def _tasks(due: Sequence[Series], followed: Sequence[Series], now: datetime) -> list[Task]:
    """Returns what is read: the series that are due, and pieces of all."""
    tasks = [Task(series, None, _request(series, series.open_since, None)) for series in due]
    pieces = [
        Task(series, piece, _request(series, piece.since, piece.until, piece.removed))
        for series in followed
        for piece in series.due_pieces(now)
    ]
    return tasks + pieces[:MOST_PIECES]


def _request(
    series: Series, since: datetime | None, until: datetime | None, with_gone: bool = False
) -> Request:
    return Request(series.key, series.source, series.price, since, until, with_gone)


def _told(task: Task, reading: Reading | None, now: datetime) -> list[Told]:
    if task.piece is None:
        return task.series.advance(reading, now)
    return task.series.revise(task.piece, reading, now)
