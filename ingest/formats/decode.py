"""Decodes messages of every accepted format; FORMATS lists the formats.

A bad message is a value: nothing raises.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from ingest.formats import copy_format, fields, finnhub, kraken, legacy, native, native_columns
from ingest.formats.amendments import Amendment
from ingest.formats.columns import Columns, pack
from ingest.formats.fields import Malformed, Payload
from ingest.formats.tick import Reject, Tick


class Format(Protocol):
    """A module that reads one format."""

    def recognises(self, payload: Payload, /) -> bool:
        """Returns whether a message has the format, by its keys."""

    def decode(self, payload: Payload, source: str | None, /) -> list[Tick] | Amendment:
        """Returns the ticks of a message, none for a heartbeat, or the amendment that it is.

        `source` is the message's header of that name. Raises Malformed.
        """


# The first that recognises a message decodes it.
FORMATS: tuple[Format, ...] = (
    native,
    finnhub,
    kraken,
    legacy,
)

US_LIMIT = 1 << 51  # microseconds since 2000-01-01: the room that the order key has for them
OUT_OF_CALENDAR = Reject("time out of range", "the time is before 2000 or after 2070")
TOO_DEEP = Reject("nested too deep", "the message has too many levels to be read")

# Numbers with a point come as Decimal, exactly as they are written.
_json = msgspec.json.Decoder(float_hook=Decimal)

Sources = Callable[[], list[str | None]]


class Decoded(msgspec.Struct, frozen=True):
    """The contents of a slice of messages, by the index of each message in its batch."""

    columns: Columns | None  # None if there are no ticks
    rejects: dict[int, Reject] = {}
    amendments: dict[int, Amendment] = {}  # in the order of the messages
    sources: Sequence[str | None] | None = None  # of the messages' headers, if they were needed


def decode(
    values: Sequence[bytes | None], offsets: Sequence[int], sources: Sources, first: int = 0
) -> Decoded:
    """Decodes a slice of messages, the first of which has the index `first`.

    `sources` returns the messages' headers `source`; it is called only if a format needs them, as
    they take a while to read.
    """
    columns = native_columns.decode(values, offsets, range(first, first + len(values)))
    if columns is not None:
        return Decoded(columns)
    return decode_each(values, offsets, sources(), first)


def decode_each(
    values: Sequence[bytes | None],
    offsets: Sequence[int],
    sources: Sequence[str | None],
    first: int = 0,
) -> Decoded:
    """Decodes a slice as decode() does, but message by message, with every check."""
    rejects: dict[int, Reject] = {}
    amendments: dict[int, Amendment] = {}
    ticks: list[Tick] = []
    tick_offsets: list[int] = []
    owners: list[int] = []
    for index, value in enumerate(values, first):
        found = _in_calendar(decode_message(value, sources[index - first]))
        if isinstance(found, Reject):
            rejects[index] = found
        elif isinstance(found, list):
            ticks += found
            owners += [index] * len(found)
            tick_offsets += [offsets[index - first]] * len(found)
        else:
            amendments[index] = found
    columns = None
    if ticks:
        symbols = [tick.symbol for tick in ticks]
        columns = pack(copy_format.columns_of(ticks, tick_offsets), owners, symbols)
    return Decoded(columns, rejects, amendments, sources)


def _in_calendar(found: list[Tick] | Amendment | Reject) -> list[Tick] | Amendment | Reject:
    """Returns what was found, or a reject if the order key has no room for its time."""
    if isinstance(found, Reject):
        return found
    dated = found if isinstance(found, list) else [found]
    return found if all(0 <= one.us < US_LIMIT for one in dated) else OUT_OF_CALENDAR


def decode_message(
    value: bytes | None, source: str | None = None
) -> list[Tick] | Amendment | Reject:
    """Returns the ticks of a message, the amendment that it is, or why it is rejected.

    `source` is the message's header of that name, for formats that do not name their source.
    """
    if not value:
        return Reject("empty", "the message has no value")
    try:
        payload = _json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Reject("not JSON", str(error)[:200])
    except RecursionError:
        return TOO_DEEP
    except ArithmeticError:
        return Reject("bad number", "a number is too large to be read")
    if not isinstance(payload, dict):
        return Reject("unknown format", "the message is not a JSON object")
    try:
        for format_ in FORMATS:
            if format_.recognises(payload):
                return format_.decode(payload, source)
        return _unknown(payload)
    except Malformed as error:
        return Reject(error.reason, error.detail)
    except RecursionError:  # a message shallow enough to be read can be too deep to be shown
        return TOO_DEEP


def _unknown(payload: Payload) -> Reject:
    keys = fields.shown(sorted(payload)[:8])
    if "price" in payload:
        return Reject("no symbol", f"there is a price but no symbol; the keys are {keys}")
    return Reject("unknown format", f"no known format has the keys {keys}")
