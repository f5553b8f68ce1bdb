"""The loader's /metrics, read over HTTP while it is served."""

import socket
import threading
import time
import urllib.error
import urllib.request

import confluent_kafka
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from db.errors import UsageError
from ingest.kafka import producer
from ingest.kafka.producer import OutgoingMessage
from ingest.loader import metrics
from ingest.loader.run import load
from ingest.loader.settings import LoaderSettings
from ingest.store import connection
from tests import support
from tests.faults.hangs import hung_database
from tests.faults.locks import locked
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


def when(port, sample, value):
    """Returns the samples once one of them has a value."""
    found = {}

    def has_value():
        found.clear()
        found.update(scraped(port))
        return found.get(sample) == value

    support.wait_until(has_value, f"{sample} is {value}")
    return found


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
        load(given, threading.Event(), until_end=True, **served._asdict())
        publish(
            given,
            [made.recent(7201), b"poison", b"", b'{"type":"ping"}', QUOTE, CANCEL],
        )
        load(given, threading.Event(), until_end=True, **served._asdict())
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
    for kind, mismatches in [("sample", 7), ("range", 2), ("sample", 0)]:
        query(
            "insert into ops.verifications (kind, candles, mismatches, pending, seconds)"
            " values (%s, 10, %s, 0, 1)",
            kind,
            mismatches,
        )
    with metrics.served(given):
        found = when(port, ("stockpulse_database_up",), 1)
        assert found[("stockpulse_verify_mismatches", "sample")] == 0
        assert found[("stockpulse_verify_mismatches", "range")] == 2
    nowhere = msgspec.structs.replace(given, database_url="postgresql://127.0.0.1:9/none")
    with metrics.served(nowhere):
        found = when(port, ("stockpulse_database_up",), 0)
        assert ("rows_total", "trade") in found
        assert ("stockpulse_verify_mismatches", "sample") not in found


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


@pytest.fixture
def fast(monkeypatch):
    """Readings follow each other at once, and nobody waits for a lock for long."""
    monkeypatch.setattr("ingest.monitor.broker.READ_SECONDS", 0.1)
    monkeypatch.setattr("ingest.monitor.database.READ_SECONDS", 0.2)
    monkeypatch.setitem(connection.SETTINGS, "lock_timeout", "100ms")
    monkeypatch.setattr("ingest.loader.health.PATIENCE_SECONDS", 0.5)


@pytest.fixture
def loading(given, run, fast):
    """A loader that is served, in a thread of its own."""
    with metrics.served(given) as served:
        running = run(given, progress=served.progress)
        yield running
        running.end()


def health(port):
    """Returns the status of /health and its text."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.status, error.read().decode()


def test_a_loader_behind_a_lock_lags_by_what_waits(given, port, loading, fresh_database):
    publish(given, [made.recent(number) for number in range(10)])
    loading.wait_for_rows(10)
    [topic] = given.topics
    when(port, ("lag_messages", topic), 0)
    assert health(port) == (200, "ok\n")
    began = time.time()
    with locked(fresh_database, "market.trades"):
        publish(given, [made.recent(number) for number in range(10, 15_010)])
        found = when(port, ("lag_messages", topic), 15_000)
        assert 0 < found["lag_seconds", topic] < time.time() - began
        found = when(port, ("waiting", "lock"), 1)
        assert began <= found["waiting_since_timestamp_seconds",] <= time.time()
        assert found["waiting", "database"] == 0
        support.wait_until(lambda: health(port)[0] == 503, "it is not healthy")
        assert health(port)[1].startswith("waiting for a lock that another session holds for ")
    found = when(port, ("lag_messages", topic), 0)
    assert found["lag_seconds", topic] == 0
    assert found["waiting", "lock"] == 0
    assert health(port) == (200, "ok\n")


def test_the_time_of_a_record_may_be_wrong(given, port, loading, fresh_database):
    publish(given, [made.recent(0)])
    loading.wait_for_rows(1)
    [topic] = given.topics
    producer = confluent_kafka.Producer({"bootstrap.servers": given.bootstrap_servers})
    with locked(fresh_database, "market.trades"):
        began = time.time()
        # seconds in place of milliseconds
        producer.produce(topic, made.recent(1), key="A", timestamp=1_795_600_000)
        assert producer.flush(10) == 0
        found = when(port, ("lag_messages", topic), 1)
        assert 0 <= found["lag_seconds", topic] <= time.time() - began
    loading.wait_for_rows(2)
    assert when(port, ("lag_messages", topic), 0)["lag_seconds", topic] == 0


def test_scrapes_do_not_wait_for_servers_that_swallow_what_they_are_sent(given, port, monkeypatch):
    monkeypatch.setattr("ingest.monitor.broker.READ_SECONDS", 0.1)
    monkeypatch.setattr("ingest.kafka.client.REACH_SECONDS", 0.5)
    monkeypatch.setattr("db.connect.CONNECT_TIMEOUT", 2)
    with socket.create_server(("127.0.0.1", 0)) as hole:
        address = f"127.0.0.1:{hole.getsockname()[1]}"
        swallowing = msgspec.structs.replace(
            given, database_url=f"postgresql://{address}/none", bootstrap_servers=address
        )
        with metrics.served(swallowing):
            started = time.monotonic()
            assert ("rows_total", "trade") in scraped(port)
            assert time.monotonic() - started < 1
            for server in ("stockpulse_broker_up", "stockpulse_database_up"):
                found = when(port, (server,), 0)
            assert ("stockpulse_database_bytes",) not in found
            assert ("lag_messages", given.topics[0]) not in found


def test_a_reading_ends_when_its_server_hangs(given, port, fast, monkeypatch, fresh_database):
    monkeypatch.setattr("ingest.monitor.connection.ANSWER_SECONDS", 0.5)
    with metrics.served(given):
        when(port, ("stockpulse_database_up",), 1)
        with hung_database(fresh_database, "stockpulse metrics"):
            before = scraped(port)["stockpulse_database_read_timestamp_seconds",]
            # over another connection
            support.wait_until(
                lambda: scraped(port)["stockpulse_database_read_timestamp_seconds",] > before + 0.5,
                "it is read again",
            )
