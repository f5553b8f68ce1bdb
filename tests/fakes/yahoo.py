"""A fake of Yahoo's chart API over HTTP, as the library yfinance asks it.

Prices are floats of 32 bits, the last row may be the latest price at its own second.
"""

import json
import struct
import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.fakes import http


class Row(NamedTuple):
    """A bar: open, high, low, close, volume; None for a minute without."""

    at: datetime
    prices: tuple[float, float, float, float] | None
    volume: int = 0


def float32(number: float) -> float:
    """Returns a number as a float of 32 bits shows it: 189.72 is 189.72000122070312."""
    (found,) = struct.unpack("f", struct.pack("f", number))
    return float(found)


class FakeYahoo:
    """The state of Yahoo: its bars by ticker, splits, and what it refuses."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}
        self.splits: dict[str, tuple[datetime, int, int]] = {}
        self.refuses = False
        self.hangs = False
        self.waiting = threading.Event()
        self.end = threading.Event()
        self.asked: list[tuple[str, datetime, datetime]] = []

    def chart(self, ticker: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Returns the status and the answer for a chart."""
        if self.refuses:
            return 429, {"finance": {"error": "Too Many Requests"}}
        if ticker not in self.rows:
            reason = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return 404, {"chart": {"result": None, "error": reason}}
        result: dict[str, Any] = {"meta": self._meta(ticker), "indicators": {"quote": [{}]}}
        if "period1" in query:
            start, end = (datetime.fromtimestamp(int(query[f"period{n}"]), UTC) for n in (1, 2))
            self.asked.append((ticker, start, end))
            # the latest price is appended even behind the end of the range
            found = [row for row in self.rows[ticker] if start <= row.at < end]
            if found:
                result |= {"timestamp": [int(row.at.timestamp()) for row in found]}
                result["indicators"] = {"quote": [_columns(found)]}
            if ticker in self.splits and start <= self.splits[ticker][0] < end:
                at, numerator, denominator = self.splits[ticker]
                split = {"date": int(at.timestamp()), "numerator": numerator,
                         "denominator": denominator, "splitRatio": "x"}  # fmt: skip
                result["events"] = {"splits": {str(split["date"]): split}}
        return 200, {"chart": {"result": [result], "error": None}}

    def _meta(self, ticker: str) -> dict[str, Any]:
        days = sorted({row.at.date() for row in self.rows[ticker]})
        periods = [
            [
                {"timezone": "EST", "gmtoffset": -18000}
                | {
                    name: int(datetime(day.year, day.month, day.day, *time, tzinfo=UTC).timestamp())
                    for name, time in (("start", (14, 30)), ("end", (21, 0)))
                }
            ]
            for day in days
        ]
        return {
            "currency": "USD", "symbol": ticker, "exchangeName": "NMS", "priceHint": 2,
            "instrumentType": "EQUITY", "exchangeTimezoneName": "America/New_York",
            "gmtoffset": -18000, "timezone": "EST", "dataGranularity": "1m", "range": "",
            "validRanges": ["1d", "5d"], "tradingPeriods": periods,
        }  # fmt: skip


def _columns(rows: list[Row]) -> dict[str, list[float | int | None]]:
    columns: dict[str, list[float | int | None]] = {
        name: [None if row.prices is None else float32(row.prices[n]) for row in rows]
        for n, name in enumerate(("open", "high", "low", "close"))
    }
    columns["volume"] = [None if row.prices is None else row.volume for row in rows]
    return columns


class _Handler(http.Handler):
    vendor: FakeYahoo

    def respond(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.vendor.hangs:
            self.hang()
            return
        status, answer = self.vendor.chart(parts.path.rpartition("/")[2], query)
        self.send(status, json.dumps(answer).encode())


def serving(vendor: FakeYahoo) -> AbstractContextManager[str]:
    """Serves Yahoo, and gives its address."""
    return http.serving(_Handler, vendor)
