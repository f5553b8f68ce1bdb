"""`stockpulse publish parquet`: files of `stockpulse export`, and others', to Kafka."""

from collections import Counter
from typing import get_args

import click

from cli.progress import show_progress
from cli.publish_files import columns_of, listed, zone_of
from cli.publishing import allow_old_option, check, limits_of, report, topic_option
from cli.settings import Settings
from ingest.files import parquet
from ingest.files.layout import FileOptions, Unit
from ingest.formats.events import Kind
from ingest.kafka import topics


@click.command("parquet")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--symbol", help="Symbol of all rows of other files, if no column has it.")
@click.option("--source", help="Source of all rows of other files.")
@click.option(
    "--columns", metavar="FIELD=COLUMN,...",
    help="Columns of files that `stockpulse export` did not write: time=ts,price=px,size=qty.",
)  # fmt: skip
@click.option("--time-unit", type=click.Choice(get_args(Unit)), help="Unit of Unix times.")
@click.option("--time-zone", metavar="ZONE", help="Zone of times that name none: America/New_York.")
@click.option("--kind", type=click.Choice(get_args(Kind)), help="Kind of events of the rows.")
@allow_old_option
@topic_option
@click.pass_obj
def publish_parquet(
    settings: Settings,
    files: tuple[str, ...],
    *,
    symbol: str | None,
    source: str | None,
    columns: str | None,
    time_unit: Unit | None,
    time_zone: str | None,
    kind: Kind | None,
    allow_old: bool,
    topic: str | None,
) -> None:
    """Publish the trades or quotes of FILES, Parquet files of stockpulse export or of others.

    Those of stockpulse export are stored as they were, with their ids and sequences; of others
    --columns says which column has what. All files are looked at before anything is published; a
    row that cannot be read or is older than the database keeps it ends the run. Needs the extra
    `arrow`.
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
    files = tuple(dict.fromkeys(files))
    check(parquet.look_at(files, options), "published")
    series: set[str] = set()
    nameless: Counter[str] = Counter()
    with show_progress("publishing", parquet.count(files, options), "rows") as advance:
        published = parquet.publish(
            settings.loader,
            files,
            options,
            series=series,
            nameless=nameless,
            topic=topic or topics.BACKFILL,
            advance=advance,
        )
    for file, count in nameless.items():
        if count:
            click.echo(f"{file}: {count} events have no id: do not publish it again", err=True)
    report(published, f"events{listed(series)}")
