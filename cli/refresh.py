"""`stockpulse refresh`: candles of a range, slice by slice, level by level."""

from datetime import datetime

import click

from cli.progress import show_progress
from cli.settings import Settings
from cli.times import parse_time
from db.candles import refresh as candles


@click.command()
@click.option("--since", type=parse_time, metavar="TIME", help="Start of the range.")
@click.option("--until", type=parse_time, metavar="TIME", help="End of the range, exclusive.")
@click.option(
    "--level", "levels", metavar="LEVEL", multiple=True,
    help="Only this level, for example 1h; can be repeated.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Also rebuild candles that have not changed.")
@click.option(
    "--jobs", type=click.IntRange(1, 16), default=1, show_default=True,
    help="Slices refreshed in parallel, each on one processor of the database (Community only).",
)  # fmt: skip
@click.pass_obj
def refresh(
    settings: Settings,
    *,
    since: datetime | None,
    until: datetime | None,
    levels: tuple[str, ...],
    force: bool,
    jobs: int,
) -> None:
    """Bring candles up to date with their ticks.

    Without a range, refreshes all candles whose ticks have changed, as far back as there are
    ticks. After an interruption the next run continues with the remaining slices. Times are UTC
    unless they have an offset: 2026-02-27, 2026-02-27T12:00Z.
    """
    done = candles.refresh(
        settings.database_url,
        show_progress,
        since=since,
        until=until,
        levels=levels,
        force=force,
        jobs=jobs,
    )
    for relation, slices in done.slices.items():
        click.echo(f"{relation:<17}  {slices} slices in {done.seconds[relation]:.1f} s")
