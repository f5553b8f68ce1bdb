"""Venues over HTTP as far as their own candles go: markets and klines.

The answers are made from the venues' descriptions: fields, units, limits and order.
"""

import json
import lzma
import struct
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.fakes import http

KRAKEN_PAGE, BINANCE_PAGE = 720, 1000


class Bar(NamedTuple):
    """A candle of one minute as a venue has it."""

    start: datetime
    open: str
    high: str
    low: str
    close: str
    volume: str


class KlinesVenue:
    """The server's state; bars by the venue's id of a market."""

    def __init__(self) -> None:
        self.url = ""
        self.bars: dict[str, list[Bar]] = defaultdict(list)
        self.requests: list[str] = []
        self.failing = False
        self.files: dict[str, bytes] = {}  # of minutes, by path
        self.end = threading.Event()

    def answer(self, target: str) -> tuple[int, Any]:
        self.requests.append(target)
        split = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        if self.failing:
            return 500, {"error": ["EGeneral:Internal error"]}
        match split.path:
            case "/0/public/AssetPairs":
                return 200, {"error": [], "result": {"XXBTZUSD": _pair()}}
            case "/0/public/OHLC":
                return 200, self._ohlc(query)
            case "/api/v3/exchangeInfo":
                return 200, {"symbols": [_symbol()]}
            case "/api/v3/klines":
                return 200, self._klines(query)
            case "/api/v3/brokerage/market/products":
                return 200, {"products": [_product()], "num_products": 1}
            case "/api/v3/brokerage/market/products/BTC-USD/candles":
                return 200, self._coinbase(query)
            case "/v5/market/instruments-info":
                found = {"spot": [_instrument()], "linear": [_linear()]}.get(query["category"], [])
                return 200, _bybit({"category": query["category"], "list": found})
            case "/v5/market/kline":
                return 200, _bybit({"category": "spot", "list": self._bybit(query)})
            case "/api/v5/public/instruments":
                found = [_okx_spot()] if query["instType"] == "SPOT" else [_okx_swap()]
                return 200, {"code": "0", "msg": "", "data": found}
            case "/api/v5/market/candles" | "/api/v5/market/history-candles":
                return 200, {"code": "0", "msg": "", "data": self._okx(query)}
        return 404, {}

    def _coinbase(self, query: dict[str, str]) -> Any:
        """The newest first, in seconds; none for a minute without trades."""
        return {
            "candles": [
                {"start": str(int(bar.start.timestamp())), "low": bar.low, "high": bar.high,
                 "open": bar.open, "close": bar.close, "volume": bar.volume}
                for bar in reversed(self.bars["BTC-USD"])
                if int(query["start"]) <= bar.start.timestamp() <= int(query["end"])
            ][:300]
        }  # fmt: skip

    def _bybit(self, query: dict[str, str]) -> Any:
        """The newest of a range that includes both ends, newest first, in milliseconds."""
        return [
            [str(_ms(bar)), *bar[1:], "0"]
            for bar in reversed(self.bars[query["symbol"]])
            if int(query["start"]) <= _ms(bar) <= int(query["end"])
        ][: int(query["limit"])]

    def _okx(self, query: dict[str, str]) -> Any:
        """The newest between two ends that are not part of it, newest first."""
        return [
            [str(_ms(bar)), *bar[1:5], bar.volume, "0.77", "0", "1"]
            for bar in reversed(self.bars[query["instId"]])
            if int(query["before"]) < _ms(bar) < int(query["after"])
        ][: min(int(query["limit"]), 100)]

    def _ohlc(self, query: dict[str, str]) -> Any:
        """The newest 720 after `since`, in seconds; the last one is of the running minute."""
        bars = self.bars[_NAMES.get(query["pair"], query["pair"])]
        rows = [
            [int(bar.start.timestamp()), *bar[1:5], "0.0", bar.volume, 1]
            for bar in bars[-KRAKEN_PAGE:]
            if bar.start.timestamp() > int(query["since"])
        ]
        return {"error": [], "result": {"XXBTZUSD": rows, "last": rows[-1][0] if rows else 0}}

    def _klines(self, query: dict[str, str]) -> Any:
        """The oldest of a range that includes both ends, in milliseconds."""
        limit = min(int(query.get("limit", 500)), BINANCE_PAGE)
        rows = []
        for bar in self.bars[query["symbol"]]:
            start = _ms(bar)
            if int(query["startTime"]) <= start <= int(query["endTime"]):
                rows.append([start, *bar[1:], start + 59_999, "0", 1, "0", "0", "0"])
        return rows[:limit]


_NAMES = {"XXBTZUSD": "XBTUSD"}


