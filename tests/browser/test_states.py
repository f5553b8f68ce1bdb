"""The page says in what state it is, and says "live" only if it is."""

from datetime import timedelta
from typing import Any

import psycopg
from playwright.sync_api import expect

from tests.api.store import Tick, at, minute
from tests.browser.market import SYMBOL, walk
from tests.browser.site import Site
from tests.browser.visits import Visits, wait_for
from tests.db import feeds

CHART = f"/chart?symbol={SYMBOL}&timeframe=1m"


def mark(site: Site, *markers: Any) -> None:
    """Adds markers of a feed."""
    with psycopg.connect(site.database_url, autocommit=True) as conn:
        feeds.add(conn, *markers)


def test_empty_database_has_no_data_yet_until_the_first_trade(site: Site, visit: Visits) -> None:
    page = visit("/")
    expect(page.locator("#notice h1")).to_have_text("No data yet")
    expect(page.locator("#state")).to_have_text("no data yet")
    site.load(SYMBOL, [Tick(minute(0), "1")])
    wait_for(page, "stockpulse.bars().length === 1")
    expect(page.locator("#state")).to_have_text("live")


def test_bars_of_last_week_are_not_live(site: Site, visit: Visits) -> None:
    site.load(SYMBOL, walk(20, at("12:00:00")))
    page = visit(CHART)
    wait_for(page, "stockpulse.bars().length === 20")
    expect(page.locator("#state")).to_have_text("no events since Fri 27 Feb 12:00")
    site.load(SYMBOL, [Tick(minute(0), "64000")])
    expect(page.locator("#state")).to_have_text("live")


def test_quiet_market_is_live_if_its_feed_goes_on(site: Site, visit: Visits) -> None:
    mark(
        site,
        feeds.start(feeds.ago(hours=1), SYMBOL),
        feeds.heartbeat(feeds.ago(seconds=1)),
    )
    site.load(SYMBOL, walk(20, minute(10)))
    page = visit(CHART)
    wait_for(page, "stockpulse.bars().length === 20")
    expect(page.locator("#state")).to_have_text(f"live, quiet since {minute(10):%H:%M}")


def test_lost_feed_is_said_since_when(site: Site, visit: Visits) -> None:
    lost = minute(10)
    mark(
        site,
        feeds.start(feeds.ago(hours=1), SYMBOL),
        feeds.end(lost.replace(tzinfo=None).isoformat()),
    )
    site.load(SYMBOL, walk(20, minute(11)))
    page = visit(CHART)
    wait_for(page, "stockpulse.bars().length === 20")
    expect(page.locator("#state")).to_have_text(f"feed lost since {lost:%H:%M}")


def test_market_is_closed_since_the_end_of_its_session(site: Site, visit: Visits) -> None:
    closed = minute(120)
    site.store.ticks("IBM", walk(20, closed - timedelta(minutes=1)))
    site.store.execute("update market.instruments set calendar = 'XNYS' where symbol = 'IBM'")
    with psycopg.connect(site.database_url) as conn:
        conn.execute(
            "insert into market.sessions (calendar, session_date, open_at, close_at) values"
            " ('XNYS', current_date - 1, %(at)s::timestamptz - interval '6 hours', %(at)s),"
            " ('XNYS', current_date + 1, now() + interval '15 hours', now() + interval '21 hours')",
            {"at": closed},
        )
    page = visit("/chart?symbol=IBM&timeframe=1m")
    wait_for(page, "stockpulse.bars().length === 20")
    expect(page.locator("#state")).to_contain_text("market closed since")
    expect(page.locator("#state")).to_contain_text(f"{closed:%H:%M}")


def test_server_that_is_gone_is_told_from_a_database_that_is_away(
    site: Site, visit: Visits
) -> None:
    site.load(SYMBOL, walk(20))
    page = visit(CHART)
    wait_for(page, "stockpulse.bars().length === 20")
    site.stop()
    expect(page.locator("#state")).to_contain_text("disconnected since")
    expect(page.locator("#notice")).to_be_hidden()
    site.start()
    expect(page.locator("#state")).not_to_contain_text("disconnected", timeout=20_000)


def test_database_that_is_away_is_named(site: Site, visit: Visits) -> None:
    site.stop()
    site.start(database_url="postgresql://127.0.0.1:1/none")
    visit.tolerate("503")
    page = visit(CHART)
    expect(page.locator("#notice h1")).to_have_text("The database is away")
    expect(page.locator("#state")).to_contain_text("database away since")
