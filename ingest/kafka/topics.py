"""The tick topics: their names, and making those that a broker lacks."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._metadata import ClusterMetadata
from confluent_kafka.admin._topic import TopicDescription
from confluent_kafka.cimpl import NewTopic

from db.errors import BrokerAway, BrokerRefused, SettingsError
from db.settings import Settings

LIVE = "stock.ticks.v1"
BACKFILL = "stock.ticks.backfill.v1"  # its own topic, so that history never delays live ticks

REACH_SECONDS = 5.0
CREATE_SECONDS = 15.0
DESCRIBE_SECONDS = 3.0
DAY_MS = 24 * 60 * 60 * 1000
RETENTION_MS = {LIVE: 7 * DAY_MS, BACKFILL: 3 * DAY_MS}

# librdkafka repeats itself on every attempt to connect: errors that matter come as exceptions.
_quiet = logging.getLogger("librdkafka")
_quiet.setLevel(logging.CRITICAL)


class Client(Protocol):
    """What producers, consumers and admin clients have in common."""

    def list_topics(self, topic: str = ..., timeout: float = ...) -> ClusterMetadata: ...


Asked = dict[str, Future[TopicDescription]]  # by topic
C = TypeVar("C", bound=Client)


def client(
    make: Callable[[dict[str, Any]], C], settings: Settings, conf: Mapping[str, Any] | None = None
) -> C:
    """Makes a librdkafka client of `conf`, which the person's own KAFKA_CONF_ settings override."""
    basics = {"bootstrap.servers": settings.bootstrap_servers, "logger": _quiet}
    try:
        return make({**basics, **(conf or {}), **settings.kafka_conf})
    except KafkaException as error:
        raise SettingsError(f"librdkafka refuses a setting: {_reason(error)}") from error


def reach(client: Client, settings: Settings) -> ClusterMetadata:
    """Returns the broker's metadata; raises BrokerAway when none answers within REACH_SECONDS."""
    try:
        return client.list_topics(timeout=REACH_SECONDS)
    except KafkaException as error:
        raise BrokerAway(
            f"no Kafka broker answers at {settings.bootstrap_servers}: "
            "start one (stockpulse stack up) or set KAFKA_BOOTSTRAP_SERVERS"
        ) from error


def ensure(settings: Settings, names: Sequence[str], partitions: int = 6) -> list[str]:
    """Creates the topics that the broker lacks and returns their names; the others stay as is."""
    admin = client(AdminClient, settings)
    cluster = reach(admin, settings)
    missing = [name for name in dict.fromkeys(names) if name not in cluster.topics]
    if is_mock(cluster.cluster_id):
        # It knows no CreateTopics; asking for a topic makes it, with four partitions.
        for name in missing:
            admin.list_topics(name, timeout=REACH_SECONDS)
    elif missing:
        _create(admin, [_new_topic(name, partitions) for name in missing])
    return missing


def is_mock(cluster_id: str | None) -> bool:
    """Tells whether a cluster is librdkafka's mock."""
    return (cluster_id or "").startswith("mockCluster")


def ask_ids(admin: AdminClient, names: Sequence[str]) -> Asked:
    """Asks the broker for the topics' own ids and does not wait; ids_told() has the answer."""
    return admin.describe_topics(TopicCollection(list(names)), request_timeout=DESCRIBE_SECONDS)


def ids_told(asked: Asked) -> dict[str, str]:
    """Returns the topics' own ids, as Kafka's tools write them; raises BrokerAway.

    A topic that was deleted and made anew has another one. Brokers before 2.8 have none.
    """
    found = {}
    for name, future in asked.items():
        try:
            text = str(future.result().topic_id)
        except KafkaException as error:
            raise BrokerAway(f"the broker does not tell topic {name}: {_reason(error)}") from error
        if text.strip("A="):  # all zeros: not told
            found[name] = text.replace("+", "-").replace("/", "_")
    return found


def _new_topic(name: str, partitions: int) -> NewTopic:
    config = {"cleanup.policy": "delete"}
    if name in RETENTION_MS:
        config["retention.ms"] = str(RETENTION_MS[name])
    # -1: as many replicas as the broker's default says
    return NewTopic(name, num_partitions=partitions, replication_factor=-1, config=config)


def _create(admin: AdminClient, topics: list[NewTopic]) -> None:
    for name, future in admin.create_topics(topics, request_timeout=CREATE_SECONDS).items():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # somebody was faster
                raise BrokerRefused(f"topic {name} was not created: {_reason(error)}") from error


def _reason(error: KafkaException) -> str:
    return str(error.args[0].str())
