"""Times on the command line: ISO 8601, UTC unless they have an offset; spans like 30d."""

import re
from datetime import UTC, datetime, timedelta

import click

UNITS = {"h": "hours", "d": "days", "w": "weeks"}
SPAN = re.compile(r"([1-9][0-9]{0,4})([hdw])")


def parse_time(text: str) -> datetime:
    """Returns the time of 2026-02-27, 2026-02-27T12:00 or 2026-02-27T12:00:00+01:00.

    The result has a time zone. Raises click.BadParameter for any other text.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is not a time; write it like 2026-02-27 or 2026-02-27T12:00Z"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def parse_span(text: str) -> timedelta:
    """Returns the length of 30d, 12w or 36h; raises click.BadParameter for any other text."""
    if not (match := SPAN.fullmatch(text)):
        raise click.BadParameter(f"{text!r} is not a span of time; write it like 30d, 12w or 36h")
    return timedelta(**{UNITS[match[2]]: int(match[1])})
