"""A person at the controls of the chart, by mouse and by keyboard alone."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from playwright.sync_api import Page, expect

from tests.api.store import Tick, at, minute
from tests.browser.market import SYMBOL, walk
from tests.browser.site import Site
from tests.browser.visits import Visits, drawn, wait_for

CHART = f"/chart?symbol={SYMBOL}&timeframe=1m"
NEW_YORK = "/chart?symbol=IBM&timeframe=1m"


def chosen(page: Page) -> dict[str, str]:
    """Returns what the address says."""
    return {name: one[0] for name, one in parse_qs(urlsplit(page.url).query).items()}


def add_symbols(site: Site, count: int) -> None:
    """Adds many instruments without trades, S00000 and on."""
    with psycopg.connect(site.database_url) as conn:
        conn.execute(
            "insert into market.instruments (symbol, asset_class)"
            " select 'S' || lpad(n::text, 5, '0'), 'equity' from generate_series(0, %s) as n",
            [count - 1],
        )


def add_new_york(site: Site) -> None:
    """Adds IBM with trades of 27 February from 14:30 on, and the session of that day."""
    site.store.ticks("IBM", [Tick(at("14:30:00") + timedelta(minutes=n), "250") for n in range(30)])
    site.store.execute("update market.instruments set calendar = 'XNYS' where symbol = 'IBM'")
    site.store.execute(
        "insert into market.sessions (calendar, session_date, open_at, close_at) values"
        " ('XNYS', '2026-02-27', '2026-02-27 14:30Z', '2026-02-27 21:00Z')"
    )


def shown(page: Page) -> list[str]:
    """Returns the symbols of the open list."""
    return page.locator("#found [role=option] b").all_inner_texts()


def opened(visit: Visits, path: str = CHART, bars: int = 20, **options: Any) -> Page:
    page = visit(path, **options)
    wait_for(page, f"stockpulse.bars().length === {bars}")
    return page


def test_a_symbol_is_found_among_ten_thousand_by_typing(site: Site, visit: Visits) -> None:
    add_symbols(site, 10_000)
    site.store.ticks(SYMBOL, walk(20))
    site.store.ticks("S04711", walk(7))
    page = opened(visit)
    page.keyboard.press("/")
    field = page.locator("#symbol")
    expect(field).to_be_focused()
    expect(page.locator("#found-count")).to_have_text("More than 50 symbols")
    page.keyboard.type("s0471")
    expect(page.locator("#found [role=option]")).to_have_count(10)
    assert shown(page) == [f"S0471{n}" for n in range(10)]
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_attribute("aria-activedescendant", "found-0")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#found-1")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    wait_for(page, "stockpulse.bars().length === 7")
    assert chosen(page) == {"symbol": "S04711", "timeframe": "1m"}
    expect(field).to_have_value("S04711")
    expect(page.locator("#found")).to_be_hidden()


def test_another_spelling_finds_the_symbol_and_back_leads_back(site: Site, visit: Visits) -> None:
    site.store.ticks("IBM", walk(9))
    site.store.ticks(SYMBOL, walk(20))
    page = opened(visit, "/chart?symbol=IBM&timeframe=1m", 9)
    page.fill("#symbol", "btc-usd")
    page.keyboard.press("Enter")  # before the list has come
    wait_for(page, "stockpulse.bars().length === 20")
    assert chosen(page)["symbol"] == SYMBOL
    page.go_back()
    wait_for(page, "stockpulse.bars().length === 9")
    expect(page.locator("#symbol")).to_have_value("IBM")


def test_another_symbol_is_shown_from_its_own_source(site: Site, visit: Visits) -> None:
    site.store.ticks("IBM", walk(9), source="other")
    site.store.ticks(SYMBOL, walk(20))
    page = opened(visit, "/chart?symbol=IBM&timeframe=1m&source=other", 9)
    page.fill("#symbol", "btc")
    page.keyboard.press("Enter")
    wait_for(page, "stockpulse.bars().length === 20")
    assert "source" not in chosen(page)


def test_a_symbol_that_is_unknown_is_said_and_another_can_be_searched(
    site: Site, visit: Visits
) -> None:
    visit.tolerate("404")
    site.store.ticks(SYMBOL, walk(20))
    page = opened(visit)
    page.fill("#symbol", "<img src=x>&nope")
    expect(page.locator("#found .note")).to_have_text("Nothing matches <img src=x>&nope")
    page.fill("#symbol", "NOPE")
    page.keyboard.press("Enter")
    expect(page.locator("#notice h1")).to_have_text("Unknown symbol")
    expect(page.locator("#state")).to_have_text("unknown symbol")
    page.fill("#symbol", "btc")
    page.click("#found [role=option]")
    wait_for(page, "stockpulse.bars().length === 20")
    expect(page.locator("#notice")).to_be_hidden()


def test_escape_closes_the_list_and_leaves_the_symbol(site: Site, visit: Visits) -> None:
    site.store.ticks(SYMBOL, walk(20))
    page = opened(visit)
    page.fill("#symbol", "zzz")
    expect(page.locator("#found .note")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#symbol")).to_have_value(SYMBOL)


def test_every_timeframe_can_be_chosen_and_back_leads_through_them(
    site: Site, visit: Visits
) -> None:
    site.store.ticks(SYMBOL, walk(120, at("13:59:00")))
    page = opened(visit, bars=120)
    wait_for(page, "document.querySelector('#others option')")  # asked for beside the bars
    names = page.locator("#others option").all_inner_texts()
    assert names[:9] == ["1s", "1m", "5m", "15m", "30m", "1h", "4h", "12h", "1d"]
    assert {"3m", "2h", "1w", "1mo"} <= set(names)
    page.click("#timeframes button:text-is('5m')")
    wait_for(page, "stockpulse.bars().length === 24")
    expect(page.locator("#timeframes [aria-pressed=true]")).to_have_text("5m")
    page.select_option("#others", "3m")
    wait_for(page, "stockpulse.bars().length === 40")
    assert chosen(page)["timeframe"] == "3m"
    page.go_back()
    wait_for(page, "stockpulse.bars().length === 24")
    page.go_back()
    wait_for(page, "stockpulse.bars().length === 120")
    expect(page.locator("#others")).to_have_value("1m")


def test_a_timeframe_that_is_in_no_list_is_shown_if_there_can_be_such_bars(
    site: Site, visit: Visits
) -> None:
    site.store.ticks(SYMBOL, walk(120, at("13:59:00")))
    page = opened(visit, CHART.replace("1m", "2m"), bars=60)
    assert chosen(page)["timeframe"] == "2m"
    expect(page.locator("#others")).to_have_value("2m")
    visit.tolerate("422")
    page = opened(visit, CHART.replace("1m", "7m"), bars=120)  # 7 minutes do not divide a day
    assert chosen(page)["timeframe"] == "1m"


def test_times_are_those_of_the_zone_that_is_chosen(site: Site, visit: Visits) -> None:
    add_new_york(site)
    page = opened(visit, NEW_YORK, 30)
    first = page.locator("#table tbody tr:last-child td:first-child")
    expect(first).to_have_text("Fri 27 Feb 2026 14:50")
    expect(page.locator("#zone option:nth-child(2)")).to_have_text("Exchange: New York")
    page.select_option("#zone", "exchange")
    expect(first).to_have_text("Fri 27 Feb 2026 09:50")
    expect(page.locator("#table caption")).to_contain_text("times are New York")
    page.select_option("#zone", "local")
    expect(first).to_have_text("Fri 27 Feb 2026 15:50")  # the browser is in Berlin
    assert chosen(page)["zone"] == "local"
    page.reload()
    expect(first).to_have_text("Fri 27 Feb 2026 15:50")
    page.click("#timeframes button:text-is('1d')")
    expect(first).to_have_text("Fri 27 Feb 2026")


def test_a_date_is_gone_to_by_the_clock_of_the_zone_and_back_leads_back(
    site: Site, visit: Visits
) -> None:
    site.store.ticks(SYMBOL, walk(5_000, at("12:00:00")))
    site.make_candles()
    page = opened(visit, f"{CHART}&zone=local", 600)
    page.fill("#goto input", "2026-02-25T13:00")
    page.click("#goto button")
    wait_for(page, "stockpulse.bars().some(({ t }) => t === '2026-02-25T12:00:00.000Z')")
    assert chosen(page)["at"] == "2026-02-25T12:00:00Z"  # Berlin is an hour ahead
    expect(page.locator("#newest")).to_be_visible()
    page.go_back()
    wait_for(page, "stockpulse.bars().at(-1).t === '2026-02-27T12:00:00.000Z'")
    expect(page.locator("#newest")).to_be_hidden()


def test_a_date_before_the_first_bar_is_said(site: Site, visit: Visits) -> None:
    site.store.ticks(SYMBOL, walk(20, at("12:00:00")))
    page = opened(visit)
    page.fill("#goto input", "2020-01-01T00:00")
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_have_text("There are no bars before Fri 27 Feb 2026 11:41.")
    assert len(drawn(page)) == 20


def test_price_axis_is_logarithmic_or_in_percent_where_prices_have_these(
    site: Site, visit: Visits
) -> None:
    site.store.ticks(SYMBOL, walk(20))
    page = opened(visit)
    page.select_option("#scale", "log")
    assert chosen(page)["scale"] == "log"
    assert mode(page) == 1
    page.select_option("#scale", "percent")
    assert mode(page) == 2
    site.store.ticks("OIL", [Tick(minute(2), "-37.63"), Tick(minute(1), "10")])
    page = opened(visit, "/chart?symbol=OIL&timeframe=1m&scale=log", 2)
    expect(page.locator("#note")).to_contain_text("prices of 0 or below")
    expect(page.locator("#scale")).to_have_value("")
    assert mode(page) == 0


def mode(page: Page) -> int:
    """Returns the library's mode of the price axis."""
    found: int = page.evaluate(
        """async () => {
            const { page } = await import("/assets/chart/chart.js");
            return page.view.candles.priceScale().options().mode;
        }"""
    )
    return found


