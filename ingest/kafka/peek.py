"""First messages at offsets: whether there are any, and their times."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import confluent_kafka
from confluent_kafka import TopicPartition

from ingest.batch.messages import Partition
from ingest.kafka.client import client
from ingest.kafka.settings import KafkaSettings

FETCH_SECONDS = 2.0  # for the messages; those that do not come by then count as unknown
# It is no member of the group: it asks for partitions by name, and commits nothing.
CONF: dict[str, Any] = {
    "client.id": "stockpulse-monitor",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "error",
    "fetch.message.max.bytes": 65_536,  # Kafka sends a larger message all the same
    "queued.min.messages": 1,
    "queued.max.messages.kbytes": 1_024,
    "fetch.queue.backoff.ms": 5,
    "fetch.wait.max.ms": 20,
}


class Found(NamedTuple):
    """State behind an offset: a message and its timestamp in Unix seconds, or nothing yet."""

    is_message: bool
    timestamp: float | None


def peeking(settings: KafkaSettings) -> confluent_kafka.Consumer:
    """Returns a consumer for peek()."""
    return client(confluent_kafka.Consumer, settings, {**CONF, "group.id": settings.group})


def peek(
    kafka: confluent_kafka.Consumer, offsets: Mapping[Partition, int]
) -> dict[Partition, Found]:
    """Returns the first message at or behind each offset, as far as the broker gives them in time.

    Behind an offset at the end of a partition may be none: marks of transactions take offsets too.
    """
    found: dict[Partition, Found] = {}
    deadline = time.monotonic() + FETCH_SECONDS
    kafka.assign([TopicPartition(*partition, offset) for partition, offset in offsets.items()])
    try:
        while len(found) < len(offsets) and (left := deadline - time.monotonic()) > 0:
            message = kafka.poll(left)
            if message is None:
                break
            partition = (message.topic() or "", message.partition() or 0)
            error = message.error()
            if error is None:
                found.setdefault(partition, Found(True, message.timestamp()[1] / 1000))
            elif error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
                found.setdefault(partition, Found(False, None))
    finally:
        kafka.unassign()
    return found
