"""ccxt's class `binance` gets the rows of the database, by its URLs alone."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.running import output_of, rows

SCRIPT = Path(__file__).with_name("ccxt_client.py")
BARS = """
select
    (extract(epoch from ts) * 1000)::bigint, price::float, price::float, price::float,
    price::float, size::float
from market.trades
where symbol = 'KRAKEN:BTC/USD'
order by ts
"""
TRADES = """
select tick_id, (extract(epoch from ts) * 1000)::bigint, price::float, size::float, side
from market.trades
where symbol = 'KRAKEN:BTC/USD' and ts <= '2026-02-27 13:00:00+00'
order by ts
"""


@pytest.fixture(scope="module")
def fetched(venue_url: str) -> dict[str, Any]:
    """The rows that the script printed, by what it asked for."""
    return output_of(venue_url, "/binance", sys.executable, str(SCRIPT))


def test_markets_have_one_unambiguous_symbol_each(fetched: dict[str, Any]) -> None:
    assert fetched["markets"] == ["AAPL/XXX", "BTC/USD", "COINBASE:ETH/EUR", "KRAKEN:ETH/EUR"]
    assert fetched["spot"] is True
    assert fetched["precision"]["price"] == 0.1
    assert fetched["shared"] == [3000, 3001]


def test_bars_of_several_pages_are_those_of_the_database(
    venue_url: str, fetched: dict[str, Any]
) -> None:
    bars = rows(venue_url, BARS)  # one trade per minute: each is a bar
    assert len(fetched["bars"]) == 2510
    assert fetched["bars"] == bars
    assert fetched["paginated"] == bars
    assert fetched["between"] == bars[:2]
    assert len(fetched["newest"]) == 1


def test_trades_of_an_hour_are_those_of_the_database(
    venue_url: str, fetched: dict[str, Any]
) -> None:
    assert fetched["trades"] == rows(venue_url, TRADES)
    assert fetched["newest_trade"] == "2509"


def test_tickers_have_the_newest_price_and_quote(fetched: dict[str, Any]) -> None:
    ticker = fetched["ticker"]
    assert (ticker["symbol"], ticker["last"], ticker["bid"], ticker["ask"]) == (
        "BTC/USD",
        64084.9,
        63999.5,
        64000.5,
    )
    assert fetched["tickers"] == fetched["markets"]
    assert fetched["of_two"] == ["AAPL/XXX", "BTC/USD"]
    assert (fetched["bid"], fetched["last"]) == (63999.5, 64084.9)


def test_refusals_are_the_exceptions_that_ccxt_has_for_them(fetched: dict[str, Any]) -> None:
    assert fetched["errors"] == {
        "unknown": "BadSymbol",
        "unknown id": "BadSymbol",
        "parameter": "BadRequest",
        "order book": "BadRequest",
        "index price": "BadRequest",
    }
