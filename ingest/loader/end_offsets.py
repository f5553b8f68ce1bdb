"""The end of a run that loads what the topics hold when it starts."""

from collections.abc import Mapping

from ingest.batch.messages import Partition
from ingest.kafka.consumer import Consumer
from ingest.loader.open_transactions import Held


class EndOffsets:
    """End of each partition at the time when it was first assigned to this loader."""

    def __init__(self) -> None:
        self._ends: dict[Partition, int] = {}

    def note(self, consumer: Consumer) -> None:
        """Reads the ends of newly assigned partitions; raises BrokerAway."""
        for partition in consumer.assignment.partitions:
            if partition not in self._ends:
                self._ends[partition] = consumer.watermarks(partition)[1]

    def held(
        self,
        next_offsets: Mapping[Partition, int],
        met: Mapping[Partition, int],
        by_transactions: Mapping[Partition, Held],
    ) -> tuple[str, ...] | None:
        """Returns sentences on what transactions hold up, None while there is more to be read.

        `met` are ends that the consumer has met: the last messages before them may be gaps.
        """
        unreached = {
            partition
            for partition, offset in next_offsets.items()
            if max(offset, met.get(partition, 0)) < self._ends[partition]
        }
        if not next_offsets or unreached - by_transactions.keys():
            return None
        return tuple(str(by_transactions[partition]) for partition in sorted(unreached))
