"""Commands that publish warn of a topic that Kafka compacts: it removes what was never loaded."""

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ingest.feed.producer import FeedProducer
from ingest.kafka.producer import publish
from ingest.kafka.settings import KafkaSettings
from stack.broker import Broker
from tests import support

pytestmark = pytest.mark.kafka


@pytest.fixture
def compacted(broker: Broker) -> str:
    """The name of an empty topic that is compacted."""
    name = support.unique("compacted")
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    topic = NewTopic(name, 1, 1, config={"cleanup.policy": "compact"})
    admin.create_topics([topic])[name].result(15)
    return name


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.reason for r in caplog.records if r.message == "topic is compacted"]


def test_publishing_warns_of_a_compacted_topic(
    broker: Broker, compacted: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
    publish(settings, compacted, iter(()))
    [reason] = reasons(caplog)
    assert reason.startswith(f"topic {compacted} is compacted")


def test_a_feed_warns_of_a_compacted_topic(
    broker: Broker, compacted: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
    FeedProducer(settings, compacted, support.unique("dead"))
    [reason] = reasons(caplog)
    assert reason.startswith(f"topic {compacted} is compacted")
