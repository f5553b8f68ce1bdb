"""The end of a run that loads what the topics hold when it starts."""

import time
from collections.abc import Mapping

from ingest.batch.messages import Partition
from ingest.kafka.client import BrokerAway
from ingest.kafka.consumer import Consumer
from ingest.kafka.reachable import check_reachable
from ingest.kafka.settings import KafkaSettings
from ingest.loader.open_transactions import Held

# Until a run gives up whose brokers answer at their first address and then no more.
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 10.0  # between two looks after that: a group may take minutes to give partitions


class EndOffsets:
    """End of each partition at the time when it was first assigned to this loader."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._ends: dict[Partition, int] = {}
        self._look_at = time.monotonic() + PATIENCE_SECONDS
        self._away_since: float | None = None

    def note(self, consumer: Consumer) -> None:
        """Reads the ends of newly assigned partitions; raises BrokerAway."""
        if not self._ends.keys() >= {*consumer.assignment.partitions}:
            found = {partition: one.end for partition, one in consumer.ends().items()}
            self._ends = found | self._ends

    def give_up(self, error: BrokerAway) -> None:
        """Raises the error if no partition could be started for PATIENCE_SECONDS.

        A broker that goes away later is waited for.
        """
        now = time.monotonic()
        self._away_since = self._away_since or now
        if not self._ends and now - self._away_since >= PATIENCE_SECONDS:
            raise error

    def held(
        self,
        next_offsets: Mapping[Partition, int],
        met: Mapping[Partition, int],
        by_transactions: Mapping[Partition, Held],
    ) -> tuple[str, ...] | None:
        """Returns sentences on what transactions hold up, None while there is more to be read.

        `met` are ends that the consumer has met: the last messages before them may be gaps. Raises
        BrokerAway if no partition was assigned for PATIENCE_SECONDS and brokers cannot be reached.
        """
        self._check()
        unreached = {
            partition
            for partition, offset in next_offsets.items()
            if max(offset, met.get(partition, 0)) < self._ends[partition]
        }
        if not next_offsets or unreached - by_transactions.keys():
            return None
        return tuple(str(by_transactions[partition]) for partition in sorted(unreached))

    def _check(self) -> None:
        if not self._ends and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_SECONDS
            check_reachable(self._settings)
