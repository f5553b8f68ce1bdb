"""Trades with known bars, and the bars that SQL makes of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tests.api.store import Tick, minute
from tests.browser.site import Site

SYMBOL = "KRAKEN:BTC/USD"


def walk(count: int, end: datetime | None = None) -> list[Tick]:
    """Returns two trades in each of `count` minutes, the last one a minute ago or at `end`."""
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
        {"t": written(bucket)}
        | {name: float(value) for name, value in zip("ohlcv", values, strict=True)}
        for bucket, *values in rows
    ]


def without_final(bars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns bars of the page's hook as `stored` has them."""
    return [{name: bar[name] for name in ("t", *"ohlcv")} for bar in bars]


def written(moment: datetime) -> str:
    """Writes a time as JavaScript does."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
