"""Turns one message, in any accepted format, into ticks or a reject; pure, and never raises.

The format is told by the keys: our own, Finnhub's, Kraken's, or a bare symbol with a price.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

from ingest.formats import fields
from ingest.formats.amendments import LONGEST_RANGE, Cancel, Control, Correction, End, Replacement
from ingest.formats.fields import Unfit
from ingest.formats.tick import Reject, Tick

Message = dict[str, Any]
Format = Callable[[Message, str | None], list[Tick] | Control]

# Floats come as Decimal, exactly as they are written.
_decoder = msgspec.json.Decoder(float_hook=Decimal)

TOO_DEEP = Reject("nested too deep", "the message has too many levels to be read")

# Venues that send trades too: their quotes are a series of their own and stay out of candles
# of trades.
TRADING_VENUES = frozenset({"alpaca", "binance", "finnhub", "kraken", "yahoo"})


def decode(value: bytes | None, source: str | None = None) -> list[Tick] | Control | Reject:
    """Returns the ticks that a message holds, none for a heartbeat, or a Control, or a Reject.

    `source` is the message's header of that name, for formats that do not carry it.
    """
    if not value:
        return Reject("empty", "the message has no value")
    try:
        message = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Reject("not JSON", str(error)[:200])
    except RecursionError:
        return TOO_DEEP
    except ArithmeticError:
        return Reject("bad number", "a number is too large to be read")
    if not isinstance(message, dict):
        return Reject("unknown format", "the message is not a JSON object")
    try:
        return _format_of(message)(message, source)
    except Unfit as error:
        return Reject(error.reason, error.detail)
    except RecursionError:  # what could just be read can still be too deep to be shown
        return TOO_DEEP


def _format_of(message: Message) -> Format:
    if "v" in message and "kind" in message:
        return _native
    if message.get("type") == "trade" and "data" in message:
        return _finnhub_frame
    if "s" in message and "p" in message and "t" in message:
        return _finnhub_trade
    if message.get("type") in ("ping", "error"):
        return _nothing
    if "channel" in message or "method" in message:
        return _kraken
    if "symbol" in message and "price" in message:
        return _legacy
    return _unknown


def _native(message: Message, _source: str | None) -> list[Tick] | Control:
    if message["v"] != 1 or isinstance(message["v"], bool):
        raise Unfit("unknown version", f"v is {message['v']!r}, known is 1")
    kind = message["kind"]
    if kind == "batch_end":
        return _batch_end(message)
    flags = fields.flags(message)
    if "non_tradeable" in flags:
        return []
    if kind not in ("trade", "quote"):
        raise Unfit("unknown kind", f"kind is {kind!r}, known are trade and quote")
    if "cancel" in flags:
        return _cancel(message)
    tick = _native_tick(message, flags)
    if "correction" in flags:
        _required(tick.tick_id, "dedupe_id")
        return Correction(tick)
    if "replace" in flags:
        _required(tick.tick_id, "dedupe_id")
        return Replacement(tick, _required(fields.identity(message, "batch"), "batch"))
    return [tick]


def _native_tick(message: Message, flags: list[str]) -> Tick:
    source = fields.name(message, "source")
    tick_id, seq = _native_id(message), fields.sequence(message, "seq")
    us = fields.time(message, "event_time")
    symbol = fields.name(message, "symbol")
    if message["kind"] == "trade":
        price = fields.price(message, "price")
        size = None if "no_size" in flags else fields.size(message, "size")
        return Tick(us, symbol, source, price, size, tick_id=tick_id, seq=seq)
    source = quote_source(source)
    bid, ask = fields.price(message, "bid"), fields.price(message, "ask")
    return Tick(us, symbol, source, mid(bid, ask), None, bid, ask, tick_id=tick_id, seq=seq)


def _native_id(message: Message) -> str | None:
    return fields.identity(message, "dedupe_id") or fields.identity(message, "trade_id")


def _required(value: str | None, key: str) -> str:
    if value is None:
        raise Unfit(f"no {key}", f"{key} is missing")
    return value


def _cancel(message: Message) -> Cancel:
    source = fields.name(message, "source")
    return Cancel(
        fields.time(message, "event_time"),
        fields.name(message, "symbol"),
        source if message["kind"] == "trade" else quote_source(source),
        _required(_native_id(message), "dedupe_id"),
    )


def _batch_end(message: Message) -> list[Tick] | End:
    replace = message.get("replace") is True
    if "since" not in message and not replace:
        return []  # says nothing that could be checked
    since, until = fields.time(message, "since"), fields.time(message, "until")
    if not since < until <= since + LONGEST_RANGE:
        raise Unfit("bad until", "until is not after since, or by more than a day")
    rows = fields.sequence(message, "rows")
    if rows is None:
        raise Unfit("no rows", "rows is missing")
    return End(
        _required(fields.identity(message, "batch"), "batch"),
        rows,
        replace,
        fields.name(message, "symbol"),
        fields.name(message, "source"),
        since,
        until,
    )


def quote_source(source: str) -> str:
    """Returns the series that a venue's quotes belong to."""
    return f"{source}.quotes" if source in TRADING_VENUES else source


