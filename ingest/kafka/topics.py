"""The topics: their names, their creation, their ids."""

import re
from collections.abc import Sequence
from concurrent.futures import Future

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._topic import TopicDescription
from confluent_kafka.cimpl import NewTopic

from db.errors import SettingsError
from ingest.kafka.client import (
    REACH_SECONDS,
    BrokerAway,
    BrokerRefused,
    advertised,
    client,
    is_mock,
    reach,
    reason,
)
from ingest.kafka.settings import KafkaSettings

LIVE = "stock.ticks.v1"
BACKFILL = "stock.ticks.backfill.v1"  # its own topic, so that history never delays live ticks
DEAD_LETTERS = "stock.ticks.dlq.v1"  # frames of venues that feeds cannot read
BARS = "stock.bars.1m.v1"  # out: final bars of our own
VENDOR_BARS = "stock.bars.vendor.v1"  # in: bars that others have made

PARTITIONS = 6
PARTITIONS_OF = {BARS: 3, VENDOR_BARS: 3}
DEFAULT_REPLICATION = -1  # as many replicas as the broker is configured to make
CREATE_SECONDS = 15.0
DESCRIBE_SECONDS = 3.0
DAY_MS = 24 * 60 * 60 * 1000
RETENTION_MS = {
    LIVE: 7 * DAY_MS,
    BACKFILL: 3 * DAY_MS,
    DEAD_LETTERS: 14 * DAY_MS,
    BARS: 7 * DAY_MS,
    VENDOR_BARS: 7 * DAY_MS,
}

NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")
# Of a topic that the broker hides from this user, who may not create it either.
HIDDEN = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED)

IdRequest = dict[str, Future[TopicDescription]]  # by topic


def ensure(settings: KafkaSettings, names: Sequence[str]) -> list[str]:
    """Creates the topics that the broker lacks and returns their names.

    Existing topics keep their partitions and retention. librdkafka's mock always makes four
    partitions. Raises SettingsError, also for what is no topic's name; BrokerAway if no broker
    answers within seconds, BrokerRefused if the broker refuses to create a topic.
    """
    check_names(names)
    admin = client(AdminClient, settings)
    cluster = reach(admin, settings)
    missing = [name for name in dict.fromkeys(names) if name not in cluster.topics]
    if is_mock(cluster.cluster_id):
        # The mock does not implement CreateTopics; it creates a topic whose metadata is requested.
        for name in missing:
            admin.list_topics(name, timeout=REACH_SECONDS)
    elif missing:
        _create(admin, list(map(_new_topic, missing)), advertised(cluster, settings))
    return missing


def check_names(names: Sequence[str]) -> None:
    """Raises SettingsError for the first that cannot be a topic's name."""
    for name in names:
        if not NAME.fullmatch(name) or name in (".", ".."):
            raise SettingsError(
                f"{name!r} is no name of a topic, which has up to 249 letters, digits, '.', '_'"
                " and '-'; patterns do not work, name each topic"
            )


def _new_topic(name: str) -> NewTopic:
    config = {"cleanup.policy": "delete"}
    if name in RETENTION_MS:
        config["retention.ms"] = str(RETENTION_MS[name])
    return NewTopic(
        name,
        num_partitions=PARTITIONS_OF.get(name, PARTITIONS),
        replication_factor=DEFAULT_REPLICATION,
        config=config,
    )


def _create(admin: AdminClient, topics: list[NewTopic], addresses: str) -> None:
    for name, future in admin.create_topics(topics, request_timeout=CREATE_SECONDS).items():
        try:
            future.result()
        except KafkaException as error:
            code = error.args[0].code()
            if code in HIDDEN:
                raise BrokerRefused(
                    f"topic {name}: this user may neither see nor create it ({reason(error)});"
                    " allow it to read or write the topic"
                ) from error
            if code == KafkaError._TIMED_OUT:
                raise BrokerAway(
                    f"topic {name} was not created: {reason(error)}{addresses}"
                ) from error
            # Another process may have created it since the metadata was read.
            if code != KafkaError.TOPIC_ALREADY_EXISTS:
                raise BrokerRefused(f"topic {name} was not created: {reason(error)}") from error


def request_ids(admin: AdminClient, names: Sequence[str]) -> IdRequest:
    """Requests the ids of topics from the broker without waiting; receive_ids() has the answer."""
    return admin.describe_topics(TopicCollection(list(names)), request_timeout=DESCRIBE_SECONDS)


def read_ids(admin: AdminClient, names: Sequence[str]) -> dict[str, str]:
    """Returns the id of each topic, see receive_ids(); raises BrokerAway."""
    return receive_ids(request_ids(admin, names)) if names else {}


def receive_ids(request: IdRequest) -> dict[str, str]:
    """Returns the id of each topic as Kafka's tools write it, waiting up to DESCRIBE_SECONDS.

    A topic that was deleted and recreated has another id. Brokers before 2.8 report none: their
    topics are left out. Raises BrokerAway.
    """
    ids = {}
    for name, future in request.items():
        try:
            text = str(future.result().topic_id)
        except KafkaException as error:
            raise BrokerAway(
                f"the broker does not report the id of topic {name}: {reason(error)}"
            ) from error
        if text.strip("A="):  # all zeros: none
            ids[name] = text.replace("+", "-").replace("/", "_")
    return ids
