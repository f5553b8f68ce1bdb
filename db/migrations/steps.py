"""Runs the SQL files of a revision for the edition of the server, and the files they name.

A function stands in one file, db/functions/SCHEMA.NAME.sql, with its comment and its grants. The
revision that creates or changes it has the line `-- include functions/SCHEMA.NAME.sql`, so that a
change of a function is a diff of its file. Rows that are shipped stand in a CSV file with a header;
the line `-- copy SCHEMA.TABLE from data/NAME.csv` inserts them.
"""

import re
from pathlib import Path

from alembic import op

from db.edition import Kind, kind_of

ROOT = Path(__file__).parents[1]  # paths of includes start at db/
INCLUDE = re.compile(r"^-- include (\S+\.sql)$", re.MULTILINE)
COPY = re.compile(r"^-- copy (\S+) from (\S+\.csv)$", re.MULTILINE)


def run(revision_file: str, direction: str) -> None:
    """Runs NAME.up.sql, then NAME.EDITION.up.sql; the down files in the opposite order."""
    revision = Path(revision_file).with_suffix("")
    edition = kind_of(op.get_bind().connection.driver_connection)  # type: ignore[arg-type]
    files = [
        revision.with_suffix(f".{direction}.sql"),
        revision.with_suffix(f".{edition}.{direction}.sql"),
    ]
    for file in files if direction == "up" else reversed(files):
        if file.exists():
            _execute(expand(file.read_text(encoding="utf-8"), edition))


def expand(sql: str, edition: Kind) -> str:
    """Returns `sql` with every line `-- include PATH` replaced by the text of that file.

    A file that differs between the editions is PATH with `.community` or `.apache` before `.sql`.
    Raises FileNotFoundError if there is neither.
    """
    return INCLUDE.sub(lambda line: included(line[1], edition).read_text(encoding="utf-8"), sql)


def included(path: str, edition: Kind) -> Path:
    """Returns the file that an include means on an edition; it may not exist."""
    file = ROOT / path
    return file if file.exists() else file.with_suffix(f".{edition}.sql")


def _execute(sql: str) -> None:
    statements, *copies = COPY.split(sql)
    _run(statements)
    for table, path, rest in zip(copies[0::3], copies[1::3], copies[2::3], strict=True):
        _copy(table, ROOT / path)
        _run(rest)


def _run(statements: str) -> None:
    # op.execute() would read `:word` as a parameter, the bare driver `%`.
    op.get_bind().exec_driver_sql(statements, execution_options={"no_parameters": True})


def _copy(table: str, file: Path) -> None:
    """Inserts the rows of a CSV file: an empty field is null, a quoted one the empty text."""
    text = file.read_text(encoding="utf-8")
    columns = text.partition("\n")[0]
    statement = f"copy {table} ({columns}) from stdin (format csv, header match)"
    cursor = op.get_bind().connection.cursor()
    with cursor.copy(statement) as copy:
        copy.write(text)
