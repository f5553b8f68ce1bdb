"""OANDA's pricing stream, v20: quotes of currencies and CFDs, up to four per second and instrument.

https://developer.oanda.com/rest-live-v20/pricing-ep/
"""

import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import ClassVar

from db.errors import SettingsError, UsageError
from ingest.feed import http_lines, instruments, native
from ingest.feed.decoded import object_of
from ingest.feed.source import (
    Acknowledged,
    BadFrame,
    Connection,
    Fact,
    Options,
    Reading,
    Subscription,
)
from ingest.formats import oanda
from ingest.formats.fields import Malformed, Payload
from ingest.formats.oanda import SOURCE, VENUE

FEEDS = ("practice", "live")  # the kind of account; the first is the default
HAS_ACCOUNTS = True
URLS = {
    "practice": "https://stream-fxpractice.oanda.com",
    "live": "https://stream-fxtrade.oanda.com",
}
NAME = re.compile(r"[A-Z0-9]+_[A-Z0-9]+", re.ASCII)
PAIR = 6  # letters of two currencies
ACCOUNT = re.compile(r"[A-Za-z0-9-]+", re.ASCII)


def source(options: Options) -> "Oanda":
    """Returns the source; raises UsageError, and SettingsError without a token or account."""
    if not options.token:
        raise SettingsError(
            "oanda needs a token: set STOCKPULSE_OANDA_TOKEN, or STOCKPULSE_OANDA_TOKEN_FILE to a "
            "file with it"
        )
    if not options.account:
        raise SettingsError(
            "oanda needs the id of an account, 101-001-1234567-001: set STOCKPULSE_OANDA_ACCOUNT, "
            "or account in feeds.toml"
        )
    if not ACCOUNT.fullmatch(options.account):
        raise SettingsError("the id of OANDA's account is none: 101-001-1234567-001 is one")
    return Oanda(options)


class Oanda:
    """OANDA's feed; another set of instruments is another connection."""

    name: ClassVar[str] = SOURCE
    idle_seconds = 15.0  # heartbeats come every five
    acknowledges = True

    def __init__(self, options: Options) -> None:
        feed = options.feed or FEEDS[0]
        url = (options.url or URLS[feed]).rstrip("/")
        self._url = f"{url}/v3/accounts/{options.account}/pricing/stream"
        self._venue = f"OANDA's stream of {feed} accounts"  # tokens of one do not fit the other
        self._headers = {
            "Authorization": f"Bearer {options.token}",
            "Accept-Datetime-Format": "RFC3339",
        }
        names = dict.fromkeys(map(name_of, options.symbols))
        self._params = {"instruments": ",".join(names), "snapshot": "true"}
        self._unserved: list[str] = []  # symbols, until the stream's first line
        self._snapshots: set[str] = set()  # symbols whose first price is to come

    def subscriptions(self, options: Options) -> list[Subscription]:
        """Returns the quotes of instruments, as OANDA has no trades; raises UsageError."""
        names = dict.fromkeys(map(name_of, options.symbols))
        return [
            Subscription(symbol_of(name), "quote", name, instruments.fx(*name.split("_")))
            for name in names
        ]

    def connect(self) -> AbstractAsyncContextManager[Connection]:
        """Opens the stream of all instruments; a token that is refused is an answer to this."""
        return http_lines.connect(self._url, self._venue, self._headers, self._params)

    async def subscribe(
        self,
        connection: Connection,  # noqa: ARG002 - nothing is sent
        subscriptions: Sequence[Subscription],
    ) -> None:
        """Begins a connection: all is asked for by its address."""
        self._unserved = [one.symbol for one in subscriptions]
        self._snapshots = set(self._unserved)

    def read(self, frame: bytes, received_at: datetime) -> Reading:
        """Returns the quote of a line; raises BadFrame.

        OANDA serves all instruments or none: the first line says that it serves them.
        """
        payload = object_of(frame)
        type_ = payload.get("type")
        if not isinstance(type_, str) or (type_ == "PRICE" and not oanda.recognises(payload)):
            raise BadFrame("neither a price nor a heartbeat")
        facts: list[Fact] = [Acknowledged(symbol, "quote") for symbol in self._unserved]
        self._unserved = []
        if type_ != "PRICE":
            return Reading(facts=facts)
        try:
            return self._price(payload, received_at, facts)
        except Malformed as error:
            return Reading(facts=facts, fault=str(error))

    def _price(self, payload: Payload, received_at: datetime, facts: list[Fact]) -> Reading:
        """Returns a quote; the first of an instrument is the last one before the connection."""
        quote = oanda.quote(payload)
        if quote.bid is None and quote.ask is None:
            return Reading(facts=facts)
        is_snapshot = quote.symbol in self._snapshots
        self._snapshots.discard(quote.symbol)
        flags = ["snapshot"] * is_snapshot + ["non_tradeable"] * (not oanda.is_tradeable(payload))
        message = native.message(quote, received_at, flags)
        return Reading([message], None if is_snapshot else native.time_of(quote), facts)


def name_of(text: str) -> str:
    """Returns an instrument as OANDA writes it, EUR_USD; raises UsageError."""
    name = text.strip().upper().removeprefix(f"{VENUE}:").replace("/", "_")
    if len(name) == PAIR and name.isalpha() and instruments.fx(name[:3], name[3:]):
        name = f"{name[:3]}_{name[3:]}"
    if not NAME.fullmatch(name):
        raise UsageError(f"oanda: {text!r} is no instrument; write it like EUR_USD")
    return name


def symbol_of(name: str) -> str:
    return f"{VENUE}:{name}"
