"""Waits of the loader, their causes and beginnings, by a clock that the tests set."""

import psycopg
import pytest
from psycopg import errors as pg

from db.connect import DatabaseAway
from ingest.loader.health import Health
from ingest.loader.progress import Progress, reason_of
from ingest.loader.settings import LoaderSettings
from ingest.monitor.broker import BrokerWatch
from ingest.monitor.database import DatabaseWatch
from ingest.monitor.watch import Trouble

NOW = 1_772_193_600.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(clock: Clock) -> Progress:
    return Progress(clock)


@pytest.fixture
def health(progress: Progress, clock: Clock) -> Health:
    settings = LoaderSettings()
    return Health(progress, DatabaseWatch(""), BrokerWatch(settings, ""), clock)


def away(cause: type[psycopg.Error], text: str = "away") -> DatabaseAway:
    error = DatabaseAway(text)
    error.__cause__ = cause(text)
    return error


LOCKED = away(pg.LockNotAvailable, "waited too long for a lock")
GONE = away(psycopg.OperationalError, "the database cannot be reached")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (GONE, "database"),
        (LOCKED, "lock"),
        (away(pg.DiskFull), "disk"),
        (away(pg.IoError, "could not write: No space left on device"), "disk"),
        (away(pg.OutOfMemory, "out of shared memory"), "memory"),
        (away(pg.TooManyConnections), "connections"),
        (away(psycopg.OperationalError, "FATAL: sorry, too many clients already"), "connections"),
        (away(pg.AdminShutdown), "database"),
        (DatabaseAway("no cause"), "database"),
    ],
)
def test_an_error_of_the_database_says_what_it_lacks(error: DatabaseAway, reason: str) -> None:
    assert reason_of(error) == reason


def test_a_wait_begins_with_its_batch_and_lasts_until_a_commit(
    progress: Progress, clock: Clock
) -> None:
    progress.begin_batch()
    for _ in range(20):  # each attempt fails after the timeout of the lock
        clock.now += 5
        progress.wait(LOCKED)
        waiting = progress.waiting()
        assert waiting
        assert (waiting.reason, waiting.since) == ("lock", NOW)
    progress.commit()
    assert progress.waiting() is None
    assert progress.committed_at == NOW + 100


def test_the_reason_is_the_last_one(progress: Progress, clock: Clock) -> None:
    progress.begin_batch()
    progress.wait(GONE)
    clock.now += 5
    progress.wait(LOCKED)
    waiting = progress.waiting()
    assert waiting
    assert (waiting.reason, waiting.since) == ("lock", NOW)


def test_a_statement_that_neither_fails_nor_returns_is_a_wait(
    progress: Progress, clock: Clock
) -> None:
    progress.begin_batch()
    clock.now += 10
    assert progress.waiting() is None
    clock.now += 1
    waiting = progress.waiting()
    assert waiting
    assert (waiting.reason, waiting.since) == ("database", NOW)
    progress.end_batch()
    assert progress.waiting() is None


def test_a_rebalance_does_not_begin_the_wait_anew(progress: Progress, clock: Clock) -> None:
    progress.begin_batch()
    progress.wait(LOCKED)
    clock.now += 60
    progress.end_batch()
    progress.start()
    assert progress.waiting() is None  # this loader may have nothing to store now
    progress.begin_batch()
    clock.now += 5
    progress.wait(LOCKED)
    waiting = progress.waiting()
    assert waiting
    assert waiting.since == NOW


def test_a_loader_without_partitions_is_healthy(health: Health, clock: Clock) -> None:
    clock.now += 59
    health.progress.turn(0)
    clock.now += 59
    assert health.fault() is None


def test_a_loop_that_does_not_turn_is_not_healthy(health: Health, clock: Clock) -> None:
    health.progress.turn(4)
    clock.now += 61
    assert health.fault() == "nothing is stored: the loader has not gone on for 61 s"
    health.progress.end()  # it waits for candles, and says so in its log
    assert health.fault() is None


def test_half_a_minute_of_waiting_is_healthy_and_more_is_not(health: Health, clock: Clock) -> None:
    health.progress.begin_batch()
    health.progress.wait(LOCKED)
    clock.now += 30
    assert health.fault() is None
    clock.now += 1
    assert health.fault() == (
        "waiting for a lock that another session holds for 31 s: waited too long for a lock"
    )


def test_a_loader_with_nothing_to_store_waits_for_what_its_monitor_misses(
    health: Health, clock: Clock
) -> None:
    health._database.away = Trouble(NOW, GONE)
    clock.now += 20
    health.progress.turn(4)
    [waiting] = health.waits()
    assert (waiting.reason, waiting.since) == ("database", NOW)
    health._broker.away = Trouble(NOW - 15, ConnectionError("no broker answers"))
    assert [one.reason for one in health.waits()] == ["broker", "database"]
    assert health.fault() == "waiting for the broker for 35 s: no broker answers"


def test_a_loader_that_stores_does_not_wait_for_a_monitor_without_a_connection(
    health: Health, clock: Clock
) -> None:
    health._database.away = Trouble(NOW, away(pg.TooManyConnections))
    clock.now += 1
    health.progress.begin_batch()
    health.progress.commit()
    assert health.waits() == []


def test_a_topic_that_is_gone_is_told(health: Health, clock: Clock) -> None:
    health._broker.missing = Trouble(NOW, Exception("topic ticks does not exist"))
    clock.now += 31
    assert health.fault() == "waiting for a topic for 31 s: topic ticks does not exist"
