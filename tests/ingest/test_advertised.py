"""A broker that answers and advertises an address at which nothing does."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest

from ingest.kafka.client import BrokerAway
from ingest.kafka.lag import lags
from ingest.kafka.settings import KafkaSettings
from stack.broker import Broker

pytestmark = pytest.mark.kafka

BESIDE = b"127.0.0.9"  # as long as the address that it replaces


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
