"""`stockpulse publish databento`: DBN files to Kafka."""

from collections import Counter
from pathlib import Path
from typing import get_args

import click

from cli.progress import show_progress
from cli.publishing import allow_old_option, check, limits_of, report, topic_option
from cli.settings import Settings
from ingest.files import databento
from ingest.files.layout import FileOptions
from ingest.formats.events import Kind
from ingest.kafka import topics


@click.command("databento")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--symbol", help="Symbol of files of one instrument, in place of their own.")
@click.option("--source", help="Source of all records.  [default: databento]")
@click.option(
    "--kind", type=click.Choice(get_args(Kind)), help="Which events of files that have both."
)
@allow_old_option
@topic_option
@click.pass_obj
def publish_databento(
    settings: Settings,
    files: tuple[str, ...],
    *,
    symbol: str | None,
    source: str | None,
    kind: Kind | None,
    allow_old: bool,
    topic: str | None,
) -> None:
    """Publish the trades or quotes of FILES, Databento's DBN files, packed with zstd or not.

    Symbols are those of the files' metadata. All files are looked at before anything is published:
    each has to be whole, and of a schema with trades or quotes. Needs the extra `databento`.
    """
    options = FileOptions(
        symbol=symbol,
        source=source,
        kind=kind,
        limits={} if allow_old else limits_of(settings),
    )
    check(databento.look_at(files, options), "published")
    left_out: Counter[str] = Counter()
    total = sum(Path(file).stat().st_size for file in files)
    with show_progress("publishing", total, "bytes") as advance:
        published = databento.publish(
            settings.loader,
            files,
            options,
            left_out=left_out,
            topic=topic or topics.BACKFILL,
            advance=advance,
        )
    for file, count in left_out.items():
        click.echo(f"{file}: {count} records have no price and were left out", err=True)
    report(published, "events")
