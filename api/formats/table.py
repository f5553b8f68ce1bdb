"""A flat table that can be answered in any format but JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, LiteralString, NamedTuple

from litestar import Request

from api.parameters import parse_choice

TIMES = ("rfc3339", "s", "ms", "us", "ns")
DECIMALS = ("number", "string")

Kind = Literal["time", "number", "count", "text", "texts", "truth"]


class Column(NamedTuple):
    """A column of a table's statement.

    A time is a timestamptz; `nanos` names the column with its nanoseconds below the microsecond,
    which is no column of the table. A number is a numeric, a count an integer, texts are a text [].
    """

    name: str
    kind: Kind
    nanos: str | None = None


class Table(NamedTuple):
    """The rows of a statement, run once with each of some values, one after the other.

    `name` and `about`, which says which rows these are, become the name of a file. `order` are
    columns of the statement; without it the rows come as the statement gives them.
    """

    name: str
    statement: LiteralString  # a SELECT that has all of the columns
    values: Sequence[Mapping[str, object]]
    columns: Sequence[Column]
    order: Sequence[str] = ()
    descending: bool = False
    about: Sequence[str] = ()
    is_page: bool = False  # as few rows as a page in JSON


class Style(NamedTuple):
    """How values are written: a time as text or as a count of units, a number or its text."""

    ts: str = TIMES[0]
    decimals: str = DECIMALS[0]


def style_of(request: Request[Any, Any, Any]) -> Style:
    """Returns the style that a request asks for; raises InvalidParameter."""
    return Style(
        parse_choice("ts", request.query_params.get("ts", TIMES[0]), TIMES),
        parse_choice("decimals", request.query_params.get("decimals", DECIMALS[0]), DECIMALS),
    )
