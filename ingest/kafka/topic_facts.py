"""Facts of topics that decide how long their messages are there to be loaded."""

import logging
from collections.abc import Mapping, Sequence

import confluent_kafka
import msgspec
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigEntry, ConfigResource

from ingest.kafka.client import BrokerAway, BrokerRefused, client, is_mock, reach, reason
from ingest.kafka.settings import KafkaSettings

logger = logging.getLogger(__name__)

DESCRIBE_SECONDS = 5.0

# Of the broker when it does not answer, as opposed to a refusal.
AWAY = frozenset({KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN})


class TopicFacts(msgspec.Struct, frozen=True):
    """Limits up to which a topic keeps its messages; None is for ever, or any size.

    `retention_ms` counts from the record's timestamp, which producers set unless `timestamp_type`
    is LogAppendTime; `retention_bytes` is the size of a partition. Neither applies unless
    `cleanup_policy` contains delete.
    """

    topic: str
    cleanup_policy: str  # "delete", "compact", or both separated by a comma
    retention_ms: int | None
    retention_bytes: int | None
    timestamp_type: str  # "CreateTime" or "LogAppendTime"

    @property
    def is_compacted(self) -> bool:
        """Whether Kafka removes all messages of a key but the newest."""
        return "compact" in self.cleanup_policy.split(",")

    def compaction_warning(self) -> str | None:
        """Returns what compaction loses, in a sentence with its remedy; None if there is none."""
        if not self.is_compacted:
            return None
        return (
            f"topic {self.topic} is compacted (cleanup.policy={self.cleanup_policy}): Kafka "
            "removes all messages of a key but the newest, loaded or not. To keep them, set "
            f"cleanup.policy=delete and a retention: {self._remedy()}"
        )

    def _remedy(self) -> str:
        return (
            "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics "
            f"--entity-name {self.topic} --add-config cleanup.policy=delete,retention.ms=604800000"
        )


def topic_facts(settings: KafkaSettings, topics: Sequence[str]) -> list[TopicFacts]:
    """Returns the facts of those of `topics` that exist, in their order.

    librdkafka's mock reports none. Raises SettingsError, BrokerAway, and BrokerRefused if the
    broker does not let this user read the configuration of a topic.
    """
    admin = client(AdminClient, settings)
    cluster = reach(admin, settings)
    found = [name for name in dict.fromkeys(topics) if name in cluster.topics]
    if not found or is_mock(cluster.cluster_id):
        return []
    resources = [ConfigResource("topic", name) for name in found]
    futures = admin.describe_configs(resources, request_timeout=DESCRIBE_SECONDS)
    answers = {resource.name: future for resource, future in futures.items()}
    facts = []
    for name in found:
        try:
            facts.append(_facts(name, answers[name].result()))
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:  # deleted meanwhile
                raise _failure(name, error) from error
    return facts


def log_compaction(settings: KafkaSettings, topics: Sequence[str]) -> None:
    """Warns in the log of topics that lose messages by compaction, or that it cannot tell."""
    try:
        found = topic_facts(settings, topics)
    except (BrokerAway, BrokerRefused) as error:
        logger.warning("topics not examined for compaction", extra={"reason": str(error)})
        return
    for one in found:
        if warning := one.compaction_warning():
            logger.warning("topic is compacted", extra={"reason": warning})


def _facts(name: str, config: Mapping[str, ConfigEntry]) -> TopicFacts:
    def text(entry: str) -> str:
        return str(config[entry].value)

    def limit(entry: str) -> int | None:
        number = int(text(entry))
        return None if number < 0 else number

    return TopicFacts(
        topic=name,
        cleanup_policy=text("cleanup.policy").replace(" ", ""),
        retention_ms=limit("retention.ms"),
        retention_bytes=limit("retention.bytes"),
        timestamp_type=text("message.timestamp.type"),
    )


def _failure(name: str, error: confluent_kafka.KafkaException) -> BrokerAway | BrokerRefused:
    text = f"the broker does not report the configuration of topic {name}: {reason(error)}"
    return BrokerAway(text) if error.args[0].code() in AWAY else BrokerRefused(text)
