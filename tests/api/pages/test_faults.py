"""The operator's page says what to look at, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.pages.conftest import Evaluate

MODULE = "../status/faults.js"
NOW = datetime(2026, 3, 9, 14, 30, tzinfo=UTC)


def ago(**span: float) -> str:
    return (NOW - timedelta(**span)).isoformat()


SOURCE = {
    "source": "kraken", "newest_event_at": ago(seconds=1), "open_sessions": 1,
    "newest_marker_at": ago(seconds=2), "gaps": 0, "is_closed": False,
}  # fmt: skip
RAN = {"ran_at": ago(hours=3)}
LOADING = {"last_batch_at": ago(seconds=1), "last_batch_delay_seconds": 0.3}
GOOD = {
    "at": NOW.isoformat(),
    "loading": LOADING,
    "rejects": {"messages": 0, "reasons": []},
    "feeds": {"sources": [SOURCE], "gaps": [], "left_out": 0},
    "histories": [],
    "candles": {"pending": [], "verified": {"at": ago(hours=1), "candles": 9, "mismatches": 0}},
    "jobs": [],
}


def feeds(left_out: int = 0, **changes: Any) -> dict[str, Any]:
    return {"feeds": {"sources": [SOURCE | changes], "gaps": [], "left_out": left_out}}


def test_a_service_that_is_well_has_no_faults(js: Evaluate) -> None:
    assert js(MODULE, "m.faultsOf(given.found)", found=GOOD) == []


@pytest.mark.parametrize(
    "changes, sentence",
    [
        (
            {"loading": LOADING | {"last_batch_at": ago(minutes=5)}},
            "No batch has been stored for 5 min, though feeds go on: is a loader running?",
        ),
        (
            {"loading": LOADING | {"last_batch_at": None}},
            "No loader has stored anything in the last day, though feeds go on.",
        ),
        (
            {"loading": LOADING | {"last_batch_delay_seconds": 7200}},
            "The last batch had no event of the last 2 h: loaders are behind, or load history.",
        ),
        (
            feeds(newest_marker_at=ago(minutes=4)),
            "Feed kraken has been silent since 14:26:00 UTC, 4 min ago.",
        ),
        (
            feeds(newest_marker_at=ago(minutes=4), open_sessions=0),
            "Feed kraken has no session since 14:26:00 UTC, 4 min ago.",
        ),
        (
            feeds(gaps=1),
            "1 gap in the last 24 hours. stockpulse gaps fill asks the venues for them.",
        ),
        (
            feeds(19_000, gaps=1000),
            "1,000 gaps in the last 24 hours, and 19,000 further series may have some."
            " stockpulse gaps fill asks the venues for them.",
        ),
        (
            {"rejects": {"messages": 2, "reasons": []}},
            "2 messages could not be stored: stockpulse rejects list.",
        ),
        (
            {"candles": {"pending": [], "verified": {"candles": 9, "mismatches": 1}}},
            "1 candle differed from their events when last compared: stockpulse verify.",
        ),
        (
            {"histories": [
                {"history": "dukascopy", "kind": "hourly", "state": "killed"} | RAN
            ]},
            "History dukascopy, hourly: killed 3 h ago. stockpulse update --list says more.",
        ),
        (
            {"jobs": [{"job": "columnstore", "relation": "market.trades", "outcome": "Failed"}]},
            "Job columnstore on market.trades failed in its last run:"
            " timescaledb_information.job_errors says why.",
        ),
    ],
    ids=[
        "no batch", "no loader", "behind", "a silent feed", "a feed without a session", "a gap",
        "many gaps", "rejects", "a mismatch", "a killed run", "a failed job",
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence(
    js: Evaluate, changes: dict[str, Any], sentence: str
) -> None:
    assert js(MODULE, "m.faultsOf(given.found)", found=GOOD | changes) == [sentence]


@pytest.mark.parametrize(
    "changes",
    [
        feeds(newest_marker_at=ago(hours=4), is_closed=True),
        feeds(newest_marker_at=None, open_sessions=0)
        | {"loading": LOADING | {"last_batch_at": None}},
    ],
    ids=["a closed market", "no feeds at all"],
)
def test_silence_that_is_expected_is_no_fault(js: Evaluate, changes: dict[str, Any]) -> None:
    assert js(MODULE, "m.faultsOf(given.found)", found=GOOD | changes) == []


@pytest.mark.parametrize(
    "ms, text",
    [
        (0, "0 s"), (1500, "1.5 s"), (59_000, "59 s"), (119_000, "119 s"), (120_000, "2 min"),
        (7_199_000, "120 min"), (7_200_000, "2 h"), (172_800_000, "2 d"),
    ],
)  # fmt: skip
def test_spans_have_one_unit(js: Evaluate, ms: int, text: str) -> None:
    assert js("../status/figures.js", "m.spanOf(given.ms)", ms=ms) == text


@pytest.mark.parametrize(
    "price, before, text",
    [
        (205, 200, "+2.50 %"), (195, 200, "\N{MINUS SIGN}2.50 %"), (200, 200, "0.00 %"),
        (200.001, 200, "0.00 %"), (5, -10, "+150.00 %"), (5, 0, ""), (5, None, ""),
    ],
)  # fmt: skip
def test_change_of_the_day_has_a_sign(
    js: Evaluate, price: float, before: float | None, text: str
) -> None:
    found = js("price.js", "m.changeOf(given.price, given.before)", price=price, before=before)
    assert found == text
