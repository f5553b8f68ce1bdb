"""Files read by their layouts: the messages as texts, and why lines are wrong."""

import io
from typing import Any, NamedTuple

from ingest.files import csv_file
from ingest.files.layout import FileOptions, Message
from ingest.files.opened import Opened
from ingest.files.table import open_table
from ingest.files.zones import zone_of
from ingest.formats import decode
from tests.ingest import made
from tests.ingest.files.rows import Kept


class Read(NamedTuple):
    """The (key, message) of each event of a file, and `line: reason` of wrong lines."""

    messages: list[tuple[str, str]]
    wrong: list[str]


def read(name: str, text: str, layout: str | None = None, **options: Any) -> Read:
    """Reads a file; the loader would store each of its messages."""
    if "time_zone" in options:
        options["time_zone"] = zone_of(options["time_zone"])
    opened = Opened(name, io.BufferedReader(io.BytesIO(text.encode())))  # type: ignore[arg-type]
    table = open_table(opened, layout, FileOptions(**options))
    assert table is not None
    bad = Kept()
    messages = [message for block in csv_file.read(table, bad) for message in block]
    _check(messages)
    return Read([(key, value.decode()) for key, value in messages], bad.lines)


def _check(messages: list[Message]) -> None:
    values = [value for _, value in messages]
    if values:
        headers: list[str | None] = [None] * len(values)
        decoded = decode.decode(values, lambda: headers, 0, made.CATALOG, 1)
        assert decoded.rejects == {}
