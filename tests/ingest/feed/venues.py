"""The venues that generic tests run over: what each calls its pairs, and the ids of its trades."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from ingest.feed.source import Options, Reading
from stack.venue import bybit
from stack.venue.binance import AGGREGATES, BinanceVenue
from stack.venue.bybit import BybitVenue
from stack.venue.coinbase import CoinbaseVenue
from stack.venue.market import Deal
from stack.venue.okx import OkxVenue
from stack.venue.sockets import SocketVenue


class Venue(NamedTuple):
    """A source and the fake that it feeds from."""

    source: str
    make: type[SocketVenue]
    pairs: tuple[str, str]
    unknown: str  # looks like a pair and is none
    unknown_frame: str  # is of a type that nobody asked for
    id_of: Callable[[Deal], str] = lambda deal: str(deal.id)
    has_quotes: bool = True
    is_numbered: bool = True  # whether ids are in sequence
    refuses: bool = True  # whether it refuses a pair that it does not know

    @property
    def symbol(self) -> str:
        return f"{self.source.partition('.')[0].upper()}:{self.pairs[0]}"


WORD, DASHED = ("BTCUSDT", "ETHUSDT"), ("BTC-USDT", "ETH-USDT")
KLINE = json.dumps({"e": "kline", "E": 1, "s": "BTCUSDT", "k": {"t": 1}})
CANDLES = json.dumps({"channel": "candles", "events": [], "timestamp": "2026-02-27T12:05:00Z"})
TOPIC = json.dumps({"topic": "kline.5.BTCUSDT", "type": "snapshot", "ts": 1, "data": []})
CANDLE = json.dumps({"arg": {"channel": "candle1D", "instId": "BTC-USDT"}, "data": [["1"]]})

VENUES = [
    Venue("binance", BinanceVenue, WORD, "ABCUSDT", KLINE, refuses=False),
    Venue(
        "binance.agg",
        BinanceVenue,
        WORD,
        "ABCUSDT",
        KLINE,
        lambda deal: str(deal.id + AGGREGATES),
        has_quotes=False,
        refuses=False,
    ),
    Venue("coinbase", CoinbaseVenue, ("BTC-USD", "ETH-USD"), "ABC-USD", CANDLES),
    Venue("bybit", BybitVenue, WORD, "ABCUSDT", TOPIC, bybit.id_of, is_numbered=False),
    Venue("okx", OkxVenue, DASHED, "ABC-USDT", CANDLE),
    Venue("okx.all", OkxVenue, DASHED, "ABC-USDT", CANDLE, has_quotes=False),
]
IDS = [venue.source for venue in VENUES]


class Sent:
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def send(self, message: str) -> None:
        self.texts.append(message)


async def connected(source: Any, options: Options) -> list[Any]:
    """Connects a source to a connection without a venue, and returns its requests."""
    connection = Sent()
    await source.subscribe(connection, source.subscriptions(options))
    return [json.loads(text) for text in connection.texts]


def messages(reading: Reading) -> list[Any]:
    """Returns the messages of a frame, decoded."""
    return [json.loads(one.value) for one in reading.messages]
