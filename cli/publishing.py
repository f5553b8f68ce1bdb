"""Parts of the commands that publish: options, the check of ages, and the report at the end."""

import logging
import sys
from collections.abc import Callable

import click

from cli.settings import Settings
from db.connect import DatabaseAway, DatabaseRefused
from ingest.batch.age import AgeLimits
from ingest.kafka import topics
from ingest.kafka.producer import Published
from ingest.store import age_limits

logger = logging.getLogger(__name__)

topic_option = click.option(
    "--topic",
    help=f"Topic to publish to; by default {topics.LIVE}, for history {topics.BACKFILL}.",
)

allow_old_option = click.option(
    "--allow-old",
    is_flag=True,
    help="Publish also what is older than the database keeps; the loader rejects it.",
)


def limits_of(settings: Settings) -> AgeLimits:
    """Returns the limits of the database; none if it cannot be asked, as nobody here needs it."""
    try:
        return age_limits.of(settings.database_url)
    except (DatabaseAway, DatabaseRefused) as error:
        if settings.database_url:
            logger.warning("ages are not checked", extra={"reason": str(error)})
        return {}


def check_age(settings: Settings, find: Callable[[AgeLimits], str | None], done: str) -> None:
    """Ends with exit code 2 if `find` returns a line about what is older than the limits."""
    check(find(limits_of(settings)), done)


def check(refused: str | None, done: str) -> None:
    if refused:
        raise click.UsageError(f"nothing was {done}: {refused}; to publish it: --allow-old")


def report(published: Published, unit: str) -> None:
    click.echo(f"{published.count} {unit} published")
    for failure in published.failures:
        click.echo(f"stockpulse: {failure}", err=True)
    if published.interrupted:
        raise click.Abort
    if published.refused:
        raise click.UsageError(
            f"stopped at an event that is too old: {published.refused}; to go on: --allow-old"
        )
    if published.failures:
        sys.exit(1)
