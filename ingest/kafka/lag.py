"""Lag: how many messages of each topic are not stored yet, and whether loaders can go on."""

from collections.abc import Mapping
from typing import Any

import msgspec
import psycopg
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._metadata import ClusterMetadata

from db import sql
from ingest.batch.messages import Partition
from ingest.kafka import topics
from ingest.kafka.client import client, is_mock, naming_addresses, reach
from ingest.kafka.ends import Position, position, read_ends
from ingest.kafka.mismatch import Mismatch, StoredOffset, mismatch, missing
from ingest.kafka.peek import peek, peeking
from ingest.kafka.settings import KafkaSettings


class Lag(msgspec.Struct, frozen=True):
    """Messages of one topic that are not stored yet.

    lost: those that the broker has dropped, which are not among them. refused: why loaders do not
    go on, and what to do; of the first partition for which they do not, null if there is none.
    """

    topic: str
    partitions: int
    messages: int
    lost: int
    refused: Mismatch | None


def lags(settings: KafkaSettings, conn: psycopg.Connection[Any]) -> list[Lag]:
    """Returns the lag of each of the settings' topics, in their order.

    Leaves out those that neither the broker has nor the database, which `conn` reads. If the
    database has no offset of a partition, all messages that the broker holds count. Raises
    SettingsError, BrokerAway, BrokerRefused, and psycopg.Error if the query fails.
    """
    topics.check_names(settings.topics)
    admin = client(AdminClient, settings)
    cluster = reach(admin, settings)
    names = [name for name in dict.fromkeys(settings.topics) if name in cluster.topics]
    stored = _stored(settings, conn)  # read before the ends, so that none is beyond those
    with naming_addresses(cluster, settings):
        ends = read_ends(admin, _partitions(cluster, names))
        ids = {} if is_mock(cluster.cluster_id) else topics.read_ids(admin, names)
    refused = {topic: missing(topic) for topic, _ in stored if topic not in cluster.topics}
    for one, offset in stored.items():
        if one in ends:
            fault = mismatch(one, offset, ends[one], cluster.cluster_id or "", ids.get(one[0]))
            refused |= {one[0]: fault} if fault and one[0] not in refused else {}
    positions = _without_marks(
        settings, {one: position(ends[one], _next_offset(stored.get(one))) for one in ends}
    )
    return [
        _lag(name, [one for (topic, _), one in positions.items() if topic == name], refused)
        for name in dict.fromkeys(settings.topics)
        if name in cluster.topics or name in refused
    ]


def _lag(topic: str, positions: list[Position], refused: Mapping[str, Mismatch]) -> Lag:
    return Lag(
        topic=topic,
        partitions=len(positions),
        messages=sum(one.behind for one in positions),
        lost=sum(one.lost for one in positions),
        refused=refused.get(topic),
    )


def count(settings: KafkaSettings, topic: str) -> int:
    """Returns how many messages the broker holds of a topic, 0 if there is none of the name.

    Raises SettingsError, BrokerAway or BrokerRefused.
    """
    admin = client(AdminClient, settings)
    cluster = reach(admin, settings)
    ends = read_ends(admin, _partitions(cluster, [topic] if topic in cluster.topics else []))
    return sum(one.end - one.first for one in ends.values())


def _partitions(cluster: ClusterMetadata, names: list[str]) -> list[Partition]:
    return [(name, number) for name in names for number in sorted(cluster.topics[name].partitions)]


def _stored(
    settings: KafkaSettings, conn: psycopg.Connection[Any]
) -> dict[Partition, StoredOffset]:
    rows = conn.execute(sql.load("ingest.store", "offsets"), {"topics": list(settings.topics)})
    return {(row[0], row[1]): StoredOffset(*row[2:]) for row in rows}


def _next_offset(stored: StoredOffset | None) -> int | None:
    return None if stored is None else stored.next_offset


def _without_marks(
    settings: KafkaSettings, positions: Mapping[Partition, Position]
) -> dict[Partition, Position]:
    """Returns positions with nothing ready where no message is: marks of transactions are none."""
    ready = {one: found.next_offset for one, found in positions.items() if found.ready}
    if not ready:
        return dict(positions)
    kafka = peeking(settings)
    try:
        nothing = {one for one, found in peek(kafka, ready).items() if not found.is_message}
    finally:
        kafka.close()
    return {
        one: found._replace(ready=0) if one in nothing else found
        for one, found in positions.items()
    }
