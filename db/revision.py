"""The newest revision of the schema that this version brings."""

from functools import cache
from importlib.resources import files


@cache
def newest() -> str:
    """Returns its id; ids sort by age."""
    names = (file.name for file in files("db").joinpath("migrations", "versions").iterdir())
    return max(name.removesuffix(".py") for name in names if name.endswith(".py"))
