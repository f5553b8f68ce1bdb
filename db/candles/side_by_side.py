"""Runs tasks on several connections, one at a time on each."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from queue import SimpleQueue
from typing import Any, TypeVar

import psycopg

Task = TypeVar("Task")
Result = TypeVar("Result")


def run(
    conns: Sequence[psycopg.Connection[Any]],
    do: Callable[[psycopg.Connection[Any], Task], Result],
    tasks: Sequence[Task],
    advance: Callable[[int], None],
) -> list[Result]:
    """Returns the result of each task, in the order of the tasks; `advance` counts those done.

    The first error cancels the other tasks and is raised.
    """
    free: SimpleQueue[psycopg.Connection[Any]] = SimpleQueue()
    for conn in conns:
        free.put(conn)

    def run_one(task: Task) -> Result:
        conn = free.get()
        try:
            return do(conn, task)
        finally:
            free.put(conn)

    with ThreadPoolExecutor(len(conns)) as pool:
        futures = [pool.submit(run_one, task) for task in tasks]
        try:
            for done in as_completed(futures):
                done.result()
                advance(1)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for conn in conns:
                conn.cancel_safe()
            raise
    return [future.result() for future in futures]
