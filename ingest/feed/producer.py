"""The Kafka producer of feeds: events and markers in order, and the dead letters.

An outage of the broker is waited out: the queue fills, the sources stop reading, nothing is lost
that a venue has sent before. A message that the broker refuses for good ends the feeds.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import confluent_kafka
from confluent_kafka import KafkaError, KafkaException

from ingest.feed.texts import line
from ingest.kafka import topics
from ingest.kafka.client import BrokerRefused, client, reach
from ingest.kafka.producer import CONF, OutgoingMessage
from ingest.kafka.settings import KafkaSettings

logger = logging.getLogger(__name__)

QUEUE = {
    "delivery.report.only.error": False,  # markers need the partition of their symbols
    "message.timeout.ms": 0,  # never: an outage is waited out
    "queue.buffering.max.messages": 20_000,
    "queue.buffering.max.kbytes": 32_768,
}
WAIT_SECONDS = 0.02  # between looks at a full queue
WARN_SECONDS = 60.0  # between lines about it
POLL_SECONDS = 0.1
FLUSH_SECONDS = 5.0
MOST_DEAD_BYTES = 900_000  # of a frame: the broker's limit is a million by default

Delivered = Callable[[int], None]  # called with the partition


class MessageTooLarge(Exception):
    """A message is larger than Kafka's client takes; its text says so."""


class FeedProducer:
    """Sends messages to a topic; `delivered` is how many the broker has acknowledged."""

    def __init__(self, settings: KafkaSettings, topic: str, dead_letters: str) -> None:
        """Creates the topics; raises SettingsError, BrokerAway or BrokerRefused."""
        topics.ensure(settings, [topic, dead_letters])
        self.delivered = 0
        self._topic = topic
        self._dead_letters = dead_letters
        self._failed: KafkaError | None = None
        self._warn_at = 0.0
        self._kafka = client(confluent_kafka.Producer, settings, CONF | QUEUE)
        reach(self._kafka, settings)

    @property
    def pending(self) -> int:
        """Number of messages that the broker has not acknowledged."""
        return len(self._kafka)

    async def send(self, message: OutgoingMessage) -> None:
        """Queues an event, waiting while the queue is full.

        Raises MessageTooLarge, or BrokerRefused.
        """
        while not self._queued(self._topic, message.value, message.key, self._count):
            await asyncio.sleep(WAIT_SECONDS)

    async def send_marker(self, key: str, value: bytes, delivered: Delivered | None = None) -> None:
        """Queues a marker to the partition of `key`, behind the events sent before."""

        def report(error: KafkaError | None, message: confluent_kafka.Message) -> None:
            self._count(error, message)
            partition = message.partition()
            if error is None and delivered is not None and partition is not None:
                delivered(partition)

        while not self._queued(self._topic, value, key, report):
            await asyncio.sleep(WAIT_SECONDS)

    async def send_dead(self, source: str, frame: bytes, reason: str) -> None:
        """Queues a frame that could not be read to the dead letters, with the reason."""
        headers = [("source", source.encode()), ("error", line(reason).encode())]
        value = frame[:MOST_DEAD_BYTES]
        while not self._queued(self._dead_letters, value, source, self._count_dead, headers):
            await asyncio.sleep(WAIT_SECONDS)

    async def poll(self) -> None:
        """Takes acknowledgements for ever; raises BrokerRefused."""
        while True:
            await self.poll_once(POLL_SECONDS)

    async def poll_once(self, seconds: float = WAIT_SECONDS) -> None:
        """Takes acknowledgements, then waits; raises BrokerRefused."""
        self._kafka.poll(0)
        self._check()
        await asyncio.sleep(seconds)

    def flush(self) -> None:
        """Waits up to FLUSH_SECONDS for acknowledgements."""
        self._kafka.flush(FLUSH_SECONDS)

    def _queued(
        self,
        topic: str,
        value: bytes,
        key: bytes | str | None,
        report: Any,
        headers: Any = None,
    ) -> bool:
        """Returns whether there was room for a message."""
        self._check()
        try:
            self._kafka.produce(topic, value, key, on_delivery=report, headers=headers)
        except BufferError:
            self._kafka.poll(0)
            self._warn_if_full()
            return False
        except KafkaException as error:
            if error.args[0].code() == KafkaError.MSG_SIZE_TOO_LARGE:
                raise MessageTooLarge(f"an event of {len(value)} bytes is too large") from None
            raise BrokerRefused(f"a message cannot be sent: {error.args[0].str()}") from error
        return True

    def _warn_if_full(self) -> None:
        """Logs that Kafka takes too little, once in WARN_SECONDS."""
        if time.monotonic() >= self._warn_at:
            self._warn_at = time.monotonic() + WARN_SECONDS
            logger.warning("waiting for Kafka", extra={"unacknowledged": self.pending})

    def _count(self, error: KafkaError | None, _message: confluent_kafka.Message) -> None:
        if error is None:
            self.delivered += 1
        else:
            self._failed = error

    def _count_dead(self, error: KafkaError | None, message: confluent_kafka.Message) -> None:
        """Counts a dead letter; one that the broker finds too large ends nothing."""
        if error is not None and error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            logger.warning("dead letter too large", extra={"reason": error.str()})
        else:
            self._count(error, message)

    def _check(self) -> None:
        if self._failed is not None:
            raise BrokerRefused(f"the broker refuses a message: {self._failed.str()}")
