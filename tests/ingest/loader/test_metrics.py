"""The loader's /metrics, read over HTTP while it is served."""

import socket
import threading
import time
import urllib.error
import urllib.request

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from db.errors import UsageError
from ingest.kafka import producer
from ingest.kafka.producer import OutgoingMessage
from ingest.loader import metrics
from ingest.loader.run import load
from ingest.loader.settings import LoaderSettings
from tests import support
from tests.ingest import made

QUOTE = made.recent(7201, kind="quote", price=None, size=None, bid="1", ask="2")
CANCEL = made.recent(0, price=None, size=None, flags=["cancel"])


@pytest.fixture
def given(fresh_database, broker, topic, port) -> LoaderSettings:
    return LoaderSettings(
        database_url=fresh_database,
        bootstrap_servers=broker.bootstrap_servers,
        topics=(topic,),
        group=support.unique("group"),
        metrics_port=port,
    )


@pytest.fixture
def port() -> int:
    """A free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def scraped(port):
    """Returns the samples of /metrics as {(name, *labels): value}."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return {
        (sample.name.removeprefix("stockpulse_loader_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def publish(settings, values):
    producer.publish(
        settings, settings.topics[0], [OutgoingMessage("A", value) for value in values]
    )


def test_every_batch_of_a_run_is_counted(given, port):
    started = time.time()
    with metrics.served(given) as served:
        assert scraped(port)[("rows_total", "trade")] == 0
        publish(
            given, [made.recent(0), made.recent(7200), made.recent(1), made.recent(1), b"poison"]
        )
        load(given, threading.Event(), until_end=True, observe=served.observe)
        publish(
            given,
            [made.recent(7201), b"poison", b"", b'{"type":"ping"}', QUOTE, CANCEL],
        )
        load(given, threading.Event(), until_end=True, observe=served.observe)
        found = scraped(port)
    assert found[("rows_total", "trade")] == 4
    assert found[("rows_total", "quote")] == 1
    assert found[("duplicates_total",)] == 1
    assert found[("late_total",)] == 3
    assert found[("amended_total",)] == 1
    assert found[("ignored_total", "heartbeat")] == 1
    assert found[("rejects_total", "not JSON")] == 2
    assert found[("rejects_total", "empty")] == 1
    batches = found[("batches_total",)]
    assert batches >= 2
    for stage in ("all", "copy", "commit"):
        assert found[("batch_seconds_count", stage)] == batches
        assert found[("batch_seconds_sum", stage)] > 0
    assert started <= found[("last_commit_timestamp_seconds",)] <= time.time()


def test_the_last_verification_is_served_unless_the_database_is_away(given, port, query):
    with metrics.served(given):
        assert not [name for name in scraped(port) if name[0] == "stockpulse_verify_mismatches"]
        for kind, mismatches in [("sample", 7), ("range", 2), ("sample", 0)]:
            query(
                "insert into ops.verifications (kind, candles, mismatches, pending, seconds)"
                " values (%s, 10, %s, 0, 1)",
                kind,
                mismatches,
            )
        found = scraped(port)
        assert found[("stockpulse_verify_mismatches", "sample")] == 0
        assert found[("stockpulse_verify_mismatches", "range")] == 2
    nowhere = msgspec.structs.replace(given, database_url="postgresql://127.0.0.1:9/none")
    with metrics.served(nowhere):
        assert ("rows_total", "trade") in scraped(port)
        assert ("stockpulse_verify_mismatches", "sample") not in scraped(port)


def test_the_port_is_free_once_the_context_is_left(given, port):
    with metrics.served(given):
        assert scraped(port)
    with pytest.raises(urllib.error.URLError):
        scraped(port)
    with metrics.served(given):
        assert scraped(port)


def test_nothing_listens_without_a_port(given, port):
    with metrics.served(msgspec.structs.replace(given, metrics_port=0)) as served:
        assert served.observe is not None
        with pytest.raises(urllib.error.URLError):
            scraped(port)


def test_a_taken_port_is_an_error_that_names_the_setting(given, port):
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(UsageError, match="STOCKPULSE_METRICS_PORT") as refused,
        metrics.served(given),
    ):
        pass
    assert "\n" not in str(refused.value)
