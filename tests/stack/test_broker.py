"""Which broker is taken, and that it says what it cannot do."""

import time
from collections.abc import Iterator
from pathlib import Path

import confluent_kafka
import pytest
from confluent_kafka import TopicPartition

from db.errors import BrokerAway, StockpulseError
from stack import broker as brokers
from stack import kafka as kafkas
from stack import mock, process
from stack.broker import Broker
from stack.providers import silent


@pytest.fixture
def pretended(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """What a machine without Java and Docker gets."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{directory}/docker.sock")
    environ = {"STOCKPULSE_CACHE": str(directory), "PATH": "/nonexistent"}
    with brokers.start(environ) as started:
        yield started


def partitions(servers: str, topic: str) -> int:
    client = confluent_kafka.Producer({"bootstrap.servers": servers})
    return len(client.list_topics(topic, timeout=10).topics[topic].partitions)


def deliver(servers: str, topic: str, value: bytes) -> None:
    producer = confluent_kafka.Producer({"bootstrap.servers": servers})
    producer.produce(topic, value, partition=0)
    assert producer.flush(20) == 0


def first_message(servers: str, topic: str) -> bytes | None:
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": servers, "group.id": topic, "auto.offset.reset": "earliest"}
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    try:
        message = consumer.poll(20)
        return message.value() if message else None
    finally:
        consumer.close()


def test_without_java_the_mock_is_taken_within_seconds_and_says_its_limits(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{directory}/docker.sock")
    said: list[str] = []
    began = time.monotonic()
    environ = {"STOCKPULSE_CACHE": str(directory), "PATH": "/nonexistent"}
    with brokers.start(environ, say=said.append) as started:
        assert time.monotonic() - began < 5
        assert started.kind == "mock"
    assert said == [
        "broker: passed over Apache Kafka: java is missing",
        "broker: passed over Docker: no Docker engine answers",
        f"broker: librdkafka's mock, not a real Kafka: {mock.LIMITS}",
    ]


def test_topics_of_the_mock_have_the_partitions_asked_for(pretended: Broker) -> None:
    pretended.create_topics(["seven"], partitions=7)
    assert partitions(pretended.bootstrap_servers, "seven") == 7
    deliver(pretended.bootstrap_servers, "seven", b"tick")
    assert first_message(pretended.bootstrap_servers, "seven") == b"tick"


def test_restarted_mock_has_forgotten_everything(pretended: Broker) -> None:
    pretended.create_topics(["seven"], partitions=7)
    pretended.kill()
    pretended.start()
    client = confluent_kafka.Producer({"bootstrap.servers": pretended.bootstrap_servers})
    assert client.list_topics(timeout=10).topics == {}


def test_given_mock_is_recognised(pretended: Broker) -> None:
    with brokers.start({"KAFKA_BOOTSTRAP_SERVERS": pretended.bootstrap_servers}) as given:
        assert given.kind == "mock"
        given.create_topics(["ticks"])
        assert partitions(given.bootstrap_servers, "ticks") == 4
        with pytest.raises(StockpulseError, match="given"):
            given.kill()


def test_given_broker_that_is_away_is_not_replaced_by_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(brokers, "ANSWER_SECONDS", 0.5)
    servers = f"127.0.0.1:{process.free_ports(1)[0]}"
    with pytest.raises(BrokerAway, match=servers):
        brokers.start({"KAFKA_BOOTSTRAP_SERVERS": servers})


def test_old_java_is_passed_over(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    java.chmod(0o755)
    with pytest.raises(StockpulseError, match="not Java 17 or newer"):
        kafkas.find(tmp_path, {"PATH": str(tmp_path)}, silent)


@pytest.mark.kafka
def test_created_topics_can_be_written_to_at_once(kafka: Broker, topic: str) -> None:
    kafka.create_topics([topic], partitions=9)  # it exists: stays as it is
    assert partitions(kafka.bootstrap_servers, topic) == 4
    deliver(kafka.bootstrap_servers, topic, b"tick")
    assert first_message(kafka.bootstrap_servers, topic) == b"tick"


@pytest.mark.kafka
def test_killed_kafka_comes_back_with_its_messages_on_the_same_port(
    kafka: Broker, topic: str
) -> None:
    if kafka.server is None:
        pytest.skip("needs a Kafka that is ours to kill: unset KAFKA_BOOTSTRAP_SERVERS")
    servers = kafka.bootstrap_servers
    deliver(servers, topic, b"before")
    kafka.kill()
    assert not brokers.answers(servers)
    kafka.start()
    assert kafka.bootstrap_servers == servers
    assert first_message(servers, topic) == b"before"
