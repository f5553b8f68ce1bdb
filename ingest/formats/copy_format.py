"""Ticks as rows of market.ticks: the columns, their order, their values, and COPY's text of them.

Nothing else knows the columns or reads the text.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import compress, repeat

from ingest.formats.tick import Tick
from ingest.formats.times import time_text

NULL = r"\N"
SEQUENCE_BITS = 12  # of the order key, below the microseconds

Column = Callable[[Sequence[Tick], Sequence[int]], Sequence[str | None]]

# The values of each column, of ticks and the offsets of their messages; in the order of a row.
_VALUES: dict[str, Column] = {
    "ts": lambda ticks, _: [time_text(tick.us) for tick in ticks],
    "symbol": lambda ticks, _: [tick.symbol for tick in ticks],
    "source": lambda ticks, _: [tick.source for tick in ticks],
    "price": lambda ticks, _: [_plain(tick.price) for tick in ticks],
    "size": lambda ticks, _: [_plain(tick.size) for tick in ticks],
    "bid": lambda ticks, _: [_plain(tick.bid) for tick in ticks],
    "ask": lambda ticks, _: [_plain(tick.ask) for tick in ticks],
    "tick_id": lambda ticks, _: [tick.tick_id for tick in ticks],
    "ord": lambda ticks, offsets: order_keys(
        [tick.us for tick in ticks], [tick.seq for tick in ticks], offsets
    ),
}
COLUMNS = tuple(_VALUES)


def write(columns: Mapping[str, Sequence[str]]) -> bytes:
    """Returns rows, given columns that escaped() has been through; columns left out are NULL."""
    rows = len(columns["ts"])
    ordered = [columns[name] if name in columns else repeat(NULL, rows) for name in COLUMNS]
    return ("\n".join(map("\t".join, zip(*ordered, strict=True))) + "\n").encode()


def columns_of(ticks: Sequence[Tick], offsets: Sequence[int]) -> dict[str, list[str]]:
    """Returns the columns of ticks, each given with the offset of its message, for write()."""
    return {name: escaped(column(ticks, offsets)) for name, column in _VALUES.items()}


def values_of(tick: Tick, offset: int) -> dict[str, str | None]:
    """Returns the columns of one tick, for statements that take them as JSON."""
    return {name: column([tick], [offset])[0] for name, column in _VALUES.items()}


def escaped(texts: Iterable[str | None]) -> list[str]:
    """Returns a column as COPY takes it; texts are printable, so hold no tab and no line end."""
    return [NULL if text is None else text.replace("\\", "\\\\") for text in texts]


def selected(rows: bytes, keep: Iterable[bool]) -> bytes:
    """Returns the rows that are marked, of which there has to be one."""
    return b"\n".join(compress(rows.split(b"\n"), keep)) + b"\n"


def order_keys(
    times: Iterable[int], sequences: Iterable[int | None], offsets: Iterable[int]
) -> list[str]:
    """Returns the order of ticks within their series: their time, then 12 bits of their sequence.

    Times are microseconds since 2000-01-01 UTC; a tick without a sequence goes by its offset.
    """
    mask = (1 << SEQUENCE_BITS) - 1
    return [
        str(us << SEQUENCE_BITS | (offset if sequence is None else sequence) & mask)
        for us, sequence, offset in zip(times, sequences, offsets, strict=True)
    ]


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")
