"""The catalog of a migrated database as text that a reviewer can read: one golden file per edition.

`python -m tests.db.catalog --write` rewrites the file of the edition that it finds.
"""

import sys
from itertools import groupby
from pathlib import Path

import psycopg

from stack import database as databases
from tests import support

HERE = Path(__file__).parent
# Intervals and expressions are printed depending on these settings.
OPTIONS = "-c search_path=pg_catalog -c intervalstyle=postgres -c timezone=UTC"

LIFECYCLE = "select 'table ops.lifecycle', 1200, 'row ' || lifecycle from ops.lifecycle"


def golden(edition: str) -> Path:
    """Returns the golden file of an edition."""
    return HERE / f"catalog.{edition}.txt"


def read(url: str) -> str:
    """Returns the catalog of a migrated database: every object, followed by its facts."""
    with psycopg.connect(url, options=OPTIONS) as conn:
        rows = conn.execute((HERE / "catalog.sql").read_bytes()).fetchall()
        if ("table ops.lifecycle",) in {row[:1] for row in rows}:
            rows += conn.execute(LIFECYCLE).fetchall()
    lines = []
    for name, facts in groupby(sorted(row for row in rows if row[2]), key=lambda row: row[0]):
        lines.append(name)
        for _, _, fact in facts:
            lines += [f"    {line.rstrip()}" for line in fact.strip("\n").splitlines()]
        lines.append("")
    return "\n".join(lines)


def write() -> Path:
    """Writes the golden file of the edition that the stack finds."""
    with databases.start() as database, support.migrated_template(database) as template:
        with support.database_like(database.url, template) as url:
            golden(database.edition).write_text(read(url))
        return golden(database.edition)


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.db.catalog --write")
    print(write())
