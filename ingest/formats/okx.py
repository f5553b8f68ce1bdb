"""OKX's WebSocket: the channels `trades`, `trades-all`, `tickers` and `bbo-tbt`.

`trades` joins the fills of one order at one price, `trades-all` has each: they are two sources, as
together they would double the volume.
"""

from ingest.formats import fields, levels
from ingest.formats.events import Event, Ignored, Quote, Trade
from ingest.formats.fields import Payload

SOURCE = "okx"
TRADE_SOURCES = {"trades": SOURCE, "trades-all": "okx.all"}
ARG = {"channel", "instId"}
# The keys by which the items of a channel are recognised.
ITEMS = {
    "trades": {"instId", "tradeId", "px", "sz", "side", "ts"},
    "trades-all": {"instId", "tradeId", "px", "sz", "side", "ts"},
    "tickers": {"instId", "askPx", "bidPx", "ts"},
    "bbo-tbt": {"asks", "bids", "ts"},
}
# The exact keys of answers, but for connId, which every one has.
ANSWERS = {
    "subscribe": ({"event", "arg"}, "subscription"),
    "unsubscribe": ({"event", "arg"}, "subscription"),
    "channel-conn-count": ({"event", "channel", "connCount"}, "subscription"),
    "notice": ({"event", "code", "msg"}, "status"),
    "error": ({"event", "code", "msg"}, "error"),
}


def recognises(payload: Payload) -> bool:
    return _is_frame(payload) or _ignored(payload) is not None


def decode(payload: Payload, _header: str | None) -> list[Event] | Ignored:
    """Returns trades or quotes; ignores answers to requests."""
    ignored = _ignored(payload)
    if ignored is not None:
        return ignored
    channel = payload["arg"]["channel"]
    if channel in TRADE_SOURCES:
        return [_trade(item, TRADE_SOURCES[channel]) for item in payload["data"]]
    if channel == "tickers":
        return [_ticker(item) for item in payload["data"]]
    return [_best(item, payload["arg"]) for item in payload["data"]]


def _is_frame(payload: Payload) -> bool:
    arg, data = payload.get("arg"), payload.get("data")
    if not isinstance(arg, dict) or not isinstance(data, list) or arg.keys() != ARG:
        return False
    if "action" in payload:  # of order books, and of all that other venues send in this shape
        return False
    channel = arg.get("channel")
    if not isinstance(channel, str) or channel not in ITEMS:
        return False
    return all(isinstance(item, dict) and item.keys() >= ITEMS[channel] for item in data)


def _ignored(payload: Payload) -> Ignored | None:
    event = payload.get("event")
    if not isinstance(event, str) or event not in ANSWERS:
        return None
    keys, reason = ANSWERS[event]
    return Ignored(reason) if payload.keys() - {"connId", "id"} == keys else None


def _trade(item: Payload, source: str) -> Trade:
    us, ns = fields.time(item, "ts")
    return Trade(
        us=us,
        ns=ns,
        symbol=_symbol(item),
        source=source,
        price=fields.price(item, "px"),
        size=fields.size(item, "sz"),
        side=fields.side(item, "side"),
        tick_id=fields.identity(item, "tradeId"),
    )


def _ticker(item: Payload) -> Quote:
    us, ns = fields.time(item, "ts")
    return Quote(
        us=us,
        ns=ns,
        symbol=_symbol(item),
        source=SOURCE,
        bid=fields.optional_price(item, "bidPx"),
        ask=fields.optional_price(item, "askPx"),
        bid_size=fields.size(item, "bidSz"),
        ask_size=fields.size(item, "askSz"),
    )


def _best(item: Payload, arg: Payload) -> Quote:
    us, ns = fields.time(item, "ts")
    bid, ask = levels.best(item, "bids"), levels.best(item, "asks")
    return Quote(
        us=us,
        ns=ns,
        symbol=_symbol(arg),
        source=SOURCE,
        bid=fields.optional_price(bid, "price"),
        ask=fields.optional_price(ask, "price"),
        bid_size=fields.size(bid, "size"),
        ask_size=fields.size(ask, "size"),
        seq=fields.sequence(item, "seqId"),
    )


def _symbol(item: Payload) -> str:
    return fields.symbol(item, "instId", "OKX:")
