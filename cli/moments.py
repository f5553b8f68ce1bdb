"""Moments on the command line: ISO 8601, in UTC where no offset is given."""

from datetime import UTC, datetime

import click


class Moment(click.ParamType):
    """2026-02-27, 2026-02-27T12:00 or 2026-02-27T12:00:00+01:00."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Returns the moment, with its time zone."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-02-27 or 2026-02-27T12:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


MOMENT = Moment()
