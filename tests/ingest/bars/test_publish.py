"""Bars in Kafka: each message once, keyed by symbol, in order, and marked when acknowledged."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import msgspec
import pytest
from confluent_kafka.admin import AdminClient, ConfigResource

from ingest.bars.publish import publish
from ingest.kafka import topics
from tests import support
from tests.db import support as candles
from tests.ingest.bars.queue import HOUR, minute, recent, store_recent, values_of
from tests.ingest.bars.queue import candles as candles_of

UNSENT = "select count(*) from ops.published_bars where place is not null"
SENT = "select count(*) from ops.published_bars where place is null"


@pytest.fixture
def symbol():
    """A symbol of this test's own: all tests share the topic."""
    return support.unique("BARS")


@contextmanager
def publishing(settings, url, **options):
    """Publishes in a thread; gives the list that has the number of messages at the end."""
    stop, result = threading.Event(), []
    options = {"since": HOUR, "grace_seconds": 0} | options
    thread = threading.Thread(target=lambda: result.append(publish(settings, url, stop, **options)))
    thread.start()
    try:
        yield result
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


def wait_for_sent(query, count):
    support.wait_until(lambda: query(SENT) == [(count,)], f"{count} bars sent")


def messages(read_topic, *symbols):
    keys = [symbol.encode() for symbol in symbols]
    return [record for record in read_topic(topics.BARS) if record.key in keys]


def test_every_bar_is_sent_once_and_equals_its_candle(
    kafka_settings, fresh_database, query, read_topic, symbol
):
    other = support.unique("BARS")
    with publishing(kafka_settings, fresh_database) as result:
        support.wait_until(
            lambda: query("select count(*) from ops.bar_publication") == [(1,)], "started"
        )
        store_recent(
            fresh_database,
            [recent(n, symbol=(symbol, other)[n % 2], price=str(n / 8)) for n in range(600)],
        )
        wait_for_sent(query, 20)
    assert result == [20]
    found = messages(read_topic, symbol, other)
    assert sorted(values_of(record.value) for record in found) == candles_of(query)
    for one in (symbol, other):
        own = [record for record in found if record.key == one.encode()]
        assert len({record.partition for record in own}) == 1
        starts = [msgspec.json.decode(record.value)["bar_start"] for record in own]
        assert starts == [minute(number) for number in range(10)]


def test_a_publisher_that_was_away_misses_nothing(
    kafka_settings, fresh_database, query, read_topic, symbol
):
    with publishing(kafka_settings, fresh_database):
        support.wait_until(
            lambda: query("select count(*) from ops.bar_publication") == [(1,)], "started"
        )
        store_recent(fresh_database, [recent(0, symbol=symbol), recent(60, symbol=symbol)])
        wait_for_sent(query, 2)
    store_recent(fresh_database, [recent(1, symbol=symbol, price="7")], first=2)
    store_recent(fresh_database, [recent(7200, symbol=symbol)], first=3)
    with candles.connect(fresh_database) as conn:
        candles.refresh(conn)
    # a later start of the first publication has no effect
    with publishing(kafka_settings, fresh_database, since=None):
        wait_for_sent(query, 3)
        support.wait_until(
            lambda: len(messages(read_topic, symbol)) == 4 and query(UNSENT) == [(0,)], "all sent"
        )
    found = [msgspec.json.decode(record.value) for record in messages(read_topic, symbol)]
    assert [(bar["bar_start"], bar["revision"]) for bar in found] == [
        (minute(0), 1),
        (minute(1), 1),
        (minute(0), 2),
        (minute(120), 1),
    ]


def test_a_lost_connection_is_made_again(
    kafka_settings, fresh_database, query, read_topic, symbol, monkeypatch
):
    monkeypatch.setattr("ingest.bars.publish.RETRY_SECONDS", 0.1)
    store_recent(fresh_database, [recent(0, symbol=symbol)])
    with publishing(kafka_settings, fresh_database) as result:
        wait_for_sent(query, 1)
        query(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'stockpulse bars' and datname = current_database()"
        )
        store_recent(fresh_database, [recent(60, symbol=symbol)], first=1)
        wait_for_sent(query, 2)
    assert result == [2]
    assert len(messages(read_topic, symbol)) == 2


@pytest.mark.kafka
def test_the_topic_has_three_partitions_and_keeps_a_week(kafka_settings, fresh_database, broker):
    with publishing(kafka_settings, fresh_database):
        pass
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    support.wait_until(
        lambda: topics.BARS in admin.list_topics(timeout=5).topics, "the topic is listed"
    )
    assert len(admin.list_topics(timeout=5).topics[topics.BARS].partitions) == 3
    [kept] = admin.describe_configs([ConfigResource("topic", topics.BARS)]).values()
    assert timedelta(milliseconds=int(kept.result()["retention.ms"].value)) == timedelta(days=7)
