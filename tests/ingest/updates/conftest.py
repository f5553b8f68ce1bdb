"""Dukascopy's history kept up to date from a fake venue, by a fake clock."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.updates import dukascopy
from ingest.updates.history import Surroundings
from ingest.updates.run import Ran, run_due
from tests.fakes.dukascopy import MISSING, FakeDukascopy, Key
from tests.ingest.download.clocks import FakeTime
from tests.ingest.download.conftest import address  # noqa: F401 - a fixture

HOUR = timedelta(hours=1)
SATURDAY = datetime(2026, 10, 31, 20, tzinfo=UTC)  # revisions are due in nine hours


class TimelyDukascopy(FakeDukascopy):
    """A venue that has an hour from an hour and a half after its end on."""

    def __init__(self, time: FakeTime) -> None:
        super().__init__(count=2)
        self._time = time
        self.begin = time.start  # what the clock showed before anybody turned it
        self.add("BTC/USD", 1)

    @property
    def now(self) -> datetime:
        """The true time."""
        return self.begin + timedelta(seconds=self._time.seconds)

    def next_answer(self, key: Key) -> str:
        answer = super().next_answer(key)
        return answer if key[1] + 2.5 * HOUR <= self.now else MISSING


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime(SATURDAY)


@pytest.fixture
def venue(fake_time) -> TimelyDukascopy:
    return TimelyDukascopy(fake_time)


class Killed(BaseException):
    """The process is gone."""


class Killer:
    """Kills a process, or does something else, once it has settled a number of hours."""

    def __init__(self) -> None:
        self.after: int | None = None
        self.act = self._kill

    def _kill(self) -> None:
        raise Killed

    @contextmanager
    def progress(self, _name: str, _total: int | None, _unit: str) -> Iterator[Callable[..., None]]:
        yield self._advance

    def _advance(self, _hours: int) -> None:
        if self.after is not None:
            self.after -= 1
            if self.after < 0:
                self.after = None
                self.act()


@pytest.fixture
def killer() -> Killer:
    return Killer()


Update = Callable[..., list[Ran] | None]


@pytest.fixture
def update(kafka_settings, fresh_database, topic, address, fake_time, killer) -> Update:  # noqa: F811
    """Runs what is due of BTC/USD, or of other `symbols`."""

    def run(since: datetime, stop: threading.Event | None = None, **changes: Any):
        options = {
            "symbols": ("BTC/USD",),
            "since": since,
            "url": f"{address}/v1",
            "metadata_url": f"{address}/v1",
            "topic": topic,
            **changes,
        }
        return run_due(
            dukascopy.history(dukascopy.Options(**options)),
            Surroundings(
                kafka_settings,
                fresh_database,
                stop or threading.Event(),
                killer.progress,
                fake_time.clock,
            ),
        )

    return run
