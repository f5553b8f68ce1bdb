"""SMA, EMA and VWAP against values worked out by hand, and published ones."""

from statistics import fmean
from typing import Any

import pytest

from tests.api.pages.conftest import Evaluate

MODULE = "indicators.js"
HOUR = 3_600_000

# The closes of the worked example of ChartSchool's article on moving averages, and its EMA of
# ten days; both are rounded to cents.
CLOSES = [
    22.27, 22.19, 22.08, 22.17, 22.18, 22.13, 22.23, 22.43, 22.24, 22.29,
    22.15, 22.39, 22.38, 22.61, 23.36, 24.05, 23.75, 23.83, 23.95, 23.63,
]  # fmt: skip
EMAS = [22.22, 22.21, 22.24, 22.27, 22.33, 22.52, 22.80, 22.97, 23.13, 23.28, 23.34]


def bars(closes: list[float]) -> list[dict[str, Any]]:
    return [{"time": n * HOUR, "c": close} for n, close in enumerate(closes)]


def test_ema_has_the_published_values(js: Evaluate) -> None:
    line = js(MODULE, "m.lineOf('ema10', given.bars)", bars=bars(CLOSES))
    assert [point["time"] for point in line] == [n * HOUR for n in range(9, 20)]
    assert [point["value"] for point in line] == pytest.approx(EMAS, abs=0.011)


def test_sma_of_twenty_days_is_the_mean_of_each_ten(js: Evaluate) -> None:
    line = js(MODULE, "m.lineOf('sma10', given.bars)", bars=bars(CLOSES))
    expected = [fmean(CLOSES[n - 9 : n + 1]) for n in range(9, 20)]
    assert [point["value"] for point in line] == pytest.approx(expected, abs=1e-12)
    assert line[0]["value"] == pytest.approx(22.221)


def test_sma_is_the_mean_of_the_last_closes(js: Evaluate) -> None:
    line = js(MODULE, "m.sma(given.bars, 3)", bars=bars([1, 2, 6, 4]))
    assert line == [{"time": 2 * HOUR, "value": 3}, {"time": 3 * HOUR, "value": 4}]


def test_ema_begins_with_the_mean_and_halves_the_distance(js: Evaluate) -> None:
    # weight 2 / (3 + 1): (1 + 2 + 6) / 3 = 3; 3 + (5 - 3) / 2 = 4; 4 + (10 - 4) / 2 = 7
    line = js(MODULE, "m.ema(given.bars, 3)", bars=bars([1, 2, 6, 5, 10]))
    assert [point["value"] for point in line] == [3, 4, 7]


@pytest.mark.parametrize("name", ["sma3", "ema3"])
def test_fewer_bars_than_the_length_make_no_line(js: Evaluate, name: str) -> None:
    assert js(MODULE, "m.lineOf(given.name, given.bars)", name=name, bars=bars([1, 2])) == []


def test_a_large_price_leaves_no_trace_in_later_means(js: Evaluate) -> None:
    line = js(MODULE, "m.sma(given.bars, 2)", bars=bars([1e16, 3, 1, 0.1, 0.3]))
    assert [point["value"] for point in line][2:] == pytest.approx([0.55, 0.2], abs=1e-12)


def traded(time: float, vw: float | None, v: float, typical: float = 0) -> dict[str, Any]:
    return {"time": time, "h": typical, "l": typical, "c": typical, "v": v, "vw": vw}


def test_vwap_is_turnover_by_volume_since_midnight(js: Evaluate) -> None:
    given = [
        traded(23 * HOUR, 100, 1),  # of a day whose start is not loaded
        traded(24 * HOUR, 10, 1),
        traded(25 * HOUR, 13, 2),  # (10 + 26) / 3
        traded(26 * HOUR, None, 3, 8),  # (36 + 24) / 6
        traded(48 * HOUR, 7, 5),
    ]
    line = js(MODULE, "m.lineOf('vwap', given.bars)", bars=given)
    assert [(point["time"] / HOUR, point["value"]) for point in line] == [
        (24, 10), (25, 12), (26, 10), (48, 7),
    ]  # fmt: skip
    whole = js(MODULE, "m.lineOf('vwap', given.bars, { isWhole: true })", bars=given)
    assert whole[0] == {"time": 23 * HOUR, "value": 100}


def test_vwap_begins_with_the_session_where_sessions_are_known(js: Evaluate) -> None:
    sessions = [
        {"open": 14.5 * HOUR, "close": 21 * HOUR},
        {"open": 38.5 * HOUR, "close": 45 * HOUR},
    ]
    given = [
        traded(15 * HOUR, 10, 1),
        traded(22 * HOUR, 20, 1),  # after hours: of the session before
        traded(25 * HOUR, 30, 1),  # after midnight likewise
        traded(39 * HOUR, 50, 1),
    ]
    line = js(
        MODULE,
        "m.lineOf('vwap', given.bars, { sessions: given.sessions, isWhole: true })",
        bars=given,
        sessions=sessions,
    )
    assert [point["value"] for point in line] == [10, 15, 20, 50]


def test_names_of_lines_are_read_from_the_address(js: Evaluate) -> None:
    text = "SMA20, ema50,vwap,sma20,sma0,sma1000,foo,,ema"
    assert js(MODULE, "m.namesIn(given.text)", text=text) == ["sma20", "ema50", "vwap"]
    assert js(MODULE, "['sma20', 'vwap'].map(m.titleOf)") == ["SMA 20", "VWAP"]
