"""The sentence that the page shows is true of what it knows."""

from typing import Any

import pytest

from tests.api.pages.conftest import Evaluate

MODULE = "states.js"
NOW = 1_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE

READ = {
    "connection": "open", "live": True, "known": True, "hasBars": True, "pending": False,
    "problem": None, "eventAt": NOW - 5 * MINUTE, "sessions": None, "coverage": [], "feed": None,
    "symbol": "AAPL", "timeframe": "1m",
}  # fmt: skip
FEED = {"markerAt": NOW - 2000, "isOpen": True}
SILENT = FEED | {"markerAt": NOW - 8 * MINUTE}
OPEN = [
    {"open": NOW - HOUR, "close": NOW + HOUR},
    {"open": NOW + 20 * HOUR, "close": NOW + 27 * HOUR},
]


def covered(state: str, since: int = 10 * MINUTE, until: int = 0) -> list[dict[str, Any]]:
    return [
        {"start": NOW - HOUR, "end": NOW - since, "state": "complete"},
        {"start": NOW - since, "end": NOW - until, "state": state},
    ]


def shown(js: Evaluate, **facts: Any) -> tuple[str, str, str]:
    """Returns kind, label and title; a time is written as how long it is ago, in seconds."""
    expression = "m.stateOf(given.facts, given.now, (time) => `${(given.now - time) / 1000} s ago`)"
    found = js(MODULE, expression, facts=READ | facts, now=NOW)
    assert set(found) == {"kind", "label", "title", "text"}
    return found["kind"], found["label"], found["title"]


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({"eventAt": NOW - 3000}, ("live", "live", "")),
        ({"eventAt": NOW - 3000, "live": False}, ("waiting", "catching up", "")),
        (
            {"connection": "connecting", "live": False, "known": None, "hasBars": False},
            ("waiting", "connecting", "Loading…"),
        ),
        (
            {"known": False, "hasBars": False, "problem": {"status": 404}},
            ("lost", "unknown symbol", "Unknown symbol"),
        ),
        ({"hasBars": False, "eventAt": 0}, ("waiting", "no data yet", "No data yet")),
        (
            {"symbol": "", "known": None, "hasBars": False},
            ("waiting", "no data yet", "No data yet"),
        ),
        (
            {"hasBars": False, "pending": True},
            ("waiting", "history pending", "Bars are being made"),
        ),
        ({"pending": True, "eventAt": NOW - 1000}, ("waiting", "history pending", "")),
    ],
    ids=[
        "events arrive", "what was missed still comes", "nothing is known", "unknown symbol",
        "no bars", "an empty database", "bars are being made", "some bars are being made",
    ],
)  # fmt: skip
def test_state_is_said(js: Evaluate, facts: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert shown(js, **facts) == expected


@pytest.mark.parametrize(
    "problem, label, title",
    [
        ({"code": "unreachable"}, "disconnected since 30 s ago, trying again", "No connection"),
        (
            {"status": 503, "message": "The database cannot be reached; try again shortly."},
            "database away since 30 s ago, trying again", "The database is away",
        ),
        ({"code": "away"}, "database away since 30 s ago, trying again", "The database is away"),
        (
            {"status": 503, "message": "Too many requests are under way."},
            "no answer since 30 s ago, trying again", "No connection",
        ),
        (
            {"status": 500, "message": "An internal error."},
            "no answer since 30 s ago, trying again", "No connection",
        ),
    ],
    ids=["the server", "the database", "the database, by the stream", "load", "a fault"],
)  # fmt: skip
def test_what_is_away_is_named(
    js: Evaluate, problem: dict[str, Any], label: str, title: str
) -> None:
    facts = {"connection": "lost", "live": False, "problem": problem, "lostAt": NOW - 30_000}
    assert shown(js, **facts) == ("lost", label, "")
    assert shown(js, **facts, hasBars=False) == ("lost", label, title)


def test_market_is_closed_since_its_session_ended(js: Evaluate) -> None:
    closed = [
        {"open": NOW - 9 * HOUR, "close": NOW - 2 * HOUR},
        {"open": NOW + 15 * HOUR, "close": NOW + 22 * HOUR},
    ]
    label = "market closed since 7200 s ago"
    assert shown(js, sessions=closed) == ("closed", label, "")
    assert shown(js, sessions=closed, coverage=covered("no feed")) == ("closed", label, "")
    assert shown(js, sessions=OPEN)[1] == "no events since 300 s ago"


def test_trades_outside_of_the_session_are_live(js: Evaluate) -> None:
    closed = [{"open": NOW - 9 * HOUR, "close": NOW - 2 * HOUR}]
    assert shown(js, sessions=closed, eventAt=NOW - 1000) == ("live", "live", "")


def test_sessions_that_ended_long_ago_say_nothing_of_today(js: Evaluate) -> None:
    old = [{"open": NOW - 500 * HOUR, "close": NOW - 493 * HOUR}]
    assert shown(js, sessions=old)[0] == "waiting"


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({"coverage": covered("no feed")}, ("lost", "feed lost since 600 s ago", "")),
        (
            {"coverage": covered("pending", 8 * MINUTE), "feed": SILENT},
            ("lost", "feed lost since 480 s ago", ""),
        ),
        (
            {"coverage": covered("no trades"), "feed": FEED},
            ("live", "live, quiet since 300 s ago", ""),
        ),
        (
            {"coverage": covered("pending", MINUTE), "feed": FEED},
            ("live", "live, quiet since 300 s ago", ""),
        ),
        ({"coverage": covered("unknown")}, ("waiting", "no events since 300 s ago", "")),
        (
            {"coverage": covered("unknown"), "feed": FEED | {"markerAt": NOW - HOUR}},
            ("waiting", "no events since 300 s ago", ""),
        ),
        ({"coverage": covered("no trades")}, ("waiting", "no events since 300 s ago", "")),
        (
            {"coverage": covered("no trades", until=5 * MINUTE), "feed": FEED},
            ("waiting", "no events since 300 s ago", ""),
        ),
        ({"eventAt": 0}, ("waiting", "no events", "")),
    ],
    ids=[
        "no feed covers it", "the feed is silent", "a feed covers it", "a feed goes on",
        "it never had a feed", "another symbol has a feed that is silent", "the feed is not known",
        "the coverage is old", "nothing at all",
    ],
)  # fmt: skip
def test_quiet_is_live_only_if_a_feed_covers_it(
    js: Evaluate, facts: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert shown(js, **facts) == expected


def test_lost_feed_is_not_hidden_by_bars_that_go_on_elsewhere(js: Evaluate) -> None:
    facts = {"coverage": covered("no feed"), "eventAt": NOW - 61_000}
    assert shown(js, **facts)[0] == "lost"
