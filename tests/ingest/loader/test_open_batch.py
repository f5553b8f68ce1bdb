"""The batch that is being filled: when it is full, when it is due, when it grows."""

import psycopg
import pytest

from tests.ingest.loader.loaders import changed, ids, load_all, offsets, publish, tick, ticks


@pytest.mark.parametrize(
    "limit, most",
    [
        ({"batch_rows": 10}, 10),
        ({"batch_bytes": 6 * len(tick(10))}, 6),
        ({"batch_rows": 1}, 1),
    ],
    ids=["rows", "bytes", "one-by-one"],
)
def test_a_batch_is_stored_when_it_is_full(given, query, limit, most):
    publish(given, [tick(number) for number in range(10, 60)], partition=1)
    report = load_all(changed(given, batch_ms=1000, **limit))
    assert report.rows == 50
    [(largest,)] = query("select max(trades) from ops.load_batches")
    assert 0 < largest <= most


def test_a_batch_that_does_not_fill_is_stored_in_time(given, run, query):
    running = run(changed(given, batch_ms=200))
    publish(given, ticks(5))
    running.wait_for_rows(5)
    assert running.end().rows == 5


def test_a_batch_may_be_larger_than_one_poll(given, query):
    publish(given, ticks(50))
    assert load_all(changed(given, batch_rows=5_000_000)).rows == 50


def test_a_stop_stores_the_open_batch(given, run, query, started):
    publish(given, ticks(30))
    running = run(changed(given, batch_ms=3_600_000))
    running.wait(lambda: started and len(started[0]._open.batch.messages) == 30, "all was polled")
    assert ids(query) == []
    assert running.end().rows == 30
    assert ids(query) == list(range(30))
    assert sum(offsets(query).values()) == 30


def test_a_batch_grows_while_the_one_before_is_stored(given, run, query, started, fresh_database):
    running = run(given)
    publish(given, ticks(10))
    running.wait_for_rows(10)
    with psycopg.connect(fresh_database) as blocker:
        blocker.execute("lock table ops.load_batches in access exclusive mode")
        publish(given, ticks(10, 20))
        running.wait(lambda: started[0]._storing.busy, "a batch is being stored")
        for first in range(20, 80, 20):
            publish(given, ticks(first, first + 20))
            running.wait(
                lambda n=first: len(started[0]._open.batch.messages) >= n, "the next one grew"
            )
        before = running.batches
    running.wait_for_rows(80)
    assert running.end().duplicates == 0
    assert running.batches - before <= 3  # not one for each 20 ms
    assert ids(query) == list(range(80))
