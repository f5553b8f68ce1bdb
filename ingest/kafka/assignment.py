"""The partitions that Kafka has assigned to the loader, read from the offsets that it is given."""

import logging
from collections.abc import Callable, Mapping, Sequence

import confluent_kafka
from confluent_kafka import TopicPartition

from ingest.batch.messages import Partition

logger = logging.getLogger(__name__)


class Assignment:
    """Partitions of one member of the group; nothing is fetched before start() has their offsets.

    librdkafka calls `_on_assign` and `_on_revoke` from within poll() and close().
    """

    def __init__(self, kafka: confluent_kafka.Consumer, before_revoke: Callable[[], None]) -> None:
        self.partitions: list[Partition] = []
        self.needs_start_offsets = False
        self.ends: dict[Partition, int] = {}  # offset after the last message, where it was reached
        self.paused = False
        self._kafka = kafka
        self._before_revoke = before_revoke

    def subscribe(self, topics: Sequence[str]) -> None:
        """Joins the group, which then assigns partitions of `topics`."""
        self._kafka.subscribe(
            list(dict.fromkeys(topics)),  # librdkafka refuses one that is named twice
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_revoke,
        )

    def start(self, offsets: Mapping[Partition, int]) -> None:
        """Starts fetching every assigned partition at its offset."""
        self.ends = {}
        starts = [TopicPartition(*partition, offsets[partition]) for partition in self.partitions]
        self._kafka.assign(starts)
        # A partition that was assigned before may still be paused.
        self._kafka.resume(starts)
        self.needs_start_offsets = False
        self.paused = False

    def check_offsets(self, reason: str) -> None:
        """Discards the offsets that are being read from: start() has to be called again."""
        if self.partitions:
            logger.warning("checking the offsets again", extra={"reason": reason})
            self.needs_start_offsets = True

    def pause(self) -> None:
        """Stops fetching; polling then only keeps the member in the group."""
        if not self.paused and not self.needs_start_offsets:
            self._kafka.pause(self._topic_partitions())
            self.paused = True

    def resume(self) -> None:
        """Fetches again after pause()."""
        if self.paused and not self.needs_start_offsets:
            self._kafka.resume(self._topic_partitions())
            self.paused = False

    def _topic_partitions(self) -> list[TopicPartition]:
        return [TopicPartition(*partition) for partition in self.partitions]

    def _on_assign(self, _kafka: object, partitions: list[TopicPartition]) -> None:
        self.partitions = [(partition.topic, partition.partition) for partition in partitions]
        self.needs_start_offsets = True
        self._kafka.assign([])  # else librdkafka starts at the offsets that Kafka has committed
        logger.info("partitions assigned", extra={"partitions": len(partitions)})

    def _on_revoke(self, _kafka: object, partitions: list[TopicPartition]) -> None:
        self._before_revoke()
        self.partitions = []
        self.needs_start_offsets = True
        self._kafka.unassign()
        logger.info("partitions revoked", extra={"partitions": len(partitions)})
