"""`stockpulse lifecycle`: how long events and candles are kept, and when they become columnar."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import click
import psycopg
from rich.table import Table

from cli.output import console, size_text
from cli.settings import Settings
from db import connect, sql
from db.errors import UsageError

# Not in ops.lifecycle: a plain table, without chunks that could be dropped.
VENDOR_BARS = "vendor_bars"
UNITS = {"h": "hours", "d": "days", "w": "weeks"}
SPAN = re.compile(r"([1-9][0-9]{0,5})([hdw])")
FOREVER = "forever"
NOT_STORED = "0"


class Loss(NamedTuple):
    """The rows that a relation would lose: whole chunks."""

    rows: int
    since: datetime
    until: datetime


@click.group(invoke_without_command=True)
@click.pass_context
def lifecycle(context: click.Context) -> None:
    """Show and set how long events and candles are kept.

    Without a command: what is kept, since when there is data, its size, and up to which day the
    archive has it, if there is one. Nothing is dropped unless it was set to be.
    """
    if context.invoked_subcommand is None:
        with connect.translated(), _connected(context.obj) as conn:
            _print(conn)


@lifecycle.command("set")
@click.argument("relation")
@click.option("--keep", required=True, metavar="SPAN", help="90d, 12w, 36h, or forever.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def set_(settings: Settings, relation: str, *, keep: str, yes: bool) -> None:
    """Set how long RELATION is kept: trades, quotes, candles_1m and so on.

    Bars of vendors are always kept for ever.

    Says how many rows would be dropped now, asks, and drops them. What gets too old later is
    dropped within a day. Events that are older than what is kept are refused.
    Candles of 1s lose nothing: those that are not stored are computed from events when they are
    read. With 0 none are stored.
    """
    if relation == VENDOR_BARS:
        raise UsageError("vendor_bars are kept for ever; what is not wanted can be deleted by SQL")
    with connect.translated(), _connected(settings, alone=True) as conn:
        live = dict(conn.execute("select relation, live from ops.lifecycle").fetchall())
        if relation not in live:
            raise UsageError(f"unknown relation {relation!r}; `stockpulse lifecycle` lists them")
        span = timedelta(0) if live[relation] and keep == NOT_STORED else _span(keep)
        _check(conn, relation, span)
        loss = _loss(conn, relation, span) if span and not live[relation] else None
        waits = _archive(conn)[0] and not live[relation]
        if loss:
            how = "are dropped once the archive has them" if waits else "are dropped for good"
            click.echo(
                f"{loss.rows:,} rows of {relation} {how}: those from"
                f" {loss.since:%Y-%m-%d %H:%M} to before {loss.until:%Y-%m-%d %H:%M} UTC"
            )
        if loss and not yes and not click.confirm("Drop them?"):
            raise UsageError("nothing was changed")
        conn.execute(sql.load("cli", "set_keep"), {"relation": relation, "keep": span})
        if loss:
            conn.execute("call ops.apply_retention()")
            if left := _loss(conn, relation, span):
                then = "they wait for the archive" if waits else "the next run drops them"
                click.echo(f"{left.rows:,} rows are still there: {then}")
        click.echo(f"{relation} are {_kept(span, keep, live=live[relation])}")


def _kept(span: timedelta | None, text: str | None, *, live: bool) -> str:
    if live and span == timedelta(0):
        return "not stored: they are computed when they are read"
    return f"{'stored' if live else 'kept'} {'for ever' if span is None else f'for {text}'}"


def _check(conn: psycopg.Connection[Any], relation: str, span: timedelta | None) -> None:
    """Raises UsageError if the database would not take the setting."""
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(sql.load("cli", "set_keep"), {"relation": relation, "keep": span})
            conn.execute("set constraints all immediate")
    except psycopg.errors.CheckViolation as error:
        if error.diag.constraint_name == "lifecycle_keeps_what_it_compresses":
            raise UsageError(f"{relation} become columnar later than that: keep longer") from error
        raise UsageError(f"{error.diag.message_primary}; keep longer") from error


def _span(text: str) -> timedelta | None:
    if text == FOREVER:
        return None
    if not (match := SPAN.fullmatch(text)):
        raise UsageError(f"--keep is {text!r}, not like 90d, 12w, 36h or forever")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


@contextmanager
def _connected(settings: Settings, *, alone: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """Gives a connection; what drops chunks needs one of its own, to the primary."""
    with connect.connect(
        settings.database_url,
        application_name="stockpulse lifecycle",
        autocommit=True,
        role="stockpulse_owner",
        direct=alone,
        primary=alone,
    ) as conn:
        yield conn


def _loss(conn: psycopg.Connection[Any], relation: str, span: timedelta | None) -> Loss | None:
    values = {"relation": relation, "keep": span}
    row = conn.execute(sql.load("cli", "expired"), values).fetchone()
    if row is None or row[0] is None:
        return None
    since, until = row
    query = psycopg.sql.SQL("select count(*) from {} where {} < %s").format(
        psycopg.sql.Identifier("market", relation),
        psycopg.sql.Identifier("ts" if relation in {"trades", "quotes"} else "bucket"),
    )
    counted = conn.execute(query, [until]).fetchone()
    return Loss(counted[0] if counted else 0, since, until)


def _archive(conn: psycopg.Connection[Any]) -> tuple[bool, bool, datetime | None, int]:
    """Returns whether retention waits for the archive, and sees it, since when, and held days."""
    row = conn.execute(sql.load("cli", "archive_state")).fetchone()
    assert row is not None
    waits, is_seen, seen_at, restored = row
    return waits, is_seen, seen_at, restored


def _print(conn: psycopg.Connection[Any]) -> None:
    waits, is_seen, seen_at, restored = _archive(conn)
    table = Table("relation", "kept", "columnar after", "since", box=None)
    for name in ("chunks", "size", "dropped next", *(["archived until"] if seen_at else [])):
        table.add_column(name, justify="right")
    rows = conn.execute(sql.load("cli", "lifecycle")).fetchall()
    for relation, keep, live, after, since, chunks, size, dropped_at, archived_until in rows:
        table.add_row(
            relation,
            f"{'for ever' if keep is None else keep}{', then computed' if live else ''}",
            after or "",
            "" if since is None else f"{since:%Y-%m-%d}",
            str(chunks or ""),
            size_text(size or 0),
            "" if dropped_at is None else f"{dropped_at:%Y-%m-%d %H:%M}",
            *([str(archived_until or "")] if seen_at else []),
        )
    console().print(table)
    if waits:
        away = (
            "" if is_seen else f"; it was last seen {seen_at:%Y-%m-%d %H:%M}, so nothing is dropped"
        )
        click.echo(f"retention waits for the archive{away}")
    if restored:
        click.echo(f"{restored} restored days stay until stockpulse restore --release DAY")
