"""The chart as it looks and is used: by wheel, fingers, keys, and without seeing it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.api.store import Tick, minute
from tests.browser.market import SYMBOL, walk, written
from tests.browser.site import Site
from tests.browser.visits import LIVE, Visits, drawn, wait_for
from tests.db import feeds

CHART = f"/chart?symbol={SYMBOL}&timeframe=1m"


def shown(site: Site, visit: Visits, count: int = 300, **options: Any) -> Page:
    site.store.ticks(SYMBOL, walk(count))
    page = visit(CHART, **options)
    wait_for(page, f"stockpulse.bars().length === {count} && {LIVE}")
    return page


def in_sight(page: Page) -> int:
    count: int = page.evaluate("stockpulse.inSight().length")
    return count


def test_the_wheel_and_the_keys_zoom(site: Site, visit: Visits) -> None:
    page = shown(site, visit)
    before = in_sight(page)
    page.mouse.move(600, 300)
    page.mouse.wheel(0, 500)
    wait_for(page, f"stockpulse.inSight().length > {before}")
    page.focus("#chart")
    for _ in range(4):
        page.keyboard.press("+")
    wait_for(page, f"stockpulse.inSight().length < {before}")
    page.keyboard.press("End")
    wait_for(page, f"Math.abs(stockpulse.inSight().length - {before}) < 6")


def test_a_dragged_price_axis_stays_until_one_goes_back(site: Site, visit: Visits) -> None:
    page = shown(site, visit)
    box = page.locator("#chart").bounding_box()
    assert box
    x, y = box["x"] + box["width"] - 30, box["y"] + 200
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 150, steps=5)
    page.mouse.up()
    newest = page.locator("#newest")
    newest.wait_for(state="visible")
    newest.click()
    newest.wait_for(state="hidden")


def test_fingers_zoom_and_scroll_on_a_phone(site: Site, visit: Visits) -> None:
    page = shown(site, visit, phone=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    before = in_sight(page)
    touch(page, [[(150, 400), (250, 400)], [(60, 400), (330, 400)]])
    wait_for(page, f"stockpulse.inSight().length < {before * 0.7}")
    last = page.evaluate("stockpulse.inSight().at(-1)")
    touch(page, [[(100, 400)], [(300, 400)]])
    wait_for(page, f"stockpulse.inSight().at(-1) < '{last}'")


def touch(page: Page, stages: list[list[tuple[int, int]]]) -> None:
    """Puts fingers down at the first places and moves them to the last ones."""
    session = page.context.new_cdp_session(page)

    def send(kind: str, places: list[tuple[float, float]]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    first, last = stages
    send("touchStart", [*first])
    for step in range(1, 11):
        send(
            "touchMove",
            [
                (x + (to_x - x) * step / 10, y + (to_y - y) * step / 10)
                for (x, y), (to_x, to_y) in zip(first, last, strict=True)
            ],
        )
    send("touchEnd", [])


def test_colours_follow_the_system_while_the_page_is_open(site: Site, visit: Visits) -> None:
    visit.tolerate("willReadFrequently")  # the test reads the canvas
    page = shown(site, visit)
    corner = (
        "[...document.querySelector('#chart canvas').getContext('2d')"
        ".getImageData(3, 3, 1, 1).data].slice(0, 3).join()"
    )
    wait_for(page, f"{corner} === '255,255,255'")
    page.emulate_media(color_scheme="dark")
    wait_for(page, f"{corner} === '16,22,29'")


def test_minutes_without_a_feed_and_without_trades_look_different(
    site: Site, visit: Visits
) -> None:
    ago = clock()
    for minutes in (60, 57, 50, 45):
        site.store.ticks(SYMBOL, [Tick(ago(minutes, 5), "64000")])
    with psycopg.connect(site.database_url, autocommit=True) as conn:
        feeds.add(
            conn,
            feeds.start(marked(ago(60)), SYMBOL),
            feeds.end(marked(ago(54, 30))),
            feeds.start(marked(ago(50)), SYMBOL, session="two"),
            feeds.heartbeat(marked(ago(0)), session="two"),
        )
    page = visit(CHART)
    wait_for(page, "stockpulse.backgrounds().length === 9")
    found = page.evaluate("stockpulse.backgrounds().map(({ from, to, kind }) => [from, to, kind])")
    assert found == [
        [written(ago(first)), written(ago(last)), kind]
        for first, last, kind in [
            (60, 60, ""),
            (59, 58, "no trades"),
            (57, 57, ""),
            (56, 55, "no trades"),
            (54, 51, "no feed"),  # it ended in the middle of the first of these minutes
            (50, 50, ""),
            (49, 46, "no trades"),
            (45, 45, ""),
            (44, 33, "no trades"),  # twelve places, though the market is quiet up to now
        ]
    ]
    assert len(drawn(page)) == 4


def clock() -> Callable[..., datetime]:
    """Returns a function that gives times before this minute, which stays while the test runs."""
    now = minute(0)
    return lambda minutes, second=0: now - timedelta(minutes=minutes) + timedelta(seconds=second)


def marked(moment: datetime) -> str:
    """Writes a time as the helpers of markers take it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def test_bars_outside_of_the_sessions_are_shaded(site: Site, visit: Visits) -> None:
    ago = clock()
    site.store.ticks(SYMBOL, walk(60, ago(1)))
    with psycopg.connect(site.database_url, autocommit=True) as conn:
        conn.execute(
            "insert into market.sessions (calendar, session_date, open_at, close_at)"
            " values ('XNYS', current_date, %s, %s)",
            [ago(50), ago(20)],
        )
        conn.execute("update market.instruments set calendar = 'XNYS'")
    page = visit(CHART)
    wait_for(page, "stockpulse.backgrounds().length === 3")
    found = page.evaluate("stockpulse.backgrounds().map(({ from, isClosed }) => [from, isClosed])")
    assert found == [
        [written(ago(60)), True],
        [written(ago(50)), False],
        [written(ago(20)), True],
    ]


