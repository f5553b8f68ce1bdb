"""A fake of Alpha Vantage's intraday bars over HTTP: a bar per minute of trading, as texts.

It answers errors with HTTP 200, as the vendor does, and quotes the key in one of them.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

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


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vendor: FakeAlphaVantage

    def do_GET(self) -> None:
        query = {name: one for name, [one] in parse_qs(urlsplit(self.path).query).items()}
        if query["symbol"] in self.vendor.hangs:
            self.vendor.waiting.set()
            self.vendor.end.wait()
            self.close_connection = True
            return
        status, body = self.vendor.answer(query)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Stays silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """Says nothing of a client that has gone away."""


@contextmanager
def serving(vendor: FakeAlphaVantage) -> Iterator[str]:
    """Serves the vendor on a port of 127.0.0.1, and gives its address."""
    handler = type("Handler", (_Handler,), {"vendor": vendor})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            vendor.end.set()
            server.shutdown()
            thread.join()
