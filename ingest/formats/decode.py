"""Decodes messages of every accepted format; FORMATS lists the formats.

A bad message is a value: nothing raises.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress

import msgspec

from ingest.formats import copy_format, native_columns
from ingest.formats.amendments import Amendment, Correction, Replacement
from ingest.formats.bar import Bar
from ingest.formats.catalog import Catalog
from ingest.formats.columns import Columns, pack
from ingest.formats.events import Event, Ignored, Quote, Reject, Trade
from ingest.formats.feed import Marker, is_marker
from ingest.formats.message import Found, decode_message

Headers = Callable[[], list[str | None]]


class Decoded(msgspec.Struct, frozen=True):
    """The contents of a slice of messages, by the index of each message in its batch."""

    trades: Columns | None  # None if there are none
    quotes: Columns | None
    rejects: dict[int, Reject] = {}
    # In the order of the messages; within one, after its events and in its order.
    amendments: dict[int, tuple[Amendment, ...]] = {}
    markers: dict[int, tuple[Marker, ...]] = {}  # likewise
    bars: dict[int, tuple[Bar, ...]] = {}  # likewise
    ignored: dict[int, str] = {}  # the reasons
    backfilled: frozenset[str] = frozenset()  # sources with ids of events that are history
    headers: Sequence[str | None] | None = None  # the messages' headers `source`, if needed


def decode(
    values: Sequence[bytes | None], headers: Headers, first: int, catalog: Catalog, batch: int
) -> Decoded:
    """Decodes a slice of messages, the first of which has the index `first`.

    `headers` returns the messages' headers `source`; it is called only if a format needs them, as
    they take a while to read. `batch` is the id that the rows carry.
    """
    columns = native_columns.decode(values, range(first, first + len(values)), catalog, batch)
    if columns is not None:
        return Decoded(columns.trades, columns.quotes, backfilled=columns.backfilled)
    return _decode_around_markers(values, first, catalog, batch) or decode_each(
        values, headers(), first, catalog, batch
    )


def _decode_around_markers(
    values: Sequence[bytes | None], first: int, catalog: Catalog, batch: int
) -> Decoded | None:
    """Decodes markers of feeds one by one and all else at once, or returns None if that fails.

    Markers come every second in every partition: none may slow down the events around it.
    """
    chosen = list(map(is_marker, values))
    if not any(chosen):
        return None
    others = [not one for one in chosen]
    indexes = range(first, first + len(values))
    owners = list(compress(indexes, others))
    columns = native_columns.decode(list(compress(values, others)), owners, catalog, batch)
    if columns is None:
        return None
    rejects: dict[int, Reject] = {}
    markers: dict[int, tuple[Marker, ...]] = {}
    for index, value in zip(compress(indexes, chosen), compress(values, chosen), strict=True):
        found = decode_message(value, None, catalog)
        if isinstance(found, Reject):
            rejects[index] = found
        elif not isinstance(found, Ignored):
            markers[index] = tuple(one for one in found if isinstance(one, Marker))
    return Decoded(
        columns.trades, columns.quotes, rejects, markers=markers, backfilled=columns.backfilled
    )


def decode_each(
    values: Sequence[bytes | None],
    headers: Sequence[str | None],
    first: int,
    catalog: Catalog,
    batch: int,
) -> Decoded:
    """Decodes a slice as decode() does, but message by message, with every check."""
    rejects: dict[int, Reject] = {}
    ignored: dict[int, str] = {}
    contents = _Contents()
    backfilled: set[str] = set()
    for index, (value, header) in enumerate(zip(values, headers, strict=True), first):
        found = decode_message(value, header, catalog)
        if isinstance(found, Reject):
            rejects[index] = found
        elif isinstance(found, Ignored):
            ignored[index] = found.reason
        else:
            contents.add(index, found)
            backfilled |= _backfilled(found, catalog)
    return Decoded(
        _pack(copy_format.TRADES, contents.trades, catalog, batch),
        _pack(copy_format.QUOTES, contents.quotes, catalog, batch),
        rejects,
        contents.amendments,
        contents.markers,
        contents.bars,
        ignored,
        frozenset(backfilled),
        headers,
    )


class _Contents(msgspec.Struct):
    """The contents of messages by what they are, and by the index of their message."""

    trades: dict[int, list[Trade]] = {}
    quotes: dict[int, list[Quote]] = {}
    amendments: dict[int, tuple[Amendment, ...]] = {}
    markers: dict[int, tuple[Marker, ...]] = {}
    bars: dict[int, tuple[Bar, ...]] = {}

    def add(self, index: int, found: Found) -> None:
        if trades := [one for one in found if isinstance(one, Trade)]:
            self.trades[index] = trades
        if quotes := [one for one in found if isinstance(one, Quote)]:
            self.quotes[index] = quotes
        others = [one for one in found if not isinstance(one, Trade | Quote)]
        if bars := tuple(one for one in others if isinstance(one, Bar)):
            self.bars[index] = bars
        if amendments := tuple(one for one in others if not isinstance(one, Marker | Bar)):
            self.amendments[index] = amendments
        if markers := tuple(one for one in others if isinstance(one, Marker)):
            self.markers[index] = markers


def _backfilled(found: Found, catalog: Catalog) -> set[str]:
    events = (one.event if isinstance(one, Correction | Replacement) else one for one in found)
    return {
        event.source
        for event in events
        if isinstance(event, Trade | Quote) and event.backfill
        if catalog.of(event.source).id_scope != "none"
    }


def _pack(
    table: copy_format.Table, found: Mapping[int, Sequence[Event]], catalog: Catalog, batch: int
) -> Columns | None:
    if not found:
        return None
    events = [event for some in found.values() for event in some]
    return pack(
        table,
        copy_format.columns_of(table, events, catalog, batch),
        [index for index, some in found.items() for _ in some],
        [event.symbol for event in events],
        frozenset(event.source for event in events),
    )
