"""Fetches what ccxt's class `binance` can fetch from the URL given, and prints it as JSON.

A script like those of its users: nothing but the URLs are particular.
"""

import json
import sys
from typing import Any

import ccxt

START = 1772193600000  # noon of 27 February 2026


def main(url: str) -> None:
    exchange = ccxt.binance(
        {
            "urls": {
                "api": {
                    "public": f"{url}/api/v3",
                    "fapiPublic": f"{url}/fapi/v1",
                    "dapiPublic": f"{url}/dapi/v1",
                }
            },
            "enableRateLimit": False,
        }
    )
    exchange.load_markets()
    print(json.dumps(of(exchange) | errors(exchange)))


def of(exchange: ccxt.binance) -> dict[str, Any]:
    market = exchange.market("BTC/USD")
    return {
        "markets": sorted(exchange.markets),
        "precision": market["precision"],
        "spot": market["spot"],
        "bars": pages(exchange, "1m"),
        "paginated": exchange.fetch_ohlcv(
            "BTC/USD", "1m", START, params={"paginate": True, "until": START + 2_600 * 60_000}
        ),
        "newest": exchange.fetch_ohlcv("BTC/USD", "1M", limit=1),
        "between": exchange.fetch_ohlcv("BTC/USD", "1m", START, params={"until": START + 60_000}),
        "trades": [
            [one["id"], one["timestamp"], one["price"], one["amount"], one["side"]]
            for one in exchange.fetch_trades("BTC/USD", since=START, limit=1000)
        ],
        "newest_trade": exchange.fetch_trades("BTC/USD", limit=1)[0]["id"],
        "ticker": ticker(exchange.fetch_ticker("BTC/USD")),
        "tickers": sorted(exchange.fetch_tickers()),
        "of_two": sorted(exchange.fetch_tickers(["BTC/USD", "AAPL/XXX"])),
        "bid": exchange.fetch_bids_asks(["BTC/USD"])["BTC/USD"]["bid"],
        "last": exchange.fetch_last_prices(["BTC/USD"])["BTC/USD"]["price"],
        "shared": [
            exchange.fetch_ohlcv(symbol, "1d", limit=1)[0][1]
            for symbol in ("KRAKEN:ETH/EUR", "COINBASE:ETH/EUR")
        ],
        "time": exchange.fetch_time(),
    }


def pages(exchange: ccxt.binance, timeframe: str) -> list[list[float]]:
    """Returns all bars, page by page as ccxt's manual shows."""
    since, found = START, []
    while page := exchange.fetch_ohlcv("BTC/USD", timeframe, since, limit=1000):
        found += page
        since = page[-1][0] + 1
    return found


def ticker(found: dict[str, Any]) -> dict[str, Any]:
    names = ("symbol", "last", "open", "high", "low", "bid", "ask", "baseVolume", "quoteVolume")
    return {name: found[name] for name in names}


def errors(exchange: ccxt.binance) -> dict[str, Any]:
    found = {}
    for name, ask in {
        "unknown": lambda: exchange.fetch_ohlcv("NO/NE"),
        "unknown id": lambda: exchange.public_get_klines({"symbol": "NONE", "interval": "1m"}),
        "parameter": lambda: exchange.fetch_ohlcv("BTC/USD", params={"limits": 1}),
        "order book": lambda: exchange.fetch_order_book("BTC/USD"),
        "index price": lambda: exchange.fetch_ohlcv("BTC/USD", params={"price": "index"}),
    }.items():
        try:
            ask()
        except ccxt.BaseError as error:
            found[name] = type(error).__name__
    return {"errors": found}


if __name__ == "__main__":
    main(sys.argv[1])
