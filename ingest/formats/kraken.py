"""Kraken's WebSocket v2: the channels `trade` and `ticker`."""

from ingest.formats import fields
from ingest.formats.events import Event, Ignored, Quote, Trade
from ingest.formats.fields import Payload

SOURCE = "kraken"
RENAMED = {"XBT": "BTC", "XDG": "DOGE"}  # Kraken's own names of currencies

# The keys by which the items of a channel are recognised.
ITEMS = {"trade": {"symbol", "price", "qty"}, "ticker": {"symbol", "bid", "ask", "last"}}
ANSWERS = {"method", "success", "result", "error", "symbol", "req_id", "time_in", "time_out"}


def recognises(payload: Payload) -> bool:
    return _is_frame(payload) or _ignored(payload) is not None


def decode(payload: Payload, _header: str | None) -> list[Event] | Ignored:
    """Returns trades or quotes; ignores heartbeats, the status and answers to requests."""
    ignored = _ignored(payload)
    if ignored is not None:
        return ignored
    read = _trade if payload["channel"] == "trade" else _quote
    return [read(item) for item in payload["data"]]


def _is_frame(payload: Payload) -> bool:
    channel, data = payload.get("channel"), payload.get("data")
    if channel not in ("trade", "ticker") or payload.get("type") not in ("snapshot", "update"):
        return False
    if not isinstance(data, list):
        return False
    return all(isinstance(item, dict) and item.keys() >= ITEMS[channel] for item in data)


def _ignored(payload: Payload) -> Ignored | None:
    if payload == {"channel": "heartbeat"}:
        return Ignored("heartbeat")
    if payload.keys() == {"channel", "type", "data"} and payload["channel"] == "status":
        return Ignored("status") if _is_status(payload["data"]) else None
    if "method" not in payload or not payload.keys() <= ANSWERS:
        return None
    if payload["method"] == "pong" and payload.keys() >= {"time_in", "time_out"}:
        return Ignored("heartbeat")
    if payload["method"] in ("subscribe", "unsubscribe") and payload.keys() >= {
        "success",
        "time_in",
        "time_out",
    }:
        return Ignored("subscription")
    return None


def _is_status(data: object) -> bool:
    return isinstance(data, list) and all(isinstance(one, dict) and "system" in one for one in data)


def _trade(item: Payload) -> Trade:
    us, ns = fields.time(item, "timestamp")
    return Trade(
        us=us,
        ns=ns,
        symbol=_symbol(item),
        source=SOURCE,
        price=fields.price(item, "price"),
        size=fields.size(item, "qty"),
        side=fields.side(item, "side"),
        tick_id=fields.identity(item, "trade_id"),
        seq=fields.sequence(item, "trade_id"),
    )


def _quote(item: Payload) -> Quote:
    us, ns = fields.time(item, "timestamp")
    return Quote(
        us=us,
        ns=ns,
        symbol=_symbol(item),
        source=SOURCE,
        bid=fields.optional_price(item, "bid"),
        ask=fields.optional_price(item, "ask"),
        bid_size=fields.size(item, "bid_qty"),
        ask_size=fields.size(item, "ask_qty"),
    )


def _symbol(item: Payload) -> str:
    currencies = fields.symbol(item, "symbol").split("/")
    symbol = "/".join(RENAMED.get(one, one) for one in currencies)
    return fields.symbol({"symbol": symbol}, "symbol", "KRAKEN:")
