"""Runs sources until they are told to stop: one process, one Kafka producer, a task each."""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import msgspec

from db.errors import UsageError
from ingest.feed import metrics, settings
from ingest.feed.health import Health
from ingest.feed.producer import FeedProducer
from ingest.feed.source import Options, Source, Subscription
from ingest.feed.supervisor import Pace, supervise
from ingest.formats import fields
from ingest.formats.fields import Malformed
from ingest.kafka import topics
from ingest.kafka.settings import KafkaSettings

logger = logging.getLogger(__name__)

REPORT_SECONDS = 60.0
STOP_SECONDS = 0.05  # between looks at `stop`
CANCEL_SECONDS = 1.0  # after which a task that goes on is cancelled again


class Fed(msgspec.Struct, frozen=True):
    """The outcome of a run; `unacknowledged` messages may be lost."""

    healths: tuple[Health, ...]
    delivered: int
    unacknowledged: int


class Feed(msgspec.Struct, frozen=True):
    """A source and what it is subscribed to; `name` is that of its table in feeds.toml."""

    source: Source
    subscriptions: list[Subscription]
    name: str


def prepare(options: Mapping[str, Options], environ: Mapping[str, str]) -> list[Feed]:
    """Returns the feeds that options by source ask for; raises UsageError or SettingsError."""
    feeds = []
    for name, given in options.items():
        source = settings.create(name, given, environ)
        found = source.subscriptions(given)
        if not found:
            raise UsageError(f"{name}: neither trades nor quotes of any symbol are asked for")
        for one in found:
            _check_symbol(name, one.symbol)
        feeds.append(Feed(source, found, name))
    return feeds


def _check_symbol(source: str, symbol: str) -> None:
    """Raises UsageError for a symbol of which loaders store no event."""
    try:
        fields.symbol({"symbol": symbol}, "symbol")
    except Malformed as error:
        raise UsageError(f"{source}: {error}") from None


def run(
    kafka: KafkaSettings,
    feeds: Sequence[Feed],
    stop: threading.Event,
    *,
    topic: str = topics.LIVE,
    dead_letters: str = topics.DEAD_LETTERS,
    seconds: float | None = None,
    metrics_host: str = "127.0.0.1",
    metrics_port: int = 0,
    pace: Pace | None = None,
) -> Fed:
    """Publishes what the feeds receive until `stop` is set, or for `seconds`.

    Raises BrokerAway if no broker answers at the start, BrokerRefused, SettingsError, UsageError.
    """
    healths = [Health(feed.name, subscribed=len(feed.subscriptions)) for feed in feeds]
    producer = FeedProducer(kafka, topic, dead_letters)
    with metrics.served(
        healths, metrics_host, metrics_port, lambda: (producer.delivered, producer.pending)
    ):
        try:
            asyncio.run(
                _run(producer, feeds, healths, partial(_wait, stop, seconds), pace or Pace())
            )
        finally:
            producer.flush()
    logger.info("feeds stopped", extra={"delivered": producer.delivered})
    return Fed(tuple(healths), producer.delivered, producer.pending)


async def _run(
    producer: FeedProducer,
    feeds: Sequence[Feed],
    healths: Sequence[Health],
    wait: Callable[[], Awaitable[None]],
    pace: Pace,
) -> None:
    tasks = [
        asyncio.create_task(supervise(feed.source, feed.subscriptions, producer, health, pace))
        for feed, health in zip(feeds, healths, strict=True)
    ]
    tasks += [asyncio.create_task(producer.poll()), asyncio.create_task(_report(healths))]
    stopped = asyncio.ensure_future(wait())
    try:
        done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancel([stopped, *tasks])
    for task in done:
        task.result()  # raises what ended it


async def _cancel(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Cancels tasks until all have ended.

    Once is not enough: Python 3.11's TaskGroup forgets a cancellation that meets it while it waits
    for its tasks after an error.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _wait(stop: threading.Event, seconds: float | None) -> None:
    end = time.monotonic() + (float("inf") if seconds is None else seconds)
    while not stop.is_set() and time.monotonic() < end:
        await asyncio.sleep(STOP_SECONDS)


async def _report(healths: Sequence[Health]) -> None:
    """Logs a line per source and minute."""
    while True:
        await asyncio.sleep(REPORT_SECONDS)
        for health in healths:
            logger.info("feed", extra=msgspec.structs.asdict(health) | {"connected_at": None})
