"""Alpaca's streams of stocks, one connection each: iex, sip, delayed_sip and test.

Crypto is a stream of its own, alpaca.crypto.
"""

import re
from datetime import timedelta

from db.errors import UsageError
from ingest.feed import instruments
from ingest.feed.history import History
from ingest.feed.source import Options, Subscription
from ingest.formats.alpaca import OPTION
from ingest.sources.alpaca import history, login
from ingest.sources.alpaca.events import VENUE
from ingest.sources.alpaca.streams import Alpaca

FEEDS = ("iex", "sip", "delayed_sip", "test")  # the first is the default
DELAYS = {"delayed_sip": timedelta(minutes=15)}
HISTORY = History(
    history.URL,
    history.PAUSE_SECONDS,
    {"trade": history.trades, "quote": history.quotes},
    headers=login.headers,
)
NAME = re.compile(r"[A-Z0-9.\-]+", re.ASCII)


def source(options: Options) -> Alpaca:
    """Returns the source; raises UsageError, and SettingsError without a key and its secret."""
    feed = options.feed or FEEDS[0]
    names = dict.fromkeys(map(name_of, options.symbols))
    asked = [
        Subscription(name, kind, name, instruments.us_share(name))
        for name in names
        for kind in options.kinds
    ]
    return Alpaca(f"/v2/{feed}", options, asked, DELAYS.get(feed))


def name_of(text: str) -> str:
    """Returns a stock as Alpaca writes it, AAPL or BRK.B; raises UsageError."""
    name = text.strip().upper()
    if "/" in name:
        raise UsageError(
            f"alpaca: {text!r} is crypto, a stream of its own: "
            f"stockpulse feed alpaca.crypto --symbols {name.removeprefix(VENUE)}"
        )
    if OPTION.fullmatch(name):
        raise UsageError(f"alpaca: {text!r} is an option; only stocks and crypto are fed")
    if not NAME.fullmatch(name):
        raise UsageError(f"alpaca: {text!r} is no stock; write it like AAPL")
    return name
