"""The operator's page shows what the database knows, and stays when that is away."""

import psycopg
from playwright.sync_api import Page, expect

from tests.api.store import Tick, minute
from tests.browser.site import Site
from tests.browser.visits import Visit
from tests.db import feeds


def cells(page: Page, section: str) -> list[list[str]]:
    """Returns the rows of the table of a section."""
    rows = page.locator(f"#{section} tbody tr").all()
    return [row.locator("td").all_inner_texts() for row in rows]


def test_empty_database_has_nothing_to_look_at(site: Site, visit: Visit) -> None:
    page = visit("/status")
    expect(page.locator("#faults")).to_contain_text("Nothing that the database knows of.")
    expect(page.locator("#feeds p")).to_have_text(
        "No source has had an event or a feed in the last week."
    )
    expect(page.locator("#state")).to_contain_text("as of ")
    expect(page.locator("#loading dl")).to_contain_text("none in the last day")
    assert {"trades", "candles_1m"} <= {row[0] for row in cells(page, "sizes")}
    assert page.locator("#jobs").is_visible() == (site.edition == "community")


def test_feeds_gaps_and_rejects_are_shown_and_what_is_wrong_comes_first(
    site: Site, visit: Visit
) -> None:
    site.store.ticks("KRAKEN:BTC/USD", [Tick(minute(0), "64000")], source="kraken")
    lost = (feeds.ago(minutes=90), feeds.ago(minutes=80))
    with psycopg.connect(site.database_url, autocommit=True) as conn:
        feeds.add(
            conn,
            *(feeds.start(feeds.ago(hours=2), name) for name in ("AAPL", "MSFT")),
            *(feeds.gap(*lost, name) for name in ("AAPL", "MSFT")),
            feeds.heartbeat(feeds.ago(minutes=5)),
        )
        conn.execute(
            'insert into ops.rejects (topic, "partition", "offset", reason, detail)'
            " values ('t', 0, 1, '<b>no price</b>', 'x')"
        )
    page = visit("/status")
    expect(page.locator("#faults li")).to_have_count(4)
    faults = page.locator("#faults li").all_inner_texts()
    assert faults[0] == "No loader has stored anything in the last day, though feeds go on."
    assert faults[1].startswith("Feed sim has been silent since")
    assert faults[2].startswith("2 gaps in the last 24 hours.")
    assert faults[3] == "1 message could not be stored: stockpulse rejects list."
    sources = cells(page, "feeds")
    assert [(row[0], row[2], row[4]) for row in sources] == [
        ("kraken", "no feed", "0"),
        ("sim", "1", "2"),
    ]
    [gap] = cells(page, "gaps")
    assert gap[2:] == ["10 min", "sim, trades", "AAPL and 1 more", "ids jumped"]
    assert cells(page, "rejects")[0][:2] == ["<b>no price</b>", "1"]


def test_page_says_since_when_the_server_is_away_and_what_it_shows(
    site: Site, visit: Visit
) -> None:
    page = visit("/status")
    expect(page.locator("#state")).to_contain_text("as of ")
    site.stop()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#state")).to_contain_text("disconnected since ")
    expect(page.locator("#state")).to_contain_text("; shown as of ")
    expect(page.locator("#sizes tbody tr")).not_to_have_count(0)
    site.start()
    expect(page.locator("#state")).not_to_contain_text("since", timeout=15_000)


def test_page_fits_a_phone(site: Site, visit: Visit) -> None:
    page = visit("/status", phone=True, dark=True)
    expect(page.locator("#state")).to_contain_text("as of ")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_page_of_the_api_is_dark_where_the_system_is(site: Site, visit: Visit) -> None:
    page = visit("/docs", dark=True)
    expect(page.locator("html")).to_have_class("dark-mode")
    expect(visit("/docs").locator("html")).not_to_have_class("dark-mode")
