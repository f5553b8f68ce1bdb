"""Moments on the command line: ISO 8601, in UTC where no offset is given."""

from datetime import UTC, datetime

import click


def moment(text: str) -> datetime:
    """Returns the time of 2026-02-27, 2026-02-27T12:00 or 2026-02-27T12:00:00+01:00."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no time such as 2026-02-27 or 2026-02-27T12:00Z"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
