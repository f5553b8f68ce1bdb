"""Questions to a running broker: whether it answers, its cluster's id, creating topics."""

import time
from collections.abc import Iterable

import confluent_kafka
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.cimpl import NewTopic

from db.errors import StockpulseError
from stack.server.child import POLL_SECONDS

ANSWER_SECONDS = 5.0
PROBE_SECONDS = 1.0
TOPIC_SECONDS = 30.0


def answers(servers: str) -> bool:
    """Returns whether a broker answers within PROBE_SECONDS."""
    return cluster_id(servers, PROBE_SECONDS) is not None


def cluster_id(servers: str, seconds: float) -> str | None:
    """Returns the cluster's id, None if no broker answers within `seconds`."""
    try:
        cluster = _admin(servers).list_topics(timeout=seconds)
    except confluent_kafka.KafkaException:
        return None
    return cluster.cluster_id if cluster.brokers else None


def create_by_metadata(servers: str, names: Iterable[str]) -> None:
    """Lets a mock broker create topics, which it does when it gets a request for their metadata."""
    producer = confluent_kafka.Producer({"bootstrap.servers": servers})
    for name in names:
        producer.list_topics(name, timeout=TOPIC_SECONDS)


def create(servers: str, names: Iterable[str], partitions: int) -> None:
    """Creates missing topics; returns once every partition's leader answers.

    Raises StockpulseError if the broker refuses one or it has no leader after TOPIC_SECONDS.
    """
    admin = _admin(servers)  # in a variable: its futures fail once it is collected
    topics = [NewTopic(name, num_partitions=partitions) for name in names]
    for name, future in admin.create_topics(topics).items():
        try:
            future.result(TOPIC_SECONDS)
        except confluent_kafka.KafkaException as error:
            if error.args[0].code() != confluent_kafka.KafkaError.TOPIC_ALREADY_EXISTS:
                raise StockpulseError(f"topic {name} cannot be created: {error}") from error
        _wait_for_leaders(admin, name)


def _wait_for_leaders(admin: AdminClient, name: str) -> None:
    """Returns once each leader answers: metadata names it before it has its partition."""
    deadline = time.monotonic() + TOPIC_SECONDS
    while not _leads(admin, name):
        if time.monotonic() > deadline:
            raise StockpulseError(f"topic {name} has no leader")
        time.sleep(POLL_SECONDS)


def _leads(admin: AdminClient, name: str) -> bool:
    topic = admin.list_topics(name, timeout=ANSWER_SECONDS).topics[name]
    if not topic.partitions or any(part.leader < 0 for part in topic.partitions.values()):
        return False
    ends = {TopicPartition(name, number): OffsetSpec.latest() for number in topic.partitions}  # type: ignore[no-untyped-call]
    try:
        for future in admin.list_offsets(ends, request_timeout=ANSWER_SECONDS).values():
            future.result(ANSWER_SECONDS)
    except confluent_kafka.KafkaException:
        return False
    return True


def _admin(servers: str) -> AdminClient:
    # log_level 0: a broker that does not answer yet is expected.
    return AdminClient(
        {"bootstrap.servers": servers, "log_level": 0, "reconnect.backoff.max.ms": 100}
    )
