"""`stockpulse archive`: closed days of events and candles into Iceberg tables."""

import sys
from datetime import date

import click
from rich.table import Table

from archive import days, extra
from archive.settings import location
from cli.output import console, size_text
from cli.progress import show_progress
from cli.settings import Settings
from db import connect, sql
from db.errors import UsageError

OWNER = "stockpulse_owner"
METAVAR = "YYYY-MM-DD"


@click.command()
@click.argument("day", required=False, metavar="[DAY]")
@click.option("--since", metavar=METAVAR, help="First day.  [default: the oldest]")
@click.option(
    "--until", metavar=METAVAR, help="End, exclusive.  [default: the newest closed day is the last]"
)
@click.option("--force", is_flag=True, help="Archive a day again that has lost rows since.")
@click.option("--list", "lists", is_flag=True, help="List what is archived, snapshots of a DAY.")
@click.option("--off", is_flag=True, help="Let retention drop days that are not archived.")
@click.pass_obj
def archive(
    settings: Settings,
    *,
    day: str | None,
    since: str | None,
    until: str | None,
    force: bool,
    lists: bool,
    off: bool,
) -> None:
    """Archive closed days of trades, quotes and candles as Iceberg tables.

    In the directory or bucket in STOCKPULSE_WAREHOUSE. Without a DAY: all whose last state is not
    in the archive, up to the newest that has been over for six hours. A day that has changed gets
    a new snapshot, and the old one stays. Each is read back and compared. A run that was killed is
    simply started again. Days are in UTC.

    Exit code 1 if a day could not be archived: it has fewer rows than in the archive, numbers that
    do not fit, or candles that are behind. Needs the extra `archive`.
    """
    if day and (since or until):
        raise UsageError("a DAY does not go with --since and --until")
    start = day or since
    first = days.parse(start) if start else None
    end = days.parse(until) if until else None
    if day and first:
        end = first + days.DAY
    if first and end and first >= end:
        raise UsageError(f"--since {first} is not before --until {end}")
    if off and (day or since or until or force or lists):
        raise UsageError("--off goes alone")
    if lists and force:
        raise UsageError("--list does not go with --force")
    if off:
        _leave(settings)
    elif lists:
        _list_day(settings, first) if day and first else _list(settings, first, end)
    else:
        _archive(settings, first, end, force=force)


def _archive(settings: Settings, since: date | None, until: date | None, *, force: bool) -> None:
    location(settings.archive)
    extra.require()
    from archive import run
    from archive.one_day import Written

    def show(written: list[Written]) -> None:
        if written:
            rows, size = sum(one.rows for one in written), sum(one.bytes for one in written)
            click.echo(
                f"{written[0].day}: {rows:,} rows, {size_text(size)},"
                f" {sum(one.is_new for one in written)} of {len(written)} relations written"
            )

    found = run.archive(
        settings.archive, show_progress, since=since, until=until, force=force, done=show
    )
    for reason in found.refused:
        click.echo(f"stockpulse: {reason}", err=True)
    if not found.written and not found.refused:
        click.echo("nothing to archive: the archive has the last state of all days that have rows")
    if found.refused:
        sys.exit(1)


def _leave(settings: Settings) -> None:
    with (
        connect.connect(
            settings.database_url, application_name="stockpulse archive", role=OWNER, primary=True
        ) as conn,
        connect.translated(),
    ):
        conn.execute(sql.load("archive", "leave_archive"))
    click.echo("retention drops what is too old whether or not it is archived, until the next run")


def _list(settings: Settings, since: date | None, until: date | None) -> None:
    table = Table("day", box=None)
    for name in ("relations", "snapshots", "rows", "size"):
        table.add_column(name, justify="right")
    table.add_column("archived")
    table.add_column("")
    for known in _rows(settings, "archived_days", {"since": since, "until": until}):
        day, relations, snapshots, rows, size, at, is_verified = known
        table.add_row(
            str(day),
            str(relations),
            str(snapshots),
            f"{rows:,}",
            size_text(float(size)),
            f"{at:%Y-%m-%d %H:%M}",
            "" if is_verified else "not verified",
        )
    console().print(table)


def _list_day(settings: Settings, day: date) -> None:
    table = Table("relation", box=None)
    for name in ("snapshot", "rows", "size"):
        table.add_column(name, justify="right")
    table.add_column("as of")
    table.add_column("")
    for relation, snapshot, rows, size, at, is_verified in _rows(
        settings, "archived_day", {"day": day}
    ):
        table.add_row(
            relation,
            str(snapshot or ""),
            f"{rows:,}",
            size_text(size),
            f"{at:%Y-%m-%d %H:%M:%S}",
            "" if is_verified else "not verified",
        )
    console().print(table)


def _rows(settings: Settings, name: str, values: dict[str, date | None]) -> list[tuple]:  # type: ignore[type-arg]
    with (
        connect.connect(
            settings.database_url, application_name="stockpulse archive", role=OWNER
        ) as conn,
        connect.translated(),
    ):
        return conn.execute(sql.load("archive", name), values).fetchall()
