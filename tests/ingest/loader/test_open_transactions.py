"""Transactions of producers: what is open is waited for and told, what is aborted not stored."""

import confluent_kafka
import pytest

from ingest.loader import open_transactions
from tests import support
from tests.ingest.loader.loaders import ids, load_all, offsets, publish, tick

pytestmark = pytest.mark.kafka

SECONDS = 20


@pytest.fixture
def quickly(monkeypatch):
    """Partitions count as held after half a second."""
    monkeypatch.setattr(open_transactions, "HELD_SECONDS", 0.5)
    monkeypatch.setattr(open_transactions, "LOOK_SECONDS", 0.1)


@pytest.fixture
def transaction(given):
    """A producer in mid transaction, with tick 1 in partition 0 and tick 2 behind it."""
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": given.bootstrap_servers,
            "transactional.id": support.unique("transaction"),
        }
    )
    producer.init_transactions(SECONDS)
    producer.begin_transaction()
    producer.produce(given.topics[0], tick(1), partition=0)
    assert producer.flush(SECONDS) == 0
    publish(given, [tick(2)], partition=0)
    publish(given, [tick(3)], partition=1)
    return producer


def test_what_lies_behind_an_open_transaction_is_reported_and_the_rest_stored(
    given, query, transaction, quickly
):
    publish(given, [tick(4)], partition=2)
    report = load_all(given)
    assert ids(query) == [3, 4]
    assert not report.complete
    assert report.visible
    [held] = report.held
    assert held.startswith(f"2 messages of topic {given.topics[0]}, partition 0, from offset 0 on")
    transaction.abort_transaction(SECONDS)
    report = load_all(given)
    assert report.complete
    assert report.held == ()
    assert ids(query) == [2, 3, 4]


def test_a_transaction_that_ends_in_time_is_waited_for(given, query, run, transaction):
    loading = run(given, until_end=True)
    loading.wait_for_rows(1)
    assert offsets(query)[0] == 0
    transaction.commit_transaction(SECONDS)
    report = loading.future.result(SECONDS)
    assert report.complete
    assert ids(query) == [1, 2, 3]


def test_a_loader_that_runs_logs_what_it_waits_for(given, run, caplog, transaction, quickly):
    waiting = run(given)

    def reasons():
        return [r.reason for r in caplog.records if r.message == "waiting for a transaction"]

    waiting.wait(lambda: len(reasons()) == 1, "it was logged")
    assert "partition 0, from offset 0 on wait for a transaction" in reasons()[0]
    transaction.abort_transaction(SECONDS)
    waiting.wait_for_rows(2)
    assert len(reasons()) == 1
