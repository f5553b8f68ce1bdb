"""A run of the loader: every message of its topics is stored once, until it is to end."""

import itertools
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import confluent_kafka
import pytest

from db.connect import DatabaseRefused
from ingest.kafka import client
from ingest.kafka.client import BrokerAway
from ingest.loader.run import load
from tests import support
from tests.ingest import made
from tests.ingest.loader.loaders import (
    SECONDS,
    changed,
    ids,
    load_all,
    offsets,
    publish,
    tick,
    ticks,
)


def test_every_message_of_a_topic_is_stored_once(given, query):
    publish(given, [*ticks(100), b"poison", tick(3), b'{"type":"ping"}'])
    report = load_all(given)
    assert (report.rows, report.duplicates, report.rejected, report.ignored) == (100, 1, 1, 1)
    assert ids(query) == list(range(100))
    assert offsets(query) == {0: 26, 1: 26, 2: 26, 3: 25}
    assert query("select count(*) from ops.rejects") == [(1,)]


def test_why_messages_are_too_late_is_logged_once_and_counted(given, query, caplog):
    query("update ops.lifecycle set keep = '90 days' where relation = 'trades'")
    old = [made.trade(number, event_time="2026-01-02T00:00:00Z") for number in range(30)]
    publish(given, [*ticks(100, 110), *old])
    report = load_all(changed(given, batch_rows=5))
    [(sentence,)] = query("select sentence from ops.age_limits")
    assert (report.rows, report.rejected, report.too_late) == (10, 30, {sentence: 30})
    logged = [one for one in caplog.records if one.message == "messages rejected as too late"]
    assert [(one.levelname, one.reason) for one in logged] == [("WARNING", sentence)]


def test_an_empty_topic_is_complete_without_a_batch(given, query):
    report = load_all(given)
    assert (report.complete, report.batches) == (True, 0)
    assert offsets(query) == {0: 0, 1: 0, 2: 0, 3: 0}


def test_a_missing_topic_is_created(given, query):
    new = changed(given, topics=(support.unique("topic"),))
    first = load_all(new)
    publish(new, ticks(8))
    second = load_all(new)
    assert (first.rows, first.complete) == (0, True)
    assert (second.rows, second.complete) == (8, True)


def test_several_topics_are_loaded_together(given, broker, query):
    more = support.unique("topic")
    broker.create_topics([more])
    publish(given, ticks(10))
    publish(changed(given, topics=(more,)), ticks(10, 20))
    assert load_all(changed(given, topics=(*given.topics, more))).rows == 20
    assert ids(query) == list(range(20))


def test_another_run_loads_only_the_new_messages(given, query):
    publish(given, ticks(50))
    assert load_all(given).rows == 50
    publish(given, ticks(50, 80))
    again = load_all(given)
    assert (again.rows, again.duplicates) == (30, 0)
    assert load_all(given).batches == 0
    assert ids(query) == list(range(80))


def test_until_end_ends_while_messages_are_still_published(given, run, query):
    publish(given, ticks(100))
    stop = threading.Event()

    def publish_more():
        for number in itertools.count(100):
            if stop.is_set():
                return
            publish(given, [tick(number)])

    with ThreadPoolExecutor(1) as threads:
        publishing = threads.submit(publish_more)
        try:
            report = load_all(given)
        finally:
            stop.set()
        publishing.result(SECONDS)
    assert report.rows >= 100
    assert ids(query)[:100] == list(range(100))
    load_all(given)
    assert ids(query) == list(range(len(ids(query))))


def test_a_run_ends_after_the_seconds_it_was_given(given, query):
    publish(given, ticks(10))
    assert load(given, threading.Event(), seconds=0).rows == 0
    load(given, threading.Event(), seconds=5)
    assert ids(query) == list(range(10))


@pytest.mark.kafka
def test_transaction_markers_are_gaps_and_aborted_messages_are_not_stored(given, query):
    producer = confluent_kafka.Producer({
        "bootstrap.servers": given.bootstrap_servers,
        "transactional.id": support.unique("transactions"),
    })  # fmt: skip
    producer.init_transactions(SECONDS)
    for first in range(0, 60, 20):
        producer.begin_transaction()
        for number in range(first, first + 20):
            producer.produce(given.topics[0], tick(number), partition=number % 2)
        producer.flush(SECONDS)
        if first == 20:
            producer.abort_transaction(SECONDS)
        else:
            producer.commit_transaction(SECONDS)
    assert load_all(given).rows == 40
    assert ids(query) == [*range(20), *range(40, 60)]
    assert load_all(given).batches == 0


def test_a_database_without_the_schema_ends_the_loader(given, template, empty_database, caplog):
    """It never joins its group, where it would take partitions from loaders that work."""
    caplog.set_level(logging.INFO)
    with pytest.raises(DatabaseRefused, match="stockpulse migrate"):
        load_all(changed(given, database_url=empty_database))
    assert [one for one in caplog.messages if one.startswith("partitions")] == []


def test_the_loader_does_not_start_without_a_broker(given, monkeypatch):
    monkeypatch.setattr(client, "REACH_SECONDS", 0.5)
    with pytest.raises(BrokerAway, match=r"no Kafka broker answers at 127\.0\.0\.1:1"):
        load_all(changed(given, bootstrap_servers="127.0.0.1:1"))
