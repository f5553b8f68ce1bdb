"""`stockpulse refresh`: candles of a range, in slices, children before parents."""

from datetime import datetime

import click

from cli.moments import moment
from cli.progress import bar
from db.candles import refresh as candles
from db.settings import Settings


@click.command()
@click.option("--since", type=moment, help="Start of the range.  [default: what changed]")
@click.option("--until", type=moment, help="End of the range, exclusive.")
@click.option(
    "--level", "levels", type=click.Choice(candles.LEVELS), multiple=True,
    help="Only this one; may be given again.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Make those anew that did not change, too.")
@click.option(
    "--jobs", type=click.IntRange(1, 16), default=1, show_default=True,
    help="Slices made at a time, each on a processor of the database's (Community).",
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
    """Bring candles up to date with their ticks, as far back as there are ticks."""
    done = candles.refresh(
        settings.database_url,
        bar,
        since=since,
        until=until,
        levels=levels or candles.LEVELS,
        force=force,
        jobs=jobs,
    )
    for relation, slices in done.slices.items():
        click.echo(f"{relation:>17}  {slices} slices in {done.seconds[relation]:.1f} s")
