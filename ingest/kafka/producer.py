"""Publishes messages to Kafka: an idempotent producer that waits when its queue is full.

Every message is either acknowledged by the broker or reported as an error.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self

import confluent_kafka
import msgspec
from confluent_kafka import KafkaError, KafkaException

from db.errors import StockpulseError
from ingest.kafka import topics
from ingest.kafka.client import BrokerAway, BrokerRefused, advertised, client, reach
from ingest.kafka.settings import KafkaSettings
from ingest.kafka.topic_facts import log_compaction

logger = logging.getLogger(__name__)

CONF: dict[str, Any] = {
    "enable.idempotence": True,
    "acks": "all",
    "linger.ms": 20,
    "compression.type": "lz4",  # a fifth less CPU than zstd, measured on ticks
    "partitioner": "murmur2_random",  # the same partition for a key as Java's producers choose
    "message.timeout.ms": 60_000,  # a message that is not acknowledged by then has failed
    "delivery.report.only.error": True,  # calls for the others cost a quarter of the CPU of sending
}
POLL_SECONDS = 0.1
INTERRUPT_SECONDS = 5.0  # longest wait for acknowledgements once the publisher is stopped

Advance = Callable[[int], None]  # called with the units of progress made since the last call


class OutgoingMessage(NamedTuple):
    """A message to publish: `key` decides its partition, None means any; `value` is its bytes."""

    key: bytes | str | None
    value: bytes


class Published(msgspec.Struct, frozen=True):
    """Outcome of a publisher.

    `count` is how many messages the broker has acknowledged. `failures` has one line for each
    input that was left out, and one if messages were not acknowledged. `interrupted` is set if
    Ctrl-C ended the publisher; a `stop` event leaves it unset. `refused` is a line about the event
    that ended the publisher, as it is too old.
    """

    count: int
    failures: tuple[str, ...] = ()
    interrupted: bool = False
    refused: str | None = None


def publish(
    settings: KafkaSettings,
    topic: str,
    messages: Iterable[OutgoingMessage],
    stop: threading.Event | None = None,
) -> Published:
    """Sends `messages` to `topic` and returns once the broker has acknowledged them all.

    Creates the topic if the broker lacks it. Ctrl-C ends it early; so does `stop`, if `messages`
    ends with it: what was sent until then is flushed, for up to INTERRUPT_SECONDS, and counted.
    Raises SettingsError, BrokerAway if no broker answers or acknowledges, BrokerRefused.
    """
    stop = stop or threading.Event()

    def send(producer: Producer) -> None:
        for message in messages:
            producer.send(topic, message)

    return _publish(settings, topic, send, stop)


def publish_blocks(
    settings: KafkaSettings, topic: str, blocks: Iterable[Iterable[tuple[bytes | str, bytes]]]
) -> Published:
    """Sends blocks of messages, keys and values, as publish() sends messages.

    Costs less per message, as the broker's answers are looked at once per block.
    """

    def send(producer: Producer) -> None:
        for block in blocks:
            producer.send_block(topic, block)

    return _publish(settings, topic, send, threading.Event())


def _publish(
    settings: KafkaSettings, topic: str, send: "Callable[[Producer], None]", stop: threading.Event
) -> Published:
    topics.ensure(settings, [topic])
    log_compaction(settings, [topic])
    producer = Producer(settings, stop)
    interrupted = False
    try:
        with producer:
            send(producer)
    except KeyboardInterrupt:
        interrupted = True
    logger.info("messages published", extra={"topic": topic, "messages": producer.delivered})
    pending = producer.pending
    failure = f"{pending} messages were sent, but the broker has not acknowledged them"
    failure += producer.advertised
    return Published(producer.delivered, (failure,) if pending else (), interrupted)


class Producer:
    """Sends messages and counts the broker's acknowledgements; the first failure is raised."""

    def __init__(self, settings: KafkaSettings, stop: threading.Event) -> None:
        self._sent = 0
        self._failures = 0
        self._settings = settings
        self._stop = stop
        self._failed: KafkaError | None = None
        self._kafka = client(confluent_kafka.Producer, settings, CONF)
        self.advertised = advertised(reach(self._kafka, settings), settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: object, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.flush(None if error is None else INTERRUPT_SECONDS)

    def send(self, topic: str, message: OutgoingMessage) -> None:
        """Queues a message, waiting while the queue is full; drops it if stopped meanwhile.

        Raises BrokerAway or BrokerRefused if this message or an earlier one failed.
        """
        while True:
            try:
                self._kafka.produce(topic, message.value, message.key, on_delivery=self._report)
            except BufferError:
                self._poll(POLL_SECONDS)
                if self._stop.is_set():
                    return
            except KafkaException as error:
                raise self._failure(error.args[0]) from error
            else:
                self._sent += 1
                self._poll(0)
                return

    def send_block(self, topic: str, messages: Iterable[tuple[bytes | str, bytes]]) -> None:
        """Queues messages, keys and values; waits, drops and raises like send()."""
        produce, report = self._kafka.produce, self._report
        for key, value in messages:
            try:
                produce(topic, value, key, on_delivery=report)
            except (BufferError, KafkaException):
                self.send(topic, OutgoingMessage(key, value))  # waits, or raises with the reason
            else:
                self._sent += 1
        self._poll(0)

    @property
    def delivered(self) -> int:
        """Number of messages that the broker has acknowledged."""
        return self._sent - self.pending - self._failures

    @property
    def pending(self) -> int:
        """Number of messages that the broker has not acknowledged."""
        return len(self._kafka)

    def flush(self, seconds: float | None = None) -> None:
        """Waits until every message is acknowledged, up to `seconds` if given.

        Waits up to INTERRUPT_SECONDS once the publisher is stopped. Raises like send().
        """
        left = seconds
        while self.pending and (left is None or left > 0):
            self._poll(POLL_SECONDS)  # in short turns: Ctrl-C cannot interrupt librdkafka
            if left is None and self._stop.is_set():
                left = INTERRUPT_SECONDS
            left = None if left is None else left - POLL_SECONDS

    def _poll(self, seconds: float) -> None:
        self._kafka.poll(seconds)
        if self._failed:
            raise self._failure(self._failed)

    def _report(self, error: KafkaError | None, _message: confluent_kafka.Message) -> None:
        if error is not None:
            self._failures += 1
            self._failed = error

    def _failure(self, error: KafkaError) -> StockpulseError:
        text = f"a message was not delivered, after {self.delivered} that were: {error.str()}"
        if error.code() in (KafkaError._MSG_TIMED_OUT, KafkaError._TRANSPORT):
            return BrokerAway(f"{text}; is {self._settings.bootstrap_servers} still up?")
        return BrokerRefused(text)
