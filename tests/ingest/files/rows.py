"""Reads a file of rows from its bytes: the messages, and the lines that are wrong."""

import io
import json

from ingest.files import csv_file
from ingest.files.bad_lines import BadLines
from ingest.files.layout import FileOptions
from ingest.files.opened import Opened
from ingest.files.table import open_table
from ingest.formats import decode
from tests.ingest.made import CATALOG


class Kept(BadLines):
    """Keeps wrong lines, as texts like those that people see."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def add(self, _name, number, _line, reason, _header=""):
        self.lines.append(f"{number}: {reason}")


def read(name, data, layout=None, **options):
    """Returns the messages of a file, decoded, and its wrong lines as `NUMBER: reason`.

    Both ways of reading, row by row and by column, have to give them.
    """
    encoded = data if isinstance(data, bytes) else data.encode()
    by_column = _read(name, encoded, layout, FileOptions(**options), by_row=False)
    assert by_column == _read(name, encoded, layout, FileOptions(**options), by_row=True)
    return by_column


def _read(name, data, layout, options, *, by_row):
    opened = Opened(name, io.BufferedReader(io.BytesIO(data)))
    table = open_table(opened, layout, options)
    if table is None:
        return [], []
    if by_row:
        table = table._replace(read_columns=None)
    bad = Kept()
    made = [message for block in csv_file.read(table, bad) for message in block]
    _check([value for _, value in made])
    messages = [json.loads(value) for _, value in made]
    assert [key for key, _ in made] == [message["symbol"] for message in messages]
    return messages, bad.lines


def _check(values):
    """Checks that the loader would store each message."""
    if values:
        decoded = decode.decode(values, lambda: [None] * len(values), 0, CATALOG, 1)
        assert decoded.rejects == {}


def trade(symbol, source, time, price, size, side, dedupe_id, **others):
    """Returns a native trade of history, without what is None."""
    values = {
        "v": 1, "kind": "trade", "source": source, "symbol": symbol, "event_time": time,
        "price": price, "size": size, "side": side, "dedupe_id": dedupe_id,
        "flags": ["backfill"], **others,
    }  # fmt: skip
    return {key: value for key, value in values.items() if value is not None}
