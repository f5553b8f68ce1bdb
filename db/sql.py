"""SQL statements by name: one per file, in the folder `queries` of the package that uses it."""

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def load(package: str, name: str) -> LiteralString:
    """Returns the statement in PACKAGE/queries/NAME.sql; raises FileNotFoundError if there is none.

    It is without indentation and lines of comment: psycopg parses what is longer than 4096
    characters at each execution.
    """
    file = files(package).joinpath("queries", f"{name}.sql")
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("--"))
