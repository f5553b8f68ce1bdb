"""Blocks of lines, and their cells: by column at once if no line is out of the ordinary."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from db.errors import UsageError
from ingest.files.layout import Row
from ingest.files.opened import Opened

BLOCK_CHARACTERS = 1 << 15  # of larger ones the cells do not stay in the processor's cache
LONGEST_LINE = 1 << 16


class Block(NamedTuple):
    """Lines in a row, and the number of the first, from 1; no newline behind the last."""

    number: int
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")


def blocks_of(opened: Opened) -> Iterator[Block]:
    """Yields the lines of a file; of one that breaks off those before that, then raises."""
    stream = _UntilBroken(opened.stream)
    # Bytes that are no UTF-8 become surrogates, which a message cannot have: their line is wrong.
    text = io.TextIOWrapper(
        io.BufferedReader(stream), "utf-8", errors="surrogateescape", newline=None
    )
    number = 1
    while block := text.read(BLOCK_CHARACTERS):
        if not block.endswith("\n"):
            block += _rest_of_line(text)
        if number == 1 and "\n" not in block and len(block) > LONGEST_LINE:
            raise UsageError(f"{opened.name}: no line ends in its first {LONGEST_LINE} characters")
        if stream.error:
            block = block[: block.rfind("\n") + 1]  # the last line may be cut off
        if block:
            yield Block(number, block.removesuffix("\n"))
        number += block.count("\n")
    if stream.error:
        raise stream.error


def _rest_of_line(text: io.TextIOWrapper) -> str:
    """Returns the rest of a line, of a longer one than any layout has only the beginning."""
    rest = more = text.readline(LONGEST_LINE)
    while more and not more.endswith("\n"):
        more = text.readline(LONGEST_LINE)
        if more.endswith("\n"):
            rest += "\n"
    return rest


def columns_of(block: Block, delimiter: str, width: int) -> list[list[str]] | None:
    """Returns the cells by column; None if a line has another width or a quote, or is empty."""
    if '"' in block.text:
        return None
    cells = block.text.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
    ends = cells[width :: width + 1]
    if len(cells) % (width + 1) != width or ends.count("\n") != len(ends):
        return None
    columns = [cells[at :: width + 1] for at in range(width)]
    return None if "" in columns[0] and width == 1 else columns


def rows_of(block: Block, delimiter: str) -> Sequence[Row]:
    """Returns the cells of each line, none for an empty one or one with an open quote."""
    lines = block.lines
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        rows = []
    if len(rows) != len(lines):  # a quote was not closed in its line
        return [cells_of(line, delimiter) for line in lines]
    return rows


def cells_of(line: str, delimiter: str) -> list[str]:
    """Returns the cells of a line, none if it is empty or has an open quote."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


class _UntilBroken(io.RawIOBase):
    """Ends where reading fails, and keeps the error."""

    def __init__(self, stream: io.BufferedReader) -> None:
        super().__init__()
        self._stream = stream
        self.error: UsageError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return self._stream.readinto1(buffer)
        except UsageError as error:
            self.error = error
            return 0
