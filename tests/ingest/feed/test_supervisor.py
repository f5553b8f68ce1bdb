"""Delays before a source connects again, and the errors that end the feeds."""

import asyncio
from http import HTTPStatus

import pytest

from db.errors import SettingsError
from ingest.feed.backoff import Backoff
from ingest.feed.supervisor import Pace
from stack.venue.kraken import KrakenVenue
from stack.venue.thread import running as serving
from tests.support import wait_until


def test_delays_grow_up_to_a_minute_and_are_drawn_from_zero_on():
    backoff = Backoff(seed=7)
    limits, delays = [], []
    for _ in range(8):
        limits.append(backoff.limit)
        delays.append(backoff.after(lived=0.5))
    assert limits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert all(0 <= delay <= limit for delay, limit in zip(delays, limits, strict=True))
    assert len(set(delays)) == 8


def test_only_a_connection_of_a_minute_starts_the_delays_anew():
    backoff = Backoff(seed=7)
    for _ in range(5):
        backoff.after(lived=59.9)
    assert backoff.limit == 32
    assert backoff.after(lived=60.0) <= 1
    assert backoff.limit == 2


def test_clean_closes_are_no_reason_to_hurry(feeding):
    """Three closes in a row: each delay is drawn from a longer range."""
    delays = []

    async def sleep(seconds):
        delays.append(seconds)
        await asyncio.sleep(0)

    class Closing(KrakenVenue):
        async def _handle(self, connection):
            self.connects += 1
            await connection.close()

    with (
        serving(Closing()) as venue,
        feeding("kraken", symbols=("BTC/USD",), url=venue.url, pace=Pace(sleep=sleep, base=1.0)),
    ):
        wait_until(lambda: len(delays) >= 12, "twelve closes")
    assert max(delays[:2]) <= 2
    assert max(delays) > 4  # of 60: an even chance of 1 in 10**9 against it


def test_a_venue_that_is_not_there_is_asked_again(feeding, caplog):
    with serving(KrakenVenue()) as venue:
        url = venue.url
    port = int(url.split(":")[2].split("/")[0])
    with feeding("kraken", symbols=("BTC/USD",), url=url) as running:
        wait_until(lambda: "disconnected" in caplog.text, "a first attempt")
        with serving(KrakenVenue(), port) as back:
            wait_until(lambda: back.requests != [], "the subscription")
            fed = running.end()
    assert fed.healths[0].reconnects >= 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "nonsense", "ws://"])
def test_what_is_no_address_ends_the_feed_in_one_line(feeding, url):
    with (
        pytest.raises(SettingsError, match="the url of Kraken is not one of a WebSocket"),
        feeding("kraken", symbols=("BTC/USD",), url=url) as running,
    ):
        wait_until(lambda: running.error is not None, "the error")


REFUSALS = {
    401: "Kraken refuses the token (HTTP 401)",
    403: "Kraken refuses the token, or this address or country (HTTP 403)",
    418: "Kraken has banned this address for a while (HTTP 418)",
    451: "Kraken does not serve this country (HTTP 451)",
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_venue_that_refuses_this_client_is_parked(feeding, status):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)
        await asyncio.sleep(0.05)

    with serving(KrakenVenue()) as venue:
        venue.refuses = HTTPStatus(status)
        with feeding(
            "kraken", symbols=("BTC/USD",), url=venue.url, pace=Pace(sleep=sleep)
        ) as running:
            wait_until(lambda: len(waits) >= 2, "two attempts")
            fed = running.end()
    assert set(waits) == {300.0}
    assert fed.healths[0].detail == REFUSALS[status]
