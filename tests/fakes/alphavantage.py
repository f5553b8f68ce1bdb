"""A fake of Alpha Vantage's intraday bars over HTTP: a bar per minute of trading, as texts.

It answers errors with HTTP 200, as the vendor does, and quotes the key in one of them.
"""

import json
import threading
from collections import Counter
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes import http

KEY = "SECRETKEY123"
DAY_LIMIT = (
    f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per"
    " day. Please subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to"
    " instantly remove all daily rate limits."
)
BURST = (
    "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more"
    " sparingly (1 request per second). You may subscribe to any of the premium plans to lift the"
    " free key rate limit (25 requests per day)."
)
PREMIUM = (
    "Thank you for using Alpha Vantage! This is a premium endpoint. You may subscribe to any of"
    " the premium plans at https://www.alphavantage.co/premium/ to instantly unlock all premium"
    " endpoints"
)
NO_SYMBOL = "Invalid API call. Please retry or visit the documentation for TIME_SERIES_INTRADAY."


def rows(*labels: str, close: str = "188.4000") -> dict[str, dict[str, str]]:
    """Returns bars by their labels, newest first."""
    return {
        label: {"1. open": "188.3500", "2. high": "188.5000", "3. low": "188.3000",
                "4. close": close, "5. volume": "60"}
        for label in sorted(labels, reverse=True)
    }  # fmt: skip


def answer(
    series: dict[str, Any], symbol: str = "IBM", interval: str = "1min", zone: str = "US/Eastern"
) -> bytes:
    """Returns an answer with bars."""
    head = {
        "1. Information": f"Intraday ({interval}) open, high, low, close prices and volume",
        "2. Symbol": symbol,
        "3. Last Refreshed": max(series, default=""),
        "4. Interval": interval,
        "5. Output Size": "Full size",
        "6. Time Zone": zone,
    }
    return json.dumps({"Meta Data": head, f"Time Series ({interval})": series}).encode()


class FakeAlphaVantage:
    """The state of the vendor: its bars by symbol and month, and what it answers instead."""

    def __init__(self) -> None:
        self.series: dict[tuple[str, str], dict[str, Any]] = {}
        self.texts: dict[str, dict[str, str]] = {}  # by symbol: an answer in place of bars
        self.bodies: dict[str, tuple[int, bytes]] = {}  # likewise, status and body
        self.hangs: set[str] = set()
        self.waiting = threading.Event()  # a request hangs
        self.asked: list[tuple[str, str]] = []  # symbol and month
        self.queries: list[dict[str, str]] = []
        self.counts: Counter[str] = Counter()
        self.most = 1000  # requests, then the day's limit
        self.end = threading.Event()

    def answer(self, query: dict[str, str]) -> tuple[int, bytes]:
        """Returns the status and the body of an answer."""
        symbol, month = query["symbol"], query.get("month", "")
        self.asked.append((symbol, month))
        self.queries.append(query)
        if len(self.asked) > self.most:
            return 200, json.dumps({"Information": DAY_LIMIT}).encode()
        if symbol in self.bodies:
            return self.bodies[symbol]
        if symbol in self.texts:
            return 200, json.dumps(self.texts[symbol]).encode()
        if (symbol, month) not in self.series:
            return 200, json.dumps({"Error Message": NO_SYMBOL}).encode()
        return 200, answer(self.series[symbol, month], symbol, query["interval"])


class _Handler(http.Handler):
    vendor: FakeAlphaVantage

    def respond(self) -> None:
        query = {name: one for name, [one] in parse_qs(urlsplit(self.path).query).items()}
        if query["symbol"] in self.vendor.hangs:
            self.hang()
        else:
            self.send(*self.vendor.answer(query))


def serving(vendor: FakeAlphaVantage) -> AbstractContextManager[str]:
    """Serves the vendor, and gives its address."""
    return http.serving(_Handler, vendor)
