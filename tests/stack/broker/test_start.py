"""Choice of a broker, and the limits that a mock reports."""

import time
from collections.abc import Iterator
from pathlib import Path

import confluent_kafka
import pytest
from confluent_kafka import TopicPartition

from db.errors import StockpulseError
from stack import broker as brokers
from stack.broker import Broker, installation, mock, topics
from stack.providers import silent
from stack.server.ports import free_ports


@pytest.fixture
def mocked(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """The broker of a machine without Java and Docker."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{directory}/docker.sock")
    environ = {"STOCKPULSE_CACHE": str(directory), "PATH": "/nonexistent"}
    with brokers.start(environ) as started:
        yield started


def partition_count(servers: str, topic: str) -> int:
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


def test_without_java_the_mock_starts_within_seconds_and_reports_its_limits(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{directory}/docker.sock")
    lines: list[str] = []
    began = time.monotonic()
    environ = {"STOCKPULSE_CACHE": str(directory), "PATH": "/nonexistent"}
    with brokers.start(environ, report=lines.append) as started:
        assert time.monotonic() - began < 5
        assert started.kind == "mock"
    assert lines == [
        "broker: skipped Apache Kafka: java is missing",
        "broker: skipped Docker: no Docker engine answers",
        f"broker: librdkafka's mock broker, not a real Kafka: {mock.LIMITS}",
    ]


def test_a_topic_of_the_mock_has_the_requested_number_of_partitions(mocked: Broker) -> None:
    mocked.create_topics(["seven"], partitions=7)
    assert partition_count(mocked.bootstrap_servers, "seven") == 7
    deliver(mocked.bootstrap_servers, "seven", b"tick")
    assert first_message(mocked.bootstrap_servers, "seven") == b"tick"


def test_a_restarted_mock_is_empty(mocked: Broker) -> None:
    mocked.create_topics(["seven"], partitions=7)
    mocked.kill()
    mocked.start()
    client = confluent_kafka.Producer({"bootstrap.servers": mocked.bootstrap_servers})
    assert client.list_topics(timeout=10).topics == {}


def test_a_mock_in_the_environment_is_recognised(mocked: Broker) -> None:
    with brokers.start({"KAFKA_BOOTSTRAP_SERVERS": mocked.bootstrap_servers}) as given:
        assert given.kind == "mock"
        given.create_topics(["ticks"])
        assert partition_count(given.bootstrap_servers, "ticks") == 4
        with pytest.raises(StockpulseError, match="not started by this program"):
            given.kill()


def test_no_other_broker_replaces_one_in_the_environment_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(topics, "ANSWER_SECONDS", 0.5)
    servers = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(StockpulseError, match=f"no Kafka broker answers at {servers}"):
        brokers.start({"KAFKA_BOOTSTRAP_SERVERS": servers})


def test_a_java_that_is_too_old_is_an_error(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    java.chmod(0o755)
    with pytest.raises(StockpulseError, match="not Java 17 or newer"):
        installation.find(tmp_path, {"PATH": str(tmp_path)}, silent)


@pytest.mark.kafka
def test_a_created_topic_can_be_written_to_at_once(kafka: Broker, topic: str) -> None:
    kafka.create_topics([topic], partitions=9)  # exists: not changed
    assert partition_count(kafka.bootstrap_servers, topic) == 4
    deliver(kafka.bootstrap_servers, topic, b"tick")
    assert first_message(kafka.bootstrap_servers, topic) == b"tick"


@pytest.mark.long
@pytest.mark.kafka
def test_a_killed_kafka_restarts_with_its_messages_on_the_same_port(
    kafka: Broker, topic: str
) -> None:
    if kafka.server is None:
        pytest.skip("needs a Kafka of its own to kill: unset KAFKA_BOOTSTRAP_SERVERS")
    servers = kafka.bootstrap_servers
    deliver(servers, topic, b"before")
    kafka.kill()
    assert not topics.answers(servers)
    kafka.start()
    assert kafka.bootstrap_servers == servers
    assert first_message(servers, topic) == b"before"
