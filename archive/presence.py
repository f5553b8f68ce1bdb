"""Whether the files of the archive are there: else retention must drop nothing.

A directory that is no longer mounted can still be written to, so the archive's own files are read.
"""

from typing import Any

import psycopg
from pyiceberg.table import Table

from archive import ledger, read
from archive.catalog import NAMESPACE, Catalog
from archive.ledger import Verified
from archive.tables import Relation
from db import sql

# How much earlier than retention drops a day its files are looked for: until a few runs later.
AHEAD_DAYS = 3


def check(conn: psycopg.Connection[Any], iceberg: Catalog, relations: list[Relation]) -> list[str]:
    """Reads what describes the tables, and looks for the files of the days that are dropped next.

    A day without its files counts as not archived from then on; their names are returned. Raises
    OSError if the warehouse cannot be read.
    """
    found = {
        relation.name: iceberg.load_table((NAMESPACE, relation.name))
        for relation in relations
        if iceberg.table_exists((NAMESPACE, relation.name))
    }
    by_name = {relation.name: relation for relation in relations}
    lost = [
        one
        for one in ledger.expiring(conn, AHEAD_DAYS)
        if one.relation in found and not _is_there(found[one.relation], by_name[one.relation], one)
    ]
    for one in lost:
        ledger.unset_verified(conn, one)
    conn.execute(sql.load("archive", "see_archive"))
    return [f"{one.relation} of {one.day}" for one in lost]


def _is_there(table: Table, relation: Relation, one: Verified) -> bool:
    if table.snapshot_by_id(one.snapshot) is None:
        return False
    files = read.files(table, relation, one.day, one.snapshot)
    return all(table.io.new_input(file.file_path).exists() for file in files)
