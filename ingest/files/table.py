"""A file as rows of cells: blocks of lines, a header or none, and the layout that it has."""

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from db.errors import UsageError
from ingest.files import registry
from ingest.files.bad_lines import REMARK
from ingest.files.blocks import Block, blocks_of, cells_of
from ingest.files.layout import ColumnsReader, FileFacts, FileOptions, Layout, RowReader
from ingest.files.opened import Opened

LOOKED_AT = 100  # rows
SEPARATOR = "sep="  # a first line for Excel


class Table(NamedTuple):
    """A file whose layout is known, and its blocks behind the header."""

    facts: FileFacts
    layout: Layout
    read: RowReader
    read_columns: ColumnsReader | None
    header_line: str  # "" if there is none
    blocks: Iterator[Block]


def open_table(opened: Opened, layout_name: str | None, options: FileOptions) -> Table | None:
    """Returns a file with its layout, None if it has no line.

    The layout is the named one, else told by the header. Raises UsageError if there is none, and
    what the layout raises about the options.
    """
    blocks = blocks_of(opened)
    begun = None
    while begun is None:
        first = next(blocks, None)
        if first is None:
            return None
        begun = _without_preface(first)
    lines = begun.lines
    layout, header = _layout(opened.name, lines[0], layout_name, options)
    _check_options(opened.name, layout, options)
    header_line = "" if header is None else lines[0]
    rest = lines if header is None else lines[1:]
    rows = [row for line in rest[:LOOKED_AT] if (row := cells_of(line, layout.delimiter))]
    facts = FileFacts(opened.name, header, len(cells_of(lines[0], layout.delimiter)), rows)
    if header is not None:
        begun = Block(begun.number + 1, begun.text.partition("\n")[2])
    return Table(
        facts,
        layout,
        layout.open(facts, options),
        layout.open_columns(facts, options) if layout.open_columns else None,
        header_line,
        chain([begun] if rest else [], blocks),
    )


def _without_preface(block: Block) -> Block | None:
    """Returns a block without empty lines and remarks at its beginning, None if it has no other."""
    lines = block.lines
    for at, line in enumerate(lines):
        if line.strip() and not line.startswith((REMARK, SEPARATOR)):
            return Block(block.number + at, "\n".join(lines[at:]))
    return None


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
    width = len(cells_of(line, asked[0].delimiter))
    if width in asked[0].widths:
        return asked[0], None
    raise UsageError(f"{name}: its first line is not of the layout {layout_name}: {shown(line)}")


def _check_options(name: str, layout: Layout, options: FileOptions) -> None:
    """Raises UsageError for an option that would have no effect."""
    if options.kind is not None and options.kind not in layout.kinds:
        raise UsageError(f"{name}: {layout.name} has {layout.kinds[0]}s, not {options.kind}s")
    for option in ("time_unit", "time_zone"):
        if getattr(options, option) is not None and option not in layout.takes:
            given = f"--{option.replace('_', '-')}"
            raise UsageError(
                f"{name}: the times of {layout.name} are known: {given} cannot be given"
            )


def _header(layout: Layout, line: str, *, is_named: bool) -> tuple[str, ...] | None:
    return registry.header_of(layout, cells_of(line, layout.delimiter), may_have_more=is_named)


def shown(line: str) -> str:
    """Returns a line as printable text of at most 80 characters."""
    text = repr(line)
    return text if len(text) <= 80 else f"{text[:77]}..."
