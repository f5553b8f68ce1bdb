"""Reasons why loaders refuse to continue at a stored offset, each with its remedy."""

from typing import NamedTuple

import msgspec

from ingest.batch.messages import Partition
from ingest.kafka.ends import Ends, position


class StoredOffset(NamedTuple):
    """The next offset of a partition in the database, and to which cluster and topic it belongs."""

    next_offset: int
    cluster_id: str
    topic_id: str | None


class Mismatch(msgspec.Struct, frozen=True):
    """A stored offset that does not belong to what the broker holds."""

    fact: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.fact}. {self.remedy}"


def mismatch(
    partition: Partition, stored: StoredOffset, ends: Ends, cluster_id: str, topic_id: str | None
) -> Mismatch | None:
    """Returns what is wrong with the stored offset of a partition, None if loaders continue at it.

    `topic_id` is None if the broker has none.
    """
    fact = (
        _other_cluster(partition, stored, cluster_id)
        or _other_topic(partition, stored, topic_id)
        or beyond_end(partition, stored.next_offset, ends)
        or _lost(partition, stored.next_offset, ends)
    )
    return Mismatch(fact, _remedy(partition[0])) if fact else None


def missing(topic: str) -> Mismatch:
    """Returns what is wrong with a topic of which offsets are stored, and that is not there."""
    return Mismatch(
        f"offsets of topic {topic} are stored, but the broker has no topic of this name, or hides"
        " it from this user",
        _remedy(topic),
    )


def _other_cluster(partition: Partition, stored: StoredOffset, connected: str) -> str | None:
    if stored.cluster_id == connected:
        return None
    return (
        f"the stored offsets of topic {partition[0]} belong to Kafka cluster {stored.cluster_id}, "
        f"but the loader is connected to {connected}"
    )


def _other_topic(partition: Partition, stored: StoredOffset, found: str | None) -> str | None:
    if not stored.topic_id or not found or stored.topic_id == found:
        return None
    return (
        f"the stored offsets belong to a topic {partition[0]} with the id {stored.topic_id}, but "
        f"its id is {found}: it was deleted and recreated"
    )


def beyond_end(partition: Partition, stored: int, ends: Ends) -> str | None:
    """Returns a sentence on a stored offset that lies past the end of its partition."""
    if not position(ends, stored).beyond:
        return None
    topic, number = partition
    return (
        f"offset {stored} of topic {topic}, partition {number}, is stored, but the topic "
        f"ends at {ends.end}: it was deleted and recreated"
    )


def _lost(partition: Partition, stored: int, ends: Ends) -> str | None:
    lost = position(ends, stored).lost
    if not lost:
        return None
    topic, number = partition
    return (
        f"topic {topic}, partition {number}, is loaded up to offset {stored}, but the broker "
        f"has dropped everything before {ends.first}: {lost} messages were never loaded"
    )


def _remedy(topic: str) -> str:
    return (
        "To load the topic from its beginning, run "
        f"delete from ops.kafka_offsets where topic = '{topic}'"
    )