def mid(bid: Decimal, ask: Decimal) -> Decimal:
    """Returns the price halfway between, exactly."""
    return fields.EXACT.multiply(fields.EXACT.add(bid, ask), Decimal("0.5"))


def _finnhub_frame(message: Message, _source: str | None) -> list[Tick]:
    if not isinstance(message["data"], list):
        raise Unfit("wrong type", "data is not a list")
    ticks: list[Tick] = []
    seen: dict[Tick, int] = {}
    for trade in message["data"]:
        if not isinstance(trade, dict):
            raise Unfit("wrong type", "data holds something that is no trade")
        tick = _finnhub(trade)
        # No trade carries an id: equal ones are told apart by their place within the frame,
        # so that a frame sent again is the same ticks again.
        ordinal = seen[tick] = seen.get(tick, -1) + 1
        tick_id = fields.digest([trade.get(key) for key in "stpvc"] + [ordinal])
        ticks.append(msgspec.structs.replace(tick, tick_id=tick_id, seq=len(ticks)))
    return ticks


def _finnhub_trade(message: Message, _source: str | None) -> list[Tick]:
    return [_finnhub(message)]


def _finnhub(trade: Message) -> Tick:
    return Tick(
        fields.time(trade, "t"),
        fields.name(trade, "s"),
        "finnhub",
        fields.price(trade, "p"),
        # FX and some crypto feeds send price updates with no volume
        fields.size(trade, "v") or None,
    )


def _kraken(message: Message, _source: str | None) -> list[Tick]:
    channel = message.get("channel")
    if channel not in ("trade", "ticker"):
        return []  # heartbeat, status, or the answer to a subscription
    data = message.get("data")
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise Unfit("wrong type", "data is not a list of objects")
    return [(_kraken_trade if channel == "trade" else _kraken_quote)(item) for item in data]


def _kraken_trade(item: Message) -> Tick:
    seq = fields.sequence(item, "trade_id")
    return Tick(
        fields.time(item, "timestamp"),
        _kraken_symbol(item),
        "kraken",
        fields.price(item, "price"),
        fields.size(item, "qty"),
        tick_id=None if seq is None else str(seq),
        seq=seq,
    )


def _kraken_quote(item: Message) -> Tick:
    bid, ask = fields.price(item, "bid"), fields.price(item, "ask")
    return Tick(
        fields.time(item, "timestamp"),
        _kraken_symbol(item),
        quote_source("kraken"),
        mid(bid, ask),
        None,
        bid,
        ask,
    )


def _kraken_symbol(item: Message) -> str:
    base, slash, quote = fields.name(item, "symbol").partition("/")
    base = {"XBT": "BTC", "XDG": "DOGE"}.get(base, base)
    return f"KRAKEN:{base}{slash}{quote}"


def _legacy(message: Message, source: str | None) -> list[Tick]:
    key = "event_time" if "event_time" in message else "timestamp"
    return [
        Tick(
            fields.time(message, key),
            fields.name(message, "symbol"),
            fields.name({"source": source or "legacy"}, "source"),
            fields.price(message, "price"),
            fields.size(message, "volume"),
        )
    ]


def _nothing(_message: Message, _source: str | None) -> list[Tick]:
    return []


def _unknown(message: Message, _source: str | None) -> NoReturn:
    keys = fields.shown(sorted(message)[:8])
    if "price" in message:
        raise Unfit("no symbol", f"there is a price but no symbol; keys are {keys}")
    raise Unfit("unknown format", f"no known format has the keys {keys}")
