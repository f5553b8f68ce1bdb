"""One way onto Kafka: an idempotent producer that waits when its queue is full.

Every message is accounted for: delivered, or the publisher ends with an error.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self

import confluent_kafka
import msgspec
from confluent_kafka import KafkaError, KafkaException

from db.errors import BrokerAway, BrokerRefused, StockpulseError
from db.settings import Settings
from ingest.kafka import topics

logger = logging.getLogger(__name__)

CONF: dict[str, Any] = {
    "enable.idempotence": True,
    "acks": "all",
    "linger.ms": 20,
    "compression.type": "lz4",  # a fifth less CPU than zstd, measured on ticks
    "partitioner": "murmur2_random",  # puts a key where Java's producers put it
    "message.timeout.ms": 60_000,  # how long a broker may be away before a message counts as lost
}
POLL_SECONDS = 0.1
INTERRUPT_SECONDS = 5.0  # what a stop grants to messages that are on their way

Advance = Callable[[int], None]


class Message(NamedTuple):
    """A record before it has a topic."""

    key: bytes | str | None
    value: bytes


class Published(msgspec.Struct, frozen=True):
    """What a publisher did: messages the broker has acknowledged, and what it could not send."""

    count: int
    failures: tuple[str, ...] = ()  # one line each
    interrupted: bool = False


def publish(
    settings: Settings,
    topic: str,
    messages: Iterable[Message],
    stop: threading.Event | None = None,
) -> Published:
    """Sends `messages` to `topic` and returns once the broker has acknowledged them all.

    Ctrl-C, or `stop`, ends it early: what was sent until then is flushed and counted.
    """
    topics.ensure(settings, [topic])
    producer = Producer(settings, stop or threading.Event())
    interrupted = False
    try:
        with producer:
            for message in messages:
                producer.send(topic, message)
    except KeyboardInterrupt:
        interrupted = True
    logger.info("messages published", extra={"topic": topic, "messages": producer.delivered})
    left = producer.pending
    failures = (f"{left} messages were sent, but no broker has acknowledged them",) if left else ()
    return Published(producer.delivered, failures, interrupted)


class Producer:
    """Sends messages and counts the broker's acknowledgements; raises on the first that fails."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self.delivered = 0
        self._settings = settings
        self._stop = stop
        self._failed: KafkaError | None = None
        self._kafka = topics.client(confluent_kafka.Producer, settings, CONF)
        topics.reach(self._kafka, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: object, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.flush(None if error is None else INTERRUPT_SECONDS)

    def send(self, topic: str, message: Message) -> None:
        """Queues a message, waiting while the queue is full and we are not to stop."""
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
                self._poll(0)
                return

    @property
    def pending(self) -> int:
        """How many messages the broker has not acknowledged."""
        return len(self._kafka)

    def flush(self, seconds: float | None = None) -> None:
        """Waits until all is acknowledged; with `seconds`, or once we are to stop, not for long."""
        left = seconds
        while self.pending and (left is None or left > 0):
            self._poll(POLL_SECONDS)  # in short turns, as Ctrl-C cannot break into librdkafka
            if left is None and self._stop.is_set():
                left = INTERRUPT_SECONDS
            left = None if left is None else left - POLL_SECONDS

    def _poll(self, seconds: float) -> None:
        self._kafka.poll(seconds)
        if self._failed:
            raise self._failure(self._failed)

    def _report(self, error: KafkaError | None, _message: confluent_kafka.Message) -> None:
        if error is None:
            self.delivered += 1
        else:
            self._failed = error

    def _failure(self, error: KafkaError) -> StockpulseError:
        text = f"a message was not delivered after {self.delivered} that were: {error.str()}"
        if error.code() in (KafkaError._MSG_TIMED_OUT, KafkaError._TRANSPORT):
            return BrokerAway(f"{text}; is {self._settings.bootstrap_servers} still up?")
        return BrokerRefused(text)
