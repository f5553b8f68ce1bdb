"""The first and the last offsets that a broker has, asked by a client of their own.

It reads uncommitted messages, so that the ends behind open transactions are told too.
"""

import confluent_kafka
from confluent_kafka import KafkaException, TopicPartition

from ingest.batch.messages import Partition
from ingest.kafka.client import BrokerAway, client, reason
from ingest.kafka.settings import KafkaSettings

BROKER_SECONDS = 3.0  # longest wait for the offsets of a partition


class Watermarks:
    """The client that asks; it joins no group."""

    def __init__(self, settings: KafkaSettings) -> None:
        conf = {"group.id": settings.group, "isolation.level": "read_uncommitted"}
        self._kafka = client(confluent_kafka.Consumer, settings, conf)

    def read(self, partition: Partition, trouble: str = "") -> tuple[int, int]:
        """Returns the first offset of a partition and the one after its last.

        Raises BrokerAway; `trouble` is then added, the last error of a connection.
        """
        try:
            low, high = self._kafka.get_watermark_offsets(
                TopicPartition(*partition), timeout=BROKER_SECONDS
            )
        except KafkaException as error:
            topic, number = partition
            raise BrokerAway(
                f"the broker does not report the offsets of topic {topic}, partition {number}: "
                f"{reason(error)}" + (f" ({trouble})" if trouble else "")
            ) from error
        return low, high

    def take_log(self) -> None:
        """Takes the client's log, which would grow."""
        self._kafka.poll(0)

    def close(self) -> None:
        """Closes the connections."""
        self._kafka.close()
