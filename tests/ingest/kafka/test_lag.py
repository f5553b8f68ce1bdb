"""Lag: messages that are published and not stored, counted in topics of known content."""

import threading

import confluent_kafka
import msgspec
import psycopg
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from ingest.kafka import client, lag, producer
from ingest.kafka.client import BrokerAway
from ingest.kafka.producer import OutgoingMessage
from ingest.loader.run import load
from ingest.loader.settings import LoaderSettings
from ingest.loader.start_offsets import OffsetsMismatch
from tests import support
from tests.ingest import made

SECONDS = 30


@pytest.fixture
def given(fresh_database, broker, topic) -> LoaderSettings:
    return LoaderSettings(
        database_url=fresh_database,
        bootstrap_servers=broker.bootstrap_servers,
        topics=(topic,),
        group=support.unique("group"),
    )


def publish(settings, count):
    producer.publish(settings, settings.topics[0], (message(number) for number in range(count)))


def message(number):
    return OutgoingMessage(f"S{number}", made.recent(number))


def behind(settings):
    with psycopg.connect(settings.database_url, autocommit=True) as conn:
        return [(one.topic, one.messages) for one in lag.lags(settings, conn)]


def test_lag_is_the_number_of_published_messages_not_yet_stored(given):
    [topic] = given.topics
    assert behind(given) == [(topic, 0)]
    publish(given, 30)
    assert behind(given) == [(topic, 30)]
    load(given, threading.Event(), until_end=True)
    assert behind(given) == [(topic, 0)]
    publish(given, 5)
    assert behind(given) == [(topic, 5)]


def test_each_topic_has_its_own_lag_and_a_missing_one_is_left_out(given, broker):
    other, missing = support.unique("topic"), support.unique("topic")
    broker.create_topics([other])
    publish(given, 3)
    publish(msgspec.structs.replace(given, topics=(other,)), 4)
    several = msgspec.structs.replace(given, topics=(*given.topics, other, missing))
    assert behind(several) == [(given.topics[0], 3), (other, 4)]


def test_a_topic_that_is_named_twice_is_loaded_and_counted_once(given):
    [topic] = given.topics
    twice = msgspec.structs.replace(given, topics=(topic, topic))
    publish(twice, 3)
    assert behind(twice) == [(topic, 3)]
    assert load(twice, threading.Event(), until_end=True).trades == 3


def load_all(settings):
    return load(settings, threading.Event(), until_end=True, seconds=SECONDS)


def first(settings):
    """Returns the lag of the first topic."""
    with psycopg.connect(settings.database_url, autocommit=True) as conn:
        return lag.lags(settings, conn)[0]


def refusal(settings):
    """Returns how a loader refuses to go on."""
    with pytest.raises(OffsetsMismatch) as refused:
        load_all(settings)
    return str(refused.value)


@pytest.mark.kafka
def test_messages_that_were_dropped_are_lost_and_told_as_the_loader_does(given):
    publish_to(given, 0, 10)
    load_all(given)
    publish_to(given, 0, 20)
    publish_to(given, 1, 3)
    admin = AdminClient({"bootstrap.servers": given.bootstrap_servers})
    for first_kept, lost in ((25, 15), (30, 20)):  # some are left, none is left
        [kept] = admin.delete_records([TopicPartition(given.topics[0], 0, first_kept)]).values()
        kept.result(SECONDS)
        found = first(given)
        assert (found.messages, found.lost) == (30 - first_kept + 3, lost)
        assert f"{lost} messages were never loaded" in found.refused.fact
    assert str(found.refused) == refusal(given)


