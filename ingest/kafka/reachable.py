"""Checks that a loader reaches what it needs: leaders of the topics, the group's coordinator."""

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from ingest.kafka.client import BrokerAway, client, naming_addresses, reach, reason
from ingest.kafka.ends import read_ends
from ingest.kafka.settings import KafkaSettings

COORDINATOR_SECONDS = 5.0
# Of a coordinator that is not there; it refuses with other errors.
AWAY = (
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._RESOLVE,
    KafkaError._TIMED_OUT,
    KafkaError._TRANSPORT,
    KafkaError._WAIT_COORD,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
)


def check_reachable(settings: KafkaSettings) -> None:
    """Raises BrokerAway if the leader of a partition or the group's coordinator does not answer.

    Raises BrokerRefused if this user may not read a topic.
    """
    admin = client(AdminClient, settings)
    cluster = reach(admin, settings)
    partitions = [
        (name, number)
        for name in settings.topics
        if name in cluster.topics
        for number in cluster.topics[name].partitions
    ]
    with naming_addresses(cluster, settings):
        read_ends(admin, partitions)
        _check_coordinator(admin, settings.group)


def _check_coordinator(admin: AdminClient, group: str) -> None:
    asked = [ConsumerGroupTopicPartitions(group)]
    [future] = admin.list_consumer_group_offsets(
        asked, request_timeout=COORDINATOR_SECONDS
    ).values()
    try:
        future.result()
    except KafkaException as error:
        if error.args[0].code() in AWAY:
            raise BrokerAway(
                f"the coordinator of group {group} does not answer: {reason(error)}"
            ) from error
