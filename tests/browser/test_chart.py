"""A person at the chart; the bars drawn are those that SQL has."""

import time
from datetime import timedelta

from playwright.sync_api import Page

from tests.api.store import Tick, minute
from tests.browser.market import SYMBOL, stored, walk, without_final, written
from tests.browser.site import Site
from tests.browser.visits import LIVE, Visit, drawn, wait_for

CHART = f"/chart?symbol={SYMBOL}&timeframe=1m"


def test_the_bars_drawn_are_those_of_sql(site: Site, visit: Visit) -> None:
    site.store.ticks(SYMBOL, walk(90))
    page = visit(CHART)
    wait_for(page, "stockpulse.bars().length === 90")
    assert without_final(drawn(page)) == stored(site)


def test_the_first_bars_are_asked_for_once_and_beside_the_scripts(site: Site, visit: Visit) -> None:
    site.store.ticks("KRAKEN:BTC/USD", walk(30), source="kraken")
    page = visit("/chart?symbol=KRAKEN:BTC/USD&source=kraken")
    wait_for(page, "stockpulse.bars().length === 30")
    asked = page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/bars?')"
        " && !name.includes('&end=')).map(({ initiatorType }) => initiatorType)"
    )
    assert asked == ["link"]


def test_a_trade_changes_the_newest_bar_and_the_next_minute_adds_one(
    site: Site, visit: Visit
) -> None:
    last = minute(2)
    site.store.ticks(SYMBOL, walk(20, last))
    page = visit(CHART)
    wait_for(page, f"stockpulse.bars().length === 20 && {LIVE}")
    site.load(SYMBOL, [Tick(last + timedelta(seconds=50), "65000")])
    wait_for(page, "stockpulse.bars().at(-1)?.c === 65000")
    site.load(SYMBOL, [Tick(minute(0, 0), "64001.25")])
    wait_for(page, "stockpulse.bars().length === 21")
    assert without_final(drawn(page)) == stored(site)
    assert [bar["final"] for bar in drawn(page)][-2:] == [True, False]


def test_a_late_trade_changes_an_old_bar_and_fills_an_empty_minute(
    site: Site, visit: Visit
) -> None:
    early, late = walk(10, minute(14)), walk(5, minute(4))
    site.store.ticks(SYMBOL, [*early, *late])
    page = visit(CHART)
    wait_for(page, f"stockpulse.bars().length === 15 && {LIVE}")
    site.load(SYMBOL, [Tick(minute(16, 59), "70000"), Tick(minute(10, 30), "64100")])
    wait_for(page, "stockpulse.bars().length === 16")
    wait_for(page, "stockpulse.bars().some(({ h }) => h === 70000)")
    assert without_final(drawn(page)) == stored(site)


def test_after_the_server_was_away_the_page_has_what_came_meanwhile(
    site: Site, visit: Visit
) -> None:
    site.store.ticks(SYMBOL, walk(20, minute(9)))
    page = visit(CHART)
    wait_for(page, f"stockpulse.bars().length === 20 && {LIVE}")
    token = page.evaluate("stockpulse.resume()")
    site.stop()
    wait_for(page, f"!{LIVE}")
    assert len(drawn(page)) == 20  # what is known stays in sight
    site.load(SYMBOL, [*walk(5, minute(4)), Tick(minute(20, 30), "70000")])
    site.start()
    wait_for(page, LIVE)
    wait_for(page, "stockpulse.bars().length === 25")
    wait_for(page, "stockpulse.bars().some(({ h }) => h === 70000)")
    assert without_final(drawn(page)) == stored(site)
    assert token


def test_a_hidden_tab_gives_its_connection_back_and_catches_up_when_seen(
    site: Site, visit: Visit
) -> None:
    site.load(SYMBOL, walk(20, minute(9)))
    page = visit(CHART, clock=True)
    wait_for(page, f"stockpulse.bars().length === 20 && {LIVE}")
    set_hidden(page, "true")
    page.clock.fast_forward(11_000)
    wait_for(page, f"!{LIVE}")
    site.load(SYMBOL, walk(5, minute(4)))
    page.wait_for_timeout(500)
    assert len(drawn(page)) == 20
    set_hidden(page, "false")
    wait_for(page, f"stockpulse.bars().length === 25 && {LIVE}")
    assert without_final(drawn(page)) == stored(site)


def set_hidden(page: Page, value: str) -> None:
    """Makes the page believe that it is not seen: without windows there are no tabs to hide it."""
    page.evaluate(
        f"Object.defineProperty(document, 'hidden', {{ configurable: true, value: {value} }});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )


def test_twenty_thousand_bars_are_there_when_one_scrolls_back(site: Site, visit: Visit) -> None:
    site.store.ticks(SYMBOL, walk(20_600))
    site.make_candles()
    page = visit(CHART)
    wait_for(page, "stockpulse.bars().length === 600")
    box = page.locator("#chart").bounding_box()
    assert box
    left, right, y = box["x"] + 60, box["x"] + box["width"] - 120, box["y"] + 200
    page.mouse.move((left + right) / 2, y)
    for _ in range(36):
        page.mouse.wheel(0, 400)
    deadline = time.monotonic() + 120
    while page.evaluate("stockpulse.bars().length") < 20_600:
        assert time.monotonic() < deadline
        page.mouse.move(left, y)
        page.mouse.down()
        page.mouse.move(right, y, steps=4)
        page.mouse.up()
    assert without_final(drawn(page)) == stored(site)


def test_the_view_stays_in_place_while_older_bars_come(site: Site, visit: Visit) -> None:
    newest = minute(1)
    site.store.ticks(SYMBOL, walk(3_000, newest))
    site.make_candles()
    page = visit(CHART)
    wait_for(page, "stockpulse.bars().length === 600")
    page.focus("#chart")
    for _ in range(9):
        page.keyboard.press("PageUp")
    last = page.evaluate("stockpulse.inSight().at(-1)")
    # the view began four places after the newest bar, and nine pages of 50 lie between
    assert last == written(newest - timedelta(minutes=450 - 4))
    wait_for(page, "stockpulse.bars().length === 3000")
    assert page.evaluate("stockpulse.inSight().at(-1)") == last


def test_after_a_jump_to_an_old_date_one_comes_back_to_the_newest_bars(
    site: Site, visit: Visit
) -> None:
    newest = minute(1)
    site.store.ticks(SYMBOL, walk(9_000, newest))
    page = visit(CHART)
    wait_for(page, f"stockpulse.bars().length === 600 && {LIVE}")
    assert page.locator("#newest").is_hidden()
    go_to(page, written(newest - timedelta(minutes=8_000)))
    # 999 bars are before that time; a page of 4,000 begins with it
    assert without_final(drawn(page)) == stored(site)[:4_999]
    site.load(SYMBOL, [Tick(minute(0), "64500")])  # is not drawn next to bars of days ago
    page.wait_for_timeout(500)
    assert len(drawn(page)) == 4_999
    page.click("#newest")
    wait_for(page, f"stockpulse.bars().at(-1)?.c === 64500 && {LIVE}")
    assert without_final(drawn(page)) == stored(site)[-600:]
    assert page.locator("#newest").is_hidden()


def go_to(page: Page, moment: str) -> None:
    """Leads to a time as the field for a date does."""
    page.evaluate(
        """async (moment) => {
            const { page } = await import("/assets/chart/chart.js");
            await page.data.goTo(Date.parse(moment));
        }""",
        moment,
    )