class _Handler(http.Handler):
    vendor: KlinesVenue

    def respond(self) -> None:
        if self.path in self.vendor.files:
            self.send(200, self.vendor.files[self.path])
        else:
            status, body = self.vendor.answer(self.path)
            self.send(status, json.dumps(body).encode())


@contextmanager
def klines_venue() -> Iterator[KlinesVenue]:
    """Serves both venues on a port of 127.0.0.1."""
    venue = KlinesVenue()
    with http.serving(_Handler, venue) as venue.url:
        yield venue


def minutes_file(rows: Iterable[tuple[int, int, int, int, int, float]]) -> bytes:
    """Returns a file of Dukascopy's: (second of the day, open, close, low, high, volume)."""
    data = b"".join(struct.pack(">IIIIIf", *row) for row in rows)
    return lzma.compress(data, format=lzma.FORMAT_ALONE, preset=0)


def running_minute() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0)


def quiet(start: datetime, minutes: int, price: str) -> list[Bar]:
    """Returns bars without trades, which repeat a price."""
    return [
        Bar(start + timedelta(minutes=one), price, price, price, price, "0.00000000")
        for one in range(minutes)
    ]


def _ms(bar: Bar) -> int:
    return int(bar.start.timestamp()) * 1000


def _bybit(result: Any) -> Any:
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": 0}


def _product() -> dict[str, Any]:
    return {
        "product_id": "BTC-USD", "price": "67060", "base_increment": "0.00000001",
        "quote_increment": "0.01", "quote_min_size": "1", "quote_max_size": "150000000",
        "base_min_size": "0.00000001", "base_max_size": "3400", "status": "online",
        "trading_disabled": False, "product_type": "SPOT", "quote_currency_id": "USD",
        "base_currency_id": "BTC", "price_increment": "0.01",
    }  # fmt: skip


def _instrument() -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "innovation": "0",
        "status": "Trading", "marginTrading": "both",
        "lotSizeFilter": {"basePrecision": "0.000001", "quotePrecision": "0.00000001",
                          "minOrderQty": "0.000048", "maxOrderQty": "71.7", "minOrderAmt": "1",
                          "maxOrderAmt": "2000000"},
        "priceFilter": {"tickSize": "0.01"},
    }  # fmt: skip


def _linear() -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT", "contractType": "LinearPerpetual", "status": "Trading",
        "baseCoin": "BTC", "quoteCoin": "USDT", "settleCoin": "USDT", "deliveryTime": "0",
        "launchTime": "1585526400000", "deliveryFeeRate": "", "priceScale": "2",
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"},
        "lotSizeFilter": {"maxOrderQty": "1190", "minOrderQty": "0.001", "qtyStep": "0.001"},
    }  # fmt: skip


def _okx_spot() -> dict[str, Any]:
    return {
        "instType": "SPOT", "instId": "BTC-USDT", "baseCcy": "BTC", "quoteCcy": "USDT",
        "ctVal": "", "ctValCcy": "", "ctMult": "", "ctType": "", "settleCcy": "", "expTime": "",
        "listTime": "1606468572000", "lever": "10", "lotSz": "0.00000001", "minSz": "0.00001",
        "tickSz": "0.1", "state": "live", "uly": "", "instFamily": "",
    }  # fmt: skip


def _okx_swap() -> dict[str, Any]:
    return {
        **_okx_spot(), "instType": "SWAP", "instId": "BTC-USDT-SWAP", "baseCcy": "",
        "quoteCcy": "", "ctVal": "0.01", "ctValCcy": "BTC", "ctMult": "1", "ctType": "linear",
        "settleCcy": "USDT", "uly": "BTC-USDT", "instFamily": "BTC-USDT", "lotSz": "0.1",
    }  # fmt: skip


def _pair() -> dict[str, Any]:
    return {
        "altname": "XBTUSD",
        "wsname": "XBT/USD",
        "aclass_base": "currency",
        "base": "XXBT",
        "aclass_quote": "currency",
        "quote": "ZUSD",
        "lot": "unit",
        "cost_decimals": 5,
        "pair_decimals": 1,
        "lot_decimals": 8,
        "lot_multiplier": 1,
        "leverage_buy": [2, 3],
        "leverage_sell": [2, 3],
        "fees": [[0, 0.4]],
        "fees_maker": [[0, 0.25]],
        "fee_volume_currency": "ZUSD",
        "margin_call": 80,
        "margin_stop": 40,
        "ordermin": "0.00005",
        "costmin": "0.5",
        "tick_size": "0.1",
        "status": "online",
    }


def _symbol() -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT",
        "status": "TRADING",
        "baseAsset": "BTC",
        "baseAssetPrecision": 8,
        "quoteAsset": "USDT",
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "MARKET"],
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000",
             "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000",
             "stepSize": "0.00001"},
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]],
    }  # fmt: skip
