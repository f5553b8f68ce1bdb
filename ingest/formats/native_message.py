"""The native message, stockpulse.tick version 1, as publishers write it.

Numbers go as decimal strings in plain notation: JSON's own become doubles in many readers. All is
in the value: five Kafka headers would be two thirds more bytes, and double what a poll costs.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType


class TickMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One trade or quote; what a source does not know stays unset and is not written."""

    v: Literal[1] = 1
    kind: Literal["trade", "quote"]
    source: str
    symbol: str
    event_time: Annotated[datetime, Meta(tz=True)]
    price: str | UnsetType = UNSET
    size: str | UnsetType = UNSET
    bid: str | UnsetType = UNSET
    bid_size: str | UnsetType = UNSET
    ask: str | UnsetType = UNSET
    ask_size: str | UnsetType = UNSET
    seq: int | UnsetType = UNSET  # orders ticks of one instant
    dedupe_id: str  # the same tick published again has the same
    flags: tuple[str, ...] | UnsetType = UNSET
    batch: str | UnsetType = UNSET  # of a tick with the flag `replace`


class BatchEndMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Says that a batch is complete; follows its ticks under their key, so in their partition.

    It was all that the source has of its series from `since` to before `until`. With `replace`, no
    attempt at a batch has the name of another.
    """

    v: Literal[1] = 1
    kind: Literal["batch_end"] = "batch_end"
    batch: str
    rows: int
    source: str
    symbol: str
    since: Annotated[datetime, Meta(tz=True)]
    until: Annotated[datetime, Meta(tz=True)]
    replace: bool | UnsetType = UNSET


encode = msgspec.json.Encoder().encode
