"""Ends of partitions and what lies behind an offset, as a broker has them."""

import confluent_kafka
import pytest
from confluent_kafka.admin import AdminClient

from ingest.kafka.client import BrokerAway
from ingest.kafka.ends import Ends, read_ends
from ingest.kafka.peek import Found, peek, peeking
from tests import support


@pytest.fixture
def admin(broker) -> AdminClient:
    return AdminClient({"bootstrap.servers": broker.bootstrap_servers})


def produce(producer, topic, count):
    for number in range(count):
        producer.produce(topic, b"x", partition=0, timestamp=1_772_193_600_000 + number)


def test_ends_of_all_partitions_come_at_once(admin, broker, topic):
    producer = confluent_kafka.Producer({"bootstrap.servers": broker.bootstrap_servers})
    produce(producer, topic, 7)
    assert producer.flush(10) == 0
    partitions = [(topic, number) for number in range(4)]
    assert read_ends(admin, partitions) == {
        (topic, 0): Ends(0, 7, 7),
        **{(topic, number): Ends(0, 0, 0) for number in (1, 2, 3)},
    }
    assert read_ends(admin, []) == {}


def test_a_partition_that_does_not_exist_has_no_ends(admin, broker, topic, monkeypatch):
    monkeypatch.setattr("ingest.kafka.ends.ANSWER_SECONDS", 1.0)
    with pytest.raises(BrokerAway, match=r"offsets of topic .*, partition 99: "):
        read_ends(admin, [(topic, 99)])


def test_the_first_message_behind_an_offset_tells_its_time(kafka_settings, broker, topic):
    producer = confluent_kafka.Producer({"bootstrap.servers": broker.bootstrap_servers})
    produce(producer, topic, 7)
    assert producer.flush(10) == 0
    kafka = peeking(kafka_settings)
    try:
        found = peek(kafka, {(topic, 0): 5, (topic, 1): 0})
        assert found == {(topic, 0): Found(True, 1_772_193_600.005), (topic, 1): Found(False, None)}
        assert peek(kafka, {(topic, 0): 6}) == {(topic, 0): Found(True, 1_772_193_600.006)}
    finally:
        kafka.close()


@pytest.mark.kafka
def test_marks_of_transactions_are_told_from_messages(admin, kafka_settings, broker, topic):
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": broker.bootstrap_servers,
            "transactional.id": support.unique("transaction"),
        }
    )
    producer.init_transactions(10)
    producer.begin_transaction()
    produce(producer, topic, 3)
    producer.flush(10)
    partition = (topic, 0)
    assert read_ends(admin, [partition]) == {partition: Ends(0, 0, 3)}
    producer.commit_transaction(10)
    support.wait_until(
        lambda: read_ends(admin, [partition]) == {partition: Ends(0, 4, 4)}, "the mark is there"
    )
    kafka = peeking(kafka_settings)
    try:
        assert peek(kafka, {partition: 2})[partition].is_message
        assert peek(kafka, {partition: 3}) == {partition: Found(False, None)}
    finally:
        kafka.close()
