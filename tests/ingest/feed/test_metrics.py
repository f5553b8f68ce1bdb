"""The metrics of feeds, as Prometheus reads them."""

import socket
from urllib.request import urlopen

import pytest

from db.errors import UsageError
from ingest.feed import metrics
from ingest.feed.health import Health
from stack.server.ports import free_ports


def test_each_source_has_its_own_metrics():
    (port,) = free_ports(1)
    healths = [Health("kraken", events=7, gaps=2, connected_at=1.0), Health("finnhub")]
    with metrics.served(healths, "127.0.0.1", port):
        healths[0].events += 1  # read when it is asked for
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            lines = answer.read().decode().splitlines()
    for line in (
        'stockpulse_feed_events_total{source="kraken"} 8.0',
        'stockpulse_feed_gaps_total{source="kraken"} 2.0',
        'stockpulse_feed_connected{source="kraken"} 1.0',
        'stockpulse_feed_connected{source="finnhub"} 0.0',
    ):
        assert line in lines


def test_a_taken_port_is_an_error_that_names_the_option():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(UsageError, match=f"127.0.0.1:{port}: .*--metrics-port"),
            metrics.served([], "127.0.0.1", port),
        ):
            pass
