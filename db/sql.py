"""SQL statements by name: one per file, in the folder `queries` of the package that uses it."""

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def load(package: str, name: str) -> LiteralString:
    """Returns the text of PACKAGE/queries/NAME.sql; raises FileNotFoundError if there is none."""
    file = files(package).joinpath("queries", f"{name}.sql")
    return file.read_text(encoding="utf-8")