def test_indicators_are_added_removed_and_kept_in_the_address(site: Site, visit: Visits) -> None:
    site.store.ticks(SYMBOL, [Tick(minute(4 - n), f"{n + 1}") for n in range(4)])
    page = opened(visit, bars=4)
    page.click("#indicators summary")
    page.fill("#add-line input", "2")
    page.click("#add-line button")
    page.select_option("#add-line select", "vwap")
    page.click("#add-line button")
    expect(page.locator("#line-legend span")).to_have_text(["SMA 2", "VWAP"])
    assert chosen(page)["lines"] == "sma2,vwap"
    assert line(page, "sma2") == [1.5, 2.5, 3.5]
    assert line(page, "vwap") == [1, 1.5, 2, 2.5]
    site.load(SYMBOL, [Tick(minute(0), "8")])
    wait_for(page, "stockpulse.bars().length === 5")
    assert line(page, "sma2") == [1.5, 2.5, 3.5, 6]
    page.reload()
    wait_for(page, "stockpulse.bars().length === 5")
    expect(page.locator("#line-legend span")).to_have_text(["SMA 2", "VWAP"])
    page.click("#indicators summary")
    page.click("[aria-label='Remove SMA 2']")
    expect(page.locator("#line-legend span")).to_have_text(["VWAP"])


