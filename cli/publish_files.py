"""`stockpulse publish ndjson` and `csv`: files of ticks to Kafka."""

import sys
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import click

from cli.progress import show_progress
from cli.publishing import allow_old_option, check, limits_of, report, topic_option
from cli.settings import Settings
from db.errors import UsageError
from ingest.files import csv_file, ndjson, opened, registry, zones
from ingest.files.bad_lines import BadLines
from ingest.files.layout import FileOptions, Unit
from ingest.formats.events import Kind
from ingest.kafka import topics

MOST_SHOWN = 5  # series


@click.command("ndjson")
@click.argument("file")
@allow_old_option
@topic_option
@click.pass_obj
def publish_ndjson(settings: Settings, file: str, *, allow_old: bool, topic: str | None) -> None:
    """Publish every line of FILE as one message, unchanged.

    FILE can be packed with gzip or zip, be one JSON list, or be - for standard input. README.md
    shows the message formats. Nothing is published if an event is older than the database keeps it;
    standard input is published up to there.
    """
    limits = {} if allow_old else limits_of(settings)
    if limits and opened.can_be_read_twice(file):
        with show_progress("checking", opened.size(file), "bytes") as advance:
            check(ndjson.find_too_old(file, limits, advance), "published")
        limits = {}
    with show_progress("publishing", opened.size(file), "bytes") as advance:
        published = ndjson.publish(
            settings.loader, file, topic=topic or topics.LIVE, limits=limits, advance=advance
        )
    report(published, "messages")


@click.command("csv")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--layout", help="Layout of the files, if their header does not tell it.")
@click.option("--symbol", help="Symbol of all rows, if neither they nor the file's name have it.")
@click.option("--source", help="Source of all rows, in place of the layout's.")
@click.option(
    "--columns", metavar="FIELD=COLUMN,...",
    help="Columns of files of no known layout, by name or number: time=ts,price=px,size=qty.",
)  # fmt: skip
@click.option("--time-unit", type=click.Choice(get_args(Unit)), help="Unit of Unix times.")
@click.option("--time-zone", metavar="ZONE", help="Zone of times that name none: America/New_York.")
@click.option("--kind", type=click.Choice(get_args(Kind)), help="Kind of events of the rows.")
@click.option(
    "--on-error", default="stop", show_default=True, metavar="stop|FILE",
    help="Stop at a line that is wrong, or write such lines to a new FILE and go on.",
)  # fmt: skip
@allow_old_option
@topic_option
@click.pass_obj
def publish_csv(
    settings: Settings,
    files: tuple[str, ...],
    *,
    layout: str | None,
    symbol: str | None,
    source: str | None,
    columns: str | None,
    time_unit: Unit | None,
    time_zone: str | None,
    kind: Kind | None,
    on_error: str,
    allow_old: bool,
    topic: str | None,
) -> None:
    """Publish the rows of FILES, CSV files of vendors, as trades and quotes.

    A file can be packed with gzip or zip, or be - for standard input. Its layout is told by its
    header, by --layout or by --columns. All files are looked at before anything is published;
    a row that is older than the database keeps it ends the run.
    """
    options = FileOptions(
        symbol=(symbol or "").strip() or None,
        source=source,
        columns=columns_of(columns),
        time_unit=time_unit,
        time_zone=zone_of(time_zone),
        kind=kind,
        limits={} if allow_old else limits_of(settings),
    )
    layout = _layout(layout, columns)
    files = tuple({Path(file): file for file in files}.values())
    check(csv_file.look_at(files, layout, options), "published")
    sizes = [opened.size(file) for file in files]
    total = None if None in sizes else sum(filter(None, sizes))
    series: set[str] = set()
    with (
        BadLines(None if on_error == "stop" else on_error) as bad,
        show_progress("publishing", total, "bytes") as advance,
    ):
        published = csv_file.publish(
            settings.loader,
            files,
            layout,
            options,
            bad=bad,
            series=series,
            topic=topic or topics.BACKFILL,
            advance=advance,
        )
    if bad.path and bad.count:
        lines = "1 wrong line is" if bad.count == 1 else f"{bad.count} wrong lines are"
        click.echo(f"{lines} in {bad.path}", err=True)
    report(published, f"events{listed(series)}")
    if bad.count and not published.count:
        sys.exit(1)


def listed(series: set[str]) -> str:
    """Returns the first of some series, to be read behind a number of events."""
    first = sorted(series)[:MOST_SHOWN]
    more = len(series) - len(first)
    of = f" of {', '.join(first)}" if first else ""
    return of + (f" and {more} more series" if more else "")


def _layout(name: str | None, columns: str | None) -> str | None:
    known = registry.known()
    if columns and name not in (None, "columns"):
        raise UsageError("--layout and --columns cannot be given together")
    if name == "columns" and not columns:
        raise UsageError("--layout columns needs --columns, for example time=ts,price=px,size=qty")
    if name is not None and name not in known:
        raise UsageError(f"--layout {name} is not known; known are {', '.join(known)}")
    return "columns" if columns else name


def columns_of(text: str | None) -> dict[str, str]:
    """Returns the columns by field of --columns; raises UsageError."""
    found: dict[str, str] = {}
    for pair in (text or "").split(",") if text else ():
        field, _, column = pair.partition("=")
        if not field.strip() or not column.strip() or field.strip() in found:
            raise UsageError(
                f"--columns {text} is not of the form FIELD=COLUMN,..., each field once;"
                " for example time=ts,price=px,size=qty"
            )
        found[field.strip()] = column.strip()
    return found


def zone_of(name: str | None) -> ZoneInfo | None:
    """Returns the zone of --time-zone; raises UsageError."""
    try:
        return zones.zone_of(name) if name else None
    except ValueError:
        raise UsageError(f"--time-zone {name} is no zone; for example America/New_York") from None
