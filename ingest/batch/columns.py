"""Turns the messages of a batch into rows for COPY and rejects."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from itertools import compress

import msgspec

from ingest.batch.messages import Message
from ingest.formats import native_columns
from ingest.formats.amendments import Control, Correction, Replacement
from ingest.formats.decode import decode
from ingest.formats.native_columns import TIME_LENGTH, Columns
from ingest.formats.tick import Reject, Tick

ORD_MASK = 4095  # the low bits of `ord` that order ticks of one microsecond
SLICE = 512  # messages; one that is not plain slows down only its slice
FUTURE = timedelta(seconds=60)  # venue clocks may be that much ahead of ours
OLDEST = "2000-01-01T00:00:00.000000Z"
BEYOND_CALENDAR = "the time is before 2000 or after 2070"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Part(msgspec.Struct, frozen=True):
    """Rows of a slice of messages, as COPY takes them, with what the store asks about them.

    A part is made while its rows are in the processor's cache, and holds no object a row.
    """

    text: bytes
    owners: Sequence[int]  # for each row, the place of its message in the batch
    names: set[str]  # of its symbols
    oldest: str  # RFC 3339 with microseconds, so that text order is time order
    newest: str

    def older_than(self, time: str) -> int:
        """Returns how many rows are older than `time`."""
        if self.oldest >= time:
            return 0
        if self.newest < time:
            return len(self.owners)
        return sum(line[:TIME_LENGTH] < time for line in self.text.decode().splitlines())


class Rows(msgspec.Struct):
    """What a batch of messages holds; `rejects` and `controls` go by the place of their message."""

    parts: list[Part] = []
    rejects: dict[int, Reject] = {}
    controls: dict[int, Control] = {}  # in the order of the messages

    def __len__(self) -> int:
        return sum(len(part.owners) for part in self.parts)

    @property
    def text(self) -> bytes:
        return b"".join(part.text for part in self.parts)

    @property
    def lines(self) -> list[str]:
        return self.text.decode().split("\n")[:-1]

    @property
    def times(self) -> list[str]:
        return [line[:TIME_LENGTH] for line in self.lines]

    @property
    def symbols(self) -> list[str]:
        return [line.split("\t", 2)[1].replace("\\\\", "\\") for line in self.lines]

    @property
    def owners(self) -> list[int]:
        return [owner for part in self.parts for owner in part.owners]

    @property
    def names(self) -> set[str]:
        names = set().union(*(part.names for part in self.parts))
        controls = self.controls.values()
        return names.union(c.symbol for c in controls if isinstance(c, Correction | Replacement))

    @property
    def oldest(self) -> str | None:
        return min((part.oldest for part in self.parts), default=None)

    @property
    def newest(self) -> str | None:
        return max((part.newest for part in self.parts), default=None)

    def reach_below(self, floor: str) -> bool:
        """Tells whether any tick, added or amended, is from before `floor`."""
        if (self.oldest or floor) < floor:
            return True
        return any(time_of(control.us) < floor for control in self.controls.values())


def rows_of(
    messages: Sequence[Message], now: datetime, floor: str = OLDEST, *, plainly: bool = True
) -> Rows:
    """Returns the rows of `messages`; ticks from before `floor` or after `now` are rejected.

    `plainly=False` takes every message by itself, with all its checks.
    """
    rows = Rows()
    for first in range(0, len(messages), SLICE):
        read(rows, messages[first : first + SLICE], first=first, plainly=plainly)
    refuse_times(rows, floor, rfc3339(now + FUTURE))
    return rows


def read(rows: Rows, messages: Sequence[Message], *, first: int, plainly: bool = True) -> bool:
    """Adds the ticks of `messages`, the first of which has the place `first`, of whatever time.

    Tells whether all were plain ones: native ticks, about which there is nothing to say.
    """
    places = range(first, first + len(messages))
    found = None
    if plainly:
        found = native_columns.columns(
            [m.value() for m in messages], [m.offset() for m in messages]
        )
    if found is None:
        add_columns(rows, *_columns(rows, messages, places))
    else:
        add_columns(rows, found, places)
    return found is not None


def add_columns(rows: Rows, found: Columns, owners: Sequence[int]) -> None:
    """Adds rows, each with the place of its message."""
    if owners:
        text = "\n".join(found.lines) + "\n"
        names, times = set(found.symbols), found.times
        rows.parts.append(Part(text.encode(), owners, names, min(times), max(times)))


def _columns(rows: Rows, messages: Sequence[Message], places: range) -> tuple[Columns, list[int]]:
    """Reads messages one by one; notes the rejects at once."""
    found, owners = Columns([], [], []), []
    for place, message in zip(places, messages, strict=True):
        read = decode(message.value(), source_of(message))
        if isinstance(read, Reject):
            rows.rejects[place] = read
        elif not all(map(_is_in_calendar, read if isinstance(read, list) else [read])):
            rows.rejects[place] = Reject("time out of range", BEYOND_CALENDAR)
        elif not isinstance(read, list):
            rows.controls[place] = read
        else:
            for tick in read:
                time = time_of(tick.us)
                found.times.append(time)
                found.symbols.append(tick.symbol)
                found.lines.append(line(tick, time, message.offset()))
                owners.append(place)
    return found, owners


def source_of(message: Message) -> str | None:
    """Returns the message's header `source`."""
    for key, value in message.headers() or ():
        if key == "source" and value:
            # the database's texts cannot hold the character of number zero
            return value.decode("utf-8", "replace").replace("\0", "\ufffd")
    return None


