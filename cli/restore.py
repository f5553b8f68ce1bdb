"""`stockpulse restore`: a day back from the archive."""

import sys
from datetime import datetime

import click

from archive import days, extra
from archive.settings import location
from cli.progress import show_progress
from cli.settings import Settings
from cli.times import parse_time
from db.errors import UsageError

RELATIONS = ("amendments", "trades", "quotes")


@click.command()
@click.argument("day")
@click.option(
    "--as-of",
    metavar="TIME|SNAPSHOT",
    help="As it was archived then, or a snapshot of `stockpulse archive DAY --list`.",
)
@click.option(
    "--relation", "relations", multiple=True, type=click.Choice(RELATIONS), help="Only this one."
)
@click.option("--release", is_flag=True, help="Let retention drop the restored day again.")
@click.pass_obj
def restore(
    settings: Settings, *, day: str, as_of: str | None, relations: tuple[str, ...], release: bool
) -> None:
    """Bring a day back from the archive, with its candles.

    DAY is in UTC, like 2026-02-27. What the database has already stays; a second run adds nothing.
    Its candles are up to date when the command ends, and are compared with those of the archive.
    Retention leaves the day alone until it is released. Into an empty database the day comes back
    from STOCKPULSE_WAREHOUSE alone.

    Exit code 1 if the database has the day in another state, or its candles differ. Needs the
    extra `archive`.
    """
    wanted = days.parse(day)
    if release and (as_of or relations):
        raise UsageError("--release goes with a DAY alone")
    extra.require()
    from archive import restore as restoring

    if release:
        if not restoring.release(settings.database_url, wanted):
            raise UsageError(f"{wanted} is not a restored day")
        click.echo(f"{wanted} is released: retention may drop it")
        return
    location(settings.archive)
    restored = restoring.restore(
        settings.archive, show_progress, wanted, as_of=_as_of(as_of), relations=relations
    )
    for relation, rows in restored.rows.items():
        click.echo(f"{relation:<10}  {rows:,} rows restored")
    for relation, amended in restored.amended.items():
        click.echo(
            f"{relation:<10}  {amended:,} amendments applied that had waited for them:"
            " stockpulse archive"
        )
    for relation in restored.differing:
        click.echo(
            f"stockpulse: {relation} of {wanted} differ from those of the archive:"
            " stockpulse verify says whether they are those of their events",
            err=True,
        )
    if restored.differing:
        sys.exit(1)


def _as_of(text: str | None) -> datetime | int | None:
    """Returns a moment or the id of a snapshot; an id has more digits than any time."""
    if text is None:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) > 8 else parse_time(text)
