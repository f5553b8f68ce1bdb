"""The offsets from which partitions are read: the database's, checked against the broker's."""

import logging
from collections.abc import Mapping

from db.errors import StockpulseError
from ingest.batch.messages import Partition
from ingest.kafka.consumer import Committed, Consumer
from ingest.store.store import Store
from ingest.store.timeline import FormerPrimary, Timeline

logger = logging.getLogger(__name__)


class OffsetsMismatch(StockpulseError):
    """The stored offsets do not belong to the topic that the broker holds."""


def find_start_offsets(consumer: Consumer, store: Store) -> dict[Partition, int]:
    """Returns the next offset of every assigned partition; adds those that the database lacks.

    A partition without a stored offset starts at its first message. Raises OffsetsMismatch if the
    stored offsets cannot belong to what the broker holds, FormerPrimary if loaders of the group
    have stored on a newer timeline of this server's history; BrokerAway, DatabaseAway.
    """
    committed = consumer.committed()
    _check_timeline(committed, store.timeline)
    partitions = consumer.assignment.partitions
    topics = tuple({topic for topic, _ in partitions})
    stored = {(row[0], row[1]): row for row in store.offsets(topics)}
    ids = consumer.topic_ids()
    offsets = {}
    for partition in partitions:
        topic_id = ids.get(partition[0])
        low, high = consumer.watermarks(partition)
        if partition in stored:
            _, _, offset, cluster_id, stored_id = stored[partition]
            _check_cluster(partition, cluster_id, consumer.cluster_id)
            _check_topic(partition, stored_id, topic_id)
            _check_offset(partition, offset, low, high)
        else:
            offset = low
            store.add_offsets(partition, offset, consumer.cluster_id, topic_id)
        offsets[partition] = offset
    _compare_with_group(consumer.group, committed, offsets)
    return offsets


def _check_timeline(committed: Mapping[Partition, Committed], found: Timeline | None) -> None:
    """Compares the server with those on which the group's loaders have stored."""
    for one in committed.values():
        newest = Timeline.parse(one.note)
        if newest is not None and newest.is_after(found):
            raise FormerPrimary(newest)


def _compare_with_group(
    group: str, committed: Mapping[Partition, Committed], offsets: Mapping[Partition, int]
) -> None:
    """Warns if Kafka has later offsets of the group: a loader commits there what it has stored."""
    ahead = {
        partition: committed[partition].offset - offset
        for partition, offset in offsets.items()
        if partition in committed and committed[partition].offset > offset
    }
    if ahead:
        (topic, number), _ = max(ahead.items(), key=lambda item: item[1])
        reason = (
            f"{sum(ahead.values())} messages that loaders of group {group} have stored are"
            f" not in this database, most of topic {topic}, partition {number}: it was restored, or"
            " is new, and they are loaded again; or another database's loaders use the group, and"
            " Kafka divides the messages between the two: give each database a STOCKPULSE_GROUP"
        )
        logger.warning("the group is ahead of the database", extra={"reason": reason})


def _check_cluster(partition: Partition, stored: str, connected: str) -> None:
    if stored != connected:
        raise OffsetsMismatch(
            f"the stored offsets of topic {partition[0]} belong to Kafka cluster {stored}, but the "
            f"loader is connected to {connected}. {_remedy(partition[0])}"
        )


def _check_topic(partition: Partition, stored: str | None, found: str | None) -> None:
    if stored and found and stored != found:
        raise OffsetsMismatch(
            f"the stored offsets belong to a topic {partition[0]} with the id {stored}, but its id "
            f"is {found}: it was deleted and recreated. {_remedy(partition[0])}"
        )


def _check_offset(partition: Partition, offset: int, low: int, high: int) -> None:
    topic, number = partition
    if offset > high:
        raise OffsetsMismatch(
            f"offset {offset} of topic {topic}, partition {number}, is stored, but the topic "
            f"ends at {high}: it was deleted and recreated. {_remedy(topic)}"
        )
    if offset < low:
        raise OffsetsMismatch(
            f"topic {topic}, partition {number}, is loaded up to offset {offset}, but the broker "
            f"has dropped everything before {low}: {low - offset} messages were never loaded. "
            f"{_remedy(topic)}"
        )


def _remedy(topic: str) -> str:
    return (
        "To load the topic from its beginning, run "
        f"delete from ops.kafka_offsets where topic = '{topic}'"
    )
