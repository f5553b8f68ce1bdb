"""SQL statements by name: one a file, in the `queries` folder of the package that uses it."""

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def load(package: str, name: str) -> LiteralString:
    """Returns the text of PACKAGE/queries/NAME.sql."""
    file = files(package).joinpath("queries", f"{name}.sql")
    return file.read_text(encoding="utf-8")