def test_a_screen_reader_gets_a_table_and_the_keys_read_bar_by_bar(
    site: Site, visit: Visits
) -> None:
    ago = clock()
    site.store.ticks(SYMBOL, [*walk(30, ago(1)), Tick(ago(0), "64000.5", "1234.50")])
    page = visit(CHART)
    wait_for(page, f"stockpulse.bars().length === 31 && {LIVE}")
    assert page.get_attribute("#chart", "role") == "img"
    assert SYMBOL in (page.get_attribute("#chart", "aria-label") or "")
    rows = page.locator("#table tbody tr")
    expect(rows).to_have_count(10)
    expect(rows.first).to_contain_text("1,234.5")
    cells = rows.first.locator("td").all_text_contents()
    assert cells[1:6] == ["64,000.50", "64,000.50", "64,000.50", "64,000.50", "1,234.5"]
    page.focus("#chart")
    page.keyboard.press(".")
    assert "close 64,000.50, volume 1,234.5" in (page.text_content("#said") or "")
    page.keyboard.press(",")
    assert f"{ago(1):%H:%M}: open" in (page.text_content("#said") or "")


def test_the_legend_has_all_digits(site: Site, visit: Visits) -> None:
    site.store.ticks(SYMBOL, [Tick(minute(2, 5), "0.00000012", "0.000000000000000001")])
    page = visit(CHART)
    wait_for(page, f"stockpulse.bars().length === 1 && {LIVE}")
    values = page.locator("#legend b").all_text_contents()
    assert values[:5] == ["0.00000012"] * 4 + ["0.000000000000000001"]


@pytest.mark.parametrize(
    "hours, first_of_day",
    [
        # New York leaves summer time on 1 November 2026 at 06:00 UTC
        ("2026-11-01T02", "2026-11-01T04:00:00Z"),
        ("2026-11-02T02", "2026-11-02T05:00:00Z"),
    ],
)
def test_a_day_on_the_axis_begins_at_midnight_of_the_zone(
    site: Site, visit: Visits, hours: str, first_of_day: str
) -> None:
    page = shown(site, visit, 20)
    found = page.evaluate("""async (given) => {
        const it = await import("/assets/chart/axis.js");
        const { timesOf } = await import("/assets/chart/times.js");
        const { offset } = timesOf("America/New_York", "1m");
        const scale = new it.ZonedScale(() => ({ offset }));
        const first = Date.parse(`${given}:00:00Z`) / 1000;
        const times = Array.from({ length: 300 }, (_, n) => first + n * 60);
        const points = times.map((time) => ({ time: scale.convertHorzItemToInternal(time) }));
        scale.fillWeightsForPoints(points, 0);
        const days = times.filter((_, n) => n > 0 && points[n].timeWeight >= 50);
        return days.map((time) => new Date(time * 1000).toISOString());
    }""", hours)  # fmt: skip
    assert found == [first_of_day.replace("Z", ".000Z")]
