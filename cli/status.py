"""`stockpulse status`: versions, lag, loading, feeds, freshness, sizes, jobs and rejects."""

from datetime import UTC, datetime
from typing import Any

import click
import psycopg
from psycopg.rows import dict_row
from rich.console import Console
from rich.table import Table

from cli import output
from cli.settings import Settings
from db import connect, edition, sql
from ingest.kafka.client import BrokerAway
from ingest.kafka.lag import count, lags
from ingest.kafka.topics import DEAD_LETTERS
from ingest.updates.ledger import LOCK_CLASS


@click.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Show versions, lag, feeds, freshness, pending candles, sizes, jobs and rejects.

    Also works if no Kafka broker answers; the lag is then unknown.
    """
    console = output.console()
    with (
        connect.connect(
            settings.database_url, application_name="stockpulse status", autocommit=True
        ) as conn,
        connect.translated(),
    ):
        found = edition.read(conn)
        console.print(f"database  {found}")
        _print_lag(console, settings, conn)
        _print_loading(console, conn)
        _print_feeds(console, conn)
        _print_histories(console, conn)
        _print_pending(console, conn)
        _print_verified(console, conn)
        _print_levels(console, conn)
        if found.kind == "community":
            _print_jobs(console, conn)


def _print_lag(console: Console, settings: Settings, conn: psycopg.Connection[Any]) -> None:
    try:
        for lag in lags(settings.loader, conn):
            console.print(
                f"lag       {lag.messages} messages in {lag.topic}, {lag.partitions} partitions"
            )
        dead = count(settings.loader, DEAD_LETTERS)
        console.print(f"dead      {dead} bad frames of feeds in {DEAD_LETTERS}")
    except BrokerAway as error:
        console.print(f"lag       unknown: {error}")


def _print_loading(console: Console, conn: psycopg.Connection[Any]) -> None:
    found = conn.cursor(row_factory=dict_row)
    row = found.execute(sql.load("cli", "status_loading")).fetchone()
    assert row is not None
    console.print(
        f"loaded    {row['trades']} trades and {row['quotes']} quotes in the last minute, "
        f"last batch {_ago(row['last_batch_at'])}"
    )
    newest = f"event of {_ago(row['newest_ts'])}" if row["newest_ts"] else "no event yet"
    console.print(f"newest    {newest}")
    console.print(
        f"messages  {row['messages']} in the last day: {row['stored']} stored, "
        f"{row['duplicates']} duplicates, {row['amended']} amended, {row['rejected']} rejected, "
        f"{row['ignored']} ignored"
    )
    console.print(
        f"rejects   {row['rejects']} messages"
        + ("; to list them: stockpulse rejects list" if row["rejects"] else "")
    )
    console.print(f"waiting   {row['waiting']} amendments whose originals have not come")


def _print_feeds(console: Console, conn: psycopg.Connection[Any]) -> None:
    rows = conn.execute(sql.load("cli", "status_feeds"))
    for source, sessions, newest_at, gaps, is_closed in rows:
        console.print(
            f"feed      {source}: {sessions} {'session' if sessions == 1 else 'sessions'} open, "
            f"newest marker of {_ago(newest_at)}, {gaps} {'gap' if gaps == 1 else 'gaps'} "
            f"in the last day{', markets closed' if is_closed else ''}"
        )


def _print_histories(console: Console, conn: psycopg.Connection[Any]) -> None:
    rows = conn.execute(sql.load("cli", "status_updates"), {"lock_class": LOCK_CLASS})
    for history, kind, state, ran_at, next_at, result in rows:
        text = result if state == "done" else ": ".join(filter(None, (state, result)))
        console.print(
            f"history   {history} {kind}: {text}, {_ago(ran_at)}; next run {_ago(next_at)}"
        )


def _print_pending(console: Console, conn: psycopg.Connection[Any]) -> None:
    rows = conn.execute(sql.load("cli", "status_pending")).fetchall()
    for relation, ranges, since, until in rows:
        console.print(
            f"pending   {relation}: {ranges} {'range' if ranges == 1 else 'ranges'} from "
            f"{since.astimezone(UTC):%Y-%m-%d %H:%M} to {until.astimezone(UTC):%Y-%m-%d %H:%M}, "
            "made within a minute"
        )
    if not rows:
        console.print("pending   no candles")


def _print_verified(console: Console, conn: psycopg.Connection[Any]) -> None:
    row = conn.execute(sql.load("cli", "status_verified")).fetchone()
    if row is None:
        console.print("verified  never; to do it: stockpulse verify")
        return
    verified_at, candles, mismatches = row
    console.print(
        f"verified  {candles} candles {_ago(verified_at)}, {mismatches} differ from their ticks"
    )


def _print_levels(console: Console, conn: psycopg.Connection[Any]) -> None:
    table = Table("relation", box=None)
    for name in ("rows (estimate)", "chunks", "size"):
        table.add_column(name, justify="right")
    for relation, rows, chunks, size in conn.execute(sql.load("cli", "status_level")).fetchall():
        table.add_row(relation, f"{rows:,}", str(chunks), output.size_text(size or 0))
    console.print(table)


def _print_jobs(console: Console, conn: psycopg.Connection[Any]) -> None:
    table = Table("job", "on", "last run", "next", "failures", box=None)
    for _, name, relation, outcome, started, following, failures in conn.execute(
        sql.load("cli", "status_jobs")
    ).fetchall():
        table.add_row(
            name.removeprefix("policy_"),
            relation.removeprefix("market."),
            f"{outcome or 'not yet'} {_ago(started) if started else ''}".strip(),
            _ago(following),
            str(failures or 0),
        )
    console.print(table)


def _ago(time: datetime | None) -> str:
    if time is None:
        return "never"
    seconds = (datetime.now(UTC) - time).total_seconds()
    text = _span(abs(seconds))
    return f"{text} ago" if seconds >= 0 else f"in {text}"


def _span(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.1f} s"
