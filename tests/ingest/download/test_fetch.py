"""Requests over real sockets: retried with growing waits, paced, and cut off at once."""

import socket
import threading
import time
from datetime import UTC, datetime

import pytest

from db.errors import SettingsError
from ingest.download.fetch import Fetcher
from ingest.download.pace import BREAK_SECONDS, MOST_BREAKS
from tests.fakes import dukascopy as fake
from tests.fakes.dukascopy import as_bi5, ticks_of
from tests.ingest.download.clocks import FakeTime

NOON = datetime(2026, 2, 26, 12, tzinfo=UTC)
KEY = ("EURUSD", NOON)
PATH = "/datafeed/EURUSD/2026/01/26/12h_ticks.bi5"
SECONDS = 30


@pytest.fixture
def fetcher(fake_time):
    with Fetcher(fake_time.clock) as made:
        yield made


@pytest.fixture
def fetch(fetcher, address):
    return lambda path=PATH: fetcher.start(address + path).result(SECONDS)


def test_an_hour_is_fetched_as_it_is(fetch, venue):
    answer = fetch()
    assert (answer.status, answer.trouble) == (200, None)
    assert answer.body == as_bi5(ticks_of("EURUSD", NOON))


@pytest.mark.parametrize(
    "fault, trouble",
    [
        (fake.BUSY, "HTTP 503"),
        (fake.SERVER_ERROR, "HTTP 500"),
        (fake.PAGE, "a web page instead of an hour"),
    ],
)
def test_a_failure_is_tried_five_times_with_growing_waits(fetch, venue, fake_time, fault, trouble):
    venue.answers[KEY] = [fault]
    assert fetch().trouble == trouble
    assert venue.hours_asked[KEY] == 5
    assert [wait for wait in fake_time.slept if wait in (1, 2, 4, 8)] == [1, 2, 4, 8]


def test_a_failure_that_passes_is_not_noticed(fetch, venue):
    venue.answers[KEY] = [fake.BUSY, fake.SERVER_ERROR, fake.GOOD]
    assert fetch().trouble is None


def test_retry_after_holds_up_all_requests(fetch, venue, fake_time):
    venue.retry_after = 40
    venue.answers[KEY] = [fake.BUSY, fake.GOOD]
    assert fetch().trouble is None
    assert fake_time.seconds >= 40


@pytest.mark.parametrize("fault", [fake.MISSING, fake.NO_HISTORY])
def test_an_hour_that_the_venue_does_not_have_is_missing_and_not_tried_again(fetch, venue, fault):
    venue.answers[KEY] = [fault]
    answer = fetch()
    assert answer.is_missing
    assert venue.hours_asked[KEY] == 1


def test_requests_are_spaced_with_a_pause_after_each_ten(fetch, fake_time):
    for _ in range(20):
        fetch()
    assert fake_time.seconds == pytest.approx(19 * 0.2 + 1)


def test_after_ten_failures_in_a_row_the_host_is_left_alone(fetch, venue, fake_time):
    venue.answers[KEY] = [fake.SERVER_ERROR]
    fetch()
    assert fake_time.seconds < BREAK_SECONDS
    fetch()
    venue.answers[KEY] = [fake.GOOD]
    fetch()
    assert fake_time.seconds > BREAK_SECONDS


def test_a_host_that_always_fails_is_given_up(fetcher, fetch, venue):
    venue.answers[KEY] = [fake.SERVER_ERROR]
    for _ in range(2 * (MOST_BREAKS + 1)):
        assert not fetcher.has_given_up
        fetch()
    assert fetcher.has_given_up
    asked = venue.hours_asked[KEY]
    assert fetch().trouble == "not asked: the venue refused too often"
    assert venue.hours_asked[KEY] == asked


def test_a_host_that_does_not_listen_is_away(fetcher):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    answer = fetcher.start(f"http://127.0.0.1:{port}/", 1).result(SECONDS)
    assert answer.is_away
    assert answer.trouble


def test_an_address_that_is_none_is_said_so(fetcher):
    for url in ("nonsense", "ftp://127.0.0.1/", "http://[/"):
        assert fetcher.start(url, 1).result(SECONDS).trouble, url


def test_a_request_that_hangs_is_cut_off_at_once(venue, address):
    venue.answers[KEY] = [fake.HANGING]
    with Fetcher(FakeTime().clock) as fetcher:
        future = fetcher.start(address + PATH)
        assert venue.waiting.wait(SECONDS)
        left = time.monotonic()
    assert time.monotonic() - left < 1
    assert future.cancelled()
    assert threading.active_count() < 10


def test_no_more_than_four_requests_are_in_flight(fetcher, venue, address):
    hours = [NOON.replace(hour=hour) for hour in range(12)]
    for hour in hours:
        venue.answers["EURUSD", hour] = [fake.HANGING]
    asked = [
        fetcher.start(f"{address}/datafeed/EURUSD/2026/01/26/{hour:%H}h_ticks.bi5")
        for hour in hours
    ]
    assert venue.waiting.wait(SECONDS)
    time.sleep(0.2)  # longer than it takes to send the others
    assert len(venue.requests) == 4
    assert not any(future.done() for future in asked)


def test_a_wrong_proxy_is_named(monkeypatch, fake_time):
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://x")
    with pytest.raises(SettingsError, match="HTTP proxy are wrong"), Fetcher(fake_time.clock):
        pass
