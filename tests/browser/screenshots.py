"""Makes the screenshots of the documentation: `make screenshots` writes docs/screenshots/.

Eight states of the chart and the operator's page, on a desktop and a phone, light and dark, each of
an API over a database of its own. Text looks another way on other machines: no test compares them.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import sin
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from playwright.sync_api import Page, expect, sync_playwright

from stack import database as databases
from stack.database import Database
from tests import support
from tests.api.store import Quote, Tick, minute
from tests.browser import png
from tests.browser.conftest import chromium
from tests.browser.site import Site
from tests.browser.visits import Visits
from tests.db import feeds

TARGET = Path(__file__).parents[2] / "docs" / "screenshots"
SYMBOL = "KRAKEN:BTC/USD"
CHART = f"/chart?symbol={SYMBOL}&timeframe=1m&lines=sma20,vwap"
AWAY = "postgresql://127.0.0.1:1/none"


class Shot(NamedTuple):
    """A picture: its name, its page, what is stored for it, and what the page then says."""

    name: str
    path: str
    fill: Callable[[Site], None]
    label: str


def main() -> None:
    """Writes all pictures, or those whose names are given."""
    wanted = sys.argv[1:]
    TARGET.mkdir(exist_ok=True)
    with databases.start() as database, support.migrated_template(database) as template:
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                _take(shot, database, template)


def _take(shot: Shot, database: Database, template: str) -> None:
    with _site(database, template) as site, sync_playwright() as playwright:
        shot.fill(site)
        browser = playwright.chromium.launch(executable_path=chromium())
        visits = Visits(browser, site)
        visits.tolerate("")
        for is_phone in (False, True):
            for is_dark in (False, True):
                page = visits(shot.path, phone=is_phone, dark=is_dark, timezone_id="UTC")
                expect(page.locator("#state")).to_contain_text(shot.label, timeout=30_000)
                _settle(page)
                look = f"{'phone' if is_phone else 'desktop'}-{'dark' if is_dark else 'light'}"
                path = TARGET / f"{shot.name}-{look}.png"
                path.write_bytes(png.with_palette(page, page.screenshot(animations="disabled")))
                page.context.close()
                print(f"{path.name}: {path.stat().st_size // 1000} kB")
        browser.close()


@contextmanager
def _site(database: Database, template: str) -> Iterator[Site]:
    with support.database_like(database.url, template) as url:
        site = Site(url, database.edition)
        try:
            yield site
        finally:
            site.close()


def _settle(page: Page) -> None:
    """Waits until the page has drawn what it knows, which comes in several answers."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(2500)


def walk(count: int, end: datetime, price: float = 64000) -> list[Tick]:
    """Returns six trades in each of `count` minutes, the last minute being that of `end`."""
    first = end.replace(second=0, microsecond=0) - timedelta(minutes=count - 1)
    return [
        Tick(
            first + timedelta(minutes=n, seconds=9 * part),
            f"{price * (1 + _wave(n, part) / 64_000):.2f}",
            f"{0.2 + abs(sin(n / 7 + part)) / 2:.3f}",
        )
        for n in range(count)
        for part in range(6)
    ]


def _wave(n: int, part: int) -> float:
    return 180 * sin(n / 37) + 60 * sin(n / 5) + 25 * sin(n * 2.3 + part * 1.7)


def _fed(site: Site, until: datetime, *ends: feeds.Marker) -> None:
    """Stores six hours of trades up to a time, which a feed has covered."""
    ticks = walk(360, until - timedelta(minutes=1))
    pause = (until - timedelta(minutes=95), until - timedelta(minutes=83))
    kept = [tick for tick in ticks if not pause[0] <= tick.ts < pause[1]]
    before = walk(60, until - timedelta(days=1), 63300)
    site.store.ticks(SYMBOL, [*before, *kept], source="kraken")
    site.store.quotes(SYMBOL, [Quote(until, "63990.1", "63990.2")], source="kraken")
    with psycopg.connect(site.database_url, autocommit=True) as conn:
        feeds.add(
            conn,
            feeds.start(feeds.ago(hours=30), SYMBOL, source="kraken"),
            feeds.gap(_text(pause[0]), _text(pause[1]), SYMBOL, source="kraken"),
            *ends,
        )


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


