"""Bars of vendors as publishers write them, keyed by symbol, to the topic stock.bars.vendor.v1."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ingest.formats.bar import Interval

Time = Annotated[datetime, Meta(tz=True)]


class BarMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A bar; numbers are texts, so that they stay exact.

    Of several messages about one bar that counts which is final, else the one received later, else
    the one behind in Kafka.
    """

    v: Literal[1] = 1
    kind: Literal["bar"] = "bar"
    source: str
    symbol: str
    interval: Interval
    bar_start: Time  # a whole interval, counted from midnight UTC
    open: str
    high: str
    low: str
    close: str
    volume: str | UnsetType = UNSET
    trades: int | UnsetType = UNSET
    final: bool
    received_at: Time | UnsetType = UNSET


encode = msgspec.json.Encoder().encode