@pytest.mark.kafka
@pytest.mark.parametrize("again", [3, 30], ids=["with fewer", "with more messages"])
def test_a_recreated_topic_is_told_as_the_loader_does(given, broker, again):
    publish_to(given, 0, 10)
    load_all(given)
    delete(given)
    [topic] = given.topics
    gone = first(given)
    assert (gone.partitions, gone.messages) == (0, 0)
    assert gone.refused.fact.startswith(f"offsets of topic {topic} are stored, but the broker has")
    broker.create_topics([topic], partitions=4)
    publish_to(given, 0, again)
    found = first(given)
    assert (found.messages, found.lost) == (max(0, again - 10), 0)
    assert found.refused.fact.endswith("it was deleted and recreated")
    assert str(found.refused) == refusal(given)


def delete(settings):
    admin = AdminClient({"bootstrap.servers": settings.bootstrap_servers})
    [topic] = settings.topics
    admin.delete_topics([topic])[topic].result(SECONDS)
    support.wait_until(lambda: topic not in admin.list_topics(timeout=5).topics, "it is gone")


@pytest.mark.parametrize(
    "change, words",
    [
        ("next_offset = 99", "offset 99 of topic {topic}, partition 0, is stored, but the topic"),
        ("cluster_id = 'elsewhere'", "of topic {topic} belong to Kafka cluster elsewhere"),
    ],
)
def test_stored_offsets_of_another_topic_are_told_as_the_loader_does(given, query, change, words):
    publish_to(given, 0, 10)
    load_all(given)
    assert first(given).refused is None
    query(f'update ops.kafka_offsets set {change} where "partition" = 0')
    found = first(given)
    assert (found.messages, found.lost) == (0, 0)
    assert words.format(topic=given.topics[0]) in found.refused.fact
    assert str(found.refused) == refusal(given)


@pytest.mark.kafka
def test_a_refused_topic_takes_nothing_from_the_lag_of_another(given, broker, query):
    other = support.unique("topic")
    broker.create_topics([other])
    both = msgspec.structs.replace(given, topics=(*given.topics, other))
    publish_to(both, 0, 10)
    load_all(both)
    publish_to(msgspec.structs.replace(given, topics=(other,)), 0, 4)
    query(f"update ops.kafka_offsets set next_offset = 99 where topic = '{given.topics[0]}'")
    with psycopg.connect(given.database_url, autocommit=True) as conn:
        refused, well = lag.lags(both, conn)
    assert (well.topic, well.messages, well.refused) == (other, 4, None)
    assert refused.refused is not None


@pytest.mark.kafka
def test_marks_of_transactions_are_not_behind(given):
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": given.bootstrap_servers,
            "transactional.id": support.unique("transaction"),
        }
    )
    producer.init_transactions(20)
    for end in (producer.commit_transaction, producer.abort_transaction):
        producer.begin_transaction()
        producer.produce(given.topics[0], made.recent(1), partition=0)
        assert producer.flush(20) == 0
        end(20)
    load_all(given)
    assert behind(given) == [(given.topics[0], 0)]
    publish_to(given, 0, 2)
    assert behind(given) == [(given.topics[0], 5)]  # with what was aborted, and two marks


def publish_to(settings, partition, count):
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.bootstrap_servers})
    for number in range(count):
        producer.produce(settings.topics[0], made.recent(number), partition=partition)
    assert producer.flush(SECONDS) == 0


@pytest.mark.kafka
def test_messages_behind_an_open_transaction_are_behind(given):
    [topic] = given.topics
    transaction = confluent_kafka.Producer(
        {
            "bootstrap.servers": given.bootstrap_servers,
            "transactional.id": support.unique("transaction"),
        }
    )
    transaction.init_transactions(20)
    transaction.begin_transaction()
    transaction.produce(topic, made.recent(1), partition=0)
    assert transaction.flush(20) == 0
    assert behind(given) == [(topic, 1)]
    transaction.abort_transaction(20)


def test_a_broker_that_is_away_is_an_error_of_one_line(given, monkeypatch):
    monkeypatch.setattr(client, "REACH_SECONDS", 0.5)
    away = msgspec.structs.replace(given, bootstrap_servers="127.0.0.1:1")
    with pytest.raises(BrokerAway) as refused:
        behind(away)
    assert "\n" not in str(refused.value)
