"""Lag: how many messages of each topic are not stored yet."""

import time
from typing import Any

import confluent_kafka
import msgspec
import psycopg
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from db import sql
from ingest.kafka import topics
from ingest.kafka.client import BrokerAway, advertised, client, reach, reason
from ingest.kafka.settings import KafkaSettings

BROKER_SECONDS = 5.0  # longest wait for the offsets of a partition
RETRY_SECONDS = 0.1
# The ends behind open transactions: what waits there is not stored either.
UNCOMMITTED = {"isolation.level": "read_uncommitted"}
# Of a partition that is new, or whose leader has changed.
PASSING = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
)


class Lag(msgspec.Struct, frozen=True):
    """Messages of one topic that are not stored yet."""

    topic: str
    partitions: int
    messages: int


def lags(settings: KafkaSettings, conn: psycopg.Connection[Any]) -> list[Lag]:
    """Returns the lag of each of the settings' topics that exists on the broker, in their order.

    The lag of a partition is its end less the next offset in the database, which `conn` reads. If
    the database has none, all messages that the broker holds count. Raises SettingsError,
    BrokerAway, and psycopg.Error if the query fails.
    """
    topics.check_names(settings.topics)
    rows = conn.execute(
        sql.load("ingest.store", "offsets"), {"topics": list(settings.topics)}
    ).fetchall()
    stored = {(row[0], row[1]): row[2] for row in rows}
    kafka = client(confluent_kafka.Consumer, settings, {"group.id": settings.group, **UNCOMMITTED})
    try:
        cluster = reach(kafka, settings)
    except BrokerAway:
        kafka.close()
        raise
    try:
        return [
            _lag(kafka, name, sorted(cluster.topics[name].partitions), stored)
            for name in dict.fromkeys(settings.topics)
            if name in cluster.topics
        ]
    except BrokerAway as error:
        raise BrokerAway(f"{error}{advertised(cluster, settings)}") from error
    finally:
        kafka.close()


def count(settings: KafkaSettings, topic: str) -> int:
    """Returns how many messages the broker holds of a topic, 0 if there is none of the name.

    Raises SettingsError or BrokerAway.
    """
    kafka = client(confluent_kafka.Consumer, settings, {"group.id": settings.group, **UNCOMMITTED})
    try:
        found = reach(kafka, settings).topics.get(topic)
        return _lag(kafka, topic, sorted(found.partitions), {}).messages if found else 0
    finally:
        kafka.close()


def _lag(
    kafka: confluent_kafka.Consumer,
    topic: str,
    partitions: list[int],
    stored: dict[tuple[str, int], int],
) -> Lag:
    behind = 0
    for partition in partitions:
        try:
            low, high = _offsets(kafka, TopicPartition(topic, partition))
        except KafkaException as error:
            raise BrokerAway(
                f"the broker does not report the offsets of topic {topic}, "
                f"partition {partition}: {reason(error)}"
            ) from error
        # A stored offset beyond the end belongs to another topic of this name: the loader says so.
        behind += max(0, high - max(low, stored.get((topic, partition), low)))
    return Lag(topic, len(partitions), behind)


def _offsets(kafka: confluent_kafka.Consumer, partition: TopicPartition) -> tuple[int, int]:
    """Returns the first and the next offset of a partition; waits for it to have a leader."""
    end = time.monotonic() + BROKER_SECONDS
    while True:
        try:
            return kafka.get_watermark_offsets(partition, timeout=BROKER_SECONDS)
        except KafkaException as error:
            if error.args[0].code() not in PASSING or time.monotonic() > end:
                raise
        time.sleep(RETRY_SECONDS)
