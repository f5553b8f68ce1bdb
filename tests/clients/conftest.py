"""A database with more bars and trades than a page of any venue holds."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from stack.database import Database
from tests import support
from tests.api.store import NOON, Quote, Store, Tick


@pytest.fixture(scope="package")
def venue_url(database: Database, template: str) -> Iterator[str]:
    """2,510 trades of one pair, one per minute, and a few of others."""
    with support.database_like(database.url, template) as url:
        store = Store(url)
        store.ticks(
            "KRAKEN:BTC/USD",
            [
                Tick(NOON + timedelta(minutes=n), f"{64000 + n % 97}.{n % 10}", f"0.{n % 9 + 1}")
                for n in range(2510)
            ],
        )
        store.quotes("KRAKEN:BTC/USD", [Quote(NOON, "63999.5", "64000.5", "2")])
        store.ticks("AAPL", [Tick(NOON + timedelta(seconds=n), "189.5") for n in range(3)])
        store.ticks("KRAKEN:ETH/EUR", [Tick(NOON, "3000")])
        store.ticks("COINBASE:ETH-EUR", [Tick(NOON, "3001")])
        store.execute("update market.trades set tick_id = 'V:' || tick_id where symbol = 'AAPL'")
        store.execute("update market.trades set side = 'buy' where seq % 3 = 0")
        store.execute("update market.trades set side = 'sell' where seq % 3 = 1")
        store.execute(
            "update market.instruments set price_scale = 1 where symbol = 'KRAKEN:BTC/USD'"
        )
        store.make_candles(database.edition)
        yield url
