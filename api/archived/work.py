"""Threads that read the archive: bounded in number and time, given up when their clients leave.

A thread that hangs in a file system cannot be ended. It keeps its place, so that a warehouse that
hangs takes a few threads and then refuses at once.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from api.errors import ArchiveAway, Busy

THREADS = 2
MOST_WAITING = 16  # with those that are read

Result = TypeVar("Result")


class Task:
    """A reading under way, which is told when nobody waits for it any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._interrupt: Callable[[], None] | None = None
        self.is_given_up = False

    def interrupt_by(self, interrupt: Callable[[], None] | None) -> None:
        """Sets the function that ends what the thread does now; raises GivenUp."""
        with self._lock:
            self._interrupt = interrupt
            if self.is_given_up:
                raise GivenUp

    def give_up(self) -> None:
        """Ends what the thread does, and all that it would do next."""
        with self._lock:
            self.is_given_up = True
            if self._interrupt:
                self._interrupt()


class GivenUp(Exception):
    """Nobody waits for what is read."""


class Work:
    """The threads, which start with the first reading."""

    def __init__(self, limit_seconds: float) -> None:
        self._limit = limit_seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="archive")
        self._under_way = 0

    async def run(self, read: Callable[[Task], Result]) -> Result:
        """Returns what `read` returns in a thread.

        Raises what it raises, Busy if too many wait already, and ArchiveAway if it takes longer
        than the limit.
        """
        if self._under_way >= MOST_WAITING:
            raise Busy("Too many requests read the archive; try again in a second.")
        task = Task()
        self._under_way += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, _run, read, task)
        future.add_done_callback(self._end)
        try:
            async with asyncio.timeout(self._limit):
                return await asyncio.shield(future)
        except TimeoutError as error:
            raise ArchiveAway(
                f"The archive did not answer within {self._limit:g} seconds; try again shortly."
            ) from error
        finally:
            if not future.done():
                task.give_up()

    def close(self) -> None:
        """Lets the threads end, without waiting for one that hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _end(self, future: "asyncio.Future[Result]") -> None:
        self._under_way -= 1
        if not future.cancelled():
            future.exception()  # nobody may wait for it any more


def _run(read: Callable[[Task], Result], task: Task) -> Result:
    task.interrupt_by(None)
    return read(task)
