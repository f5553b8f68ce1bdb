"""Decodes messages of every accepted format; FORMATS lists the formats.

A bad message is a value: nothing raises.
"""

from collections.abc import Callable, Sequence

import msgspec

from ingest.formats import copy_format, native_columns
from ingest.formats.amendments import Amendment, Correction, Replacement
from ingest.formats.catalog import Catalog
from ingest.formats.columns import Columns, pack
from ingest.formats.events import Event, Ignored, Quote, Reject, Trade
from ingest.formats.message import decode_message

Found = Sequence[Event | Amendment]
Headers = Callable[[], list[str | None]]


class Decoded(msgspec.Struct, frozen=True):
    """The contents of a slice of messages, by the index of each message in its batch."""

    trades: Columns | None  # None if there are none
    quotes: Columns | None
    rejects: dict[int, Reject] = {}
    # In the order of the messages; within one, after its events and in its order.
    amendments: dict[int, tuple[Amendment, ...]] = {}
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
    return decode_each(values, headers(), first, catalog, batch)


def decode_each(
    values: Sequence[bytes | None],
    headers: Sequence[str | None],
    first: int,
    catalog: Catalog,
    batch: int,
) -> Decoded:
    """Decodes a slice as decode() does, but message by message, with every check."""
    rejects: dict[int, Reject] = {}
    amendments: dict[int, tuple[Amendment, ...]] = {}
    ignored: dict[int, str] = {}
    trades: dict[int, list[Event]] = {}
    quotes: dict[int, list[Event]] = {}
    backfilled: set[str] = set()
    for index, (value, header) in enumerate(zip(values, headers, strict=True), first):
        found = decode_message(value, header, catalog)
        if isinstance(found, Reject):
            rejects[index] = found
        elif isinstance(found, Ignored):
            ignored[index] = found.reason
        else:
            _sort(found, index, trades, quotes, amendments)
            backfilled |= _backfilled(found, catalog)
    return Decoded(
        _pack(copy_format.TRADES, trades, catalog, batch),
        _pack(copy_format.QUOTES, quotes, catalog, batch),
        rejects,
        amendments,
        ignored,
        frozenset(backfilled),
        headers,
    )


def _sort(
    found: Found,
    index: int,
    trades: dict[int, list[Event]],
    quotes: dict[int, list[Event]],
    amendments: dict[int, tuple[Amendment, ...]],
) -> None:
    for kind, kept in ((Trade, trades), (Quote, quotes)):
        if events := [one for one in found if isinstance(one, kind)]:
            kept[index] = events
    if others := tuple(one for one in found if not isinstance(one, Trade | Quote)):
        amendments[index] = others


def _backfilled(found: Found, catalog: Catalog) -> set[str]:
    events = (one.event if isinstance(one, Correction | Replacement) else one for one in found)
    return {
        event.source
        for event in events
        if isinstance(event, Trade | Quote) and event.backfill
        if catalog.of(event.source).id_scope != "none"
    }


def _pack(
    table: copy_format.Table, found: dict[int, list[Event]], catalog: Catalog, batch: int
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
