"""A layout: how the rows of a vendor's file become native messages.

A layout is told by its header, or by its name in --layout; never guessed from the rows.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from ingest.batch.age import AgeLimits
from ingest.files.ids import Counts
from ingest.formats.events import Kind

Unit = Literal["s", "ms", "us", "ns"]
Row = Sequence[str]
Message = tuple[str, bytes]  # the symbol, which is the key, and the bytes of a native message

# Returns None for a row that is no event. Raises ValueError with the reason why it cannot be read;
# the number of its cells is that of the file's first row. Called in the order of the rows.
RowReader = Callable[[Row], Message | None]

# Reads many rows at once, given by column. Raises ValueError or TooOld if one of them is out of the
# ordinary; then they are read one by one.
ColumnsReader = Callable[[list[list[str]]], list[Message]]


class FileFacts(NamedTuple):
    """Facts about a file before its rows are read."""

    name: str  # as people see it: trades.zip/BTCUSDT-trades-2026-01.csv
    header: tuple[str, ...] | None
    width: int  # cells of each row
    first_rows: Sequence[Row]  # some rows from its beginning, without the header

    @property
    def stem(self) -> str:
        """The name without directories and endings: BTCUSDT-trades-2026-01."""
        return self.name.rpartition("/")[2].partition(".")[0]


class FileOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of the command; None and empty ones leave it to the layout."""

    symbol: str | None = None
    source: str | None = None
    columns: Mapping[str, str] = {}
    time_unit: Unit | None = None
    time_zone: ZoneInfo | None = None
    kind: Kind | None = None
    limits: AgeLimits = {}  # of events that are older than the database keeps
    counts: Counts = msgspec.field(default_factory=Counts)  # for rows without ids


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """A layout of rows.

    `headers` are the headers by which it is told, compared without case and blanks around cells;
    `widths` the numbers of columns of its files without a header, empty if all have one. `open`
    raises UsageError if an option is missing or makes no sense. `adapt` returns the layout of a
    file by its name and first line, if files of one layout differ in headers or delimiters.
    `kinds` are the kinds of events that its files can have, `takes` the options about times that
    mean something for them.
    `open_columns` is a faster way to read the usual rows, of layouts whose files are large.
    """

    name: str
    open: Callable[[FileFacts, FileOptions], RowReader]
    headers: Sequence[tuple[str, ...]] = ()
    widths: Sequence[int] = ()
    delimiter: str = ","
    kinds: Sequence[Kind] = ("trade",)
    takes: Sequence[Literal["time_unit", "time_zone"]] = ()
    open_columns: Callable[[FileFacts, FileOptions], ColumnsReader | None] | None = None
    adapt: "Callable[[str, str, FileOptions], Layout] | None" = None


class TooOld(Exception):
    """An event is older than the database keeps it; the text says of when, and why."""
