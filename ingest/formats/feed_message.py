"""Markers of feeds as publishers write them, after the events that they are about.

All of a session's markers go to the partitions of its symbols: they are read in the order in which
they were written there.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ingest.formats.events import Kind
from ingest.formats.instrument import Instrument

Time = Annotated[datetime, Meta(tz=True)]


class _Marker(msgspec.Struct, frozen=True, kw_only=True, tag_field="state"):
    """`session` names one connection of one process, and no other of the source ever."""

    v: Literal[1] = 1
    kind: Literal["feed"] = "feed"
    source: str
    session: str


class _OfSeries(_Marker, frozen=True, kw_only=True):
    """A marker of one series, to be keyed by its symbol, like the series' events."""

    symbol: str
    event_kind: Kind


class StartMessage(_OfSeries, frozen=True, kw_only=True, tag="start"):
    """Every event of the series from `since` on will be sent.

    `since` may lie before the connection if the source knows that it misses nothing. A session may
    have several of one series.
    """

    since: Time
    instrument: Instrument | UnsetType = UNSET


class HeartbeatMessage(_Marker, frozen=True, kw_only=True, tag="heartbeat"):
    """Every event up to `until` of the session's series in this partition has been sent.

    Each partition has its own, keyed by one of the session's symbols in it.
    """

    until: Time


class EndMessage(_Marker, frozen=True, kw_only=True, tag="end"):
    """The last heartbeat of a session in this partition."""

    until: Time
    reason: str


class StopMessage(_OfSeries, frozen=True, kw_only=True, tag="stop"):
    """The session goes on without a series, of which every event up to `until` has been sent."""

    until: Time
    reason: str | UnsetType = UNSET


class GapMessage(_OfSeries, frozen=True, kw_only=True, tag="gap"):
    """Events of a session are missing: between two of the times `since` and `until`, maybe equal.

    `first_id` and `last_id` are those of the missing events, where the venue numbers them.
    """

    since: Time
    until: Time
    first_id: str | UnsetType = UNSET
    last_id: str | UnsetType = UNSET
    reason: str


class FillMessage(_OfSeries, frozen=True, kw_only=True, tag="fill"):
    """All events of the series from `since` to before `until` have been sent."""

    since: Time
    until: Time
    reason: str | UnsetType = UNSET


FeedMarker = StartMessage | HeartbeatMessage | EndMessage | StopMessage | GapMessage | FillMessage

encode = msgspec.json.Encoder().encode
