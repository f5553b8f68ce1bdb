"""Fetches what alpaca-py can fetch from the URL given, and prints it as JSON.

A script like those of its users: nothing but url_override is particular.
"""

import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from alpaca.common.enums import Sort
from alpaca.common.exceptions import APIError
from alpaca.data.enums import Adjustment, DataFeed
from alpaca.data.historical import CryptoHistoricalDataClient, StockHistoricalDataClient
from alpaca.data.models import QuoteSet
from alpaca.data.requests import (
    CryptoBarsRequest,
    CryptoLatestBarRequest,
    CryptoLatestQuoteRequest,
    CryptoLatestTradeRequest,
    CryptoQuoteRequest,
    CryptoSnapshotRequest,
    CryptoTradesRequest,
    StockBarsRequest,
    StockLatestBarRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
    StockQuotesRequest,
    StockSnapshotRequest,
    StockTradesRequest,
)
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit

START = datetime(2026, 2, 27, tzinfo=UTC)
END = datetime(2026, 2, 28)  # noqa: DTZ001 (alpaca-py takes it for UTC)
BOTH = ["AAPL", "MSFT"]
PAIRS = ["BTC/USD", "ETHUSD"]
WINDOW: dict[str, Any] = {"start": START, "end": END}


def main(url: str) -> None:
    stocks = StockHistoricalDataClient("key", "secret", url_override=url)
    crypto = CryptoHistoricalDataClient(url_override=url)
    print(json.dumps(of_stocks(stocks) | of_crypto(crypto) | errors(stocks), default=str))


def of_stocks(client: StockHistoricalDataClient) -> dict[str, Any]:
    minutes: dict[str, Any] = {"timeframe": TimeFrame.Minute, **WINDOW}
    quotes = StockQuotesRequest(symbol_or_symbols=BOTH, **WINDOW)
    pages_of_seven = client._get_marketdata(
        path="/stocks/quotes", params=quotes.to_request_fields(), page_size=7
    )
    several = client.get_stock_bars(StockBarsRequest(symbol_or_symbols=BOTH, **minutes))
    trades = client.get_stock_trades(StockTradesRequest(symbol_or_symbols=BOTH, **WINDOW))
    return {
        "minutes": rows(several.data),
        "frame": several.df.reset_index().values.tolist(),
        "columns": list(several.df.columns),
        "trades": rows(trades.data),
        "trade_frame": [list(trades.df.index.names), *map(list, trades.df.index[:2])],
        "quotes": rows(client.get_stock_quotes(quotes).data),
        "quotes_in_pages_of_seven": rows(QuoteSet(pages_of_seven).data),
        "newest_first": rows(
            client.get_stock_trades(
                StockTradesRequest(symbol_or_symbols="AAPL", limit=5, sort=Sort.DESC, **WINDOW)
            ).data
        ),
        "hours": rows(
            client.get_stock_bars(
                StockBarsRequest(
                    symbol_or_symbols="MSFT",
                    timeframe=TimeFrame(2, TimeFrameUnit.Hour),
                    adjustment=Adjustment.SPLIT,
                    feed=DataFeed.IEX,
                    asof="2026-02-27",
                    **WINDOW,
                )
            ).data
        ),
        "latest_trade": rows(
            client.get_stock_latest_trade(StockLatestTradeRequest(symbol_or_symbols=BOTH))
        ),
        "latest_quote": rows(
            client.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols=BOTH))
        ),
        "latest_bar": rows(
            client.get_stock_latest_bar(StockLatestBarRequest(symbol_or_symbols="AAPL"))
        ),
        "snapshot": dumped(
            client.get_stock_snapshot(StockSnapshotRequest(symbol_or_symbols=[*BOTH, "APPL"]))
        ),
        "unknown": rows(
            client.get_stock_bars(StockBarsRequest(symbol_or_symbols="APPL", **minutes)).data
        ),
        "unknown_frame": len(
            client.get_stock_trades(StockTradesRequest(symbol_or_symbols="APPL", **WINDOW)).df
        ),
    }


def of_crypto(client: CryptoHistoricalDataClient) -> dict[str, Any]:
    days: dict[str, Any] = {"timeframe": TimeFrame.Day, **WINDOW}
    return {
        "crypto_days": rows(
            client.get_crypto_bars(CryptoBarsRequest(symbol_or_symbols=PAIRS, **days)).data
        ),
        "crypto_trades": rows(
            client.get_crypto_trades(CryptoTradesRequest(symbol_or_symbols=PAIRS, **WINDOW)).data
        ),
        "crypto_quotes": rows(
            client.get_crypto_quotes(CryptoQuoteRequest(symbol_or_symbols=PAIRS, **WINDOW)).data
        ),
        "crypto_latest_trade": rows(
            client.get_crypto_latest_trade(CryptoLatestTradeRequest(symbol_or_symbols=PAIRS))
        ),
        "crypto_latest_quote": rows(
            client.get_crypto_latest_quote(CryptoLatestQuoteRequest(symbol_or_symbols=PAIRS))
        ),
        "crypto_latest_bar": rows(
            client.get_crypto_latest_bar(CryptoLatestBarRequest(symbol_or_symbols="BTC/USD"))
        ),
        "crypto_snapshot": dumped(
            client.get_crypto_snapshot(CryptoSnapshotRequest(symbol_or_symbols="BTC/USD"))
        ),
    }


def errors(client: StockHistoricalDataClient) -> dict[str, Any]:
    seven: dict[str, Any] = {"timeframe": TimeFrame(7, TimeFrameUnit.Minute), **WINDOW}
    adjusted: dict[str, Any] = {"timeframe": TimeFrame.Day, "adjustment": Adjustment.ALL}
    return {
        "seven_minutes": refusal(
            lambda: client.get_stock_bars(StockBarsRequest(symbol_or_symbols="AAPL", **seven))
        ),
        "dividends": refusal(
            lambda: client.get_stock_bars(StockBarsRequest(symbol_or_symbols="AAPL", **adjusted))
        ),
        "unknown_path": refusal(lambda: client.get("/stocks/auctions")),
    }


def rows(found: dict[str, Any]) -> list[list[Any]]:
    """Returns what was fetched as rows: symbol, time, and the other values."""
    return [
        [symbol, one.timestamp, *values(one)]
        for symbol, listed in found.items()
        for one in (listed if isinstance(listed, list) else [listed])
    ]


def values(one: Any) -> Iterable[Any]:
    return list(one.model_dump(exclude={"symbol", "timestamp"}).values())


def dumped(found: dict[str, Any]) -> dict[str, Any]:
    return {symbol: one.model_dump() for symbol, one in found.items()}


def refusal(call: Callable[[], object]) -> list[Any]:
    try:
        call()
    except APIError as error:
        return [error.status_code, error.code, error.message]
    return []


if __name__ == "__main__":
    main(sys.argv[1])
