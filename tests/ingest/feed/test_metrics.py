"""The metrics of feeds, as Prometheus reads them."""

import socket
import time
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from db.errors import UsageError
from ingest.feed import metrics
from ingest.feed.health import Health
from ingest.feed.metrics import FeedState
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


def test_one_source_that_is_connected_is_well():
    lost = time.time() - 500
    healths = [Health("kraken", connected_at=1.0), Health("finnhub", lost_at=lost)]
    assert FeedState(healths, lambda: (7, 0)).fault() is None


def test_sources_that_have_all_been_lost_for_minutes_are_a_fault():
    now = time.time()
    healths = [
        Health("kraken", state="waiting", detail="no route to host", lost_at=now - 130),
        Health("finnhub", state="parked", detail="a wrong token", lost_at=now - 500),
    ]
    state = FeedState(healths, lambda: (7, 0))
    assert state.fault() == (
        "no source has been connected for 130 s: kraken is waiting: no route to host"
    )
    healths[0].lost_at = now - 100  # it was connected meanwhile, and tries again
    assert state.fault() is None


def test_a_broker_that_acknowledges_nothing_is_a_fault():
    clock = [100.0]
    sent = [(7, 0)]
    state = FeedState([Health("kraken", connected_at=1.0)], lambda: sent[0], lambda: clock[0])
    clock[0] += 1000
    assert state.fault() is None
    sent[0] = (7, 20)
    clock[0] += 1
    assert state.fault() is None
    clock[0] += 30
    assert state.fault() == ("nothing is published: the broker has acknowledged nothing for 31 s")
    sent[0] = (8, 20)
    assert state.fault() is None


def test_the_health_is_served_beside_the_metrics():
    (port,) = free_ports(1)
    with (
        metrics.served([Health("kraken", lost_at=1.0)], "127.0.0.1", port),
        pytest.raises(HTTPError) as refused,
    ):
        urlopen(f"http://127.0.0.1:{port}/health")
    with refused.value as error:
        assert error.status == 503
        assert error.read().startswith(b"no source has been connected for ")
