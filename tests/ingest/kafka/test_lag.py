"""How far the database is behind, counted against a topic whose content is known."""

import threading

import msgspec
import psycopg
import pytest

from db.errors import BrokerAway
from db.settings import Settings
from ingest.kafka import lag, producer, topics
from ingest.kafka.producer import Message
from ingest.loader.run import load
from tests import support
from tests.ingest import made


@pytest.fixture
def given(fresh_database, broker, topic) -> Settings:
    return Settings(
        database_url=fresh_database,
        bootstrap_servers=broker.bootstrap_servers,
        topics=(topic,),
        group=support.unique("group"),
    )


def publish(settings, count):
    producer.publish(settings, settings.topics[0], (message(number) for number in range(count)))


def message(number):
    return Message(f"S{number}", made.recent(number))


def behind(settings):
    with psycopg.connect(settings.database_url, autocommit=True) as conn:
        return [(one.topic, one.messages) for one in lag.lags(settings, conn)]


def test_lag_is_what_is_published_and_not_yet_stored(given):
    [topic] = given.topics
    assert behind(given) == [(topic, 0)]
    publish(given, 30)
    assert behind(given) == [(topic, 30)]
    load(given, threading.Event(), until_end=True)
    assert behind(given) == [(topic, 0)]
    publish(given, 5)
    assert behind(given) == [(topic, 5)]


def test_every_topic_is_counted_by_itself_and_a_missing_one_left_out(given, broker):
    other, missing = support.unique("topic"), support.unique("topic")
    broker.create_topics([other])
    publish(given, 3)
    publish(msgspec.structs.replace(given, topics=(other,)), 4)
    several = msgspec.structs.replace(given, topics=(*given.topics, other, missing))
    assert behind(several) == [(given.topics[0], 3), (other, 4)]


def test_a_broker_that_is_away_is_an_error_in_one_line(given, monkeypatch):
    monkeypatch.setattr(topics, "REACH_SECONDS", 0.5)
    away = msgspec.structs.replace(given, bootstrap_servers="127.0.0.1:1")
    with pytest.raises(BrokerAway) as refused:
        behind(away)
    assert "\n" not in str(refused.value)
