"""Binance's streams `trade`, `aggTrade` and `bookTicker`, raw or wrapped in {"stream", "data"}.

Aggregate trades are a source of their own: added to the trades, they would double the volume.
"""

import re

from ingest.formats import fields
from ingest.formats.events import Event, Ignored, Quote, Side, Trade
from ingest.formats.fields import Malformed, Payload

SOURCE, AGGREGATE_SOURCE = "binance", "binance.agg"
TRADE = {"e", "s", "t", "p", "q", "T", "m"}
AGGREGATE = {"e", "s", "a", "p", "q", "f", "l", "T", "m"}
BOOK = {"u", "s", "b", "B", "a", "A"}
# Pairs and their futures, and options; venues that copied the frames spell pairs otherwise.
SYMBOL = re.compile(r"[^\W_]+(_(\d{6}|PERP))?|[^\W_]+-\d{6}-[\d.]+-[CP]")
ALL_BOOKS = "!bookTicker"
# What `X` of futures is for a trade on the book, and for a number of the sequence that is no trade.
MARKET, NO_TRADE = "MARKET", "NA"


def recognises(payload: Payload) -> bool:
    return _is_event(payload) or _ignored(payload) is not None


def decode(payload: Payload, _header: str | None) -> list[Event] | Ignored:
    """Returns a trade or a quote; ignores what is neither, such as answers to requests."""
    ignored = _ignored(payload)
    if ignored is not None:
        return ignored
    event = _within(payload)
    if _is_book(event):
        return [_quote(event)]
    if event["e"] == "trade":
        is_trade = event.get("X") != NO_TRADE
        return [_trade(event, SOURCE, "t")] if is_trade else Ignored("not a trade")
    return [_trade(event, AGGREGATE_SOURCE, "a")]


def _within(payload: Payload) -> Payload:
    if payload.keys() == {"stream", "data"} and isinstance(payload["data"], dict):
        return payload["data"]
    return payload


def _is_event(payload: Payload) -> bool:
    event = _within(payload)
    if not _has_keys(event) or not _is_symbol(event["s"]):
        return False
    return event is payload or _is_stream_of(payload["stream"], event)


def _has_keys(event: Payload) -> bool:
    if event.get("e") == "trade":
        return event.keys() >= TRADE
    if event.get("e") == "aggTrade":
        return event.keys() >= AGGREGATE
    return _is_book(event)


def _is_symbol(symbol: object) -> bool:
    """Whether it is spelt as Binance's are; what is no text is rejected when it is read."""
    if not isinstance(symbol, str):
        return True
    return SYMBOL.fullmatch(symbol) is not None and symbol == symbol.upper()


def _is_stream_of(stream: object, event: Payload) -> bool:
    name: str = event.get("e", "bookTicker")
    if stream == ALL_BOOKS:
        return name == "bookTicker"
    return stream == f"{str(event['s']).lower()}@{name}"


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
        conditions=_conditions(event),
    )


def _conditions(event: Payload) -> tuple[str, ...]:
    """Returns what a trade of futures is if it was not made on the book: ADL, INSURANCE_FUND."""
    conditions = fields.conditions(event, "X")
    return () if conditions == (MARKET,) else conditions


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
