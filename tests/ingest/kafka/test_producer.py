"""Publishing: every message is acknowledged and counted, or the publisher ends with an error."""

import os
import signal
import time
from datetime import UTC, datetime
from logging import NullHandler, getLogger

import confluent_kafka
import msgspec
import pytest

from db.errors import SettingsError
from ingest.formats.native_message import BatchEndMessage, TickMessage, encode
from ingest.kafka import client, producer
from ingest.kafka.client import BrokerAway, BrokerRefused
from ingest.kafka.producer import OutgoingMessage
from ingest.loader.settings import LoaderSettings
from tests import support

NOWHERE = "127.0.0.1:1"


def message(number, key="AAPL"):
    return OutgoingMessage(key, str(number).encode())


def with_conf(settings, **conf):
    named = {name.replace("_", "."): value for name, value in conf.items()}
    return msgspec.structs.replace(settings, kafka_conf=named)


def test_a_message_has_the_fields_that_are_set_and_no_others():
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
    end = BatchEndMessage(
        batch="b", rows=3, event_kind="trade", source="s", symbol="A", since=noon, until=noon
    )
    assert encode(end) == (
        b'{"v":1,"kind":"batch_end","batch":"b","rows":3,"source":"s","symbol":"A",'
        b'"since":"2026-02-27T12:05:00.123456Z","until":"2026-02-27T12:05:00.123456Z",'
        b'"event_kind":"trade"}'
    )


def test_a_missing_broker_is_an_error_of_one_line_within_seconds(monkeypatch, capfd):
    monkeypatch.setattr(client, "REACH_SECONDS", 0.5)
    started = time.monotonic()
    with pytest.raises(BrokerAway, match=f"no Kafka broker answers at {NOWHERE}") as refused:
        producer.publish(LoaderSettings(bootstrap_servers=NOWHERE), "ticks", [message(1)])
    assert time.monotonic() - started < 5
    assert "\n" not in str(refused.value)
    assert capfd.readouterr() == ("", "")


def test_the_error_names_a_setting_unknown_to_librdkafka():
    with pytest.raises(SettingsError, match=r"No such configuration property: \"no\.such\""):
        producer.publish(with_conf(LoaderSettings(), no_such="1"), "ticks", [message(1)])


def test_a_consumers_setting_is_ignored_silently(kafka_settings, topic, capfd):
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
def test_a_key_has_the_partition_that_javas_producers_choose(
    kafka_settings, topic, read_topic, key, murmur2
):
    producer.publish(kafka_settings, topic, [message(1, key=key)])
    [record] = read_topic(topic)
    assert record.partition == (murmur2 & 0x7FFFFFFF) % 4


def test_a_message_too_large_is_refused(kafka_settings, topic):
    settings = with_conf(kafka_settings, message_max_bytes="2000")
    with pytest.raises(
        BrokerRefused, match=r"not delivered, after 0 that were: .*Message size too large"
    ) as error:
        producer.publish(settings, topic, [OutgoingMessage("A", b"x" * 3000)])
    assert "\n" not in str(error.value)


def test_ctrl_c_flushes_and_counts_the_messages_sent(kafka_settings, topic, read_topic):
    def interrupted():
        yield from (message(n) for n in range(1_000))
        os.kill(os.getpid(), signal.SIGINT)
        yield from iter(lambda: message("too late"), None)

    published = producer.publish(kafka_settings, topic, interrupted())
    assert published.interrupted
    assert published.count == len(read_topic(topic)) >= 1_000


def test_messages_sent_before_a_source_failed_are_flushed(kafka_settings, topic, read_topic):
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
    settings = LoaderSettings(
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


def test_publishing_creates_the_topic(kafka_settings, read_topic):
    new = support.unique("topic")
    assert producer.publish(kafka_settings, new, [message(1)]).count == 1
    assert [record.value for record in read_topic(new)] == [b"1"]
