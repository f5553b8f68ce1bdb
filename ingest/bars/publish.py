"""Publishes bars by one process at a time: queued in the database, sent in order, marked as sent.

What is to be sent is committed first, so that after a crash the same bytes are sent again.
"""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg

from db import connect, sql
from db.connect import DatabaseAway
from ingest.kafka import topics
from ingest.kafka.client import BrokerAway
from ingest.kafka.producer import OutgoingMessage, Producer
from ingest.kafka.settings import KafkaSettings

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
RETRY_SECONDS = 2.0
FORGET_SECONDS = 60.0
MOST_BARS = 10_000  # that are sent before they are marked
KEEP_SECONDS = topics.RETENTION_MS[topics.BARS] / 1000  # of what was sent: as the topic keeps it
LOCK_TIMEOUT = "5s"
ORPHAN_SECONDS = 1  # until the database notices that a publisher was killed, and ends its session

Conn = psycopg.Connection[Any]


def publish(
    settings: KafkaSettings,
    database_url: str,
    stop: threading.Event,
    *,
    grace_seconds: float = 2.0,
    since: datetime | None = None,
) -> int:
    """Publishes bars until `stop` is set; returns how many messages the broker acknowledged.

    A bar is published `grace_seconds` after its minute. `since` is the first minute ever published,
    None the present one; a database that has published before goes on where it stopped. Waits while
    another publisher is at work, and while the database is away, or the broker after the start.
    Raises SettingsError; BrokerAway if no broker answers at the start; BrokerRefused,
    DatabaseRefused.
    """
    topics.ensure(settings, [topics.BARS])
    sent = 0
    while not stop.is_set():
        try:
            with _connection(database_url) as conn, connect.translated():
                if not _wait_for_turn(conn, stop):
                    break
                _start(conn, since)
                with Producer(settings, stop) as producer:
                    for count in _publish(conn, producer, grace_seconds, stop):
                        sent += count
        except (DatabaseAway, BrokerAway) as error:
            logger.warning("waiting to publish bars", extra={"reason": str(error)})
            stop.wait(RETRY_SECONDS)
    return sent


def _connection(database_url: str) -> Conn:
    conn = connect.connect(
        database_url,
        application_name="stockpulse bars",
        autocommit=True,
        role="stockpulse_loader",
        settings={
            "synchronous_commit": "on",  # what is sent must not be lost
            "lock_timeout": LOCK_TIMEOUT,
            "client_connection_check_interval": f"{ORPHAN_SECONDS}s",
        },
        direct=True,
        primary=True,
    )
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return conn


def _wait_for_turn(conn: Conn, stop: threading.Event) -> bool:
    """Takes the publishers' lock, which the session keeps; returns False if stopped before."""
    waited = False
    while _run(conn, "lock_bars").fetchone() != (True,):
        if not waited:
            logger.info("standing by: another publisher is at work")
            waited = True
        if stop.wait(POLL_SECONDS):
            return False
    return True


def _start(conn: Conn, since: datetime | None) -> None:
    if _run(conn, "first_bar").fetchone() is None:
        with conn.transaction():
            _run(conn, "lock_out_loaders")
            _run(conn, "start_bars", since=since)
    row = _run(conn, "first_bar").fetchone()
    assert row is not None
    logger.info("publishing bars", extra={"since": row[0].astimezone(UTC).isoformat()})
    if since and since < row[0]:
        logger.warning("--since has no effect: bars have been published from a later time on")


def _publish(
    conn: Conn, producer: Producer, grace_seconds: float, stop: threading.Event
) -> Iterator[int]:
    """Publishes until `stop` is set; yields how many messages are marked as sent."""
    forget_at = 0.0  # on the monotonic clock
    yield from _send(conn, producer)  # what another publisher has left
    while not stop.is_set():
        if _queue(conn, grace_seconds, stop):
            yield from _send(conn, producer)
        elif not stop.wait(POLL_SECONDS) and time.monotonic() >= forget_at:
            _run(conn, "forget_bars", seconds=KEEP_SECONDS)
            forget_at = time.monotonic() + FORGET_SECONDS


def _queue(conn: Conn, grace_seconds: float, stop: threading.Event) -> int:
    """Queues the bars that are due, up to about MOST_BARS; returns how many."""
    queued = 0
    while queued < MOST_BARS and not stop.is_set():
        with conn.transaction():
            row = _run(conn, "queue_bars", grace=grace_seconds).fetchone()
        assert row is not None
        if row[0] is None:
            break
        queued += row[0]
    return queued


def _send(conn: Conn, producer: Producer) -> Iterator[int]:
    """Sends the bars that wait; those of a send that a stop has cut short wait on."""
    while rows := _run(conn, "unsent_bars", limit=MOST_BARS).fetchall():
        for _, symbol, message in rows:
            producer.send(topics.BARS, OutgoingMessage(symbol, message.encode()))
        producer.flush()
        if producer.pending:
            return
        _run(conn, "mark_bars_sent", places=[place for place, _, _ in rows])
        logger.info("bars published", extra={"bars": len(rows)})
        yield len(rows)


def _run(conn: Conn, name: str, **values: Any) -> psycopg.Cursor[Any]:
    return conn.execute(sql.load("ingest.bars", name), values)
