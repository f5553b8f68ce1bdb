"""The rows of the database by which events are stored: sources, rule sets, and their version."""

from db import sql
from ingest.formats import catalog
from ingest.formats.catalog import Catalog
from ingest.store.connection import Conn

TABLES = ("sources", "rule_sets", "bar_rules")


def read(conn: Conn) -> Catalog:
    """Returns the catalog as of one moment; `conn` repeats its reads within a transaction."""
    with conn.transaction():
        version = conn.execute(sql.load("ingest.store", "rules_version")).fetchone()
        assert version is not None
        return catalog.from_rows(version[0], *(_rows(conn, name) for name in TABLES))


def _rows(conn: Conn, name: str) -> list[dict[str, object]]:
    cursor = conn.execute(sql.load("ingest.store", name))
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]
