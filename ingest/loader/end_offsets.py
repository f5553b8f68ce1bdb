"""The end of a run that loads what the topics hold when it starts."""

from collections.abc import Mapping

from ingest.batch.messages import Partition
from ingest.kafka.consumer import Consumer


class EndOffsets:
    """End of each partition at the time when it was first assigned to this loader."""

    def __init__(self) -> None:
        self._ends: dict[Partition, int] = {}

    def note(self, consumer: Consumer) -> None:
        """Reads the ends of newly assigned partitions; raises BrokerAway."""
        for partition in consumer.assignment.partitions:
            if partition not in self._ends:
                self._ends[partition] = consumer.watermarks(partition)[1]

    def unreached(
        self, next_offsets: Mapping[Partition, int], met: Mapping[Partition, int]
    ) -> set[Partition]:
        """Returns the partitions that were not read to their ends.

        `met` are ends that the consumer has met: the last messages before them may be gaps.
        """
        return {
            partition
            for partition, offset in next_offsets.items()
            if max(offset, met.get(partition, 0)) < self._ends[partition]
        }
