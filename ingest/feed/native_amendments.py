"""Turns corrections and cancels, as the loader reads them, into messages of the native format."""

from datetime import datetime

import msgspec
from msgspec import UNSET

from ingest.feed.native import tick
from ingest.formats.amendments import Cancel, Correction
from ingest.formats.native_message import TickMessage, encode
from ingest.formats.times import time_text
from ingest.kafka.producer import OutgoingMessage


def message(amendment: Correction | Cancel, received_at: datetime) -> OutgoingMessage:
    """Returns an amendment to publish, keyed by its symbol; raises Malformed."""
    if isinstance(amendment, Cancel):
        return OutgoingMessage(amendment.symbol, encode(cancel_tick(amendment, received_at)))
    event = tick(amendment.event, received_at, ("correction",))
    correction = msgspec.structs.replace(event, amends=amendment.amends or UNSET)
    return OutgoingMessage(amendment.symbol, encode(correction))


def cancel_tick(
    cancel: Cancel, received_at: datetime | None = None, flags: tuple[str, ...] = ()
) -> TickMessage:
    """Returns a cancel as a native message, with `flags` added; the exchange belongs to its id."""
    return TickMessage(
        kind=cancel.kind,
        source=cancel.source,
        symbol=cancel.symbol,
        event_time=f"{time_text(cancel.us)[:-1]}{cancel.ns:03d}Z",
        received_at=UNSET if received_at is None else received_at,
        exchange=cancel.exchange or UNSET,
        dedupe_id=cancel.tick_id,
        amends=cancel.amends or UNSET,
        flags=("cancel", *flags),
    )
