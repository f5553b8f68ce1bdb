"""SQL statements by name: one statement a file, in the `queries` folder of the package that uses it."""

from functools import cache
from importlib.resources import files
from typing import LiteralString, cast


@cache
def load(package: str, name: str) -> LiteralString:
    """Returns the text of PACKAGE/queries/NAME.sql."""
    text = files(package).joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")
    return cast(LiteralString, text)
