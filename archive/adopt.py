"""Tables that the warehouse has and the catalog lacks: those of a database that was lost.

A table is registered by its newest description; all that its snapshots say of days is recorded.
"""

import re
from typing import Any

import psycopg
from pyarrow import fs
from pyiceberg.io import FileIO, load_file_io
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import Table

from archive import ledger, read
from archive.catalog import NAMESPACE, Catalog
from archive.ledger import Entry

DESCRIPTION = re.compile(r"(\d+)-[^/]*\.metadata\.json$")
SIZE = "added-files-size"


def find_table(conn: psycopg.Connection[Any], catalog: Catalog, name: str) -> Table | None:
    """Returns the table of a relation, registered if only the warehouse has it; None: none has."""
    if catalog.table_exists((NAMESPACE, name)):
        return catalog.load_table((NAMESPACE, name))
    description = _newest(catalog, location_of(catalog, name))
    if description is None:
        return None
    catalog.create_namespace_if_not_exists(NAMESPACE)
    table = catalog.register_table((NAMESPACE, name), description)
    with conn.transaction():
        for one in reversed(read.snapshots(table)):
            ledger.add(conn, _entry(table, name, one))
    return table


def location_of(catalog: Catalog, name: str) -> str:
    """Returns the address of a relation's table."""
    return f"{catalog.properties['warehouse']}/{NAMESPACE}/{name}"


def _newest(catalog: Catalog, location: str) -> str | None:
    """Returns the newest description of a table; of two of a version, that written last."""
    io = load_file_io(catalog.properties, location)
    found: dict[int, list[str]] = {}
    for name in _names(io, f"{location}/metadata"):
        if match := DESCRIPTION.search(name):
            found.setdefault(int(match[1]), []).append(f"{location}/metadata/{name}")
    if not found:
        return None
    return max(found[max(found)], key=lambda path: _written_at(io, path))


def _written_at(io: FileIO, path: str) -> int:
    return FromInputFile.table_metadata(io.new_input(path)).last_updated_ms


def _names(io: FileIO, directory: str) -> list[str]:
    """Returns the names of the files in a directory."""
    scheme, netloc, path = PyArrowFileIO.parse_location(directory, io.properties)
    if isinstance(io, PyArrowFileIO):
        system = io.fs_by_scheme(scheme, netloc)
    else:
        handler = fs.FSSpecHandler(io.get_fs(scheme))  # type: ignore[attr-defined]
        system = fs.PyFileSystem(handler)
    selector = fs.FileSelector(path, allow_not_found=True)
    return [info.base_name for info in system.get_file_info(selector)]


def _entry(table: Table, name: str, one: read.Archived) -> Entry:
    """Returns what to record of a snapshot; its change is one of another database."""
    snapshot = table.snapshot_by_id(one.snapshot)
    assert snapshot is not None
    assert snapshot.summary is not None
    size = int(str(snapshot.summary.get(SIZE) or 0))
    return Entry(name, one.day, one.snapshot, 0, one.rows, one.checksum, size, one.at)
