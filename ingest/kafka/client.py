"""Makes librdkafka clients from the settings and checks that a broker answers."""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from confluent_kafka import KafkaException
from confluent_kafka.admin._metadata import ClusterMetadata

from db.errors import SettingsError, StockpulseError
from ingest.kafka import diagnosis, properties
from ingest.kafka.settings import KafkaSettings

REACH_SECONDS = 5.0
FIRST_SECONDS = 2.0  # of them, until it is found out why no broker answers
MECHANISMS = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"

# librdkafka logs every attempt to connect; the errors that matter are raised as exceptions.
_quiet = logging.getLogger("librdkafka")
_quiet.setLevel(logging.CRITICAL + 1)  # also its own "fatal", which is raised
_debug = logging.getLogger("librdkafka.debug")  # if KAFKA_CONF_DEBUG asks for it
_debug.setLevel(logging.DEBUG)


class BrokerAway(StockpulseError):
    """No broker can be reached."""


class BrokerRefused(StockpulseError):
    """The broker refused: a message is too large, a topic is not allowed."""


class Client(Protocol):
    """Methods that producers, consumers and admin clients share."""

    def list_topics(self, topic: str = ..., timeout: float = ...) -> ClusterMetadata: ...

    def poll(self, timeout: float = ...) -> object: ...


C = TypeVar("C", bound=Client)


def client(
    make: Callable[[dict[str, Any]], C],
    settings: KafkaSettings,
    conf: Mapping[str, Any] | None = None,
) -> C:
    """Makes a librdkafka client of the class `make`; does not wait for a broker.

    `conf` holds librdkafka's properties; the KAFKA_CONF_ variables override them. Raises
    SettingsError if one of them is not allowed, or if librdkafka refuses it.
    """
    given = _properties(settings, conf or {})
    try:
        return make(given)
    except KafkaException as error:
        raise SettingsError(_refusal(reason(error))) from error
    except (TypeError, ValueError) as error:  # of the Python package, which has some of its own
        raise SettingsError(f"a KAFKA_CONF_ variable is refused: {error}") from error


def _properties(settings: KafkaSettings, conf: Mapping[str, Any]) -> dict[str, Any]:
    own = properties.checked(settings.kafka_conf)
    basics = {
        "bootstrap.servers": settings.bootstrap_servers,
        "logger": _debug if "debug" in own else _quiet,
    }
    return {**basics, **conf, **own}


def _refusal(text: str) -> str:
    """Returns librdkafka's sentence about a property, with the variable that sets it."""
    text = re.sub("^Failed to create [a-z ]+: ", "", text)
    names = re.search(r'property:? "([a-z0-9._]+)"', text)
    variable = f"{properties.variable_of(names[1])}: " if names else ""
    remedy = f"; set KAFKA_CONF_SASL_MECHANISMS to {MECHANISMS}" if "SASL mechanism" in text else ""
    return f"{variable}librdkafka refuses a setting: {text}{remedy}"


def reach(client: Client, settings: KafkaSettings) -> ClusterMetadata:
    """Returns the metadata of the cluster.

    Raises BrokerAway, with the reason and what to do, if no broker answers within REACH_SECONDS or
    TLS or a login fails before.
    """
    end = time.monotonic() + REACH_SECONDS
    try:
        return client.list_topics(timeout=min(FIRST_SECONDS, REACH_SECONDS))
    except KafkaException as error:
        client.poll(0)  # takes the log, which would grow if this is called again and again
        cause = diagnosis.cause(_properties(settings, {}))
        if cause is not None and not cause.may_pass:
            raise BrokerAway(f"no Kafka broker can be used: {cause.sentence}") from error
    try:
        return client.list_topics(timeout=max(0.1, end - time.monotonic()))
    except KafkaException as error:
        raise BrokerAway(_no_answer(settings, cause)) from error


def _no_answer(settings: KafkaSettings, cause: diagnosis.Cause | None) -> str:
    if cause is not None and cause.answers:
        return f"a broker answers at {settings.bootstrap_servers}, and then none: {cause.sentence}"
    remedy = diagnosis.START_ONE if cause is None else cause.sentence
    return f"no Kafka broker answers at {settings.bootstrap_servers}: {remedy}"


def advertised(cluster: ClusterMetadata, settings: KafkaSettings) -> str:
    """Returns the end of a sentence about a broker that answers first and then no more.

    Empty if brokers tell their clients the addresses that are set.
    """
    told = {f"{broker.host}:{broker.port}" for broker in cluster.brokers.values()}
    sentence = diagnosis.other_addresses(told, settings.bootstrap_servers)
    return f"; {sentence}" if sentence else ""


@contextmanager
def naming_addresses(cluster: ClusterMetadata, settings: KafkaSettings) -> Iterator[None]:
    """Adds advertised() to BrokerAway."""
    try:
        yield
    except BrokerAway as error:
        raise BrokerAway(f"{error}{advertised(cluster, settings)}") from error


def is_mock(cluster_id: str | None) -> bool:
    """Returns whether a cluster is librdkafka's mock."""
    return (cluster_id or "").startswith("mockCluster")


def reason(error: KafkaException) -> str:
    """Returns librdkafka's description of an error."""
    return str(error.args[0].str())
