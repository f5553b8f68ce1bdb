"""The legacy format: a symbol, a price and a volume; its source is in the message's header.

Its keys are those that anybody would choose, so others' messages are told by keys that a trade of
this format does not have. A key whose value is null counts as none.
"""

import re
from collections.abc import Mapping

from ingest.formats import fields, native
from ingest.formats.events import Event, Trade
from ingest.formats.fields import Malformed, Payload

SOURCE = "legacy"  # if there is no header
IDS = ("dedupe_id", "trade_id", "id")
OWN = {"symbol", "price", "volume", "event_time", "timestamp", "fetch_timestamp", *IDS}
# Names of sizes: one that is not `volume` would be lost, or says that `volume` is a day's.
SIZE = re.compile("vol|size|qty|quantity|amount", re.IGNORECASE)
SHORT_SIZES = {"sz", "q"}
# A word of a key: of dayLow, day_low and DAY-LOW it is the same.
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Words of the keys of quotes and of summaries of a day.
WORDS = {"bid", "ask", "bids", "asks", "bidprice", "askprice", "high", "low"}
# Keys of orders and of summaries, without what joins their words.
KEYS = {"orderid", "clordid", "clientorderid", "ordstatus", "orderstatus", "previousclose",
        "prevclose"}  # fmt: skip
# What a message that names its type so has for a price, without what joins the words.
TYPES = {"mark", "markprice", "indexprice", "fairprice", "fundingrate", "quote", "ticker",
         "bookticker", "orderbook", "candle", "kline", "bar"}  # fmt: skip
NAMES_OF_TYPES: Mapping[str, set[str]] = {
    "type": TYPES,
    "kind": TYPES,
    "channel": TYPES,
    "event": {*TYPES, "price"},  # Twelve Data's
}


def recognises(payload: Payload) -> bool:
    return _has_keys(payload) and objection(payload) is None


def objection(payload: Payload) -> str | None:
    """Returns why a message with the keys of a trade is none, naming a key; else None."""
    if not _has_keys(payload):
        return None
    for key, value in payload.items():
        if value is None or key in OWN:
            continue
        if _is_foreign(key):
            return f"a legacy trade has no {fields.shown(key)}"
        types = NAMES_OF_TYPES.get(key)
        if types and isinstance(value, str) and _joined(value) in types:
            return f"{key} of a legacy trade is not {fields.shown(value)}"
    return None


def decode(payload: Payload, header: str | None) -> list[Event]:
    """Returns the trade."""
    us, ns = fields.time(payload, "event_time" if "event_time" in payload else "timestamp")
    ids = (fields.identity(payload, key) for key in IDS)
    return [
        Trade(
            us=us,
            ns=ns,
            symbol=fields.symbol(payload, "symbol"),
            source=fields.source({"source": header or SOURCE}, "source"),
            price=fields.price(payload, "price"),
            size=fields.size(payload, "volume"),
            tick_id=next((one for one in ids if one is not None), None),
            received_us=_received(payload),
        )
    ]


def _has_keys(payload: Payload) -> bool:
    if "symbol" not in payload or "price" not in payload:
        return False
    if "event_time" not in payload and "timestamp" not in payload:
        return False
    return not native.recognises(payload)


def _is_foreign(key: str) -> bool:
    if SIZE.search(key) or key.lower() in SHORT_SIZES or _joined(key) in KEYS:
        return True
    return not WORDS.isdisjoint(word.lower() for word in WORD.findall(key))


def _joined(name: str) -> str:
    return "".join(WORD.findall(name)).lower()


def _received(payload: Payload) -> int | None:
    """Returns the time of receipt; one that cannot be read is no reason to lose the trade."""
    try:
        return fields.optional_time(payload, "fetch_timestamp")
    except Malformed:
        return None
