"""The loader's consumer: messages of the assigned partitions, from the offsets in the database.

The offsets that Kafka has committed for the group are never read.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import confluent_kafka
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from ingest.batch.messages import Message, Partition
from ingest.kafka.assignment import Assignment
from ingest.kafka.broker_errors import UNREACHABLE, Reaction, reaction, sentence
from ingest.kafka.client import (
    BrokerAway,
    BrokerRefused,
    advertised,
    client,
    is_mock,
    reach,
    reason,
)
from ingest.kafka.ends import Ends, read_ends
from ingest.kafka.refused_login import RefusedLogin
from ingest.kafka.settings import KafkaSettings
from ingest.kafka.topic_ids import TopicIds

logger = logging.getLogger(__name__)

CONF: dict[str, Any] = {
    "enable.auto.commit": False,
    "auto.offset.reset": "error",
    "enable.partition.eof": True,
    "partition.assignment.strategy": "roundrobin",
    "fetch.wait.max.ms": 20,  # a wait on the broker; librdkafka's mock does not end it early
    # Bound the memory of a backlog: the first counts neither keys nor the 300 bytes of
    # bookkeeping that librdkafka adds to a message, the second is for each partition.
    "queued.max.messages.kbytes": 16_384,
    "queued.min.messages": 5_000,
    "fetch.queue.backoff.ms": 5,  # the default of 1000 starves the loader after a full queue
    "session.timeout.ms": 10_000,
    # The default of five minutes is how long a loader may sit without partitions if it subscribed
    # before its broker had heard of a topic that was just created.
    "topic.metadata.refresh.interval.ms": 10_000,
}
BROKER_SECONDS = 3.0  # longest wait for offsets
LOG_SECONDS = 10.0  # between two log lines about brokers that cannot be reached
LEAVE_SECONDS = 2.0  # longest wait for a broker to let a member leave; one that hangs never does


class Committed(NamedTuple):
    """The offset of a partition that Kafka has for the group, and the note committed with it."""

    offset: int
    note: str


class Consumer:
    """A member of the loaders' group; `before_revoke` is called before partitions are given up."""

    def __init__(self, settings: KafkaSettings, before_revoke: Callable[[], None]) -> None:
        """Joins the group; raises SettingsError, BrokerAway."""
        self.group = settings.group
        self._log_at = 0.0  # on the monotonic clock
        self._last_error = ""  # of a connection
        self._advertised = ""
        self._refused_login = RefusedLogin()
        self._kafka = client(
            confluent_kafka.Consumer,
            settings,
            {
                **CONF,
                "group.id": settings.group,
                "client.id": "stockpulse-load",
                "error_cb": self._on_error,
            },
        )
        self._admin = client(AdminClient, settings)
        self._topic_ids = TopicIds(self._admin)
        cluster = reach(self._kafka, settings)
        self.cluster_id = cluster.cluster_id or ""
        self._advertised = advertised(cluster, settings)
        self.assignment = Assignment(self._kafka, before_revoke)
        self.assignment.subscribe(settings.topics)

    def close(self) -> None:
        """Leaves the group; a broker that does not answer removes the member by its timeout."""
        leaving = threading.Thread(target=self._kafka.close, name="leave", daemon=True)
        leaving.start()
        leaving.join(LEAVE_SECONDS)

    def poll(self, most: int, seconds: float) -> list[Message]:
        """Returns up to `most` messages, waiting up to `seconds`; raises BrokerRefused.

        Returns none if the partitions or their topics changed: the assignment then needs start
        offsets, and fetches these messages again.
        """
        try:
            messages = self._kafka.consume(most, seconds)
        except KafkaException as error:
            raise BrokerRefused(sentence(error.args[0])) from error
        self._admin.poll(0)  # takes its log, which would grow
        self._refused_login.check(self._kafka)
        if not self.assignment.needs_start_offsets and self._topic_ids.have_changed():
            self.assignment.check_offsets("a topic has another id")
        if self.assignment.needs_start_offsets:
            return []
        if any(map(confluent_kafka.Message.error, messages)):
            messages = [message for message in messages if not self._react_to_error(message)]
            if self.assignment.needs_start_offsets:
                return []
        return cast(list[Message], messages)

    def _react_to_error(self, message: confluent_kafka.Message) -> bool:
        """Returns whether librdkafka gave an error in place of a message."""
        error = message.error()
        if error is None:
            return False
        match reaction(error):
            case Reaction.NOTE_END:
                partition = (message.topic() or "", message.partition() or 0)
                self.assignment.ends[partition] = message.offset() or 0
            case Reaction.CHECK_OFFSETS:
                self.assignment.check_offsets(error.str())
            case Reaction.GIVE_UP:
                raise BrokerRefused(sentence(error))
            case Reaction.LOG:
                logger.warning("broker error", extra={"error": error.str()})
            case Reaction.IGNORE:
                pass
        return True

    def _on_error(self, error: KafkaError) -> None:
        """Handles client-level errors; librdkafka recovers from them by itself if it can."""
        self._refused_login.note(error)
        if error.code() in UNREACHABLE and error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._last_error = error.str()
        if error.code() in UNREACHABLE and time.monotonic() >= self._log_at:
            text = f"{error.str()}{self._advertised}"
            logger.warning("waiting for the broker", extra={"reason": text})
            self._log_at = time.monotonic() + LOG_SECONDS

    def ends(self) -> dict[Partition, Ends]:
        """Returns the ends of the assigned partitions; raises BrokerAway, BrokerRefused."""
        return read_ends(self._admin, self.assignment.partitions, BROKER_SECONDS)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Adds the last error of a connection to BrokerAway, and what brokers advertise."""
        try:
            yield
        except BrokerAway as error:
            trouble = f" ({self._last_error})" if self._last_error else ""
            raise BrokerAway(f"{error}{trouble}{self._advertised}") from error

    def committed(self) -> dict[Partition, Committed]:
        """Returns what Kafka has of the assigned partitions for the group, if anything.

        They are for comparison only. Empty if the broker does not tell.
        """
        asked = [TopicPartition(*partition) for partition in self.assignment.partitions]
        try:
            found = self._kafka.committed(asked, timeout=BROKER_SECONDS)
        except KafkaException as error:
            logger.debug("no committed offsets", extra={"error": reason(error)})
            return {}
        return {
            (one.topic, one.partition): Committed(one.offset, one.metadata or "")
            for one in found
            if one.offset >= 0
        }

    def end_at_last_fetch(self, partition: Partition) -> int:
        """Returns the end that the broker told with the last fetch, or less if it told none.

        Messages of transactions that are still open count.
        """
        return int(self._kafka.get_watermark_offsets(TopicPartition(*partition), cached=True)[1])

    def topic_ids(self) -> dict[str, str]:
        """Returns the ids of the assigned topics, as far as the broker reports any.

        Raises BrokerAway.
        """
        if is_mock(self.cluster_id):
            return {}
        return self._topic_ids.read(sorted({topic for topic, _ in self.assignment.partitions}))

    def lag(self, next_offsets: Mapping[Partition, int]) -> int:
        """Returns how many messages from `next_offsets` on the broker had at the last fetch."""
        behind = 0
        for partition, next_offset in next_offsets.items():
            behind += max(0, self.end_at_last_fetch(partition) - next_offset)
        return behind

    def commit(self, next_offsets: Mapping[Partition, int], note: str = "") -> None:
        """Commits offsets to Kafka without waiting, for tools that show the lag of a group.

        `note` is kept with them, for the next member.
        """
        offsets = [
            TopicPartition(*partition, offset, note) for partition, offset in next_offsets.items()
        ]
        try:
            self._kafka.commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            logger.debug("offsets not committed", extra={"error": reason(error)})
