"""Alpaca's stream of crypto; its symbols, ALPACA:BTC/USD, are a part of the source alpaca."""

import re

from db.errors import UsageError
from ingest.feed import instruments
from ingest.feed.source import Options, Subscription
from ingest.sources.alpaca.events import VENUE, symbol_of
from ingest.sources.alpaca.streams import Alpaca

PATH = "/v1beta3/crypto/us"
PAIR = re.compile(r"[A-Z0-9]+/[A-Z0-9]+", re.ASCII)


def source(options: Options) -> Alpaca:
    """Returns the source; raises UsageError, and SettingsError without a key and its secret."""
    names = dict.fromkeys(map(name_of, options.symbols))
    asked = [
        Subscription(symbol_of(name), kind, name, instruments.crypto(*name.split("/")))
        for name in names
        for kind in options.kinds
    ]
    return Alpaca(PATH, options, asked)


def name_of(text: str) -> str:
    """Returns a pair as Alpaca writes it, BTC/USD; raises UsageError."""
    name = text.strip().upper().removeprefix(VENUE)
    if not PAIR.fullmatch(name):
        raise UsageError(f"alpaca.crypto: {text!r} is no pair; write it like BTC/USD")
    return name
