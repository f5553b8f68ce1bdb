"""A made-up market as native messages: ties, duplicates, late ones, amendments, sale conditions."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from confluent_kafka import Producer

FIRST, END = date(2026, 3, 4), date(2026, 3, 7)
START = datetime(2026, 3, 4, tzinfo=UTC)
SECONDS = 3 * 86_400
BATCH = 20_000  # messages, after which what is late or amends is sent

# symbol, source, decimals of prices and sizes, about the price
PLAIN = (
    ("KRAKEN:BTC/USD", "kraken", 1, 8, 64_000),
    ("KRAKEN:ETH/USD", "kraken", 2, 8, 3_200),
    ("KRAKEN:SHIB/USD", "kraken", 9, 4, 0.00001),
    ("OIL", "sim", 2, 0, 0.5),  # also below zero
)
WITH_RULES = (
    ("IBM", "alpaca", 2, 0, 250),
    ("BAC", "alpaca", 4, 0, 44),
    ("AIG", "algoseek", 2, 0, 70),
)
ALPACA = ([" "], ["@"], ["@", "I"], ["T"], ["P"], ["4"], ["9"], ["Q"], ["M"], ["C"], None, ["?"])
ALGOSEEK = (["0"], ["2000"], ["20"], ["2020"], ["100000"], ["1"], None)
QUOTED = (("DUKASCOPY:EUR/USD", "dukascopy", 5, 1.08), ("KRAKEN:BTC/USD", "kraken", 1, 64_000))

Message = tuple[str, dict[str, Any]]  # its key and value


def trades(count: int, seed: int, *, rules: bool) -> Iterator[Message]:
    """Yields the messages of about `count` trades, of sources with rules or of others."""
    chance = random.Random(seed)
    later: list[Message] = []
    for number in range(count):
        message = _trade(chance, number, chance.choice(WITH_RULES if rules else PLAIN))
        kind = chance.random()
        if kind < 0.01:
            later.append(message)  # late
            continue
        yield message
        if kind < 0.04:
            later.append(message)  # twice
        elif kind < 0.05:
            later += _amendments(chance, message)
        elif kind < 0.052:
            yield from reversed(list(_amendments(chance, message)))  # the last one first
        if number % BATCH == BATCH - 1:
            yield from later
            later.clear()
    yield from later


def quotes(count: int, seed: int) -> Iterator[Message]:
    """Yields the messages of `count` quotes, some of them one-sided, empty or wide."""
    chance = random.Random(seed)
    for number in range(count):
        symbol, source, decimals, around = chance.choice(QUOTED)
        bid = around * (1 + chance.gauss(0, 0.001))
        ask = bid + chance.randrange(1, 40) * 10**-decimals
        quote: dict[str, Any] = {
            "bid": f"{bid:.{decimals}f}",
            "ask": f"{ask:.{decimals}f}",
            "bid_size": f"{chance.randrange(1, 10**6)}",
            "ask_size": f"{chance.randrange(1, 10**6) / 1000}",
        }
        odd = chance.random()
        if odd < 0.05:
            del quote[chance.choice(["bid", "ask"])]
        elif odd < 0.06:
            quote["bid"] = "0"
        elif odd < 0.07:
            quote["ask"] = f"{bid * 20:.{decimals}f}"
        yield symbol, {
            "v": 1, "kind": "quote", "source": source, "symbol": symbol,
            "event_time": _time(chance), **quote, "seq": number // 3, "dedupe_id": f"q{number}",
        }  # fmt: skip


def _trade(chance: random.Random, number: int, series: tuple[Any, ...]) -> Message:
    symbol, source, decimals, size_decimals, around = series
    trade = {
        "v": 1, "kind": "trade", "source": source, "symbol": symbol,
        "event_time": _time(chance),
        "price": f"{around * (1 + chance.gauss(0, 0.01 if around > 1 else 0.9)):.{decimals}f}",
        "size": f"{chance.expovariate(1) * 10 ** (2 - size_decimals // 4):.{size_decimals}f}",
        "side": chance.choice(["buy", "sell"]),
        "seq": number // 4,  # ties
        "dedupe_id": str(1_000_000 + number),
    }  # fmt: skip
    if chance.random() < 0.1:
        del trade["seq"]
    if chance.random() < 0.01:
        del trade["size"]
    conditions = chance.choice(ALPACA) if source == "alpaca" else chance.choice(ALGOSEEK)
    if source in ("alpaca", "algoseek"):
        trade |= {"exchange": chance.choice("VQN"), "tape": chance.choice("ABCO")}
        trade |= {"conditions": conditions} if conditions else {}
    return symbol, trade


def _time(chance: random.Random) -> str:
    """Returns a time; a third of them are whole seconds, which several events have."""
    moment = START + timedelta(seconds=chance.randrange(SECONDS))
    nanos = chance.choice([0, chance.randrange(10**3) * 10**6, chance.randrange(10**9)])
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"


def _amendments(chance: random.Random, message: Message) -> Iterator[Message]:
    """Yields a correction or two, the second under a third id, or a cancel, or both."""
    symbol, trade = message
    amended, number = trade["dedupe_id"], int(trade["dedupe_id"])
    kept = {key: value for key, value in trade.items() if key not in ("seq", "side", "size")}
    for step in range(1, chance.choice([1, 2, 2, 3])):
        price = f"{float(trade['price']) * (1 + step / 100):.4f}"
        new = str(number + step * 10**9) if chance.random() < 0.7 else amended
        named = {"dedupe_id": new, "amends": [amended]} if new != amended else {}
        yield symbol, {**kept, **named, "price": price, "flags": ["correction"]}
        amended = new
    if chance.random() < 0.3:
        cancel = {key: kept[key] for key in ("v", "kind", "source", "symbol", "event_time")}
        exchange = {"exchange": kept["exchange"]} if "exchange" in kept else {}
        yield symbol, {**cancel, **exchange, "dedupe_id": amended, "flags": ["cancel"]}


def send(servers: str, topic: str, messages: Iterator[Message]) -> int:
    """Publishes messages; returns how many."""
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 50, "compression.type": "lz4"})
    count = 0
    for key, value in messages:
        while True:
            try:
                producer.produce(topic, json.dumps(value).encode(), key)
                break
            except BufferError:
                producer.poll(0.1)
        count += 1
    assert producer.flush(120) == 0
    return count
