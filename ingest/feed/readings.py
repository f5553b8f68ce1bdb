"""Readings of the events of a frame: messages, the newest time, what ids tell."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ingest.feed.native import message, time_of
from ingest.feed.source import Fact, Reading
from ingest.feed.trade_ids import TradeIds
from ingest.formats.events import Event, Trade
from ingest.formats.fields import Malformed
from ingest.formats.sequences import LONGEST_NUMBER_ID
from ingest.kafka.producer import OutgoingMessage

NO_NUMBER = -1
LATEST = timedelta(seconds=10)  # that a first trade is on its way


def reading_of(
    events: Sequence[Event],
    received_at: datetime,
    fault: str = "",
    *,
    ids: TradeIds | None = None,
    firsts: Mapping[str, int] | None = None,
    is_snapshot: bool = False,
    flags: tuple[str, ...] = (),
) -> Reading:
    """Returns what to publish of a frame, and what `ids` tell of it.

    A venue that numbers its trades passes `ids`: they are then read in order, and what a snapshot
    gives again is left out. `firsts`, of a venue that joins trades, has the first of the numbers
    of each by its id.
    """
    messages: list[OutgoingMessage] = []
    facts: list[Fact] = []
    newest = None
    flags += ("snapshot",) * is_snapshot
    # a live trade with a wrong time must not claim the past
    earliest = None if is_snapshot else received_at - LATEST
    for event in events if ids is None else sorted(events, key=_number):
        try:
            one = message(event, received_at, flags)
        except Malformed as error:
            fault = str(error)
            continue
        time, number = time_of(event), _number(event)
        newest = time if newest is None else max(newest, time)
        first = number if firsts is None else firsts.get(event.tick_id or "", NO_NUMBER)
        if ids is not None and first != NO_NUMBER:
            if is_snapshot and ids.is_known(event.symbol, number, time):
                continue
            facts += ids.follow(event.symbol, number, time, first, earliest)
        messages.append(one)
    return Reading(messages, None if is_snapshot else newest, facts, fault=fault)


def joined(readings: Sequence[Reading]) -> Reading:
    """Returns readings of one frame as one."""
    return Reading(
        [one for reading in readings for one in reading.messages],
        max((one.newest for one in readings if one.newest is not None), default=None),
        [one for reading in readings for one in reading.facts],
        fault=next((one.fault for one in readings if one.fault), ""),
    )


def _number(event: Event) -> int:
    """Returns the number of a trade, NO_NUMBER if its id is none."""
    id_ = event.tick_id or ""
    is_number = id_.isascii() and id_.isdecimal() and len(id_) <= LONGEST_NUMBER_ID
    return int(id_) if is_number and isinstance(event, Trade) else NO_NUMBER
