"""Lag: messages that are published and not stored, counted in topics of known content."""

import threading

import confluent_kafka
import msgspec
import psycopg
import pytest

from ingest.kafka import client, lag, producer
from ingest.kafka.client import BrokerAway
from ingest.kafka.producer import OutgoingMessage
from ingest.loader.run import load
from ingest.loader.settings import LoaderSettings
from tests import support
from tests.ingest import made


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
