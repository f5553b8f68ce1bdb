"""Bars over the wire: history, what follows it, and what a client missed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from stack.database import Database
from tests.api.stream import clients
from tests.api.stream.bar_feed import SECOND, Feed, feeding, seconds_ago, short, trade


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


def test_a_new_client_gets_the_bar_under_way(feed: Feed, api: httpx.Client) -> None:
    feed.load(trade(datetime.now(UTC), "100"))
    asked = {"symbols": "AAPL", "channels": "provisional", "timeframe": "1mo", "decimals": "string"}
    for _ in range(2):
        with clients.sse(api, **asked) as messages:
            [bar], _ = bars(messages, 1)
            assert (bar["final"], bar["o"], bar["source"]) == (False, "100", "sim")
