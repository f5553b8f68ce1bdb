"""Which format a client wants: by the parameter `format`, else by the header Accept.

JSON comes first: it is the answer to a client that takes anything.
"""

import re
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Annotated, Any

from litestar import Request
from litestar.params import QueryParameter

from api.errors import NotAcceptable
from api.parameters import parse_choice
from db.tables.formats import FORMATS, JSON, Format

HAS_ARROW = find_spec("pyarrow") is not None
WITHOUT_ARROW = "Arrow and Parquet need pyarrow on the server: pip install 'stockpulse[arrow]'"

FormatText = Annotated[
    str | None,
    QueryParameter(
        description="Format of the answer; it takes precedence over the header Accept. All but "
        "json are one flat table of the whole window, without pages: a limit applies only if it "
        "is given, or if there is no start.",
        schema_extra={"enum": list(FORMATS)},
    ),
]

_RANGE = re.compile(r"([\w!#$&^.+-]+|\*)/([\w!#$&^.+-]+|\*)", re.ASCII)
_QUALITY = re.compile(r"[01](\.\d{0,3})?", re.ASCII)


def wanted(request: Request[Any, Any, Any]) -> Format:
    """Returns the format that the request asks for; raises InvalidParameter or NotAcceptable."""
    text = request.query_params.get("format")
    if text is None:
        return _accepted(request.headers.getall("accept", []))
    found = FORMATS[parse_choice("format", text, tuple(FORMATS))]
    if found.needs_arrow and not HAS_ARROW:
        raise NotAcceptable(WITHOUT_ARROW)
    return found


def _accepted(headers: Iterable[str]) -> Format:
    ranges = [found for part in ",".join(headers).split(",") if (found := _media_range(part))]
    if not ranges:
        return JSON
    available = [one for one in FORMATS.values() if HAS_ARROW or not one.needs_arrow]
    ranked = {one: _rank(one, ranges) for one in available}
    best = max(available, key=lambda one: ranked[one])  # the first of equals
    if not ranked[best][0]:
        names = ", ".join(one.media_types[0] for one in available)
        raise NotAcceptable(f"Accept must allow one of {names}")
    return best


def _rank(one: Format, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """Returns the quality of a format, and how narrow the range is that grants it."""
    matches = [
        (narrow, quality)
        for media_type in one.media_types
        for narrow, pattern in enumerate(("*/*", media_type.partition("/")[0] + "/*", media_type))
        for accepted, quality in ranges
        if accepted == pattern
    ]
    narrow, quality = max(matches, default=(0, 0.0))
    return quality, narrow


def _media_range(part: str) -> tuple[str, float] | None:
    """Returns a media range and its quality; None if the text is not one."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    if not _RANGE.fullmatch(name):
        return None
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            given = value.strip()
            return (name, min(float(given), 1.0)) if _QUALITY.fullmatch(given) else None
    return name, 1.0
