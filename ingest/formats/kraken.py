"""Kraken's WebSocket v2: the channels `trade` and `ticker`; all others hold no ticks."""

from ingest.formats import fields
from ingest.formats.fields import Malformed, Payload
from ingest.formats.quotes import mid, quote_source
from ingest.formats.tick import Tick

SOURCE = "kraken"
RENAMED = {"XBT": "BTC", "XDG": "DOGE"}  # Kraken's own names of currencies


def recognises(payload: Payload) -> bool:
    return "channel" in payload or "method" in payload


def decode(payload: Payload, _source: str | None) -> list[Tick]:
    """Returns trades or quotes, none for a heartbeat, a status or the answer to a subscription."""
    channel = payload.get("channel")
    if channel not in ("trade", "ticker"):
        return []
    data = payload.get("data")
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise Malformed("wrong type", "data is not a list of objects")
    return [_trade(item) if channel == "trade" else _quote(item) for item in data]


def _trade(item: Payload) -> Tick:
    seq = fields.integer(item, "trade_id")
    return Tick(
        fields.time(item, "timestamp"),
        _symbol(item),
        SOURCE,
        fields.price(item, "price"),
        fields.size(item, "qty"),
        tick_id=None if seq is None else str(seq),
        seq=seq,
    )


def _quote(item: Payload) -> Tick:
    bid, ask = fields.price(item, "bid"), fields.price(item, "ask")
    return Tick(
        fields.time(item, "timestamp"),
        _symbol(item),
        quote_source(SOURCE),
        mid(bid, ask),
        None,
        bid,
        ask,
    )


def _symbol(item: Payload) -> str:
    base, slash, quote = fields.name(item, "symbol").partition("/")
    return f"KRAKEN:{RENAMED.get(base, base)}{slash}{quote}"
