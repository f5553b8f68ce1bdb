import os
import signal
import time
from datetime import UTC, datetime, timedelta
from logging import NullHandler, getLogger

import confluent_kafka
import msgspec
import pytest
from confluent_kafka.admin import AdminClient, ConfigResource

from db.errors import BrokerAway, BrokerRefused, SettingsError
from db.settings import Settings
from ingest.formats.native_message import BatchEndMessage, TickMessage, encode
from ingest.kafka import producer, topics
from ingest.kafka.producer import Message
from tests import support

NOWHERE = "127.0.0.1:1"


def message(number, key="AAPL"):
    return Message(key, str(number).encode())


def with_conf(settings, **conf):
    named = {name.replace("_", "."): value for name, value in conf.items()}
    return msgspec.structs.replace(settings, kafka_conf=named)


def test_a_message_writes_what_is_known_and_nothing_else():
    noon = datetime(2026, 2, 27, 12, 5, 0, 123456, tzinfo=UTC)
    tick = TickMessage(
        kind="trade",
        source="kraken",
        symbol="KRAKEN:BTC/USD",
        event_time=noon,
        price="64012.1",
        size="0.00000001",
        seq=77001,
        dedupe_id="77001",
    )
    assert encode(tick) == (
        b'{"v":1,"kind":"trade","source":"kraken","symbol":"KRAKEN:BTC/USD",'
        b'"event_time":"2026-02-27T12:05:00.123456Z","price":"64012.1","size":"0.00000001",'
        b'"seq":77001,"dedupe_id":"77001"}'
    )
    end = BatchEndMessage(batch="b", rows=3, source="s", symbol="A", since=noon, until=noon)
    assert encode(end) == (
        b'{"v":1,"kind":"batch_end","batch":"b","rows":3,"source":"s","symbol":"A",'
        b'"since":"2026-02-27T12:05:00.123456Z","until":"2026-02-27T12:05:00.123456Z"}'
    )


def test_a_broker_that_is_not_there_is_one_line_within_seconds(monkeypatch, capfd):
    monkeypatch.setattr(topics, "REACH_SECONDS", 0.5)
    started = time.monotonic()
    with pytest.raises(BrokerAway, match=f"no Kafka broker answers at {NOWHERE}") as refused:
        producer.publish(Settings(bootstrap_servers=NOWHERE), "ticks", [message(1)])
    assert time.monotonic() - started < 5
    assert "\n" not in str(refused.value)
    assert capfd.readouterr() == ("", "")


def test_a_setting_that_librdkafka_does_not_know_is_named():
    with pytest.raises(SettingsError, match=r"No such configuration property: \"no\.such\""):
        producer.publish(with_conf(Settings(), no_such="1"), "ticks", [message(1)])


def test_a_consumers_setting_does_no_harm(kafka_settings, topic, capfd):
    settings = with_conf(kafka_settings, fetch_wait_max_ms="10")
    assert producer.publish(settings, topic, [message(1)]).count == 1
    assert capfd.readouterr() == ("", "")


def test_a_full_queue_makes_the_publisher_wait_and_loses_nothing(kafka_settings, topic, read_topic):
    settings = with_conf(kafka_settings, queue_buffering_max_messages="10")
    published = producer.publish(settings, topic, (message(n) for n in range(500)))
    assert published.count == 500
    assert [record.value for record in read_topic(topic)] == [b"%d" % n for n in range(500)]


@pytest.mark.parametrize(
    "key, murmur2",
    # Kafka's own test vectors, UtilsTest.testMurmur2
    [("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536)],
)
def test_a_key_goes_where_javas_producers_put_it(kafka_settings, topic, read_topic, key, murmur2):
    producer.publish(kafka_settings, topic, [message(1, key=key)])
    [record] = read_topic(topic)
    assert record.partition == (murmur2 & 0x7FFFFFFF) % 4


def test_a_message_too_large_is_refused(kafka_settings, topic):
    settings = with_conf(kafka_settings, message_max_bytes="2000")
    with pytest.raises(
        BrokerRefused, match=r"after 0 that were: .*Message size too large"
    ) as error:
        producer.publish(settings, topic, [Message("A", b"x" * 3000)])
    assert "\n" not in str(error.value)


def test_ctrl_c_flushes_and_counts_what_was_sent(kafka_settings, topic, read_topic):
    def interrupted():
        yield from (message(n) for n in range(1_000))
        os.kill(os.getpid(), signal.SIGINT)
        yield from iter(lambda: message("too late"), None)

    published = producer.publish(kafka_settings, topic, interrupted())
    assert published.interrupted
    assert published.count == len(read_topic(topic)) >= 1_000


def test_what_was_sent_before_a_source_failed_is_flushed(kafka_settings, topic, read_topic):
    def failing():
        yield message(1)
        raise RuntimeError("the source is broken")

    with pytest.raises(RuntimeError, match="the source is broken"):
        producer.publish(kafka_settings, topic, failing())
    assert [record.value for record in read_topic(topic)] == [b"1"]


def test_a_broker_that_goes_away_for_good_ends_the_publisher(topic, capfd):
    quiet = getLogger("tests.mock")
    quiet.addHandler(NullHandler())
    cluster = confluent_kafka.Producer({"test.mock.num.brokers": 1, "logger": quiet})
    [node] = cluster.list_topics(timeout=5).brokers.values()
    settings = Settings(
        bootstrap_servers=f"{node.host}:{node.port}", kafka_conf={"message.timeout.ms": "1000"}
    )
    clusters = [cluster]
    del cluster

    def outlived():
        deadline = time.monotonic() + 20
        yield from (message(n) for n in range(100))
        clusters.clear()  # frees the cluster with its last reference
        while time.monotonic() < deadline:
            time.sleep(0.01)
            yield message("lost")

    with pytest.raises(BrokerAway, match=f"is 127.0.0.1:{node.port} still up"):
        producer.publish(settings, topic, outlived())
    assert capfd.readouterr().err == ""


def test_missing_topics_are_made_once(kafka_settings, topic, broker):
    new, newer = support.unique("topic"), support.unique("topic")
    assert topics.ensure(kafka_settings, [new, topic, newer, new]) == [new, newer]
    assert topics.ensure(kafka_settings, [new, topic, newer]) == []
    there = AdminClient({"bootstrap.servers": broker.bootstrap_servers}).list_topics(timeout=5)
    # librdkafka's mock makes four, whatever it is asked for
    partitions = {"kafka": 6, "mock": 4}[broker.kind]
    assert [len(there.topics[name].partitions) for name in (new, newer)] == [partitions] * 2


def test_publishing_makes_the_topic(kafka_settings, read_topic):
    new = support.unique("topic")
    assert producer.publish(kafka_settings, new, [message(1)]).count == 1
    assert [record.value for record in read_topic(new)] == [b"1"]


@pytest.mark.kafka
def test_a_topic_that_cannot_be_made_is_named(kafka_settings):
    with pytest.raises(BrokerRefused, match="topic not a name was not created"):
        topics.ensure(kafka_settings, ["not a name"])


@pytest.mark.kafka
def test_the_live_topic_keeps_a_week_and_history_three_days(kafka_settings, broker):
    topics.ensure(kafka_settings, [topics.LIVE, topics.BACKFILL])
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    kept = {}
    for resource, future in admin.describe_configs(
        [ConfigResource("topic", name) for name in (topics.LIVE, topics.BACKFILL)]
    ).items():
        kept[resource.name] = timedelta(milliseconds=int(future.result()["retention.ms"].value))
    assert kept == {topics.LIVE: timedelta(days=7), topics.BACKFILL: timedelta(days=3)}
