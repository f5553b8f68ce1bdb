"""Bars of pages and of the stream in one list, and their places on the axis."""

from typing import Any

from tests.api.pages.conftest import Evaluate


def run(js: Evaluate, module: str, body: str, **given: Any) -> Any:
    """Returns what the body of a function gives that has a module of the chart as `m`."""
    return js(module, f"(() => {{ {body} }})()", **given)


MINUTES = """
const at = (minute) => new Date(minute * 60_000).toISOString();
const prices = { o: "1", h: "9", l: "1", v: "1", n: 1, final: true };
const bar = (minute, c) => m.barOf({ t: at(minute), ...prices, c: `${c}` });
const shown = (bars) => bars.list.map(({ time, c }) => [time / 60_000, c]);
"""


def test_a_bar_of_the_stream_is_newer_than_that_of_a_page(js: Evaluate) -> None:
    assert run(js, "bars.js", MINUTES + """
        const bars = new m.Bars();
        bars.add([bar(11, 1), bar(10, 1)]);
        const places = [bars.place(bar(12, 5)).c, bars.place(bar(10, 6)).c, bars.place(bar(10, 6))];
        places.push(bars.place(bar(4, 7)), bars.remove(5 * 60_000)); // before what is loaded
        bars.add([bar(9, 1), bar(5, 1), bar(4, 1), bar(10, 1)]);
        return [places, shown(bars)];
    """) == [[5, 6, None, None, None], [[4, 7], [9, 1], [10, 6], [11, 1], [12, 5]]]  # fmt: skip


def test_a_page_that_is_asked_for_again_is_newer_than_before_but_not_than_the_stream(
    js: Evaluate,
) -> None:
    assert run(js, "bars.js", MINUTES + """
        const bars = new m.Bars();
        bars.add([bar(8, 1), bar(9, 1), bar(10, 1), bar(11, 1), bar(12, 1)]);
        bars.place(bar(11, 5));
        bars.place(bar(13, 5));
        bars.remove(12 * 60_000);
        bars.renew([bar(12, 2), bar(11, 2), bar(9, 2)]); // 10 has gone, 12 as well, but later
        return shown(bars);
    """) == [[8, 1], [9, 2], [11, 5], [13, 5]]  # fmt: skip


def test_a_bar_may_come_between_others_and_go(js: Evaluate) -> None:
    assert run(js, "bars.js", MINUTES + """
        const bars = new m.Bars();
        bars.add([bar(10, 1), bar(12, 1)]);
        const places = [bars.place(bar(11, 2)), bars.remove(10 * 60_000), bars.remove(10 * 60_000)];
        return [places, shown(bars)];
    """) == [["moved", "moved", None], [[11, 2], [12, 1]]]  # fmt: skip


def test_bars_without_prices_are_not_drawn(js: Evaluate) -> None:
    assert run(js, "bars.js", MINUTES + """
        const bars = new m.Bars();
        const nothing = { o: null, h: null, l: null, c: null, v: null, n: 0 };
        bars.add([m.barOf({ t: at(9), ...nothing }), bar(10, 1)]);
        return [bars.place(bar(11, "NaN")), shown(bars)];
    """) == [None, [[10, 1]]]  # fmt: skip


def test_a_night_without_a_feed_takes_few_places(js: Evaluate) -> None:
    assert run(js, "points.js", """
        const minute = 60_000;
        const bars = [0, 600].map((time) => ({ time: time * minute }));
        const stretches = [{ start: minute, end: 600 * minute, state: "no feed" }];
        const points = m.pointsOf(bars, stretches, null, "1m");
        return points.map(({ time, kind }) => [time / minute, kind]);
    """) == [[0, ""], *[[n, "no feed"] for n in range(1, 13)], [600, ""]]  # fmt: skip


def test_a_feed_that_is_lost_shows_after_the_newest_bar(js: Evaluate) -> None:
    places = """
        const minute = 60_000;
        const stretches = [{ start: minute, end: 3.5 * minute, state: "no feed" }];
        const points = m.pointsOf([{ time: 0 }], stretches, null, "1m", given.options);
        return points.map(({ time, kind }) => [time / minute, kind]);
    """
    found = run(js, "points.js", places, options={"reachesNow": True})
    assert found == [[0, ""], [1, "no feed"], [2, "no feed"]]
    assert run(js, "points.js", places, options={"reachesNow": False}) == [[0, ""]]
