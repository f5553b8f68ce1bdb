"""The offsets from which partitions are read: the database's, checked against the broker's."""

import logging
from collections.abc import Mapping

from db.errors import StockpulseError
from ingest.batch.messages import Partition
from ingest.kafka.consumer import Committed, Consumer
from ingest.kafka.mismatch import StoredOffset, mismatch
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
    topics = tuple({topic for topic, _ in consumer.assignment.partitions})
    stored = {(row[0], row[1]): StoredOffset(*row[2:]) for row in store.offsets(topics)}
    ids = consumer.topic_ids()
    offsets = {}
    # The ends are read last: until then another loader may advance the stored offsets.
    for partition, found in consumer.ends().items():
        topic_id = ids.get(partition[0])
        if partition in stored:
            known = stored[partition]
            fault = mismatch(partition, known, found, consumer.cluster_id, topic_id)
            if fault:
                raise OffsetsMismatch(str(fault))
            offsets[partition] = known.next_offset
        else:
            offsets[partition] = found.first
            store.add_offsets(partition, found.first, consumer.cluster_id, topic_id)
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
