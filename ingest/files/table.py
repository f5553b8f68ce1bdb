"""A file as rows of cells: blocks of lines, a header or none, and the layout that it has."""

import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from db.errors import UsageError
from ingest.files import registry
from ingest.files.bad_lines import REMARK
from ingest.files.layout import FileFacts, FileOptions, Layout, Row, RowReader
from ingest.files.opened import Opened

BLOCK_CHARACTERS = 1 << 18
LONGEST_LINE = 1 << 16


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
    layout, header = _layout(opened.name, lines.lines[0], layout_name, options)
    header_line = ""
    if header is not None:
        header_line = lines.lines[0]
        lines = Block(lines.number + 1, lines.lines[1:])
    rows = [row for line in lines.lines[:100] if (row := _cells(line, layout.delimiter))]
    width = len(header or rows[0])
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
    # Bytes that are no UTF-8 become surrogates, which a message cannot have: their line is wrong.
    text = io.TextIOWrapper(opened.stream, "utf-8", errors="surrogateescape", newline=None)
    number = 1
    while block := text.read(BLOCK_CHARACTERS):
        if not block.endswith("\n"):
            block += text.readline()
        if number == 1 and block.find("\n") < 0 and len(block) > LONGEST_LINE:
            raise UsageError(f"{opened.name}: no line ends in its first {LONGEST_LINE} characters")
        lines = block.removesuffix("\n").split("\n")
        yield Block(number, lines)
        number += len(lines)


def _without_preface(block: Block) -> Block:
    """Returns a block without empty lines and remarks at its beginning."""
    for at, line in enumerate(block.lines):
        if line.strip() and not line.startswith(REMARK):
            return Block(block.number + at, block.lines[at:])
    return Block(block.number + len(block.lines), [])


def _layout(
    name: str, line: str, layout_name: str | None, options: FileOptions
) -> tuple[Layout, tuple[str, ...] | None]:
    """Returns the layout of a file by its first line, and its header if that line is one."""
    known = registry.known()
    asked = [known[layout_name]] if layout_name else [*known.values()]
    asked = [layout.adapt(name, line, options) if layout.adapt else layout for layout in asked]
    found = [
        (layout, header)
        for layout in asked
        if (header := registry.header_of(layout, _cells(line, layout.delimiter)))
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


def shown(line: str) -> str:
    """Returns a line as printable text of at most 80 characters."""
    text = repr(line)
    return text if len(text) <= 80 else f"{text[:77]}..."
