"""What a person does with the chart; the bars drawn are those that SQL has."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tests.api.store import Tick, minute
from tests.browser.site import Site
from tests.browser.visits import Visit, drawn, wait_for

SYMBOL = "KRAKEN:BTC/USD"


def walk(count: int, end: datetime | None = None) -> list[Tick]:
    """Returns two trades in each of `count` minutes, the last one a minute ago."""
    last = end or minute(1)
    prices = [64000 + (n * 37) % 211 + (n % 4) / 4 for n in range(count)]
    return [
        Tick(
            last - timedelta(minutes=count - 1 - n) + timedelta(seconds=second), f"{price + second}"
        )
        for n, price in enumerate(prices)
        for second in (5, 40)
    ]


def stored(site: Site, timeframe: str = "1m", symbol: str = SYMBOL) -> list[dict[str, Any]]:
    """Returns the bars of SQL as the page's hook shows them, but whether they are final."""
    with psycopg.connect(site.database_url) as conn:
        rows = conn.execute(
            "select bucket, open, high, low, close, volume"
            " from market.candles(%s, %s) order by bucket",
            [symbol, timeframe],
        ).fetchall()
    return [
        {"t": f"{bucket.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"}
        | {name: float(value) for name, value in zip("ohlcv", values, strict=True)}
        for bucket, *values in rows
    ]


def without_final(bars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: bar[name] for name in ("t", *"ohlcv")} for bar in bars]


def test_the_bars_drawn_are_those_of_sql(site: Site, visit: Visit) -> None:
    site.store.ticks(SYMBOL, walk(90))
    page = visit(f"/chart?symbol={SYMBOL}&timeframe=1m")
    wait_for(page, "stockpulse.bars().length === 90")
    assert without_final(drawn(page)) == stored(site)


def test_a_trade_changes_the_newest_bar_and_the_next_minute_adds_one(
    site: Site, visit: Visit
) -> None:
    site.store.ticks(SYMBOL, walk(20, minute(2)))
    page = visit(f"/chart?symbol={SYMBOL}&timeframe=1m")
    wait_for(page, "stockpulse.bars().length === 20 && stockpulse.state().label === 'live'")
    site.store.ticks(SYMBOL, [Tick(minute(2, 50), "65000")])
    wait_for(page, "stockpulse.bars().at(-1).c === 65000")
    site.store.ticks(SYMBOL, [Tick(minute(0, 0), "64001.25")])
    wait_for(page, "stockpulse.bars().length === 21")
    assert without_final(drawn(page)) == stored(site)
    assert [bar["final"] for bar in drawn(page)][-2:] == [True, False]


def test_after_the_server_was_away_the_page_has_what_came_meanwhile(
    site: Site, visit: Visit
) -> None:
    site.store.ticks(SYMBOL, walk(20, minute(9)))
    page = visit(f"/chart?symbol={SYMBOL}&timeframe=1m")
    wait_for(page, "stockpulse.bars().length === 20 && stockpulse.state().label === 'live'")
    site.stop()
    wait_for(page, "stockpulse.state().kind === 'lost'")
    site.store.ticks(SYMBOL, walk(5, minute(4)))
    site.start()
    wait_for(page, "stockpulse.state().label === 'live'")
    wait_for(page, "stockpulse.bars().length === 25")
    assert without_final(drawn(page)) == stored(site)


def test_twenty_thousand_bars_are_there_when_one_scrolls_back(site: Site, visit: Visit) -> None:
    site.store.ticks(SYMBOL, walk(20_600))
    site.make_candles()
    page = visit(f"/chart?symbol={SYMBOL}&timeframe=1m")
    wait_for(page, "stockpulse.bars().length === 600")
    box = page.locator("#chart").bounding_box()
    assert box
    left, right, y = box["x"] + 60, box["x"] + box["width"] - 120, box["y"] + 200
    page.mouse.move((left + right) / 2, y)
    for _ in range(36):
        page.mouse.wheel(0, 400)
    deadline = time.monotonic() + 30
    while page.evaluate("stockpulse.bars().length") < 20_600:
        assert time.monotonic() < deadline
        page.mouse.move(left, y)
        page.mouse.down()
        page.mouse.move(right, y, steps=4)
        page.mouse.up()
    wait_for(page, "stockpulse.bars().length === 20600")
    assert without_final(drawn(page)) == stored(site)
