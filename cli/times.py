"""Times on the command line: ISO 8601, UTC unless they have an offset."""

from datetime import UTC, datetime

import click


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
