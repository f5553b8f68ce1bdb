"""Binance's streams `trade`, `aggTrade` and `bookTicker`, raw or wrapped in {"stream", "data"}.

Aggregate trades are a source of their own: added to the trades, they would double the volume.
"""

from ingest.formats import fields
from ingest.formats.events import Event, Ignored, Quote, Side, Trade
from ingest.formats.fields import Malformed, Payload

SOURCE, AGGREGATE_SOURCE = "binance", "binance.agg"
TRADE = {"e", "s", "t", "p", "q", "T", "m"}
AGGREGATE = {"e", "s", "a", "p", "q", "f", "l", "T", "m"}
BOOK = {"u", "s", "b", "B", "a", "A"}


def recognises(payload: Payload) -> bool:
    return _is_event(_within(payload)) or _ignored(payload) is not None


def decode(payload: Payload, _header: str | None) -> list[Event] | Ignored:
    """Returns a trade or a quote; ignores answers to requests and the end of a connection."""
    ignored = _ignored(payload)
    if ignored is not None:
        return ignored
    event = _within(payload)
    if _is_book(event):
        return [_quote(event)]
    if event["e"] == "trade":
        return [_trade(event, SOURCE, "t")]
    return [_trade(event, AGGREGATE_SOURCE, "a")]


def _within(payload: Payload) -> Payload:
    if payload.keys() == {"stream", "data"} and isinstance(payload["data"], dict):
        return payload["data"]
    return payload


def _is_event(event: Payload) -> bool:
    if event.get("e") == "trade":
        return event.keys() >= TRADE
    if event.get("e") == "aggTrade":
        return event.keys() >= AGGREGATE
    return _is_book(event)


def _is_book(event: Payload) -> bool:
    """Whether it is a bookTicker, which has no `e` on the spot market."""
    return event.keys() >= BOOK and event.get("e", "bookTicker") == "bookTicker"


def _ignored(payload: Payload) -> Ignored | None:
    if payload.keys() == {"result", "id"} and payload["result"] is None:
        return Ignored("subscription")
    event = _within(payload)
    if event.keys() == {"e", "E"} and event["e"] == "serverShutdown":
        return Ignored("status")
    return None


def _trade(event: Payload, source: str, id_key: str) -> Trade:
    us, ns = fields.time(event, "T")
    return Trade(
        us=us,
        ns=ns,
        symbol=_symbol(event),
        source=source,
        price=fields.price(event, "p"),
        size=fields.size(event, "q"),
        side=_side(event),
        tick_id=fields.identity(event, id_key),
        seq=fields.sequence(event, id_key),
    )


def _side(event: Payload) -> Side:
    """Returns the taker's side: `m` says whether the buyer was the maker."""
    if not isinstance(event["m"], bool):
        raise Malformed("wrong type", f"m is {fields.shown(event['m'])}, not true or false")
    return "sell" if event["m"] else "buy"


def _quote(event: Payload) -> Quote:
    key = next((key for key in ("T", "E") if key in event), None)
    if key is None:
        raise Malformed(
            "no time",
            "a bookTicker of the spot market names no time: publish it as a native quote with the"
            " time of receipt and the flag recv_time",
        )
    us, ns = fields.time(event, key)
    return Quote(
        us=us,
        ns=ns,
        symbol=_symbol(event),
        source=SOURCE,
        bid=fields.optional_price(event, "b"),
        ask=fields.optional_price(event, "a"),
        bid_size=fields.size(event, "B"),
        ask_size=fields.size(event, "A"),
        tick_id=fields.identity(event, "u"),
        seq=fields.sequence(event, "u"),
    )


def _symbol(event: Payload) -> str:
    return fields.symbol(event, "s", "BINANCE:")
