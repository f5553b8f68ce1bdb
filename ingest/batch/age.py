"""The age of events: what the retention has dropped, or drops next, is refused with a reason.

The limits are the database's, in ops.age_limits.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from ingest.batch.contents import Moment, Spans
from ingest.formats.amendments import kind_amended
from ingest.formats.bar import Bar
from ingest.formats.bar_rules import Rules
from ingest.formats.catalog import Catalog
from ingest.formats.events import Kind, Quote, Trade, kind_of
from ingest.formats.feed import Marker
from ingest.formats.message import decode_message
from ingest.formats.times import SECOND_LENGTH, time_text

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)
ANY_SOURCE = Catalog(0, {}, Rules({}))  # no fact of a source changes a time


class AgeLimit(msgspec.Struct, frozen=True):
    """The time of the oldest events of a kind that are taken, as rfc3339() writes it, and why.

    Those of `held`, of days that came back from the archive, are taken all the same.
    """

    since: str
    sentence: str
    held: Spans = ()

    def refuses(self, time: str) -> bool:
        """Returns whether an event of a time, as rfc3339() writes it, is too old."""
        return time < self.since and not any(first <= time < end for first, end in self.held)


AgeLimits = Mapping[Kind, AgeLimit]  # events of the other kinds are taken however old they are


class _Dated(msgspec.Struct, gc=False):
    """A native event, of which nothing else is read."""

    v: Literal[1]
    kind: Kind
    event_time: str


_read_time = msgspec.json.Decoder(_Dated).decode


def floors_of(limits: AgeLimits) -> dict[Kind, str]:
    """Returns the time of the oldest event that is taken, by kind."""
    return {kind: limit.since for kind, limit in limits.items()}


def held_of(limits: AgeLimits) -> dict[Kind, Spans]:
    """Returns the spans before these times whose events are taken all the same, by kind."""
    return {kind: limit.held for kind, limit in limits.items()}


def find_old(value: bytes, limits: AgeLimits) -> Moment | None:
    """Returns the kind and time of an event or amendment of a message that is older than allowed.

    None also for a message that the loader rejects for another reason.
    """
    return None if _is_recent(value, limits) else _find_old(value, limits)


def _is_recent(value: bytes, limits: AgeLimits) -> bool:
    """Returns whether a message is a native one of the usual spelling, and young enough."""
    try:
        dated = _read_time(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    if not TIME.fullmatch(dated.event_time):
        return False
    limit = limits.get(dated.kind)
    return limit is None or dated.event_time[:SECOND_LENGTH] > limit.since


def _find_old(value: bytes, limits: AgeLimits) -> Moment | None:
    found = decode_message(value, None, ANY_SOURCE)
    if not isinstance(found, Sequence):
        return None
    moments = (
        (kind_of(one) if isinstance(one, Trade | Quote) else kind_amended(one), time_text(one.us))
        for one in found
        if not isinstance(one, Marker | Bar)
    )
    return next(
        (old for old in moments if old[0] in limits and limits[old[0]].refuses(old[1])), None
    )
