"""Fetches what python-binance can fetch from the URL given, and prints it as JSON.

A script like those of its users: nothing but API_URL is particular.
"""

import json
import sys
from typing import Any

from binance.client import Client
from binance.exceptions import BinanceAPIException

START, END = 1772193600000, 1772193600000 + 2_600 * 60_000  # noon of 27 February 2026


def main(url: str) -> None:
    Client.API_URL = f"{url}/api"
    client = Client()  # asks for /ping
    print(json.dumps(of(client) | of_microseconds() | errors(client)))


def of(client: Client) -> dict[str, Any]:
    last = client.get_recent_trades(symbol="BTCUSD", limit=1)[0]["id"]
    return {
        "klines": client.get_historical_klines("BTCUSD", "1m", START, END),
        "from_the_first": client.get_historical_klines("BTCUSD", "1h", "1 Jan, 2017", END),
        "newest": client.get_klines(symbol="BTCUSD", interval="1d", limit=1),
        "generated": list(client.get_historical_klines_generator("BTCUSD", "5m", START, END)),
        "trades": list(client.aggregate_trade_iter("BTCUSD", start_str=START - 7_200_000)),
        "trades_of_all_time": len(list(client.aggregate_trade_iter("BTCUSD"))),
        "trades_after": list(client.aggregate_trade_iter("BTCUSD", last_id=last - 3)),
        "older": client.get_historical_trades(symbol="BTCUSD", fromId=700, limit=3),
        "day": client.get_ticker(symbol="BTCUSD"),
        "price": client.get_symbol_ticker(symbol="BTCUSD"),
        "prices": client.get_all_tickers(),
        "book": client.get_orderbook_ticker(symbol="BTCUSD"),
        "books": client.get_orderbook_tickers(),
        "info": client.get_symbol_info("BTCUSD"),
        "symbols": [one["symbol"] for one in client.get_exchange_info()["symbols"]],
        "time": client.get_server_time()["serverTime"],
    }


def of_microseconds() -> dict[str, Any]:
    client = Client(time_unit="MICROSECOND", ping=False)
    return {"microseconds": client.get_klines(symbol="BTCUSD", interval="1m", limit=1)[0]}


def errors(client: Client) -> dict[str, Any]:
    found = {}
    for name, ask in {
        "unknown": lambda: client.get_klines(symbol="NONE", interval="1m"),
        "history of unknown": lambda: client.get_historical_klines("NONE", "1m", START, END),
        "interval": lambda: client.get_klines(symbol="BTCUSD", interval="7m"),
        "texts as ids": lambda: list(client.aggregate_trade_iter("AAPL")),
        "depth": lambda: client.get_order_book(symbol="BTCUSD"),
    }.items():
        try:
            ask()
        except BinanceAPIException as error:
            found[name] = [error.status_code, error.code, error.message]
    return {"errors": found}


if __name__ == "__main__":
    main(sys.argv[1])
