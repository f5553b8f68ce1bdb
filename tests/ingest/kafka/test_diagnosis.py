"""Reasons why no broker can be used: lines of librdkafka's log, and a server that is no Kafka."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from confluent_kafka.admin import AdminClient

from ingest.kafka import client
from ingest.kafka.client import BrokerAway, reach
from ingest.kafka.diagnosis import explain
from ingest.kafka.settings import KafkaSettings

AT = "FAIL [rdkafka#producer-1] [thrd:sasl_ssl://k:1/bootstrap]: sasl_ssl://k:1/bootstrap: "

# As librdkafka 2.16 logs them in front of Kafka 4.1.
LINES = {
    "TLS against plaintext": (
        "SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a"
        " PLAINTEXT broker listener? (after 3ms in state SSL_HANDSHAKE)",
        "speaks no TLS",
        False,
    ),
    "another authority": (
        "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker"
        " certificate could not be verified (after 5ms in state SSL_HANDSHAKE)",
        "set KAFKA_CONF_SSL_CA_LOCATION",
        False,
    ),
    "a wrong password": (
        "SASL authentication error: Authentication failed: Invalid username or password"
        " (after 105ms in state AUTH_REQ)",
        "correct KAFKA_CONF_SASL_USERNAME, KAFKA_CONF_SASL_PASSWORD",
        False,
    ),
    "another mechanism": (
        "SASL SCRAM-SHA-512 mechanism handshake failed: Broker: Unsupported SASL mechanism:"
        " broker's supported mechanisms: PLAIN (after 2ms in state AUTH_HANDSHAKE)",
        "set KAFKA_CONF_SASL_MECHANISMS",
        False,
    ),
    "a password that nobody wants": (
        "SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state:"
        " broker's supported mechanisms:  (after 3ms in state AUTH_HANDSHAKE)",
        "asks for no password",
        False,
    ),
    "plaintext against TLS": (
        "Disconnected: connection closed by peer: receive 0 after POLLIN (after 1ms in state"
        " APIVERSION_QUERY)",
        "set KAFKA_CONF_SECURITY_PROTOCOL",
        True,
    ),
    "no such name": (
        "Failed to resolve 'k:1': Name or service not known (after 1ms in state CONNECT)",
        "correct KAFKA_BOOTSTRAP_SERVERS",
        True,
    ),
    "nothing listens": (
        "Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)",
        "start one (stockpulse stack up)",
        True,
    ),
}


@pytest.mark.parametrize("line, remedy, may_pass", LINES.values(), ids=LINES.keys())
def test_a_line_of_the_log_becomes_a_cause_and_what_to_do(line, remedy, may_pass):
    found = explain(["CONFWARN [thrd:app]: nothing of importance", AT + line])
    assert found is not None
    assert found.may_pass == may_pass
    cause, _, rest = found.sentence.partition("; ")
    assert cause.startswith("sasl_ssl://k:1/bootstrap: ")
    assert "in state" not in cause
    assert remedy in rest


def test_a_log_without_a_known_line_explains_nothing():
    assert explain(["CONFWARN [thrd:app]: nothing of importance"]) is None


@pytest.fixture
def http() -> Iterator[str]:
    """The address of a server that answers everything with a line of HTTP."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.getsockname()[1]}"
    with closing(server):
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_a_server_that_speaks_no_kafka_is_told_as_such(http, monkeypatch):
    monkeypatch.setattr(client, "FIRST_SECONDS", 0.2)
    settings = KafkaSettings(bootstrap_servers=http)
    with pytest.raises(BrokerAway, match="speaks no Kafka") as refused:
        reach(AdminClient({"bootstrap.servers": http, "log_level": 0}), settings)
    assert http in str(refused.value)
    assert "start one" not in str(refused.value)
