"""The legacy format: a symbol, a price and a volume; its source is in the message's header."""

from ingest.formats import fields, native
from ingest.formats.events import Event, Trade
from ingest.formats.fields import Malformed, Payload

SOURCE = "legacy"  # if there is no header
IDS = ("dedupe_id", "trade_id", "id")
# Names that other writers have for what is called volume here.
SIZES = frozenset({"size", "qty", "quantity", "amount", "sz", "q"})


def recognises(payload: Payload) -> bool:
    if "symbol" not in payload or "price" not in payload:
        return False
    if "event_time" not in payload and "timestamp" not in payload:
        return False
    if native.recognises(payload):
        return False
    return "volume" in payload or SIZES.isdisjoint(payload)


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


def _received(payload: Payload) -> int | None:
    """Returns the time of receipt; one that cannot be read is no reason to lose the trade."""
    try:
        return fields.optional_time(payload, "fetch_timestamp")
    except Malformed:
        return None
