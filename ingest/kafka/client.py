"""Makes librdkafka clients from the settings and checks that a broker answers."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from confluent_kafka import KafkaException
from confluent_kafka.admin._metadata import ClusterMetadata

from db.errors import SettingsError, StockpulseError
from ingest.kafka.settings import KafkaSettings

REACH_SECONDS = 5.0

# librdkafka logs every attempt to connect; the errors that matter are raised as exceptions.
_quiet = logging.getLogger("librdkafka")
_quiet.setLevel(logging.CRITICAL)


class BrokerAway(StockpulseError):
    """No broker can be reached."""


class BrokerRefused(StockpulseError):
    """The broker refused: a message is too large, a topic is not allowed."""


class Client(Protocol):
    """Methods that producers, consumers and admin clients share."""

    def list_topics(self, topic: str = ..., timeout: float = ...) -> ClusterMetadata: ...


C = TypeVar("C", bound=Client)


def client(
    make: Callable[[dict[str, Any]], C],
    settings: KafkaSettings,
    conf: Mapping[str, Any] | None = None,
) -> C:
    """Makes a librdkafka client of the class `make`; does not wait for a broker.

    `conf` holds librdkafka's properties; the KAFKA_CONF_ variables override them. Raises
    SettingsError if librdkafka refuses a property.
    """
    basics = {"bootstrap.servers": settings.bootstrap_servers, "logger": _quiet}
    try:
        return make({**basics, **(conf or {}), **settings.kafka_conf})
    except KafkaException as error:
        raise SettingsError(f"librdkafka refuses a setting: {reason(error)}") from error


def reach(client: Client, settings: KafkaSettings) -> ClusterMetadata:
    """Returns the metadata of the cluster.

    Raises BrokerAway if no broker answers within REACH_SECONDS.
    """
    try:
        return client.list_topics(timeout=REACH_SECONDS)
    except KafkaException as error:
        raise BrokerAway(
            f"no Kafka broker answers at {settings.bootstrap_servers}: "
            "start one (stockpulse stack up) or set KAFKA_BOOTSTRAP_SERVERS"
        ) from error


def is_mock(cluster_id: str | None) -> bool:
    """Returns whether a cluster is librdkafka's mock."""
    return (cluster_id or "").startswith("mockCluster")


def reason(error: KafkaException) -> str:
    """Returns librdkafka's description of an error."""
    return str(error.args[0].str())
