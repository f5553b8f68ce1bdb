"""Ends of partitions, and the first messages behind offsets, as the broker has them now."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import confluent_kafka
from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from ingest.batch.messages import Partition
from ingest.kafka.client import BrokerAway, client, reason
from ingest.kafka.settings import KafkaSettings

FIRST = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
END = OffsetSpec.latest()  # type: ignore[no-untyped-call]
ANSWER_SECONDS = 5.0  # for the offsets of all partitions
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


class Ends(NamedTuple):
    """Offsets of a partition: its first, the end of what is committed, its end."""

    first: int
    committed: int
    end: int


class Found(NamedTuple):
    """State behind an offset: a message and its timestamp in Unix seconds, or nothing yet."""

    is_message: bool
    timestamp: float | None


def read_ends(admin: AdminClient, partitions: Iterable[Partition]) -> dict[Partition, Ends]:
    """Returns the offsets of partitions, asked for all at once; raises BrokerAway."""
    asked = [TopicPartition(*partition) for partition in partitions]
    if not asked:
        return {}
    futures = [
        admin.list_offsets(
            dict.fromkeys(asked, spec), isolation_level=level, request_timeout=ANSWER_SECONDS
        )
        for spec, level in (
            (FIRST, IsolationLevel.READ_UNCOMMITTED),
            (END, IsolationLevel.READ_COMMITTED),
            (END, IsolationLevel.READ_UNCOMMITTED),
        )
    ]
    try:
        return {
            (one.topic, one.partition): Ends(*(found[one].result().offset for found in futures))
            for one in asked
        }
    except KafkaException as error:
        raise BrokerAway(f"the broker does not report ends of topics: {reason(error)}") from error


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
