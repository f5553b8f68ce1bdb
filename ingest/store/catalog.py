"""The rows of the database by which events are stored: sources, rule sets, and their version."""

from db import sql
from db.connect import DatabaseRefused
from ingest.formats import catalog
from ingest.formats.bar_rules import BadHours
from ingest.formats.catalog import Catalog
from ingest.store.connection import Conn

TABLES = ("sources", "rule_sets", "bar_rules")


def read(conn: Conn) -> Catalog:
    """Returns the catalog as of one moment; `conn` repeats its reads within a transaction.

    Raises DatabaseRefused for a rule set that cannot be read.
    """
    with conn.transaction():
        version = conn.execute(sql.load("ingest.store", "rules_version")).fetchone()
        assert version is not None
        rows = [_rows(conn, name) for name in TABLES]
    try:
        return catalog.from_rows(version[0], *rows)
    except BadHours as error:
        raise DatabaseRefused(f"{error}; correct its row of market.rule_sets") from error


def _rows(conn: Conn, name: str) -> list[dict[str, object]]:
    cursor = conn.execute(sql.load("ingest.store", name))
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]
