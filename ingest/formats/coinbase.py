"""Coinbase's Advanced Trade WebSocket: the channels `market_trades` and `ticker`."""

from ingest.formats import fields
from ingest.formats.events import Event, Ignored, Quote, Side, Trade
from ingest.formats.fields import Payload

SOURCE = "coinbase"
# The list within the events of a channel, and the keys by which its items are recognised.
ITEMS = {
    "market_trades": ("trades", {"trade_id", "product_id", "price", "size", "time"}),
    "ticker": ("tickers", {"product_id", "best_bid", "best_ask"}),
    "ticker_batch": ("tickers", {"product_id", "best_bid", "best_ask"}),
}
FRAME = {"channel", "client_id", "timestamp", "sequence_num", "events"}
# The exact keys of the events of channels without any data.
IGNORED = {
    "heartbeats": ("heartbeat", {"current_time", "heartbeat_counter"}),
    "subscriptions": ("subscription", {"subscriptions"}),
}
TAKERS: dict[Side, Side] = {"buy": "sell", "sell": "buy"}  # by the side of the maker


def recognises(payload: Payload) -> bool:
    return _is_frame(payload) or _ignored(payload) is not None


def decode(payload: Payload, _header: str | None) -> list[Event] | Ignored:
    """Returns trades or quotes; ignores heartbeats and answers to requests."""
    ignored = _ignored(payload)
    if ignored is not None:
        return ignored
    name, _ = ITEMS[payload["channel"]]
    items = [item for event in payload["events"] for item in event[name]]
    if name == "trades":
        return [_trade(item) for item in items]
    return [_quote(item, payload) for item in items]


def _is_frame(payload: Payload) -> bool:
    channel, events = payload.get("channel"), payload.get("events")
    if not isinstance(channel, str) or channel not in ITEMS or not isinstance(events, list):
        return False
    name, keys = ITEMS[channel]
    for event in events:
        if not isinstance(event, dict) or not isinstance(event.get(name), list):
            return False
        if not all(isinstance(item, dict) and item.keys() >= keys for item in event[name]):
            return False
    return True


def _ignored(payload: Payload) -> Ignored | None:
    channel, events = payload.get("channel"), payload.get("events")
    if not isinstance(channel, str) or channel not in IGNORED or payload.keys() != FRAME:
        return None
    reason, keys = IGNORED[channel]
    if not isinstance(events, list):
        return None
    if not all(isinstance(event, dict) and event.keys() == keys for event in events):
        return None
    return Ignored(reason)


def _trade(item: Payload) -> Trade:
    us, ns = fields.time(item, "time")
    maker = fields.side(item, "side")
    return Trade(
        us=us,
        ns=ns,
        symbol=_symbol(item),
        source=SOURCE,
        price=fields.price(item, "price"),
        size=fields.size(item, "size"),
        side=None if maker is None else TAKERS[maker],
        tick_id=fields.identity(item, "trade_id"),
    )


def _quote(item: Payload, frame: Payload) -> Quote:
    us, ns = fields.time(frame, "timestamp")
    return Quote(
        us=us,
        ns=ns,
        symbol=_symbol(item),
        source=SOURCE,
        bid=fields.optional_price(item, "best_bid"),
        ask=fields.optional_price(item, "best_ask"),
        bid_size=fields.size(item, "best_bid_quantity"),
        ask_size=fields.size(item, "best_ask_quantity"),
        seq=fields.sequence(frame, "sequence_num"),
    )


def _symbol(item: Payload) -> str:
    return fields.symbol(item, "product_id", "COINBASE:")
