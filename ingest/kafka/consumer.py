"""The Kafka side of the loader: which partitions are ours, and messages from where we say.

Kafka's own stored offsets are never read: positions come from the database.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import confluent_kafka
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from db.errors import BrokerAway, BrokerRefused
from db.settings import Settings
from ingest.batch.messages import Message, Partition
from ingest.kafka import topics

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
    "fetch.queue.backoff.ms": 5,  # the default of 1000 starves us each time the queue was full
    "session.timeout.ms": 10_000,
}
WATCH_SECONDS = 5.0  # between looks at the topics' ids
BROKER_SECONDS = 3.0  # then we say what we wait for, and wait again
SAY_SECONDS = 10.0  # between two words about brokers that are all away
LEAVE_SECONDS = 2.0  # for a broker to hear that we leave; one that hangs never does

PASSING = frozenset({
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TRANSPORT,
    KafkaError._RESOLVE,
    KafkaError._TIMED_OUT,
    KafkaError._MAX_POLL_EXCEEDED,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
})  # fmt: skip

# No connection, for now or until a setting is mended.
UNREACHABLE = frozenset({
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._AUTHENTICATION,
    KafkaError._RESOLVE,
    KafkaError._SSL,
})  # fmt: skip

# The topic may have been made anew, or have dropped what comes next: to be checked from the start.
DOUBTFUL = frozenset({
    KafkaError._AUTO_OFFSET_RESET,
    KafkaError._UNKNOWN_PARTITION,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError.OFFSET_OUT_OF_RANGE,
    KafkaError.UNKNOWN_TOPIC_ID,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
})  # fmt: skip


class Consumer:
    """A member of the loaders' group; `settle` is called before partitions are given up."""

    def __init__(self, settings: Settings, settle: Callable[[], None]) -> None:
        self.assigned: list[Partition] = []
        self.unplaced = False  # whether partitions wait for a position
        self.ended: dict[Partition, int] = {}  # offsets at which a partition's end was met
        self.entered = 0.0  # when the last message polled came into Kafka, Unix time
        self._settings = settings
        self._settle = settle
        self._paused = False
        self._ids: dict[str, str] = {}  # of the assigned topics, as last placed
        self._asked: topics.Asked | None = None
        self._ask_at = 0.0
        self._say_at = 0.0
        self._kafka = topics.client(
            confluent_kafka.Consumer,
            settings,
            {
                **CONF,
                "group.id": settings.group,
                "client.id": "stockpulse-load",
                "error_cb": self._on_error,
            },
        )
        self._admin = topics.client(AdminClient, settings)
        self.cluster_id = topics.reach(self._kafka, settings).cluster_id or ""
        self._kafka.subscribe(
            list(settings.topics),
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_revoke,
        )

    def close(self) -> None:
        """Leaves the group; a broker that does not answer will miss us by itself."""
        leaving = threading.Thread(target=self._kafka.close, name="leave", daemon=True)
        leaving.start()
        leaving.join(LEAVE_SECONDS)

    def poll(self, most: int, seconds: float) -> list[Message]:
        """Returns up to `most` messages of placed partitions, waiting up to `seconds`.

        Returns none when the partitions or their topics changed: `unplaced` is then set.
        """
        try:
            messages = self._kafka.consume(most, seconds)
        except KafkaException as error:
            raise BrokerRefused(f"the broker refused: {error.args[0].str()}") from error
        if not self.unplaced:
            self._watch_ids()
        if self.unplaced:
            return []  # what was fetched for the previous assignment is fetched again
        if any(map(confluent_kafka.Message.error, messages)):
            messages = [message for message in messages if self._is_message(message)]
            if self.unplaced:
                return []
        if messages:
            self.entered = messages[-1].timestamp()[1] / 1000
        return cast(list[Message], messages)

    def _is_message(self, message: confluent_kafka.Message) -> bool:
        error = message.error()
        if error is None:
            return True
        partition = (message.topic() or "", message.partition() or 0)
        if error.code() == KafkaError._PARTITION_EOF:
            self.ended[partition] = message.offset() or 0
        elif error.code() in DOUBTFUL:
            self._doubt(error.str())
        elif error.code() in (
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            KafkaError.GROUP_AUTHORIZATION_FAILED,
        ):
            raise BrokerRefused(f"the broker refused: {error.str()}")
        elif error.code() not in PASSING:
            logger.warning("broker error", extra={"error": error.str()})
        return False

    def _on_error(self, error: KafkaError) -> None:
        """Hears of what concerns no message; librdkafka mends it by itself, if it can be."""
        if error.code() in UNREACHABLE and time.monotonic() >= self._say_at:
            logger.warning("waiting for the broker", extra={"reason": error.str()})
            self._say_at = time.monotonic() + SAY_SECONDS

    def _doubt(self, reason: str) -> None:
        """Has the positions checked again."""
        if self.assigned:
            logger.warning("positions in doubt", extra={"reason": reason})
            self.unplaced = True

    def place(self, positions: dict[Partition, int]) -> None:
        """Starts every assigned partition at its position."""
        self.ended = {}
        starts = [TopicPartition(*partition, positions[partition]) for partition in self.assigned]
        self._kafka.assign(starts)
        self._kafka.resume(starts)  # one that was ours before is as paused as it was then
        self.unplaced = False
        self._paused = False

    def pause(self) -> None:
        """Stops fetching, so that polling only keeps us in the group."""
        if not self._paused and not self.unplaced:
            self._kafka.pause([TopicPartition(*partition) for partition in self.assigned])
            self._paused = True

    def resume(self) -> None:
        if self._paused and not self.unplaced:
            self._kafka.resume([TopicPartition(*partition) for partition in self.assigned])
            self._paused = False

    def bounds(self, partition: Partition) -> tuple[int, int]:
        """Returns the first offset that a partition holds and the one after its last."""
        try:
            low, high = self._kafka.get_watermark_offsets(
                TopicPartition(*partition), timeout=BROKER_SECONDS
            )
        except KafkaException as error:
            raise BrokerAway(
                f"the broker does not tell the offsets of {_shown(partition)}: "
                f"{error.args[0].str()}"
            ) from error
        return low, high

    def topic_ids(self) -> dict[str, str]:
        """Returns the ids of the assigned topics, as far as the broker knows such a thing."""
        if topics.is_mock(self.cluster_id):
            return {}
        self._ids = topics.ids_told(self._ask_ids())
        return self._ids

    def _ask_ids(self) -> topics.Asked:
        return topics.ask_ids(self._admin, sorted({topic for topic, _ in self.assigned}))

    def _watch_ids(self) -> None:
        """Notices a topic that was made anew: librdkafka goes on in it, at the old offset."""
        if self._asked is None:
            if self._ids and time.monotonic() >= self._ask_at:
                self._asked = self._ask_ids()
            return
        if not all(future.done() for future in self._asked.values()):
            return
        asked, self._asked = self._asked, None
        self._ask_at = time.monotonic() + WATCH_SECONDS
        with suppress(BrokerAway):  # to be met by whoever needs its answer
            told = topics.ids_told(asked)
            if any(self._ids.get(name, told[name]) != told[name] for name in told):
                self._doubt("a topic has another id")

    def lag(self, positions: dict[Partition, int]) -> int:
        """Returns how many messages our partitions held beyond `positions` at the last fetch."""
        behind = 0
        for partition, position in positions.items():
            _low, high = self._kafka.get_watermark_offsets(TopicPartition(*partition), cached=True)
            behind += max(0, high - position)
        return behind

    def commit(self, positions: dict[Partition, int]) -> None:
        """Tells Kafka where we are: a courtesy to tools that show lag."""
        offsets = [TopicPartition(*partition, offset) for partition, offset in positions.items()]
        try:
            self._kafka.commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            logger.debug("offsets not committed", extra={"error": error.args[0].str()})

    def _on_assign(self, _kafka: object, partitions: list[TopicPartition]) -> None:
        self.assigned = [(partition.topic, partition.partition) for partition in partitions]
        self.unplaced = True
        self._kafka.assign([])  # nothing is fetched before place()
        logger.info("partitions assigned", extra={"partitions": len(partitions)})

    def _on_revoke(self, _kafka: object, partitions: list[TopicPartition]) -> None:
        self._settle()
        self.assigned = []
        self.unplaced = True
        self._kafka.unassign()
        logger.info("partitions revoked", extra={"partitions": len(partitions)})


def _shown(partition: Partition) -> str:
    return f"partition {partition[1]} of topic {partition[0]}"
