"""A file as rows of cells: blocks of lines, a header or none, and the layout that it has."""

import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from db.errors import UsageError
from ingest.files import registry
from ingest.files.bad_lines import REMARK
from ingest.files.layout import FileFacts, FileOptions, Layout, Row, RowReader
from ingest.files.opened import Opened

BLOCK_CHARACTERS = 1 << 18
LONGEST_LINE = 1 << 16
SEPARATOR = "sep="  # a first line for Excel


class Block(NamedTuple):
    """Lines in a row, without their ends, and the number of the first, from 1."""

    number: int
    lines: list[str]


class Table(NamedTuple):
    """A file whose layout is known, and its blocks behind the header."""

    facts: FileFacts
    layout: Layout
    read: RowReader
    header_line: str  # "" if there is none
    blocks: Iterator[Block]


def open_table(opened: Opened, layout_name: str | None, options: FileOptions) -> Table | None:
    """Returns a file with its layout, None if it has no line.

    The layout is the named one, else told by the header. Raises UsageError if there is none, and
    what the layout raises about the options.
    """
    blocks = _blocks(opened)
    first = next(blocks, None)
    while first and not (lines := _without_preface(first)).lines:
        first = next(blocks, None)
    if first is None:
        return None
    first_line, header_line = lines.lines[0], ""
    layout, header = _layout(opened.name, first_line, layout_name, options)
    if header is not None:
        header_line = first_line
        lines = Block(lines.number + 1, lines.lines[1:])
    rows = [row for line in lines.lines[:100] if (row := _cells(line, layout.delimiter))]
    width = len(_cells(first_line, layout.delimiter))
    facts = FileFacts(opened.name, header, width, rows)
    return Table(facts, layout, layout.open(facts, options), header_line, chain([lines], blocks))


def rows_of(block: Block, delimiter: str) -> list[Row]:
    """Returns the cells of each line, none for an empty one or one with an open quote."""
    try:
        rows = list(csv.reader(block.lines, delimiter=delimiter, strict=True))
    except csv.Error:
        rows = []
    if len(rows) != len(block.lines):  # a quote was not closed in its line
        rows = [_cells(line, delimiter) for line in block.lines]
    return rows


def _cells(line: str, delimiter: str) -> Row:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _blocks(opened: Opened) -> Iterator[Block]:
    """Yields the lines of a file; of one that breaks off those before that, then raises."""
    stream = _UntilBroken(opened.stream)
    # Bytes that are no UTF-8 become surrogates, which a message cannot have: their line is wrong.
    text = io.TextIOWrapper(
        io.BufferedReader(stream), "utf-8", errors="surrogateescape", newline=None
    )
    number = 1
    while block := text.read(BLOCK_CHARACTERS):
        if not block.endswith("\n"):
            block += text.readline()
        if number == 1 and "\n" not in block and len(block) > LONGEST_LINE:
            raise UsageError(f"{opened.name}: no line ends in its first {LONGEST_LINE} characters")
        lines = block.removesuffix("\n").split("\n")
        yield Block(number, lines[:-1] if stream.error and block[-1] != "\n" else lines)
        number += len(lines)
    if stream.error:
        raise stream.error


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


def _without_preface(block: Block) -> Block:
    """Returns a block without empty lines and remarks at its beginning."""
    for at, line in enumerate(block.lines):
        if line.strip() and not line.startswith((REMARK, SEPARATOR)):
            return Block(block.number + at, block.lines[at:])
    return Block(block.number + len(block.lines), [])


def _layout(
    name: str, line: str, layout_name: str | None, options: FileOptions
) -> tuple[Layout, tuple[str, ...] | None]:
    """Returns the layout of a file by its first line, and its header if that line is one."""
    if line.lstrip().startswith(("{", "[")):
        raise UsageError(f"{name}: looks like JSON; publish it with stockpulse publish ndjson")
    known = registry.known()
    asked = [known[layout_name]] if layout_name else [*known.values()]
    asked = [layout.adapt(name, line, options) if layout.adapt else layout for layout in asked]
    found = [
        (layout, header)
        for layout in asked
        if (header := _header(layout, line, is_named=layout_name is not None))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(layout.name for layout, _ in found)
        raise UsageError(f"{name}: its header is that of several layouts: --layout {names}")
    if layout_name is None:
        bare = ", ".join(layout.name for layout in known.values() if layout.widths)
        raise UsageError(
            f"{name}: its first line is the header of no known layout: {shown(line)}; if it has no"
            f" header, name its layout with --layout ({bare}), else its columns with --columns"
        )
    width = len(_cells(line, asked[0].delimiter))
    if width in asked[0].widths:
        return asked[0], None
    raise UsageError(f"{name}: its first line is not of the layout {layout_name}: {shown(line)}")


def _header(layout: Layout, line: str, *, is_named: bool) -> tuple[str, ...] | None:
    return registry.header_of(layout, _cells(line, layout.delimiter), may_have_more=is_named)


def shown(line: str) -> str:
    """Returns a line as printable text of at most 80 characters."""
    text = repr(line)
    return text if len(text) <= 80 else f"{text[:77]}..."
