"""`stockpulse rejects`: messages that could not be stored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import msgspec
from rich.table import Table

from cli.output import console
from cli.progress import show_progress
from cli.settings import Settings
from cli.times import parse_span, parse_time
from db.errors import UsageError
from ingest.store import purge as purging
from ingest.store import rejects as messages
from ingest.store.rejects import Chosen, Reason, Rejected

MOST_REASONS = 30  # lines; a reason may have a name that somebody sent

reason_option = click.option("--reason", help="Only messages with this reason.")
topic_option = click.option("--topic", help="Only messages of this topic.")


class Message(msgspec.Struct, frozen=True):
    """A rejected message without its bytes, as --json prints it."""

    id: int
    topic: str
    partition: int
    offset: int
    source: str | None
    reason: str
    detail: str
    rejected_at: datetime


class Listed(msgspec.Struct, frozen=True):
    """The object that --json prints: all reasons, and the oldest messages."""

    reasons: list[Reason]
    messages: list[Message]


@click.group()
def rejects() -> None:
    """List, show, retry and purge messages that could not be stored."""


def _times(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --since and --until."""
    for name, text in (("--until", "Only messages rejected before this time."),
                       ("--since", "Only messages rejected at this time or later.")):  # fmt: skip
        command = click.option(name, type=parse_time, metavar="TIME", help=text)(command)
    return command


@rejects.command("list")
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True,
    help="Number of messages listed, the oldest first.",
)  # fmt: skip
@reason_option
@topic_option
@_times
@click.option("--json", "as_json", is_flag=True, help="Print all as one JSON object.")
@click.pass_obj
def list_(settings: Settings, /, *, limit: int, as_json: bool, **chosen: Any) -> None:
    """Count rejected messages by reason, and list the oldest of them; times are UTC.

    The example of a reason is the newest message: stockpulse rejects show ID.
    """
    _note_standby(settings)
    counts = messages.reasons(settings.database_url, Chosen(**chosen))
    found = messages.oldest(settings.database_url, limit, Chosen(**chosen)) if limit else []
    if as_json:
        listed = [msgspec.convert(one, Message, from_attributes=True) for one in found]
        click.echo(msgspec.json.encode(Listed(counts, listed)))
    elif not counts:
        click.echo("no message was rejected" if not any(chosen.values()) else "no such message")
    else:
        _print_reasons(counts)
        _print_messages(found)


def _note_standby(settings: Settings) -> None:
    """Says on standard error that the server is a standby, if it is."""
    with messages.reading(settings.database_url) as conn:
        if conn.is_standby:
            click.echo("standby   the server is one: nothing can be written to it", err=True)


def _print_reasons(counts: list[Reason]) -> None:
    table = Table("reason", box=None)
    for name in ("messages", "first", "last", "example"):
        table.add_column(name, justify="right")
    for one in counts[:MOST_REASONS]:
        times = (f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" for at in (one.first_at, one.last_at))
        table.add_row(one.reason, f"{one.messages:,}", *times, str(one.example))
    console().print(table)
    if others := counts[MOST_REASONS:]:
        click.echo(f"and {sum(one.messages for one in others):,} for {len(others)} other reasons")


def _print_messages(found: list[Rejected]) -> None:
    table = Table("id", "when", "topic", "partition", "offset", "reason", "detail", box=None)
    for one in found:
        table.add_row(
            str(one.id),
            f"{one.rejected_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            one.topic,
            str(one.partition),
            str(one.offset),
            one.reason,
            one.detail,
        )
    if found:
        click.echo()
        console().print(table)


@rejects.command()
@click.argument("id", type=int)
@click.pass_obj
def show(settings: Settings, id: int) -> None:  # noqa: A002 - the argument's name in --help
    """Show one rejected message with its key and value."""
    _note_standby(settings)
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
@topic_option
@click.pass_obj
def replay(settings: Settings, *, reason: str | None, topic: str | None) -> None:
    """Retry rejected messages; stored ones leave the list.

    Can be interrupted and repeated: every thousand messages are one transaction.
    """
    wanted = Chosen(reason=reason, topic=topic)
    total = sum(one.messages for one in messages.reasons(settings.database_url, wanted))
    with show_progress("replaying", total, "messages") as advance:
        replayed = messages.replay(settings.database_url, wanted, advance)
    click.echo(f"{replayed.stored} messages stored, {replayed.left} still rejected")


@rejects.command()
@click.option(
    "--older-than", type=parse_span, metavar="SPAN", required=True,
    help="Only messages that were rejected longer ago: 30d, 12w, 36h.",
)  # fmt: skip
@reason_option
@topic_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def purge(
    settings: Settings, *, older_than: timedelta, reason: str | None, topic: str | None, yes: bool
) -> None:
    """Delete rejected messages for good, which are kept for ever otherwise.

    Says how many by reason and asks. Those that could be stored by now are not tried first:
    stockpulse rejects replay does it. Can be interrupted and repeated: every thousand messages are
    one transaction.
    """
    before = purging.age_limit(settings.database_url, older_than)
    wanted = Chosen(reason=reason, topic=topic, until=before)
    counts = messages.reasons(settings.database_url, wanted)
    total = sum(one.messages for one in counts)
    when = f"rejected before {before.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if not total:
        click.echo(f"no such message was {when}")
        return
    if not yes:
        _print_reasons(counts)
        if not click.confirm(f"Delete these {total:,} messages, {when}, for good?"):
            raise UsageError("nothing was deleted")
    with show_progress("purging", total, "messages") as advance:
        purged = purging.purge(settings.database_url, wanted, advance)
    click.echo(f"{purged:,} messages deleted, {when}")
