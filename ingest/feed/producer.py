"""The Kafka producer of feeds: events and markers in order, and the dead letters.

An outage of the broker is waited out: the queue fills, the sources stop reading, nothing is lost
that a venue has sent before. A message that the broker refuses for good ends the feeds.
"""

import asyncio
import logging
import time

import confluent_kafka
from confluent_kafka import KafkaError, KafkaException

from ingest.feed.texts import line
from ingest.kafka import topics
from ingest.kafka.client import REACH_SECONDS, BrokerRefused, client, reach
from ingest.kafka.partitioner import partition_of
from ingest.kafka.producer import CONF
from ingest.kafka.settings import KafkaSettings
from ingest.kafka.topic_facts import log_compaction

logger = logging.getLogger(__name__)

QUEUE = {
    "message.timeout.ms": 0,  # never: an outage is waited out
    "queue.buffering.max.messages": 20_000,
    "queue.buffering.max.kbytes": 32_768,
}
WAIT_SECONDS = 0.02  # between looks at a full queue
WARN_SECONDS = 60.0  # between lines about it
POLL_SECONDS = 0.1
FLUSH_SECONDS = 5.0
MOST_DEAD_BYTES = 900_000  # of a frame: the broker's limit is a million by default


Key = bytes | str | None
Headers = list[tuple[str, str | bytes | None]]


class MessageTooLarge(Exception):
    """A message is larger than Kafka's client takes; its text says so."""


class FeedProducer:
    """Sends messages to a topic, each to the partition of its key as Java's producers choose it.

    So a marker can be sent to a partition, behind the events of its symbols. A partition that the
    topic gets later is used once the feeds are started again.
    """

    def __init__(self, settings: KafkaSettings, topic: str, dead_letters: str) -> None:
        """Creates the topics; raises SettingsError, BrokerAway or BrokerRefused."""
        topics.ensure(settings, [topic, dead_letters])
        log_compaction(settings, [topic, dead_letters])
        self._sent = self._failures = 0
        self._topic = topic
        self._dead_letters = dead_letters
        self._failed: KafkaError | None = None
        conf = {**CONF, **QUEUE, "on_delivery": self._report}
        self._kafka = client(confluent_kafka.Producer, settings, conf)
        self._warn_at = 0.0
        reach(self._kafka, settings)
        self._count = len(self._kafka.list_topics(topic, REACH_SECONDS).topics[topic].partitions)
        self._partitions: dict[Key, int] = {}

    @property
    def pending(self) -> int:
        """Number of messages that the broker has not acknowledged."""
        return len(self._kafka)

    @property
    def delivered(self) -> int:
        """Number of messages that the broker has acknowledged."""
        return self._sent - self.pending - self._failures

    def partition_of(self, key: Key) -> int:
        """Returns the partition of a key."""
        found = self._partitions.get(key)
        if found is None:
            found = self._partitions[key] = partition_of(_bytes(key), self._count)
        return found

    async def send(self, key: Key, value: bytes) -> None:
        """Queues an event or a marker, waiting while the queue is full.

        Raises MessageTooLarge, or BrokerRefused.
        """
        while not self.try_send(key, value):
            await asyncio.sleep(WAIT_SECONDS)

    def try_send(self, key: Key, value: bytes) -> bool:
        """Queues an event if there is room; returns whether there was. Raises as send()."""
        if self._failed is not None:
            raise self._refusal()
        partition = self._partitions.get(key)
        if partition is None:
            partition = self.partition_of(key)
        try:
            self._kafka.produce(self._topic, value, key, partition)
        except BufferError:
            self._kafka.poll(0)
            self._warn_if_full()
            return False
        except KafkaException as error:
            raise _error(error, value) from error
        self._sent += 1
        return True

    async def send_dead(self, source: str, frame: bytes, reason: str) -> None:
        """Queues a frame that could not be read to the dead letters, with the reason."""
        headers: Headers = [("source", source), ("error", line(reason))]
        value = frame[:MOST_DEAD_BYTES]
        while True:
            try:
                self._kafka.produce(
                    self._dead_letters,
                    value,
                    source,
                    on_delivery=self._report_dead,
                    headers=headers,
                )
            except BufferError:
                await self.poll_once()
            except KafkaException as error:
                self._lose_dead(error.args[0])
                return
            else:
                self._sent += 1
                return

    async def poll(self) -> None:
        """Takes acknowledgements for ever; raises BrokerRefused."""
        while True:
            await self.poll_once(POLL_SECONDS)

    async def poll_once(self, seconds: float = WAIT_SECONDS) -> None:
        """Takes acknowledgements, then waits; raises BrokerRefused."""
        self._kafka.poll(0)
        if self._failed is not None:
            raise self._refusal()
        await asyncio.sleep(seconds)

    def flush(self) -> None:
        """Waits up to FLUSH_SECONDS for acknowledgements."""
        self._kafka.flush(FLUSH_SECONDS)

    def _warn_if_full(self) -> None:
        """Logs that Kafka takes too little, once in WARN_SECONDS."""
        if time.monotonic() >= self._warn_at:
            self._warn_at = time.monotonic() + WARN_SECONDS
            logger.warning("waiting for Kafka", extra={"unacknowledged": self.pending})

    def _report(self, error: KafkaError | None, _message: confluent_kafka.Message) -> None:
        if error is not None:
            self._failures += 1
            self._failed = error

    def _report_dead(self, error: KafkaError | None, _message: confluent_kafka.Message) -> None:
        if error is not None:
            self._failures += 1
            self._lose_dead(error)

    def _lose_dead(self, error: KafkaError) -> None:
        """Logs that a dead letter is lost, for example as it is too large: that ends nothing."""
        logger.warning("dead letter lost", extra={"reason": error.str()})

    def _refusal(self) -> BrokerRefused:
        assert self._failed is not None
        return BrokerRefused(f"the broker refuses a message: {self._failed.str()}")


def _bytes(key: Key) -> bytes:
    return key.encode() if isinstance(key, str) else key or b""


def _error(error: KafkaException, value: bytes) -> Exception:
    if error.args[0].code() == KafkaError.MSG_SIZE_TOO_LARGE:
        return MessageTooLarge(f"an event of {len(value)} bytes is too large")
    return BrokerRefused(f"a message cannot be sent: {error.args[0].str()}")
