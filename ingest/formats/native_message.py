"""The native message, stockpulse.tick version 1, as publishers write it.

Numbers are strings in decimal notation, as JSON's own become doubles in many readers. Everything is
in the value: five Kafka headers would add two thirds to the bytes, and double the cost of a poll.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType


class TickMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One trade or quote; fields that a source does not know stay unset and are not written.

    `event_time` may be a text with nanoseconds. `side` is the taker's; `amends` belongs to the
    flags `correction` and `cancel`.
    """

    v: Literal[1] = 1
    kind: Literal["trade", "quote"]
    source: str
    symbol: str
    event_time: Annotated[datetime, Meta(tz=True)] | str
    received_at: Annotated[datetime, Meta(tz=True)] | UnsetType = UNSET
    price: str | UnsetType = UNSET
    size: str | UnsetType = UNSET
    side: Literal["buy", "sell"] | UnsetType = UNSET
    bid: str | UnsetType = UNSET
    bid_size: str | UnsetType = UNSET
    ask: str | UnsetType = UNSET
    ask_size: str | UnsetType = UNSET
    seq: int | UnsetType = UNSET  # orders events of one nanosecond
    dedupe_id: str  # the id, which is the same if the event is published again
    exchange: str | UnsetType = UNSET
    tape: str | UnsetType = UNSET
    conditions: tuple[str, ...] | UnsetType = UNSET
    amends: tuple[str, ...] | UnsetType = UNSET  # further ids under which the original is stored
    flags: tuple[str, ...] | UnsetType = UNSET
    batch: str | UnsetType = UNSET  # of a tick with the flag `replace`


class BatchEndMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a batch, written after its ticks under their key, so to their partition.

    The batch is all that the source has of its series from `since` to before `until`. With
    `replace`, each attempt at a batch needs a name of its own.
    """

    v: Literal[1] = 1
    kind: Literal["batch_end"] = "batch_end"
    batch: str
    rows: int
    source: str
    symbol: str
    since: Annotated[datetime, Meta(tz=True)]
    until: Annotated[datetime, Meta(tz=True)]
    event_kind: Literal["trade", "quote"]
    replace: bool | UnsetType = UNSET


encode = msgspec.json.Encoder().encode
