"""A Kraken on this machine, and feeds that run in a thread while a test makes it trade."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import pytest

from ingest.feed import run as feeds
from ingest.feed.run import Fed, Feed
from ingest.feed.source import Options
from ingest.feed.supervisor import Pace
from stack.venue.kraken import KrakenVenue
from stack.venue.thread import running as serving
from tests.support import wait_until

MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def venue() -> Iterator[KrakenVenue]:
    with serving(KrakenVenue(heartbeat_seconds=0.1)) as started:
        yield started


class Running:
    """Feeds in a thread."""

    def __init__(self, kafka: Any, prepared: list[Feed], topic: str, pace: Pace) -> None:
        self.stop = threading.Event()
        self.fed: Fed | None = None
        self.error: BaseException | None = None

        def run() -> None:
            try:
                self.fed = feeds.run(
                    kafka, prepared, self.stop, topic=topic, dead_letters=f"{topic}.dead", pace=pace
                )
            except BaseException as error:
                self.error = error

        self._thread = threading.Thread(target=run)
        self._thread.start()

    def end(self) -> Fed:
        self.stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error
        assert self.fed is not None
        return self.fed


Feeding = Callable[..., Any]


@pytest.fixture
def feeding(kafka_settings, topic) -> Iterator[Feeding]:
    """Runs a source with options until the context is left; gives Running."""

    @contextmanager
    def run(source: str, *, pace: Pace | None = None, **options: Any) -> Iterator[Running]:
        token = {f"STOCKPULSE_{source.upper()}_TOKEN": options.pop("token", "")}
        prepared = feeds.prepare({source: Options(**options)}, token)
        running = Running(kafka_settings, prepared, topic, pace or Pace(base=0.01))
        try:
            yield running
        finally:
            running.end()

    with ExitStack() as _:
        yield run


@pytest.fixture
def published(read_topic, topic) -> Callable[[], list[dict[str, Any]]]:
    """Returns the messages of the topic, decoded."""
    return lambda: [json.loads(record.value) for record in read_topic(topic)]


def events(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in messages if one["kind"] != "feed"]


def markers(messages: list[dict[str, Any]], *states: str) -> list[dict[str, Any]]:
    return [one for one in messages if one["kind"] == "feed" and one["state"] in states]


def wait_for_subscriptions(venue: KrakenVenue, connects: int = 1, symbols: int = 1) -> None:
    wait_until(
        lambda: (
            venue.connects >= connects
            and any(len(one) >= symbols for one in list(venue._subscribers.values()))
        ),
        "the feed's subscriptions",
    )
