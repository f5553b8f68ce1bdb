"""A broker that answers and advertises an address at which nothing does."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import nullcontext, suppress

import psycopg
import pytest

from ingest.kafka import diagnosis
from ingest.kafka.client import BrokerAway
from ingest.kafka.lag import lags
from ingest.kafka.settings import KafkaSettings
from ingest.loader import end_offsets
from ingest.loader.end_offsets import EndOffsets
from ingest.loader.run import load
from ingest.loader.settings import LoaderSettings
from ingest.monitor.broker import BrokerWatch
from stack.broker import Broker
from tests import support

pytestmark = pytest.mark.kafka

BESIDE = b"127.0.0.9"  # as long as the address that it replaces
HINT = r"connect to 127\.0\.0\.9:.*advertised\.listeners"


@pytest.fixture
def misled(broker: Broker) -> Iterator[str]:
    """The address of a proxy, whose broker advertises another host."""
    host, _, port = broker.bootstrap_servers.partition(":")
    with socket.create_server((host, 0)) as server:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    behind = socket.create_connection((host, int(port)))
                    for ends in ((client, behind), (behind, client)):
                        threading.Thread(target=pump, args=ends, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"{host}:{server.getsockname()[1]}"


def pump(source: socket.socket, target: socket.socket) -> None:
    with source, suppress(OSError):
        try:
            while data := source.recv(65_536):
                target.sendall(data.replace(b"127.0.0.1", BESIDE))
        finally:
            target.shutdown(socket.SHUT_RDWR)


def test_a_broker_that_advertises_an_unreachable_address_is_told(
    misled: str, broker: Broker, topic: str, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.kafka.ends.ANSWER_SECONDS", 1.0)
    settings = KafkaSettings(bootstrap_servers=misled, topics=(topic,))
    port = broker.bootstrap_servers.partition(":")[2]
    with (
        psycopg.connect(fresh_database) as conn,
        pytest.raises(BrokerAway, match=rf"connect to 127\.0\.0\.9:{port}.*advertised\.listeners"),
    ):
        lags(settings, conn)


@pytest.mark.parametrize("hears", [False, True], ids=["nothing listens there", "nothing answers"])
def test_a_load_until_the_end_ends_with_the_address(
    misled: str,
    broker: Broker,
    topic: str,
    fresh_database: str,
    monkeypatch: pytest.MonkeyPatch,
    hears: bool,
) -> None:
    monkeypatch.setattr(end_offsets, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr("ingest.kafka.ends.ANSWER_SECONDS", 1.0)
    settings = LoaderSettings(
        database_url=fresh_database,
        bootstrap_servers=misled,
        topics=(topic,),
        group=support.unique("group"),
    )
    port = int(broker.bootstrap_servers.partition(":")[2])
    silent = socket.create_server((BESIDE.decode(), port)) if hears else nullcontext()
    with silent, pytest.raises(BrokerAway, match=HINT) as ended:
        load(settings, threading.Event(), until_end=True, seconds=60)
    assert "start one" not in str(ended.value)


def test_the_monitor_takes_no_timeout_for_an_end(
    misled: str, topic: str, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.kafka.ends.ANSWER_SECONDS", 1.0)
    watch = BrokerWatch(KafkaSettings(bootstrap_servers=misled, topics=(topic,)), fresh_database)
    try:
        with pytest.raises(BrokerAway, match=HINT):
            watch.read()
        assert watch.missing is None
    finally:
        watch.close()


def test_a_run_without_partitions_looks_whether_brokers_can_be_reached(
    misled: str, broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(end_offsets, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr("ingest.kafka.ends.ANSWER_SECONDS", 1.0)
    waiting = EndOffsets(KafkaSettings(bootstrap_servers=broker.bootstrap_servers, topics=(topic,)))
    assert waiting.held({}, {}, {}) is None
    led_astray = EndOffsets(KafkaSettings(bootstrap_servers=misled, topics=(topic,)))
    with pytest.raises(BrokerAway, match=HINT):
        led_astray.held({}, {}, {})


def test_the_diagnosis_names_the_address_whether_the_first_one_answers_again_or_not(
    misled: str, broker: Broker
) -> None:
    for _ in range(3):  # it does now and then
        found = diagnosis.cause({"bootstrap.servers": misled})
        assert found is not None
        assert found.answers
        assert found.may_pass
        assert re.search(HINT, found.sentence)
    assert diagnosis.cause({"bootstrap.servers": broker.bootstrap_servers}) is None
