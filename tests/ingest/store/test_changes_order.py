"""Numbers are in the order in which changes are seen, with several loaders at once."""

import random
import threading

import psycopg
import pytest

from ingest.store.store import opened
from tests import support
from tests.ingest import made
from tests.ingest.amended import cancel, correction, end, refuse, replacement
from tests.ingest.store.late import TWO_AM, live, store_without_flushing
from tests.ingest.store.stores import add_partitions, locked, pid, trades

BATCHES = 40  # of each store
LOCK = "select pg_advisory_xact_lock(1397769031)"
NUMBERS = "select number from ops.changes where number > %s order by number"
QUERY = "select query from pg_stat_activity where pid = %s and wait_event = 'advisory'"


def batch_of(number, partition, chance):
    """Returns the values of a batch: live trades, an amendment of the other's, or a range."""
    first = 20 * number + 10 * partition
    live = trades(*range(first, first + 5))
    other = chance.randrange(20 * number + 20)
    match chance.randrange(6):
        case 0:
            return [*live, correction(other, str(number + 1))]
        case 1:
            return [*live, cancel(other)]
        case 2:
            name = f"{partition}/{number}"
            return [*live, replacement(other, name), end(1, name, **minute_of(other))]
        case _:
            return live


def minute_of(number):
    hour, minute = divmod(number // 60, 60)
    moment = f"2026-02-27T{12 + hour:02}:{minute:02}"
    return {"since": f"{moment}:00Z", "until": f"{moment}:59.999999Z"}


def store_all(store, partition):
    chance = random.Random(partition)
    offset = 0
    for number in range(BATCHES):
        values = batch_of(number, partition, chance)
        store.store(made.batch(values, first=offset, partition=partition))
        offset += len(values)


class Watch(threading.Thread):
    """Reads the numbers again and again, as clients do."""

    def __init__(self, url):
        super().__init__()
        self.url = url
        self.done = threading.Event()
        self.seen = []
        self.below = []

    def run(self):
        with psycopg.connect(self.url, autocommit=True) as conn:
            while not self.done.is_set():
                newest = self.seen[-1] if self.seen else 0
                self.seen += [number for (number,) in conn.execute(NUMBERS, [newest])]
            self.below = [number for (number,) in conn.execute(NUMBERS, [0])]


def test_no_number_appears_below_one_that_was_seen(store, fresh_database, threads):
    add_partitions(store, 0, 1)
    watch = Watch(fresh_database)
    watch.start()
    try:
        with opened(fresh_database) as other:
            running = [threads.submit(store_all, one, n) for n, one in enumerate((store, other))]
            for one in running:
                one.result(120)
    finally:
        watch.done.set()
        watch.join(30)
    assert len(watch.below) >= 2 * BATCHES
    assert watch.below[: len(watch.seen)] == watch.seen


def waits_in(query, store):
    """Returns what a store does that waits for the lock of the numbers."""
    found = []

    def is_waiting():
        found[:] = query(QUERY, pid(store))
        return bool(found)

    support.wait_until(is_waiting, "a store waiting for the lock of the numbers")
    return found[0][0].strip().lower()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([*trades(1), made.quote()], id="events"),
        pytest.param([*trades(1), correction(1)], id="an-amendment"),
        pytest.param([*trades(1), replacement(1), end(1)], id="a-replaced-range"),
    ],
)
def test_the_lock_is_taken_by_the_commit(store, query, threads, fresh_database, values):
    """So it is the last, and no client can be frozen while it holds it."""
    add_partitions(store)
    with locked(fresh_database, LOCK):
        storing = threads.submit(store.store, made.batch(values))
        assert waits_in(query, store) == "commit"
    assert storing.result(30).rejects == {}


def test_messages_that_are_refused_are_found_without_the_lock(
    store, query, threads, fresh_database
):
    add_partitions(store)
    refuse(query, "new.price = 666")
    values = [*trades(1, 2), correction(1), made.trade(3, price="666")]
    with locked(fresh_database, LOCK):
        storing = threads.submit(store.store, made.batch(values))
        assert waits_in(query, store) == "commit"
        assert query("select count(*) from ops.rejects") == [(0,)]
    assert storing.result(30).rejects == {"refused by the database": 1}


@pytest.mark.community
def test_late_events_take_the_lock_by_their_commit(store, query, threads, fresh_database):
    store_without_flushing(fresh_database, made.batch([*live(40), made.trade(TWO_AM)]))
    with locked(fresh_database, LOCK):
        moving = threads.submit(store.flush_late)
        assert waits_in(query, store) == "call ops.flush_late_events()"
        assert query("select count(*) from ops.late_events") == [(1,)]
    moving.result(30)
