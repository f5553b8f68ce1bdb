"""The events of one kind of a slice of messages: rows for COPY, and what the loader looks at.

Packed, as objects that live until their batch is stored cost more than all that is done with them.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress

import msgspec

from ingest.formats import copy_format
from ingest.formats.copy_format import Column, Table
from ingest.formats.events import Kind
from ingest.formats.times import MINUTE_LENGTH, TIME_LENGTH

SEPARATOR = "\t"  # of packed symbols, which are printable


class Columns(msgspec.Struct, frozen=True):
    """At least one event; each column has a value per row.

    `oldest` and `newest` are RFC 3339 texts of TIME_LENGTH characters, as all times are here.
    """

    kind: Kind
    text: bytes  # the rows as COPY takes them
    owners: Sequence[int]  # the index of a row's message within the batch
    distinct_symbols: frozenset[str]
    distinct_sources: frozenset[str]
    oldest: str
    newest: str
    joined_times: str  # one after the other
    joined_symbols: str  # with SEPARATOR between them

    def __len__(self) -> int:
        return len(self.owners)

    @property
    def text_with_messages(self) -> bytes:
        """The rows with the index of their message as another column at the end."""
        return copy_format.with_messages(self.text, self.owners)

    @property
    def times(self) -> list[str]:
        starts = range(0, len(self.joined_times), TIME_LENGTH)
        return [self.joined_times[start : start + TIME_LENGTH] for start in starts]

    @property
    def symbols(self) -> list[str]:
        return self.joined_symbols.split(SEPARATOR)

    def minutes(self) -> Iterator[tuple[str, str]]:
        """Yields the symbol and the minute of each row, like 2026-02-27T12:05."""
        return zip(self.symbols, (time[:MINUTE_LENGTH] for time in self.times), strict=True)

    def count_before(self, time: str) -> int:
        """Returns how many rows are older than `time`."""
        if self.oldest >= time:
            return 0
        if self.newest < time:
            return len(self)
        return sum(row < time for row in self.times)

    def selected(self, keep: Sequence[bool]) -> "Columns | None":
        """Returns the rows that are marked, None if there are none."""
        if all(keep):
            return self
        if not any(keep):
            return None
        text = copy_format.selected(self.text, keep)
        return _columns(
            self.kind,
            text,
            list(compress(self.owners, keep)),
            list(compress(self.times, keep)),
            list(compress(self.symbols, keep)),
            self.distinct_sources if len(self.distinct_sources) == 1 else _sources(self.kind, text),
        )


def pack(
    table: Table,
    columns: Mapping[str, Column],
    owners: Sequence[int],
    symbols: Sequence[str],
    sources: frozenset[str],
) -> Columns:
    """Returns columns packed, given as copy_format.write() takes them, and names as they are."""
    text, times = copy_format.write(table, columns), columns["ts"]
    assert isinstance(times, list)
    return _columns(table.kind, text, owners, times, symbols, sources)


def _sources(kind: Kind, text: bytes) -> frozenset[str]:
    """Returns the sources of rows as COPY takes them."""
    place = copy_format.TABLES[kind].columns.index("source")
    cells = {line.split(b"\t", place + 1)[place] for line in text.splitlines()}
    return frozenset(cell.decode().replace("\\\\", "\\") for cell in cells)


def _columns(
    kind: Kind,
    text: bytes,
    owners: Sequence[int],
    times: Sequence[str],
    symbols: Sequence[str],
    sources: frozenset[str],
) -> Columns:
    return Columns(
        kind=kind,
        text=text,
        owners=owners,
        distinct_symbols=frozenset(symbols),
        distinct_sources=sources,
        oldest=min(times),
        newest=max(times),
        joined_times="".join(times),
        joined_symbols=SEPARATOR.join(symbols),
    )