def live(site: Site) -> None:
    _fed(site, minute(-2), feeds.heartbeat(feeds.ago(seconds=-240), source="kraken"))


def quiet(site: Site) -> None:
    _fed(site, minute(12), feeds.heartbeat(feeds.ago(seconds=-60), source="kraken"))


def feed_lost(site: Site) -> None:
    _fed(site, minute(9), feeds.end(_text(minute(9)), source="kraken"))


def market_closed(site: Site) -> None:
    site.store.ticks("IBM", walk(300, minute(96), 250), source="alpaca")
    with psycopg.connect(site.database_url) as conn:
        conn.execute("update market.instruments set calendar = 'XNYS' where symbol = 'IBM'")
        conn.execute(
            "insert into market.sessions (calendar, session_date, open_at, close_at) values"
            " ('XNYS', current_date - 1, %(close)s - interval '390 min', %(close)s),"
            " ('XNYS', current_date + 1, %(close)s + interval '1050 min',"
            " %(close)s + interval '1440 min')",
            {"close": minute(110)},
        )


def pending(site: Site) -> None:
    """Trades of 20 days ago, which have come after candles of today had been made."""
    if site.edition == "community":
        site.store.execute("select _timescaledb_functions.stop_background_workers()")
    site.store.ticks("NEW", [Tick(minute(3), "1")])
    site.make_candles()
    old = minute(20 * 1440)
    site.store.ticks(SYMBOL, walk(300, old))
    if site.edition == "apache":
        with psycopg.connect(site.database_url, autocommit=True) as conn:
            conn.execute(
                "insert into ops.candle_changes (kind, symbol, since, until)"
                " values ('trades', %s, %s, %s)",
                [SYMBOL, old - timedelta(hours=6), old + timedelta(minutes=1)],
            )


def away(site: Site) -> None:
    site.stop()
    site.start(database_url=AWAY)


def nothing(site: Site) -> None:
    """Stores nothing."""


def operation(site: Site) -> None:
    _fed(site, minute(0), feeds.heartbeat(feeds.ago(seconds=1), source="kraken"))
    site.store.ticks("IBM", walk(60, minute(40), 250), source="alpaca")
    site.make_candles()
    values: list[Any] = [
        ("no price", 3), ("not JSON", 1),
    ]  # fmt: skip
    with psycopg.connect(site.database_url, autocommit=True) as conn:
        conn.execute(
            "insert into ops.load_batches (loader, offsets, messages, stored, duplicates, amended,"
            " rejected, ignored, trades, quotes, late, newest_ts, seconds, loaded_at)"
            " select 'host:1', '{}', 412, 410, 1, 0, 1, 0, 380, 32, 0,"
            " now() - n * interval '2 s' - interval '310 ms', 0.214, now() - n * interval '2 s'"
            " from generate_series(1, 900) as n"
        )
        conn.execute(
            'insert into ops.kafka_offsets (topic, "partition", next_offset, cluster_id)'
            " select 'stock.ticks.v1', n, 1000, 'c' from generate_series(0, 3) as n"
        )
        for reason, count in values:
            conn.execute(
                'insert into ops.rejects (topic, "partition", "offset", reason, detail)'
                " select 't', 0, n, %s, 'x' from generate_series(1, %s) as n",
                [reason, count],
            )
        feeds.add(
            conn,
            feeds.start(feeds.ago(hours=9), "IBM", session="two", source="alpaca"),
            feeds.heartbeat(feeds.ago(minutes=7), "two", source="alpaca"),
        )


SHOTS = (
    Shot("live", CHART, live, "live"),
    Shot("quiet", CHART, quiet, "live, quiet since"),
    Shot("feed-lost", CHART, feed_lost, "feed lost since"),
    Shot(
        "market-closed",
        "/chart?symbol=IBM&timeframe=1m&zone=exchange",
        market_closed,
        "market closed since",
    ),
    Shot("history-pending", CHART, pending, "history pending"),
    Shot("no-data", "/chart", nothing, "no data yet"),
    Shot("unknown-symbol", "/chart?symbol=NOPE", nothing, "unknown symbol"),
    Shot("database-away", CHART, away, "database away since"),
    Shot("status", "/status", operation, "as of"),
)

if __name__ == "__main__":
    main()
