"""The report of `stockpulse verify`: candles by relation, and the first figures that differ."""

import click
from rich.table import Table

from cli.output import console
from db.candles.verify import Difference, Verified

REMEDY = "to rebuild them: stockpulse refresh --force --since ... --until ..."


def report(found: Verified, remedy: str = REMEDY) -> None:
    """Prints the result of a comparison, and what to do about differences."""
    for relation, count in found.candles.items():
        click.echo(f"{relation:<17}  {count} candles, {found.mismatches[relation]} wrong")
    if found.pending:
        click.echo(f"{found.pending} candles are pending; to update them: stockpulse refresh")
    if found.wrong:
        _print_differences(found.first)
        click.echo(remedy)


def _print_differences(differences: list[Difference]) -> None:
    names = ("relation", "bucket", "symbol", "source", "column", "stored", "expected", "kind")
    table = Table(*names, box=None)
    for found in differences:
        table.add_row(
            found.relation,
            f"{found.bucket:%Y-%m-%d %H:%M}",
            found.symbol,
            found.source,
            found.field,
            "" if found.stored is None else str(found.stored),
            "" if found.expected is None else str(found.expected),
            found.kind,
        )
    console().print(table)
