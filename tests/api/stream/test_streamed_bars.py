"""Bars over the wire: history, what follows it, and what a client missed."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event
from typing import Any

import httpx
import pytest

from api.stream.bar_turns import Turns
from stack.database import Database
from tests.api.stream import clients
from tests.api.stream.bar_feed import SECOND, Feed, feeding, seconds_ago, short, trade
from tests.support import wait_until


@pytest.fixture
def feed(fresh_database: str, database: Database) -> Iterator[Feed]:
    """A loader of the database of the test."""
    with feeding(fresh_database, database.edition) as opened:
        yield opened


def bars(messages: Iterator[dict[str, Any]], count: int) -> tuple[list[dict[str, Any]], str]:
    """Returns the next bars, and the place after them."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        message = next(messages)
        found += clients.events(message, "bar")
    return found, message["resume"]


def test_a_stream_of_bars_goes_on_where_it_was_cut(feed: Feed, api: httpx.Client) -> None:
    start = seconds_ago(60, 0)
    feed.load(*(trade(start + (n + 0.5) * SECOND, str(100 + n), id_=str(n)) for n in range(5)))
    asked = {
        "symbols": "AAPL",
        "channels": "bars",
        "timeframe": "1s",
        "since": (start + SECOND).isoformat(),
    }
    with clients.sse(api, **asked) as messages:
        history, place = bars(messages, 4)
        assert [short(bar)[:2] for bar in history] == [
            ("final", 101), ("final", 102), ("final", 103), ("final", 104)
        ]  # fmt: skip
        now = datetime.now(UTC)
        feed.load(trade(now, "200"))
        [last], place = bars(messages, 1)
        assert short(last)[:2] == ("final", 200)
    feed.load(trade(start + 2.5 * SECOND, "7", id_="2", flags=["correction"]))
    with clients.sse(api, last_event_id=place, **asked) as messages:
        [revised], place = bars(messages, 1)
        assert short(revised)[:2] == ("revised", 7)
        feed.load(trade(start + 0.5 * SECOND, "8", id_="0", flags=["correction"]))
        feed.load(trade(start + 3.5 * SECOND, "9", id_="3", flags=["correction"]))
        [revised], place = bars(messages, 1)
        assert short(revised)[:2] == ("revised", 9)  # not the bar before `since`


@pytest.mark.parametrize("cut_at", ["bar", "live"])
def test_a_cut_while_one_catches_up_keeps_the_bars_that_are_still_to_be_revised(
    feed: Feed, api: httpx.Client, cut_at: str
) -> None:
    early, late = seconds_ago(7200), seconds_ago(5400)
    feed.load(*(trade(at, "100") for at in (early, late, late + 1800 * SECOND)))
    feed.make_candles()
    asked = {"symbols": "AAPL", "channels": "bars", "timeframe": "1s,1m"}
    with clients.sse(api, **asked) as messages:
        place = clients.next_with(messages, "live")["resume"]
    feed.load(*(trade(at - SECOND / 10, "99") for at in (early, late)))  # the stored bars lack them
    now = datetime.now(UTC)
    feed.load(trade(now, "200"))
    wait_until(lambda: datetime.now(UTC) > now + SECOND, "its second is over")
    with clients.sse(api, last_event_id=place, **asked) as messages:
        for message in messages:
            final = [bar for bar in clients.events(message, "bar") if "revised" not in bar]
            if (cut_at == "bar" and final) or clients.has(message, "live"):
                place = message["resume"]
                break
    feed.make_candles()
    with clients.sse(api, last_event_id=place, **asked) as messages:
        found: list[dict[str, Any]] = []
        while not clients.has(message := next(messages), "live"):
            found += clients.events(message, "bar")
    of_minutes = [short(bar) for bar in found if bar["timeframe"] == "1m" and "revised" in bar]
    assert of_minutes == [("revised", 99, 100, 99, 100, 20, 2)] * 2


def test_bars_that_come_while_one_catches_up_keep_what_is_still_to_be_revised(
    feed: Feed, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_read, waits = Event(), Event()
    read = Turns.read

    async def gated(turns: Turns, *values: Any) -> Any:
        waits.set()
        while not may_read.is_set():
            await asyncio.sleep(0.01)
        return await read(turns, *values)

    early = seconds_ago(7200)
    feed.load(trade(early, "100"), trade(early + 3600 * SECOND, "100"))
    feed.make_candles()
    asked = {"symbols": "AAPL", "channels": "bars", "timeframe": "1s,1m"}
    with clients.sse(api, **asked) as other:
        place = clients.next_with(other, "live")["resume"]
        feed.load(trade(early - SECOND / 10, "99"))  # the stored bars lack it
        monkeypatch.setattr(Turns, "read", gated)
        with clients.sse(api, last_event_id=place, **asked) as messages:
            clients.next_with(messages, "subscribed")
            assert waits.wait(20)
            feed.load(trade(datetime.now(UTC), "200"))
            until_200(other)
            may_read.set()
            place = until_200(messages)
    feed.make_candles()
    with clients.sse(api, last_event_id=place, **asked) as messages:
        found: list[dict[str, Any]] = []
        while not clients.has(message := next(messages), "live"):
            found += clients.events(message, "bar")
    of_minutes = [short(bar) for bar in found if bar["timeframe"] == "1m" and "revised" in bar]
    assert of_minutes == [("revised", 99, 100, 99, 100, 20, 2)]


def until_200(messages: Iterator[dict[str, Any]]) -> str:
    """Returns the place after the message with the bar of a trade at 200."""
    while True:
        found, place = bars(messages, 1)
        if any(bar["o"] == 200 for bar in found):
            return place


def test_a_new_client_gets_the_bar_under_way(feed: Feed, api: httpx.Client) -> None:
    feed.load(trade(datetime.now(UTC), "100"))
    asked = {"symbols": "AAPL", "channels": "provisional", "timeframe": "1mo", "decimals": "string"}
    for _ in range(2):
        with clients.sse(api, **asked) as messages:
            [bar], _ = bars(messages, 1)
            assert (bar["final"], bar["o"], bar["source"]) == (False, "100", "sim")
