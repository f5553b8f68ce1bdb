"""The legacy format: a symbol, a price and a volume; its source is in the message's header."""

from ingest.formats import fields
from ingest.formats.fields import Payload
from ingest.formats.tick import Tick

SOURCE = "legacy"  # if there is no header


def recognises(payload: Payload) -> bool:
    return "symbol" in payload and "price" in payload


def decode(payload: Payload, source: str | None) -> list[Tick]:
    """Returns the trade."""
    return [
        Tick(
            fields.time(payload, "event_time" if "event_time" in payload else "timestamp"),
            fields.name(payload, "symbol"),
            fields.name({"source": source or SOURCE}, "source"),
            fields.price(payload, "price"),
            fields.size(payload, "volume"),
        )
    ]
