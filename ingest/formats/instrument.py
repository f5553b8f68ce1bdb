"""An instrument as its source describes it, for the database to take what nobody has set."""

from typing import Any

import msgspec

from ingest.formats import fields
from ingest.formats.fields import Malformed, Payload

MOST_SCALE = 18  # decimals, as market.instruments takes them


class Instrument(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The columns of market.instruments that a source may know; None: it does not."""

    asset_class: str | None = None
    base: str | None = None
    quote: str | None = None
    price_scale: int | None = None
    calendar: str | None = None


def read(payload: Payload, key: str) -> Instrument | None:
    """Returns the instrument in a message, None if there is none; raises Malformed."""
    value: Any = payload.get(key)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Malformed("wrong type", f"{key} is {fields.shown(value)}, not an object")
    return Instrument(
        asset_class=fields.label(value, "asset_class"),
        base=fields.label(value, "base"),
        quote=fields.label(value, "quote"),
        price_scale=_scale(value),
        calendar=fields.label(value, "calendar"),
    )


def _scale(value: Payload) -> int | None:
    scale = fields.whole_number(value, "price_scale")
    if scale is not None and not 0 <= scale <= MOST_SCALE:
        shown = fields.shown(value["price_scale"])
        raise Malformed("bad price_scale", f"price_scale is {shown}, not from 0 to {MOST_SCALE}")
    return scale
