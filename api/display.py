"""Styles of times and decimals in answers, and the parameters of the native routes for them."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from api import parameters
from api.errors import InvalidParameter
from db.tables.display import TIME_STYLES, Display

DECIMALS = ("number", "string")
# The areas of the IANA database; its other names are old ones, and offsets.
AREAS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific",
)  # fmt: skip


@cache
def zones() -> list[str]:
    """Returns the time zones that there are, UTC and those of areas, by name."""
    known = (name for name in available_timezones() if name.partition("/")[0] in AREAS)
    return ["UTC", *sorted(known)]


TimeStyle = Annotated[
    str,
    QueryParameter(
        description="How times are written: RFC 3339, or numbers of seconds, milliseconds, "
        "microseconds or nanoseconds since 1970, with a fraction if there is one.",
        schema_extra={"enum": list(TIME_STYLES)},
    ),
]
Zone = Annotated[
    str | None,
    QueryParameter(
        description="Time zone whose offset RFC 3339 times have, for display only: no bucket "
        "moves, a day still begins at midnight UTC. The default is UTC, written Z.",
        schema_extra={"enum": zones()},
        examples=[Example(value="America/New_York")],
    ),
]
Decimals = Annotated[
    str,
    QueryParameter(
        description="Whether prices, sizes and other decimals are JSON numbers or, since "
        "JavaScript rounds those, strings; counts are numbers always.",
        schema_extra={"enum": list(DECIMALS)},
    ),
]


def parse_display(ts: str, tz: str | None, decimals: str = DECIMALS[0]) -> Display:
    """Returns how to write an answer; raises InvalidParameter."""
    if tz is not None and tz not in zones():
        raise InvalidParameter("tz", "must be a time zone like America/New_York, or UTC")
    return Display(
        parameters.parse_choice("ts", ts, TIME_STYLES),
        None if tz == "UTC" else tz,
        parameters.parse_choice("decimals", decimals, DECIMALS) == DECIMALS[1],
    )
