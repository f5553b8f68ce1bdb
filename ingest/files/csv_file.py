"""Publishes files of rows: each row one native message, by the layout of its file.

All files are looked at before anything is sent. What was read before a fault is sent.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from operator import itemgetter

import msgspec

from db.errors import UsageError
from ingest.files import opened
from ingest.files.bad_lines import REMARK, BadLines, Stopped
from ingest.files.blocks import Block, columns_of, rows_of
from ingest.files.ids import Counts
from ingest.files.layout import FileOptions, Message, Row, TooOld
from ingest.files.table import Table, open_table
from ingest.kafka import producer, topics
from ingest.kafka.producer import Advance, Published
from ingest.kafka.settings import KafkaSettings

logger = logging.getLogger(__name__)


class _Sourced(msgspec.Struct):
    """A message, of which nothing but its source is read."""

    source: str


_read_source = msgspec.json.Decoder(_Sourced).decode


def look_at(files: Sequence[str], layout: str | None, options: FileOptions) -> str | None:
    """Opens every file and finds its layout, but for those that can be read only once.

    Returns a line about the first row of a file if it is too old. Raises UsageError.
    """
    options = msgspec.structs.replace(options, counts=Counts())  # nothing counts yet
    for file in files:
        opened.check(file)
        for member in opened.members(file) if opened.can_be_read_twice(file) else ():
            table = open_table(member, layout, options)
            if table and (time := _time_too_old(table)):
                return f"{member.name} begins with an event of {time}"
    return None


def _time_too_old(table: Table) -> str | None:
    try:
        for row in table.facts.first_rows[:1]:
            table.read(row)
    except TooOld as error:
        return str(error)
    except ValueError:
        pass  # it is named as a wrong line when it is published
    return None


def publish(
    settings: KafkaSettings,
    files: Sequence[str],
    layout: str | None,
    options: FileOptions,
    *,
    bad: BadLines,
    series: set[str],
    topic: str = topics.BACKFILL,
    advance: Advance = lambda _bytes: None,
) -> Published:
    """Publishes the rows of files, of .gz files, of zip archives or of standard input (`-`).

    Ends before the first row that is too old, and at the first wrong line unless `bad` has a file.
    `series` gets the symbols with their sources. `advance` is called with the number of bytes read
    since its last call, packed as they are. Files that are named twice are read once.
    """
    failures: list[str] = []
    refused: list[str] = []

    def blocks() -> Iterator[list[Message]]:
        try:
            for file in dict.fromkeys(files):
                for member in opened.members(file, advance):
                    table = open_table(member, layout, options)
                    if table is None:
                        logger.warning("file is empty", extra={"file": member.name})
                    else:
                        yield from noted(read(table, bad), series)
        except (Stopped, UsageError) as error:
            failures.append(str(error))
        except TooOld as error:
            refused.append(str(error))

    published = producer.publish_blocks(settings, topic, blocks())
    return msgspec.structs.replace(
        published,
        failures=(*failures, *published.failures),
        refused=refused[0] if refused else None,
    )


def noted(blocks: Iterator[list[Message]], series: set[str]) -> Iterator[list[Message]]:
    """Yields blocks of a file, and adds its series to `series`."""
    seen: set[str] = set()
    for block in blocks:
        for new in set(map(itemgetter(0), block)) - seen:
            seen.add(new)
            value = next(value for symbol, value in block if symbol == new)
            series.add(f"{new} ({_read_source(value).source})")
        yield block


def read(table: Table, bad: BadLines) -> Iterator[list[Message]]:
    """Yields the messages of a file, some thousand at a time; wrong lines go to `bad`.

    What comes before a row that raises Stopped or TooOld is yielded first.
    """
    for block in table.blocks:
        made: list[Message] = []
        try:
            _read_block(table, block, bad, made)
        except (Stopped, TooOld):
            yield made
            raise
        yield made


def _read_block(table: Table, block: Block, bad: BadLines, made: list[Message]) -> None:
    read, width, add = table.read, table.facts.width, made.append
    columns = columns_of(block, table.layout.delimiter, width)
    if columns and table.read_columns:
        with suppress(ValueError, TooOld):  # reading row by row says which line it is
            made += table.read_columns(columns)
            return
    rows = zip(*columns, strict=True) if columns else rows_of(block, table.layout.delimiter)
    for at, row in enumerate(rows):
        try:
            if len(row) != width:
                _check_width(row, width, block.lines[at])
                continue
            message = read(row)
        except ValueError as error:
            line = block.lines[at]
            if line.startswith(REMARK) or line == table.header_line:
                continue  # of files that were joined
            reason = "not UTF-8" if isinstance(error, UnicodeEncodeError) else str(error)[:200]
            bad.add(table.facts.name, block.number + at, line, reason, table.header_line)
        except TooOld as error:
            raise TooOld(f"{table.facts.name}:{block.number + at} is of {error}") from None
        else:
            if message is not None:
                add(message)


def _check_width(row: Row, width: int, line: str) -> None:
    """Returns if a line is empty; raises ValueError for any other of another width."""
    if not row and line.strip():
        raise ValueError("a quote is not closed, or closes within a value")
    if line.strip():
        raise ValueError(f"{len(row)} values for {width} columns")
