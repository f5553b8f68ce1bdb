"""The parts of the chart that compute, called in the browser."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.visits import Visits


@pytest.fixture
def page(visit: Visits) -> Page:
    visit.tolerate("404")
    return visit("/chart?symbol=NONE")


def run(page: Page, module: str, body: str, argument: Any = None) -> Any:
    """Returns what the body of a function gives that has a module of the chart as `it`."""
    return page.evaluate(
        f"async (given) => {{ const it = await import('/assets/chart/{module}'); {body} }}", argument
    )


MINUTES = """
const at = (minute) => new Date(minute * 60_000).toISOString();
const bar = (minute, c, final = true) => it.barOf({ t: at(minute), o: "1", h: "9", l: "1", c: `${c}`, v: "1", n: 1, final });
const shown = (bars) => bars.list.map(({ time, c }) => [time / 60_000, c]);
"""


def test_a_bar_of_the_stream_is_newer_than_that_of_a_page(page: Page) -> None:
    assert run(page, "bars.js", MINUTES + """
        const bars = new it.Bars();
        bars.add([bar(11, 1), bar(10, 1)]);
        const places = [bars.place(bar(12, 5)).c, bars.place(bar(10, 6)).c, bars.place(bar(10, 6))];
        places.push(bars.place(bar(4, 7)), bars.remove(5 * 60_000)); // before what is loaded
        bars.add([bar(9, 1), bar(5, 1), bar(4, 1), bar(10, 1)]);
        return [places, shown(bars)];
    """) == [[5, 6, None, None, None], [[4, 7], [9, 1], [10, 6], [11, 1], [12, 5]]]  # fmt: skip


def test_a_bar_may_come_between_others_and_go(page: Page) -> None:
    assert run(page, "bars.js", MINUTES + """
        const bars = new it.Bars();
        bars.add([bar(10, 1), bar(12, 1)]);
        const places = [bars.place(bar(11, 2)), bars.remove(10 * 60_000), bars.remove(10 * 60_000)];
        return [places, shown(bars)];
    """) == [["moved", "moved", None], [[11, 2], [12, 1]]]  # fmt: skip


def test_bars_without_prices_are_not_drawn(page: Page) -> None:
    assert run(page, "bars.js", MINUTES + """
        const bars = new it.Bars();
        bars.add([it.barOf({ t: at(9), o: null, h: null, l: null, c: null, v: null, n: 0 }), bar(10, 1)]);
        return [bars.place(bar(11, "NaN")), shown(bars)];
    """) == [None, [[10, 1]]]  # fmt: skip


def test_a_night_without_a_feed_takes_few_places(page: Page) -> None:
    assert run(page, "points.js", """
        const minute = 60_000;
        const bars = [0, 600].map((time) => ({ time: time * minute }));
        const stretches = [{ start: minute, end: 600 * minute, state: "no feed" }];
        return it.pointsOf(bars, stretches, null, "1m").map(({ time, kind }) => [time / minute, kind]);
    """) == [[0, ""], *[[n, "no feed"] for n in range(1, 13)], [600, ""]]  # fmt: skip


@pytest.mark.parametrize(
    "hours, first_of_day",
    [
        # New York leaves summer time on 1 November 2026 at 06:00 UTC
        ("2026-11-01T02", "2026-11-01T04:00:00Z"),
        ("2026-11-02T02", "2026-11-02T05:00:00Z"),
    ],
)
def test_a_day_on_the_axis_begins_at_midnight_of_the_zone(
    page: Page, hours: str, first_of_day: str
) -> None:
    found = run(page, "axis.js", """
        const zone = new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York", timeZoneName: "longOffset" });
        const offset = (time) => {
          const name = zone.formatToParts(time).find(({ type }) => type === "timeZoneName").value;
          return Number(name.slice(3, 6)) * 3_600_000;
        };
        const scale = new it.ZonedScale(() => ({ offset }));
        const first = Date.parse(`${given}:00:00Z`) / 1000;
        const points = Array.from({ length: 300 }, (_, n) => ({ time: scale.convertHorzItemToInternal(first + n * 60) }));
        scale.fillWeightsForPoints(points, 0);
        return points.flatMap(({ timeWeight }, n) => timeWeight >= 50 && n ? [new Date((first + n * 60) * 1000).toISOString()] : []);
    """, hours)  # fmt: skip
    assert found == [first_of_day.replace("Z", ".000Z")]
