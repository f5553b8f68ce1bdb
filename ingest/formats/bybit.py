"""Bybit's WebSocket: the topics `publicTrade.*`, `trade.*`, `tickers.*` and `orderbook.1.*`."""

from ingest.formats import fields, levels
from ingest.formats.events import Event, Ignored, Quote, Trade
from ingest.formats.fields import Payload

SOURCE = "bybit"
TRADE_TOPICS = ("publicTrade.", "trade.")
TRADE = {"T", "s", "S", "v", "p", "i"}
CONDITIONS = ("BT", "RPI")  # a block trade; one against an order that only retail orders meet
BEST = {"s", "b", "a", "u"}
ANSWER = {"success", "ret_msg", "conn_id", "op"}  # and req_id, of a request that had one
PONG = {"op", "args", "conn_id"}


def recognises(payload: Payload) -> bool:
    is_events = _is_trades(payload) or _is_ticker(payload) or _is_best(payload)
    return is_events or _ignored(payload) is not None


def decode(payload: Payload, _header: str | None) -> list[Event] | Ignored:
    """Returns trades or a quote; ignores answers to requests, and tickers without bid and ask."""
    ignored = _ignored(payload)
    if ignored is not None:
        return ignored
    if _is_trades(payload):
        return [_trade(item) for item in payload["data"]]
    quote = _best(payload) if _is_best(payload) else _quote(payload)
    return Ignored("no events") if quote.bid is None and quote.ask is None else [quote]


def _is_trades(payload: Payload) -> bool:
    topic, data = payload.get("topic"), payload.get("data")
    if not isinstance(topic, str) or not topic.startswith(TRADE_TOPICS):
        return False
    if "type" not in payload or "ts" not in payload or not isinstance(data, list):
        return False
    return all(isinstance(item, dict) and item.keys() >= TRADE for item in data)


def _is_ticker(payload: Payload) -> bool:
    topic, data = payload.get("topic"), payload.get("data")
    if not isinstance(topic, str) or not topic.startswith("tickers."):
        return False
    is_whole = payload.get("type") in ("snapshot", "delta") and "ts" in payload
    return is_whole and isinstance(data, dict) and "symbol" in data


def _is_best(payload: Payload) -> bool:
    """Whether it is an order book of depth 1, which always comes whole."""
    topic, data = payload.get("topic"), payload.get("data")
    if not isinstance(topic, str) or not topic.startswith("orderbook.1."):
        return False
    is_whole = payload.get("type") == "snapshot" and "ts" in payload
    return is_whole and isinstance(data, dict) and data.keys() >= BEST


def _ignored(payload: Payload) -> Ignored | None:
    keys = payload.keys() - {"req_id"}
    if keys == ANSWER and isinstance(payload["success"], bool):
        return Ignored("heartbeat" if payload["op"] == "ping" else "subscription")
    if keys == PONG and payload["op"] == "pong":
        return Ignored("heartbeat")
    return None


def _trade(item: Payload) -> Trade:
    us, ns = fields.time(item, "T")
    return Trade(
        us=us,
        ns=ns,
        symbol=fields.symbol(item, "s", "BYBIT:"),
        source=SOURCE,
        price=fields.price(item, "p"),
        size=fields.size(item, "v"),
        side=fields.side(item, "S"),
        tick_id=fields.identity(item, "i"),
        seq=fields.sequence(item, "seq"),
        conditions=tuple(name for name in CONDITIONS if item.get(name) is True),
    )


def _quote(payload: Payload) -> Quote:
    us, ns = fields.time(payload, "ts")
    item = payload["data"]
    return Quote(
        us=us,
        ns=ns,
        symbol=fields.symbol(item, "symbol", "BYBIT:"),
        source=SOURCE,
        bid=fields.optional_price(item, "bid1Price"),
        ask=fields.optional_price(item, "ask1Price"),
        bid_size=fields.size(item, "bid1Size"),
        ask_size=fields.size(item, "ask1Size"),
        seq=fields.sequence(payload, "cs"),
    )


def _best(payload: Payload) -> Quote:
    """Returns the only level of a book, at the time of the matching engine if that is told."""
    us, ns = fields.time(payload, "cts" if "cts" in payload else "ts")
    item = payload["data"]
    bid, ask = levels.best(item, "b"), levels.best(item, "a")
    return Quote(
        us=us,
        ns=ns,
        symbol=fields.symbol(item, "s", "BYBIT:"),
        source=SOURCE,
        bid=fields.optional_price(bid, "price"),
        ask=fields.optional_price(ask, "price"),
        bid_size=fields.size(bid, "size"),
        ask_size=fields.size(ask, "size"),
        seq=fields.sequence(item, "seq"),
    )
