"""`stockpulse rejects`: messages that could not be stored."""

import click
from rich.table import Table

from cli.output import console
from cli.progress import show_progress
from cli.settings import Settings
from ingest.store import rejects as messages

reason_option = click.option("--reason", help="Only messages with this reason.")


@click.group()
def rejects() -> None:
    """List, show and retry messages that could not be stored."""


@rejects.command("list")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True,
    help="Number of messages listed.",
)  # fmt: skip
@reason_option
@click.pass_obj
def list_(settings: Settings, limit: int, reason: str | None) -> None:
    """List rejected messages, oldest first, and count them by reason."""
    counts = messages.reasons(settings.database_url)
    if not counts:
        click.echo("no message was rejected")
        return
    table = Table("id", "when", "topic", "partition", "offset", "reason", "detail", box=None)
    for found in messages.oldest(settings.database_url, limit, reason):
        table.add_row(
            str(found.id),
            f"{found.rejected_at:%Y-%m-%d %H:%M:%S}",
            found.topic,
            str(found.partition),
            str(found.offset),
            found.reason,
            found.detail,
        )
    console().print(table)
    for name, count, since, until in counts:
        click.echo(f"{name}: {count}, from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}")


@rejects.command()
@click.argument("id", type=int)
@click.pass_obj
def show(settings: Settings, id: int) -> None:  # noqa: A002 - the argument's name in --help
    """Show one rejected message with its key and value."""
    found = messages.show(settings.database_url, id)
    for label, value in (
        ("topic", f"{found.topic}, partition {found.partition}, offset {found.offset}"),
        ("rejected", f"{found.rejected_at:%Y-%m-%d %H:%M:%S %Z}"),
        ("reason", f"{found.reason}: {found.detail}"),
        ("key", _text(found.key)),
        ("source", found.source or "(none)"),
        ("value", _text(found.value)),
    ):
        click.echo(f"{label:9} {value}")


def _text(value: bytes | None) -> str:
    if value is None:
        return "(none)"
    text = value.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else repr(value)


@rejects.command()
@reason_option
@click.pass_obj
def replay(settings: Settings, reason: str | None) -> None:
    """Retry rejected messages; stored ones leave the list.

    Can be interrupted and repeated: every thousand messages are one transaction.
    """
    total = sum(
        count for name, count, _, _ in messages.reasons(settings.database_url)
        if reason in (None, name)
    )  # fmt: skip
    with show_progress("replaying", total, "messages") as advance:
        replayed = messages.replay(settings.database_url, reason, advance)
    click.echo(f"{replayed.stored} messages stored, {replayed.left} still rejected")
