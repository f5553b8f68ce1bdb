"""Loaders that are killed, stopped or frozen: their messages are stored exactly once."""

import random
import signal
import time
from collections.abc import Callable

import psycopg
import pytest

from stack.broker import Broker
from tests import support
from tests.faults.ledger import Flow, Ledger, counts
from tests.faults.loaders import STOP_SECONDS, Loader, Loaders
from tests.faults.locks import locked, wait_until_loader_waits

SMALL_BATCHES = {"STOCKPULSE_BATCH_ROWS": "300", "STOCKPULSE_BATCH_MS": "20"}


@pytest.mark.long
@pytest.mark.kafka
def test_loaders_killed_and_stopped_again_and_again_store_every_message_once(
    broker: Broker, ledger: Ledger, loaders: Loaders, fresh_database: str, full: bool
) -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    chance = random.Random(seed)
    loaders.environ |= SMALL_BATCHES
    group = loaders.start_group(3)
    with Flow(ledger, at_least=0, per_second=2_000, poison_every=500):
        for number in range(100 if full else 6):
            victim = group.pop(chance.randrange(3))
            support.wait_until(_moment(chance, fresh_database), "more ticks are stored")
            if number % 2:
                victim.kill()
            else:
                _stop(victim)
            group.append(loaders.start())
            group[-1].wait_until_assigned()
    ledger.wait(fresh_database)
    ledger.compare(fresh_database)


def _moment(chance: random.Random, url: str) -> Callable[[], bool]:
    """Returns a condition that holds after a random number of further ticks."""
    with psycopg.connect(url) as conn:
        goal = counts(conn)[0] + chance.randrange(1, 2_000)

    def is_reached() -> bool:
        with psycopg.connect(url) as conn:
            return counts(conn)[0] >= goal

    return is_reached


def _stop(loader: Loader) -> None:
    code, seconds = loader.terminate()
    assert code == 0, loader.output[-2000:]
    assert seconds < STOP_SECONDS, f"it took {seconds:.1f} s to stop: {loader.output[-2000:]}"
    assert " rejected, " in loader.output.splitlines()[-1]


def test_a_stopped_loader_stores_its_last_batch(
    ledger: Ledger, loaders: Loaders, fresh_database: str
) -> None:
    loader = loaders.start(STOCKPULSE_BATCH_MS="500", STOCKPULSE_BATCH_ROWS="1000000")
    loader.wait_until_assigned()
    with locked(fresh_database, "market.trades"):
        ledger.produce(1_000, poison_every=100)
        ledger.flush()
        wait_until_loader_waits(fresh_database)
        loader.signal(signal.SIGTERM)
        loader.wait_for_output("stopping")  # while the batch is still waiting
    assert loader.wait(STOP_SECONDS) == 0, loader.output[-2000:]
    with psycopg.connect(fresh_database) as conn:
        assert counts(conn)[0] > 0
    loaders.load_rest()
    ledger.compare(fresh_database)


@pytest.mark.parametrize("rows", ["50000", "100"], ids=["a batch", "full batches"])
def test_a_loader_can_be_stopped_while_it_waits_for_the_database(
    rows: str, ledger: Ledger, loaders: Loaders, fresh_database: str
) -> None:
    loader = loaders.start(STOCKPULSE_BATCH_ROWS=rows)
    loader.wait_until_assigned()
    with locked(fresh_database, "market.trades"):
        ledger.produce(1_000)
        ledger.flush()
        wait_until_loader_waits(fresh_database)
        _stop(loader)
    loaders.load_rest()
    ledger.compare(fresh_database)


@pytest.mark.long
@pytest.mark.kafka
def test_a_loader_that_resumes_after_its_partitions_were_taken_stores_nothing(
    broker: Broker, ledger: Ledger, loaders: Loaders, fresh_database: str
) -> None:
    zombie = loaders.start()
    zombie.wait_until_assigned()
    with locked(fresh_database, "market.trades"):
        ledger.produce(5_000, poison_every=100)
        ledger.flush()
        wait_until_loader_waits(fresh_database)
        zombie.pause()  # in the middle of its transaction, which gets its lock now
    heir = loaders.start()
    heir.wait_until_assigned()
    ledger.produce(5_000, poison_every=100)
    ledger.flush()
    ledger.wait(fresh_database)  # although the zombie holds the rows of the offsets
    zombie.resume()
    zombie.wait_for_output("batch dropped|waiting for the database")
    ledger.produce(5_000, poison_every=100)
    ledger.flush()
    ledger.wait(fresh_database)
    ledger.compare(fresh_database)
    _stop(zombie)
    _stop(heir)
    ledger.compare(fresh_database)


@pytest.mark.kafka
def test_loaders_frozen_and_resumed_at_any_moment_store_every_message_once(
    broker: Broker, ledger: Ledger, loaders: Loaders, fresh_database: str, full: bool
) -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    chance = random.Random(seed)
    loaders.environ |= SMALL_BATCHES
    group = loaders.start_group(2)
    with Flow(ledger, at_least=0, per_second=2_000, poison_every=500):
        for number in range(20 if full else 2):
            zombie, heir = group[number % 2], group[1 - number % 2]
            support.wait_until(_moment(chance, fresh_database), "more ticks are stored")
            before = heir.times_assigned
            zombie.pause()
            support.wait_until(lambda: heir.times_assigned > before, "a takeover")  # noqa: B023
            before = heir.times_assigned
            zombie.resume()
            support.wait_until(lambda: heir.times_assigned > before, "a return")  # noqa: B023
    ledger.wait(fresh_database)
    ledger.compare(fresh_database)


@pytest.mark.kafka
def test_a_killed_replay_of_rejects_is_continued_by_the_next_one(
    broker: Broker, ledger: Ledger, loaders: Loaders, fresh_database: str
) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute(
            "update ops.retention_floors set floor_ts = '2060-01-01' where relation = 'trades'"
        )
        ledger.produce(10_000)
        ledger.flush()
        loaders.load_rest()
        assert counts(conn) == (0, 10_000)
        conn.execute(
            "update ops.retention_floors set floor_ts = '-infinity' where relation = 'trades'"
        )
        replay = loaders.run("rejects", "replay")
        support.wait_until(lambda: counts(conn)[0] > 2_000, "some pages")
        replay.kill()
        stored, left = counts(conn)
        assert 0 < stored < 10_000
        assert stored + left == 10_000
    replay = loaders.run("rejects", "replay")
    assert replay.wait() == 0, replay.output
    assert f"{left} messages stored, 0 still rejected" in replay.output
    ledger.compare(fresh_database, replayed=10_000)
