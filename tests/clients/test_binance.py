"""python-binance gets the rows of the database, by its API_URL alone."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.running import output_of, rows

SCRIPT = Path(__file__).with_name("binance_client.py")
BARS = """
select
    (extract(epoch from minute) * 1000)::bigint, open::text, high::text, low::text, close::text,
    volume::text, (extract(epoch from minute) * 1000)::bigint + {width} - 1, notional::text, trades
from (
    select
        date_bin('{width} milliseconds', ts, '2000-01-03 00:00+00') as minute,
        (array_agg(price order by ts, seq)) [1] as open, max(price) as high, min(price) as low,
        (array_agg(price order by ts desc, seq desc)) [1] as close, sum(size) as volume,
        sum(price * size) as notional, count(*) as trades
    from market.trades
    where symbol = 'KRAKEN:BTC/USD'
    group by 1
) as minutes
order by minute
"""
TRADES = """
select
    tick_id::bigint, price::text, size::text, (extract(epoch from ts) * 1000)::bigint,
    case side when 'sell' then true when 'buy' then false end
from market.trades
where symbol = 'KRAKEN:BTC/USD'
order by ts, seq
"""


@pytest.fixture(scope="module")
def fetched(venue_url: str) -> dict[str, Any]:
    """The rows that the script printed, by what it asked for."""
    return output_of(venue_url, "/binance", sys.executable, str(SCRIPT))


def _bars(url: str, minutes: int) -> list[list[Any]]:
    found = rows(url, BARS.format(width=minutes * 60_000))
    return [[*row, "0", "0", "0"] for row in found]


def test_history_of_several_pages_is_that_of_the_database(
    venue_url: str, fetched: dict[str, Any]
) -> None:
    assert len(fetched["klines"]) == 2510
    assert fetched["klines"] == _bars(venue_url, 1)
    assert fetched["generated"] == _bars(venue_url, 5)


def test_history_from_before_the_first_bar_begins_with_it(
    venue_url: str, fetched: dict[str, Any]
) -> None:
    assert fetched["from_the_first"] == _bars(venue_url, 60)
    assert fetched["newest"] == _bars(venue_url, 1440)[-1:]


def test_trades_of_several_pages_are_those_of_the_database(
    venue_url: str, fetched: dict[str, Any]
) -> None:
    found = [[one["a"], one["p"], one["q"], one["T"], one.get("m")] for one in fetched["trades"]]
    assert len(found) == 2510
    assert found == rows(venue_url, TRADES)
    assert fetched["trades_of_all_time"] == 2510


def test_trades_go_on_after_an_id(fetched: dict[str, Any]) -> None:
    assert [one["a"] for one in fetched["trades_after"]] == [2507, 2508, 2509]
    assert [one["id"] for one in fetched["older"]] == [700, 701, 702]


def test_tickers_have_the_newest_price_and_quote(fetched: dict[str, Any]) -> None:
    # the last trade is number 2509: 64000 + 2509 % 97 = 64084, and 2509 % 10 = 9
    assert fetched["price"] == {"symbol": "BTCUSD", "price": "64084.9"}
    assert fetched["prices"] == [
        {"symbol": "AAPL", "price": "189.5"},
        fetched["price"],
        {"symbol": "COINBASE:ETH-EUR", "price": "3001"},
        {"symbol": "KRAKEN:ETH/EUR", "price": "3000"},
    ]
    assert fetched["book"] == {
        "symbol": "BTCUSD",
        "bidPrice": "63999.5",
        "bidQty": "2",
        "askPrice": "64000.5",
        "askQty": "0",
    }
    assert fetched["books"] == [fetched["book"]]
    assert fetched["day"]["lastPrice"] == "64084.9"


def test_symbols_have_their_pair_and_the_step_of_their_price(fetched: dict[str, Any]) -> None:
    info = fetched["info"]
    assert (info["baseAsset"], info["quoteAsset"], info["status"]) == ("BTC", "USD", "TRADING")
    assert info["filters"][0]["tickSize"] == "0.1"
    assert fetched["symbols"] == ["AAPL", "BTCUSD", "COINBASE:ETH-EUR", "KRAKEN:ETH/EUR"]


def test_times_are_in_microseconds_if_the_client_asks_for_them(fetched: dict[str, Any]) -> None:
    bar = fetched["klines"][-1]
    assert fetched["microseconds"] == [
        bar[0] * 1000,
        *bar[1:6],
        (bar[6] + 1) * 1000 - 1,
        *bar[7:],
    ]


def test_refusals_are_exceptions_with_code_and_message(fetched: dict[str, Any]) -> None:
    errors = fetched["errors"]
    assert errors["unknown"] == errors["history of unknown"] == [400, -1121, "Invalid symbol."]
    assert errors["interval"][:2] == [400, -1120]
    assert errors["texts as ids"][:2] == [400, -1128]
    assert errors["depth"][:2] == [404, -1020]
