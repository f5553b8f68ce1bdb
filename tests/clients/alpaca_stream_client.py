"""Prints what alpaca-py's streams receive from the URL given, one JSON object per line.

A script like those of its users: nothing but url_override is particular. It ends when its input
does.
"""

import json
import logging
import sys
import threading
from typing import Any

from alpaca.data.live import CryptoDataStream, StockDataStream

STOCKS = ("AAPL", "MSFT")
PAIRS = ("BTC/USD",)
WHOLE_LINES = threading.Lock()


def main(url: str, key: str, secret: str) -> None:
    logging.basicConfig(level=logging.INFO, handlers=[Lines()])
    stocks = StockDataStream(key, secret, url_override=f"{url}/v2/iex")
    stocks.subscribe_trades(printer("t"), *STOCKS)
    stocks.subscribe_quotes(printer("q"), STOCKS[0])
    stocks.subscribe_bars(printer("b"), *STOCKS)
    stocks.subscribe_updated_bars(printer("u"), *STOCKS)
    stocks.subscribe_daily_bars(printer("d"), STOCKS[0])
    stocks.register_trade_corrections(printer("c"))
    stocks.register_trade_cancels(printer("x"))
    crypto = CryptoDataStream(key, secret, url_override=f"{url}/v1beta3/crypto/us")
    crypto.subscribe_trades(printer("t"), *PAIRS)
    crypto.subscribe_bars(printer("b"), *PAIRS)
    crypto.subscribe_updated_bars(printer("u"), *PAIRS)
    threads = [threading.Thread(target=stream.run) for stream in (stocks, crypto)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    for stream in (stocks, crypto):
        stream.stop()
    for thread in threads:
        thread.join()


def printer(kind: str) -> Any:
    async def show(event: Any) -> None:
        tell({"kind": kind} | event.model_dump(mode="json"))

    return show


class Lines(logging.Handler):
    """Prints what the client logs, as another line."""

    def emit(self, record: logging.LogRecord) -> None:
        tell({"kind": "log", "level": record.levelname, "text": record.getMessage()})


def tell(facts: dict[str, Any]) -> None:
    with WHOLE_LINES:
        print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
