"""Tasks on several connections: results in the order of the tasks, the first error ends all."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from db.candles import side_by_side
from tests.db import support


@pytest.fixture
def conns(fresh_database: str) -> Iterator[list[psycopg.Connection[Any]]]:
    with support.connect(fresh_database) as one, support.connect(fresh_database) as other:
        yield [one, other]


def run(conns: list[psycopg.Connection[Any]], tasks: list[str]) -> tuple[list[Any], int]:
    done: list[int] = []
    results = side_by_side.run(
        conns, lambda conn, task: conn.execute(task).fetchone(), tasks, done.append
    )
    return results, sum(done)


def test_results_are_in_the_order_of_the_tasks(conns: list[psycopg.Connection[Any]]) -> None:
    tasks = ["select 1 from pg_sleep(0.2)", "select 2", "select 3"]
    assert run(conns, tasks) == ([(1,), (2,), (3,)], 3)


def test_nothing_to_do_is_done(conns: list[psycopg.Connection[Any]]) -> None:
    assert run(conns, []) == ([], 0)


def test_the_first_error_cancels_the_other_tasks(conns: list[psycopg.Connection[Any]]) -> None:
    started = time.monotonic()
    with pytest.raises(psycopg.errors.DivisionByZero):
        run(conns, ["select pg_sleep(60)", "select 1 / 0", "select pg_sleep(60)"])
    assert time.monotonic() - started < 30
