"""Where each partition goes on: the database's offsets, checked against what the broker holds."""

from db.errors import OffsetsMismatch
from ingest.batch.messages import Partition
from ingest.kafka.consumer import Consumer
from ingest.store.store import Store


def positions_of(consumer: Consumer, store: Store) -> dict[Partition, int]:
    """Returns the position of every assigned partition; new ones start at their beginning.

    Raises OffsetsMismatch when the stored offsets cannot belong to what the broker holds.
    """
    topics = tuple({topic for topic, _ in consumer.assigned})
    stored = {(row[0], row[1]): row for row in store.offsets(topics)}
    ids = consumer.topic_ids()
    positions = {}
    for partition in consumer.assigned:
        low, high = consumer.bounds(partition)
        if partition in stored:
            _, _, position, cluster_id, topic_id = stored[partition]
            _check_cluster(partition, cluster_id, consumer.cluster_id)
            _check_topic(partition, topic_id, ids.get(partition[0]))
            _check(partition, position, low, high)
        else:
            position = low
            topic_id = ids.get(partition[0])
            store.add_offsets(partition, position, consumer.cluster_id, topic_id)
        positions[partition] = position
    return positions


def _check(partition: Partition, position: int, low: int, high: int) -> None:
    topic, number = partition
    if position > high:
        raise OffsetsMismatch(
            f"offset {position} of topic {topic}, partition {number}, is stored, but the topic "
            f"ends at {high}: it was deleted and made anew. {_remedy(topic)}"
        )
    if position < low:
        raise OffsetsMismatch(
            f"topic {topic}, partition {number}, goes on at offset {position}, but the broker has "
            f"dropped everything before {low}: {low - position} messages were never loaded. "
            f"{_remedy(topic)}"
        )


def _check_cluster(partition: Partition, stored: str, connected: str) -> None:
    if stored != connected:
        raise OffsetsMismatch(
            f"the stored offsets of topic {partition[0]} belong to Kafka cluster {stored}, "
            f"this one is {connected}. {_remedy(partition[0])}"
        )


def _check_topic(partition: Partition, stored: str | None, found: str | None) -> None:
    if stored and found and stored != found:
        raise OffsetsMismatch(
            f"the stored offsets belong to a topic {partition[0]} with the id {stored}, this one's "
            f"is {found}: it was deleted and made anew. {_remedy(partition[0])}"
        )


def _remedy(topic: str) -> str:
    return (
        "To load the topic from its beginning, run "
        f"delete from ops.kafka_offsets where topic = '{topic}'"
    )
