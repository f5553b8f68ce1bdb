"""Ends of partitions and what lies behind an offset, as a broker has them."""

import confluent_kafka
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ingest.kafka.client import BrokerAway
from ingest.kafka.ends import Ends, Position, position, read_ends
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


@pytest.mark.kafka
def test_leaders_of_new_partitions_are_waited_for(admin):
    for _ in range(20):  # most of them have none for a moment
        name = support.unique("new")
        admin.create_topics([NewTopic(name, 4, 1)])[name].result(20)
        partitions = [(name, number) for number in range(4)]
        assert read_ends(admin, partitions) == dict.fromkeys(partitions, Ends(0, 0, 0))


# Ends, the stored offset, and next offset, ready, held, lost, beyond.
POSITIONS = {
    "level": (Ends(0, 100, 100), 100, (100, 0, 0, 0, 0)),
    "behind": (Ends(0, 100, 100), 70, (70, 30, 0, 0, 0)),
    "never stored": (Ends(20, 100, 100), None, (20, 80, 0, 0, 0)),
    "dropped before it was stored": (Ends(500, 600, 600), 200, (500, 100, 0, 300, 0)),
    "all dropped": (Ends(600, 600, 600), 200, (600, 0, 0, 400, 0)),
    "an open transaction": (Ends(0, 40, 100), 40, (40, 0, 60, 0, 0)),
    "behind, and an open transaction": (Ends(0, 40, 100), 10, (10, 30, 60, 0, 0)),
    "stored within an open transaction": (Ends(0, 40, 100), 70, (70, 0, 30, 0, 0)),
    "past the end": (Ends(0, 10, 10), 99, (99, 0, 0, 0, 89)),
    "past the end, which is open": (Ends(0, 4, 10), 99, (99, 0, 0, 0, 89)),
}


@pytest.mark.parametrize("ends, stored, expected", POSITIONS.values(), ids=POSITIONS.keys())
def test_position_counts_offsets_on_both_sides(ends, stored, expected):
    assert position(ends, stored) == Position(*expected)


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
