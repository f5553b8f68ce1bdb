"""Compares candles with those of their venue, and says why they differ where that is known."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec

from ingest.klines.kline import Given, Kline

PENDING = "pending"
PRICES = ("open", "high", "low", "close")


class Missing(NamedTuple):
    """A stretch in which events of ours may be missing."""

    since: datetime
    until: datetime
    reason: str


class Counted(NamedTuple):
    """A candle as it would be if every trade moved everything, and how many trades do not."""

    kline: Kline
    kept_out: int


class Facts(msgspec.Struct, frozen=True):
    """Facts of a series by which a difference can be explained."""

    width: timedelta
    gaps: list[Missing] = []
    pending: list[tuple[datetime, datetime]] = []
    counted: dict[datetime, Counted] = {}
    rule_set: str = "all"
    first_feed: datetime | None = None
    first_trade: datetime | None = None
    last_trade: datetime | None = None


class Difference(NamedTuple):
    """A figure that differs; a candle that one of the two does not have is one figure."""

    bucket: datetime
    field: str  # open, high, low, close, volume, or candle
    ours: Decimal | None
    theirs: Decimal | None
    why: str  # empty: unexplained


def differing(ours: Mapping[datetime, Kline], given: Given) -> list[datetime]:
    """Returns the buckets in which the venue's candle is another than ours, in order.

    A candle without volume is as good as none: some venues publish them and some do not.
    """
    buckets = {bucket for bucket in ours if given.since <= bucket < given.until}
    buckets.update(given.klines)
    return sorted(
        bucket
        for bucket in buckets
        if _figures(ours.get(bucket), given.klines.get(bucket), given.has_volume)
    )


def explain(
    buckets: Iterable[datetime], ours: Mapping[datetime, Kline], given: Given, facts: Facts
) -> list[Difference]:
    """Returns the figures that differ in each bucket, with the reason."""
    found = []
    for bucket in buckets:
        mine, theirs = ours.get(bucket), given.klines.get(bucket)
        why = _why(bucket, mine, theirs, given, facts)
        found += [
            Difference(bucket, *figure, why) for figure in _figures(mine, theirs, given.has_volume)
        ]
    return found


def _figures(
    ours: Kline | None, theirs: Kline | None, has_volume: bool
) -> list[tuple[str, Decimal | None, Decimal | None]]:
    """Returns each figure that differs, with our value and theirs."""
    if _is_quiet(ours) and _is_quiet(theirs):
        return []
    if ours is None or theirs is None or _is_quiet(theirs):
        return [("candle", _price(ours), _price(theirs))]
    fields = (*PRICES, "volume") if has_volume else PRICES
    figures = ((name, getattr(ours, name), getattr(theirs, name)) for name in fields)
    return [figure for figure in figures if figure[1] != figure[2]]


def _is_quiet(kline: Kline | None) -> bool:
    return kline is None or not kline.volume


def _price(kline: Kline | None) -> Decimal | None:
    return None if kline is None or _is_quiet(kline) else kline.close


def _why(
    bucket: datetime, ours: Kline | None, theirs: Kline | None, given: Given, facts: Facts
) -> str:
    """Returns the reason for which a bucket differs, empty if none is known.

    A rule set is the reason only if the candle of all trades is the venue's, and missing trades
    only if ours lies within the venue's.
    """
    end = bucket + facts.width
    if any(since < end and until > bucket for since, until in facts.pending):
        return f"{PENDING}: our candle is not complete yet"
    counted = facts.counted.get(bucket)
    if counted is not None:
        if not _figures(counted.kline, theirs, given.has_volume):
            return f"rule set {facts.rule_set}: {counted.kept_out} trades do not move all of it"
        ours = counted.kline
    if theirs is None or not _lies_within(ours, theirs, given.has_volume):
        return ""
    gaps = [gap for gap in facts.gaps if gap.since < end and gap.until > bucket]
    if gaps:
        return ", ".join(f"gap: {gap.reason} {_clock(gap)}" for gap in gaps[:2])
    return _before_and_after(bucket, end, facts)


def _before_and_after(bucket: datetime, end: datetime, facts: Facts) -> str:
    if facts.first_feed is not None and bucket < facts.first_feed:
        return f"gap: the first feed began at {facts.first_feed:%Y-%m-%d %H:%M:%S}"
    if facts.first_feed is not None:
        return ""
    if facts.first_trade is None or facts.last_trade is None:
        return ""
    if bucket <= facts.first_trade:
        return f"gap: the first trade stored is of {facts.first_trade:%Y-%m-%d %H:%M:%S}"
    if end > facts.last_trade:
        return f"gap: the last trade stored is of {facts.last_trade:%Y-%m-%d %H:%M:%S}"
    return ""


def _lies_within(ours: Kline | None, theirs: Kline, has_volume: bool) -> bool:
    """Whether trades that are missing can make the difference."""
    if ours is None:
        return True
    if has_volume and (ours.volume or 0) > (theirs.volume or 0):
        return False
    if ours.high is None or ours.low is None or theirs.high is None or theirs.low is None:
        return True
    return ours.high <= theirs.high and ours.low >= theirs.low


def _clock(gap: Missing) -> str:
    return f"{gap.since:%H:%M:%S} to {gap.until:%H:%M:%S}"