def _is_in_calendar(read: Tick | Control) -> bool:
    return 0 <= read.us < 1 << 51  # what `ord` has room for


def time_of(us: int) -> str:
    """Returns a time given in microseconds since 2000-01-01 as rfc3339() does."""
    return rfc3339(EPOCH + timedelta(microseconds=us))


def ord_of(tick: Tick, offset: int) -> int:
    """Returns what orders the tick within its series."""
    return tick.us << 12 | (offset if tick.seq is None else tick.seq) & ORD_MASK


def line(tick: Tick, time: str, offset: int) -> str:
    """Returns the tick in COPY's text format, in the order of write.COLUMNS."""
    return "\t".join(
        (
            time,
            _escaped(tick.symbol),
            _escaped(tick.source),
            format(tick.price, "f"),
            *(
                r"\N" if number is None else format(number, "f")
                for number in (tick.size, tick.bid, tick.ask)
            ),
            r"\N" if tick.tick_id is None else _escaped(tick.tick_id),
            str(ord_of(tick, offset)),
        )
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\")  # isprintable() let no tab or line end through


def rfc3339(moment: datetime) -> str:
    """Returns a UTC time with microseconds, such as 2026-02-27T12:05:00.123456Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"  # for +00:00


def refuse_times(rows: Rows, floor: str, ceiling: str = "9999") -> None:
    """Rejects messages with a tick before `floor` or after `ceiling`."""
    controls = {place: time_of(control.us) for place, control in rows.controls.items()}
    refused = {
        place: _out_of(time, floor)
        for place, time in controls.items()
        if not floor <= time <= ceiling
    }
    if (rows.oldest or floor) < floor or (rows.newest or ceiling) > ceiling:
        refused |= {
            owner: _out_of(time, floor)
            for time, owner in zip(rows.times, rows.owners, strict=True)
            if not floor <= time <= ceiling
        }
    if refused:
        rows.rejects |= refused
        drop(rows, refused.keys())


def _out_of(time: str, floor: str) -> Reject:
    if time >= floor:
        return Reject("time out of range", f"{time} is in the future")
    reason = "too late" if floor > OLDEST else "time out of range"
    return Reject(reason, f"{time} is before {floor}, the oldest tick kept")


def drop(rows: Rows, places: Collection[int]) -> None:
    """Takes out what the messages at `places` hold."""
    keep = [owner not in places for owner in rows.owners]
    kept = Columns(*(list(compress(c, keep)) for c in (rows.times, rows.symbols, rows.lines)))
    owners = list(compress(rows.owners, keep))
    rows.parts = []
    add_columns(rows, kept, owners)
    rows.controls = {place: c for place, c in rows.controls.items() if place not in places}
