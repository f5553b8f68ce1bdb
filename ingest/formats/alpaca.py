"""Alpaca's streams of stocks, crypto and options: trades, quotes, corrections and cancels.

The stream sends lists, which decode_message() takes apart. Options are a source of their own, as
their trades have no ids, and other conditions than those of stocks.
"""

import re

from ingest.formats import fields
from ingest.formats.amendments import Amendment, Cancel, Correction
from ingest.formats.events import Event, Ignored, Quote, Trade
from ingest.formats.fields import Payload

SOURCE, OPTION_SOURCE = "alpaca", "alpaca.options"
# The OCC's symbol: root, date of expiry, call or put, strike in thousandths.
OPTION = re.compile(r"[A-Z0-9]{1,6}\d{6}[CP]\d{8}", re.ASCII)
UNKNOWN_SIDE = "-"
# The keys by which the messages of a type are recognised.
KEYS = {
    "t": {"T", "S", "p", "s", "t"},
    "q": {"T", "S", "bp", "bs", "ap", "as", "t"},
    "c": {"T", "S", "x", "oi", "ci", "cp", "cs", "t"},
    "x": {"T", "S", "x", "i", "p", "s", "a", "t"},
}
# The exact keys of messages without any data.
IGNORED = {
    "success": ({"T", "msg"}, "status"),
    "error": ({"T", "code", "msg"}, "error"),
}
CHANNELS = {
    "trades", "quotes", "orderbooks", "bars", "updatedBars", "dailyBars", "statuses", "lulds",
    "corrections", "cancelErrors", "imbalances",
}  # fmt: skip


def recognises(payload: Payload) -> bool:
    return _has_data(payload) or _ignored(payload) is not None


def decode(payload: Payload, _header: str | None) -> list[Event | Amendment] | Ignored:
    """Returns an event or an amendment; ignores what the stream tells about itself."""
    ignored = _ignored(payload)
    if ignored is not None:
        return ignored
    if payload["T"] == "t":
        return [_trade(payload)]
    if payload["T"] == "q":
        return [_quote(payload)]
    return [_correction(payload) if payload["T"] == "c" else _cancel(payload)]


def _has_data(payload: Payload) -> bool:
    type_ = payload.get("T")
    return isinstance(type_, str) and type_ in KEYS and payload.keys() >= KEYS[type_]


def _ignored(payload: Payload) -> Ignored | None:
    type_ = payload.get("T")
    if not isinstance(type_, str):
        return None
    if type_ == "subscription":
        lists = payload.keys() - {"T"}
        is_exact = lists <= CHANNELS and all(isinstance(payload[one], list) for one in lists)
        return Ignored("subscription") if is_exact else None
    keys, reason = IGNORED.get(type_, (None, ""))
    return Ignored(reason) if payload.keys() == keys else None


def _trade(payload: Payload) -> Trade:
    us, ns = fields.time(payload, "t")
    return Trade(
        us=us,
        ns=ns,
        symbol=_symbol(payload),
        source=_source(payload),
        price=fields.price(payload, "p"),
        size=fields.size(payload, "s"),
        side=None if payload.get("tks") == UNKNOWN_SIDE else fields.side(payload, "tks"),
        tick_id=fields.identity(payload, "i"),
        exchange=fields.label(payload, "x"),
        tape=fields.label(payload, "z"),
        conditions=fields.conditions(payload, "c"),
    )


def _quote(payload: Payload) -> Quote:
    us, ns = fields.time(payload, "t")
    exchanges = [fields.label(payload, key) for key in ("bx", "ax")]
    exchange = "/".join(dict.fromkeys(one for one in exchanges if one))
    return Quote(
        us=us,
        ns=ns,
        symbol=_symbol(payload),
        source=_source(payload),
        bid=fields.optional_price(payload, "bp"),
        ask=fields.optional_price(payload, "ap"),
        bid_size=fields.size(payload, "bs"),
        ask_size=fields.size(payload, "as"),
        exchange=fields.label({"exchange": exchange}, "exchange"),
        tape=fields.label(payload, "z"),
        conditions=fields.conditions(payload, "c"),
    )


def _correction(payload: Payload) -> Correction:
    us, ns = fields.time(payload, "t")
    trade = Trade(
        us=us,
        ns=ns,
        symbol=_symbol(payload),
        source=_source(payload),
        price=fields.price(payload, "cp"),
        size=fields.size(payload, "cs"),
        tick_id=fields.required_identity(payload, "ci"),
        exchange=fields.label(payload, "x"),
        tape=fields.label(payload, "z"),
        conditions=fields.conditions(payload, "cc"),
    )
    return Correction(trade, (fields.required_identity(payload, "oi"),))


def _cancel(payload: Payload) -> Cancel:
    us, ns = fields.time(payload, "t")
    return Cancel(
        us=us,
        ns=ns,
        symbol=_symbol(payload),
        source=_source(payload),
        kind="trade",
        tick_id=fields.required_identity(payload, "i"),
        exchange=fields.label(payload, "x"),
    )


def _symbol(payload: Payload) -> str:
    """Returns the symbol of a stock or an option as it is, and of a pair with its venue."""
    symbol = fields.symbol(payload, "S")
    return fields.symbol(payload, "S", "ALPACA:") if "/" in symbol else symbol


def _source(payload: Payload) -> str:
    return OPTION_SOURCE if OPTION.fullmatch(_symbol(payload)) else SOURCE
