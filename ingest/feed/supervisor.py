"""Keeps sources connected: a task each, which connects again whatever ended a connection."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import msgspec

from ingest.feed.backoff import Backoff
from ingest.feed.health import Health
from ingest.feed.producer import FeedProducer
from ingest.feed.session import Now, Session
from ingest.feed.source import CredentialsRefused, Source, Subscription
from ingest.feed.texts import line

logger = logging.getLogger(__name__)

PARK_SECONDS = 300.0  # between attempts with credentials that were refused

Sleep = Callable[[float], Awaitable[None]]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Pace(msgspec.Struct, frozen=True):
    """The clocks of a supervisor, and how long it waits; seconds."""

    now: Now = utc_now
    sleep: Sleep = asyncio.sleep
    base: float = 1.0  # of the backoff
    park: float = PARK_SECONDS


async def supervise(
    source: Source,
    subscriptions: Sequence[Subscription],
    producer: FeedProducer,
    health: Health,
    pace: Pace | None = None,
) -> None:
    """Runs connections of a source until it is cancelled; raises BrokerRefused, SettingsError."""
    pace = pace or Pace()
    backoff = Backoff(pace.base)
    health.subscribed = len(subscriptions)
    try:
        while True:
            started = time.monotonic()
            try:
                await _connected(source, subscriptions, producer, health, pace)
            except CredentialsRefused as error:
                _report(health, "parked", str(error))
                await pace.sleep(pace.park)
            except (OSError, TimeoutError, EOFError) as error:
                seconds = backoff.after(time.monotonic() - started)
                _report(health, "waiting", _text(error), seconds)
                await pace.sleep(seconds)
    finally:
        health.state = "stopped"


async def _connected(
    source: Source,
    subscriptions: Sequence[Subscription],
    producer: FeedProducer,
    health: Health,
    pace: Pace,
) -> None:
    """Runs one connection until an error ends it."""
    health.state, health.acknowledged, health.refused = "connecting", 0, 0
    async with source.connect() as connection:
        session = Session(source, subscriptions, producer, health, pace.now)
        health.state, health.detail, health.connected_at = "connected", "", time.time()
        logger.info(
            "connected",
            extra={"source": source.name, "subscriptions": len(subscriptions)},
        )
        try:
            await session.run(connection)
        finally:
            health.connected_at, health.lost_at = None, time.time()


def _report(health: Health, state: str, reason: str, seconds: float | None = None) -> None:
    health.state, health.detail = state, reason
    health.reconnects += 1
    logger.warning(
        "credentials refused" if state == "parked" else "disconnected",
        extra={"source": health.source, "reason": reason}
        | ({} if seconds is None else {"retry_seconds": seconds}),
    )


def _text(error: BaseException) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    return line(str(error)) or type(error).__name__
