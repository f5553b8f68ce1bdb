"""Alpaca's messages as the loader reads them."""

from ingest.formats import alpaca
from ingest.formats.amendments import Cancel, Correction
from ingest.formats.events import Event, Quote, Trade
from ingest.formats.fields import Malformed, Payload

VENUE = "ALPACA:"


def event_of(item: Payload) -> Event | Correction | Cancel:
    """Returns what the loader makes of a message; raises Malformed."""
    if not alpaca.recognises(item):
        raise Malformed("unknown format", f"a message of type {item['T']} lacks keys")
    found = alpaca.decode(item, None)
    one = found[0] if isinstance(found, list) else None
    if not isinstance(one, Trade | Quote | Correction | Cancel):
        raise Malformed("unknown format", f"a message of type {item['T']} has no event")
    return one


def symbol_of(name: str) -> str:
    """Returns a symbol as events carry it: that of a pair has its venue."""
    return f"{VENUE}{name}" if "/" in name else name
