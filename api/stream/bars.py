"""Bars of the stream: provisional, final, revised.

One reading of the database at a time, at most four per second, of the series alone that changed or
whose bar has ended. The database makes the bars, and tells which ones are final.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Self

import psycopg

from api.connection import address_of
from api.pool import Reader
from api.settings import ApiSettings
from api.stream import bar_places
from api.stream.bar_followed import Followed, is_of
from api.stream.bar_pieces import Piece
from api.stream.bar_replay import Replay
from api.stream.bar_rounds import Rounds
from api.stream.bar_series import Series
from api.stream.bar_turns import Turns
from api.stream.events import Change, Event, Position
from api.stream.subscription import Subscription
from api.stream.token import Place
from api.warnings import Seldom
from db.connect import DatabaseAway
from db.tables.display import Display

ROUND_SECONDS = 0.25  # between the begins of two
AWAY_SECONDS = 1.0  # until the next attempt
WAIT_SECONDS = 10.0  # for a round
LATE = timedelta(milliseconds=3)  # so that the database's clock has come to the time as well

logger = logging.getLogger(__name__)
_AWAY = Seldom(__name__)


class LiveBars:
    """The bars of the series that clients follow, as they change: Hub.bars.

    `publish` gives events to clients, `displays` tells in which displays they are written.
    """

    def __init__(
        self,
        settings: ApiSettings,
        reader: Reader,
        publish: Callable[[Sequence[Event]], None],
        displays: Callable[[], Sequence[Display]],
    ) -> None:
        self._publish = publish
        self._followed = Followed()
        self._rounds = Rounds(address_of(settings), self._followed, displays)
        self._turns = Turns(reader, displays)
        self._number: int | None = None  # changes up to it have been given; None: no round yet
        self._until = datetime.now(UTC)  # final bars up to then have been given
        self._waiting: list[Series] = []  # of which not all of that has been given
        self._begun = self._ended = self._joining = 0  # rounds, and clients that wait for one
        self._told = 0  # the newest change that the hub has seen
        self._ahead = timedelta()  # the database's clock of ours
        self._wake = asyncio.Event()
        self._round = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._rounds.close()

    def changed(self, changes: Sequence[Change], position: Position) -> None:
        """Takes what commits up to `position` changed; does not block."""
        if self._is_idle or position.number < self._told:  # or a database with less history
            self._number = None
        self._told = position.number
        kinds = {change.kind for change in changes}
        if "coverage" in kinds:
            self._followed.look()
        if kinds & {"trade", "quote", "coverage"} and not self._is_idle:
            self._wake.set()

    async def join(self, subscription: Subscription) -> Place:
        """Follows the series of a subscription; raises DatabaseAway.

        Returns the place from which on its bars are published, which is not before the place of
        any client by now, of other processes too. Its series are read in the next round.
        """
        self._joining += 1
        try:
            self._wake.set()
            await self._next_round()
        finally:
            self._joining -= 1
        self._followed.add(subscription, self._until)
        self._wake.set()
        return self.place(subscription)

    @property
    def _is_idle(self) -> bool:
        return not self._followed and not self._joining

    async def _next_round(self) -> None:
        """Returns after a round that begins from now on; raises DatabaseAway."""
        first = self._begun + 1
        try:
            async with asyncio.timeout(WAIT_SECONDS), self._round:
                await self._round.wait_for(lambda: self._ended >= first)
        except TimeoutError as error:
            raise DatabaseAway(f"no bars within {WAIT_SECONDS:.0f} seconds") from error

    def leave(self, subscription: Subscription) -> None:
        """Ends what a join() of an equal subscription began."""
        self._followed.remove(subscription)
        self._number = None if self._is_idle else self._number  # nobody asks for what changes

    def place(self, subscription: Subscription) -> Place:
        """Returns how far the bars of a subscription have been published."""
        waiting = [one for one in self._waiting if is_of(subscription, one)]
        return bar_places.place_of(waiting, self._number or 0, self._until)

    async def replay(
        self, subscription: Subscription, begin: Place, end: Place
    ) -> AsyncIterator[tuple[tuple[Event, ...], Place]]:
        """Yields the bars between two places, in messages, each with the place after it.

        Raises DatabaseAway, TooSlow, Busy and errors of psycopg.
        """
        series = self._followed.of(subscription)
        while not all(one.begun for one in series):
            await self._next_round()
        replay = Replay(self._turns, self._postpone, self._followed.of(subscription), begin, end)
        async for events, place in replay.messages():
            yield tuple(events), place

    def _postpone(self, series: Series, piece: Piece) -> None:
        series.postpone(piece)
        self._waiting.append(series)
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._due()
            started = time.monotonic()
            try:
                await self._give()
            except (psycopg.Error, OSError) as error:
                _AWAY.warn("bars of the stream not read", reason=str(error))
            except Exception:
                logger.exception("the bars of the stream cannot go on")
            if self._ended < self._begun:
                await asyncio.sleep(AWAY_SECONDS)
                self._wake.set()
            await asyncio.sleep(max(0.0, started + ROUND_SECONDS - time.monotonic()))

    async def _due(self) -> None:
        """Returns once something has changed or a bar has ended."""
        seconds = None
        if (due_at := self._followed.due_at()) is not None:
            seconds = (due_at + LATE - self._ahead - datetime.now(UTC)).total_seconds()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    async def _give(self) -> None:
        """Publishes what a round has found."""
        if self._is_idle:
            return
        self._begun += 1
        changed, events, self._ahead, is_all = await self._rounds.read(self._number, self._until)
        self._ended = self._begun
        # anew if the database has less history than it had
        is_known = changed.reached <= changed.newest and not self._is_idle
        self._number = changed.reached if is_known else None
        self._until = changed.moment
        self._waiting = self._followed.waiting(self._until)
        if events:
            self._publish(events)
        # there are more, or this replica is behind that of the hub
        if not is_all or changed.reached < max(changed.newest, self._told):
            self._wake.set()
        async with self._round:
            self._round.notify_all()
