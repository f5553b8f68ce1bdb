"""The databases that conftest.py gives to every test."""

from collections.abc import Callable

import psycopg
import pytest


def test_clones_are_migrated_and_independent(clone: Callable[[], str]) -> None:
    first, second = clone(), clone()
    with psycopg.connect(first) as conn:
        conn.execute("insert into market.instruments (symbol, asset_class) values ('X', 'stock')")
    with psycopg.connect(second) as conn:
        row = conn.execute("select count(*) from market.instruments").fetchone()
    assert row == (0,)


@pytest.mark.community
def test_jobs_of_a_clone_are_not_scheduled(fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as conn:
        jobs = conn.execute("select scheduled from timescaledb_information.jobs").fetchall()
    assert jobs
    assert not any(scheduled for (scheduled,) in jobs)
