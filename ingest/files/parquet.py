"""Publishes Parquet files: events that `stockpulse export` wrote, or ticks of others by --columns.

All files are looked at before anything is sent. What was read before a fault is sent.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from db.errors import UsageError
from ingest.files import opened
from ingest.files.csv_file import noted
from ingest.files.ids import Counts
from ingest.files.layout import FileOptions, Message, TooOld
from ingest.kafka import producer, topics
from ingest.kafka.producer import Advance, Published
from ingest.kafka.settings import KafkaSettings

if TYPE_CHECKING:
    from ingest.files.parquet_table import Table

WITHOUT_ARROW = "Parquet needs the library pyarrow: pip install 'stockpulse[arrow]'"


class Failed(Exception):
    """A row cannot be read, and ends the run; the text says which and why."""


def look_at(files: Sequence[str], options: FileOptions) -> str | None:
    """Opens every file and finds its columns; returns a line about a first row that is too old.

    Raises UsageError.
    """
    options = msgspec.structs.replace(options, counts=Counts())  # nothing counts yet
    for file in files:
        table = open_table(file, options)
        first = next(table.rows(1), None)
        try:
            if first:
                table.read(first)
        except TooOld as error:
            return f"{file} begins with an event of {error}"
        except ValueError:
            pass  # it is named when it is published
    return None


def count(files: Sequence[str], options: FileOptions) -> int:
    """Returns the number of rows of files that look_at() has seen."""
    return sum(open_table(file, options).count for file in files)


def publish(
    settings: KafkaSettings,
    files: Sequence[str],
    options: FileOptions,
    *,
    series: set[str],
    nameless: Counter[str],
    topic: str = topics.BACKFILL,
    advance: Advance = lambda _rows: None,
) -> Published:
    """Publishes the rows of files that look_at() has seen.

    Ends before the first row that cannot be read or is too old. `series` gets the symbols with
    their sources, `nameless` the number of events without an id by file. `advance` is called with
    the number of rows read since its last call.
    """
    failures: list[str] = []
    refused: list[str] = []

    def blocks() -> Iterator[list[Message]]:
        try:
            for file in files:
                table = open_table(file, options)
                yield from noted(read(table, advance), series)
                nameless[file] += table.nameless
        except (Failed, UsageError) as error:
            failures.append(str(error))
        except TooOld as error:
            refused.append(str(error))

    published = producer.publish_blocks(settings, topic, blocks())
    return msgspec.structs.replace(
        published,
        failures=(*failures, *published.failures),
        refused=refused[0] if refused else None,
    )


def open_table(file: str, options: FileOptions) -> "Table":
    """Returns a file with what its rows mean; raises UsageError."""
    try:
        from ingest.files.parquet_table import Table  # pyarrow is large, and may be missing
    except ImportError as error:
        raise UsageError(WITHOUT_ARROW) from error
    opened.check(file)
    if not opened.can_be_read_twice(file):
        raise UsageError(f"{file}: Parquet cannot be read from a pipe: save it to a file")
    return Table(file, options)


def read(table: "Table", advance: Advance = lambda _rows: None) -> Iterator[list[Message]]:
    """Yields the messages of a file, some thousand at a time.

    What comes before a row that raises Failed or TooOld is yielded first.
    """
    done = 0
    for columns in table.blocks():
        made: list[Message] = []
        row = done
        try:
            for cells in zip(*columns, strict=True):
                row += 1
                message = table.read(cells)
                if message is not None:
                    made.append(message)
        except (ValueError, TooOld) as error:
            yield made
            where = f"{table.file}: row {row}"
            if isinstance(error, TooOld):
                raise TooOld(f"{where} is of {error}") from None
            raise Failed(f"{where}: {error}; what is before it is published") from None
        yield made
        advance(len(made))
        done += len(columns[0])