def line(page: Page, name: str) -> list[float]:
    """Returns the values of a line that is drawn."""
    found: list[float] = page.evaluate(
        """async (name) => {
            const { page } = await import("/assets/chart/chart.js");
            return page.view.lines.get(name).data().map(({ value }) => value);
        }""",
        name,
    )
    return found


def test_what_is_seen_is_exported_with_its_digits(site: Site, visit: Visits) -> None:
    ticks = [Tick(minute(3), "0.00000012", "1000000000000000001"), Tick(minute(2), "0.00000013")]
    site.store.ticks("PEPE", ticks)
    page = opened(visit, "/chart?symbol=PEPE&timeframe=1m&lines=sma2", 2)
    with page.expect_download() as downloads:
        page.click("#export")
    download = downloads.value
    assert download.suggested_filename.startswith("PEPE_1m_")
    rows = list(csv.DictReader(io.StringIO(Path(download.path()).read_text())))
    assert [row["time (UTC)"] for row in rows] == [
        f"{tick.ts:%Y-%m-%dT%H:%M:%SZ}" for tick in ticks
    ]
    assert [row["close"] for row in rows] == ["0.00000012", "0.00000013"]
    assert [row["volume"] for row in rows] == ["1000000000000000001", "1"]
    assert [bool(row["SMA 2"]) for row in rows] == [False, True]


def test_change_of_the_day_is_since_the_close_before_and_bid_and_ask_are_the_newest(
    site: Site, visit: Visits
) -> None:
    site.store.ticks(
        SYMBOL,
        [
            Tick(at("12:00:00") - timedelta(days=1), "200"),
            Tick(at("12:00:00"), "210"),
            Tick(at("12:01:00"), "205"),
        ],
    )
    site.store.execute(
        "insert into market.quotes (ts, symbol, source, bid, ask, tick_id, seq, batch, moves)"
        f" values ('2026-02-27 12:01:30Z', '{SYMBOL}', 'sim', 204.5, 205.25, 'q', 1, 1, 7)"
    )
    page = opened(visit, bars=3)
    expect(page.locator("#last")).to_have_text("205.00")
    expect(page.locator("#change")).to_have_text("+2.50 %")
    expect(page.locator("#change")).to_have_attribute(
        "title", "since the close of 2026-02-26, days of UTC"
    )
    expect(page.locator("#quote")).to_contain_text("bid 204.50 ask 205.25")


def test_on_a_phone_all_controls_are_within_reach(site: Site, visit: Visits) -> None:
    site.store.ticks(SYMBOL, walk(20))
    site.store.ticks("IBM", walk(9))
    page = opened(visit, phone=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.tap("#symbol")
    page.keyboard.type("ibm")
    page.tap("#found [role=option]")
    wait_for(page, "stockpulse.bars().length === 9")
    page.select_option("#others", "5m")
    wait_for(page, "stockpulse.bars().length < 9")
    page.tap("#indicators summary")
    page.tap("#add-line button")
    expect(page.locator("#line-legend span")).to_have_text(["SMA 20"])
