"""`stockpulse status`: versions, lag, loading, feeds, freshness, sizes, jobs and rejects."""

from datetime import UTC, datetime
from typing import Any

import click
import msgspec
import psycopg
from rich.console import Console
from rich.table import Table

from cli import output
from cli.settings import Settings
from db import archiving, connect, edition, operation, replication
from db.archiving import Archiving
from db.operation import Feeds, Job, Loading, Operation, Rejects, Relation
from db.replication import Replication
from ingest.kafka.client import BrokerAway, BrokerRefused
from ingest.kafka.lag import Lag, count, lags
from ingest.kafka.topic_facts import TopicFacts, topic_facts
from ingest.kafka.topics import DEAD_LETTERS


class Status(Operation, frozen=True, kw_only=True):
    """The state of database and server, and what Kafka holds; null if no broker answers.

    archive: null if there never was one.
    topics: how long they keep messages; null too if the broker does not say it to this user.
    """

    replication: Replication
    archive: Archiving | None
    lag: list[Lag] | None
    dead_letters: int | None
    topics: list[TopicFacts] | None
    broker_error: str | None


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print all as one JSON object.")
@click.pass_obj
def status(settings: Settings, as_json: bool) -> None:
    """Show versions, lag, feeds, freshness, pending candles, sizes, jobs and rejects.

    Also works if no Kafka broker answers; the lag is then unknown.
    """
    with (
        connect.connect(
            settings.database_url, application_name="stockpulse status", autocommit=True
        ) as conn,
        connect.translated(),
    ):
        edition.read(conn)  # says it if the database has not been migrated
        found = _read(settings, conn)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        _print(output.console(), found, is_standby=conn.is_standby)


def _read(settings: Settings, conn: psycopg.Connection[Any]) -> Status:
    lag = dead_letters = topics = fault = None
    try:
        lag = lags(settings.loader, conn)
        dead_letters = count(settings.loader, DEAD_LETTERS)
        topics = topic_facts(settings.loader, settings.loader.topics)
    except (BrokerAway, BrokerRefused) as error:
        fault = str(error)
    return Status(
        **msgspec.structs.asdict(operation.read(conn)),
        replication=replication.read(conn),
        archive=archiving.read(conn),
        lag=lag,
        dead_letters=dead_letters,
        topics=topics,
        broker_error=fault,
    )


def _print(console: Console, found: Status, *, is_standby: bool) -> None:
    versions = edition.Edition(found.edition, found.timescaledb, found.postgresql)
    console.print(f"database  {versions}")
    if is_standby:
        console.print("standby   the server is one: nothing can be written to it")
    _print_replication(console, found.replication)
    _print_lag(console, found)
    _print_loading(console, found.loading, found.rejects)
    _print_feeds(console, found.feeds)
    _print_histories(console, found)
    _print_candles(console, found)
    _print_archive(console, found.archive)
    _print_relations(console, found.relations)
    if found.edition == "community":
        _print_jobs(console, found.jobs)


def _print_replication(console: Console, found: Replication) -> None:
    if found.receives is False:
        console.print("standby   nothing is received from the primary")
    for replica in found.replicas:
        behind = "" if replica.behind_bytes is None else output.size_text(replica.behind_bytes)
        console.print(f"standby   {replica.name}: {replica.state or 'not known'}, {behind} behind")
    for slot in found.slots:
        kept = "lost" if slot.retained_bytes is None else output.size_text(slot.retained_bytes)
        state = "active" if slot.active else "inactive"
        console.print(f"slot      {slot.slot}: {slot.kind}, {state}, keeps {kept} of WAL")


def _print_lag(console: Console, found: Status) -> None:
    for lag in found.lag or ():
        console.print(
            f"lag       {lag.messages} messages in {lag.topic}, {lag.partitions} partitions"
        )
        if lag.refused is not None:
            console.print(f"refused   by loaders: {lag.refused}")
    if found.dead_letters is not None:
        console.print(f"dead      {found.dead_letters} bad frames of feeds in {DEAD_LETTERS}")
    for topic in found.topics or ():
        if topic.is_compacted:
            console.print(f"topic     {topic.topic} is compacted: stockpulse doctor says more")
    if found.broker_error is not None:
        missing = "lag   " if found.lag is None else "topics"
        console.print(f"{missing}    unknown: {found.broker_error}")


def _print_loading(console: Console, loading: Loading, rejects: Rejects) -> None:
    console.print(
        f"loaded    {loading.trades_last_minute} trades and {loading.quotes_last_minute} quotes"
        f" in the last minute, last batch {_ago(loading.last_batch_at)}"
    )
    newest = loading.newest_event_at
    console.print(f"newest    {f'event of {_ago(newest)}' if newest else 'no event yet'}")
    console.print(
        f"messages  {loading.messages} in the last day: {loading.stored} stored, "
        f"{loading.duplicates} duplicates, {loading.amended} amended, "
        f"{loading.rejected} rejected, {loading.ignored} ignored"
    )
    since = rejects.oldest_at
    console.print(
        f"rejects   {rejects.messages} messages"
        + (f", oldest {_ago(since)}; to list them: stockpulse rejects list" if since else "")
    )
    console.print(
        f"waiting   {loading.waiting_amendments} amendments whose originals have not come"
    )


def _print_feeds(console: Console, feeds: Feeds) -> None:
    for feed in feeds.sources:
        if feed.newest_marker_at is not None:
            console.print(
                f"feed      {feed.source}: {_count(feed.open_sessions, 'session')} open, "
                f"newest marker of {_ago(feed.newest_marker_at)}, {_count(feed.gaps, 'gap')} "
                f"in the last day{', markets closed' if feed.is_closed else ''}"
            )
    for source in feeds.sources:
        if source.newest_event_at is not None:
            console.print(f"source    {source.source}: event of {_ago(source.newest_event_at)}")


def _print_histories(console: Console, found: Status) -> None:
    for run in found.histories:
        text = (
            run.result if run.state == "done" else ": ".join(filter(None, (run.state, run.result)))
        )
        console.print(
            f"history   {run.history} {run.kind}: {text}, {_ago(run.ran_at)};"
            f" next run {_ago(run.next_at)}"
        )


def _print_candles(console: Console, found: Status) -> None:
    for behind in found.candles.pending:
        console.print(
            f"pending   {behind.relation}: {_count(behind.ranges, 'range')} from "
            f"{behind.start.astimezone(UTC):%Y-%m-%d %H:%M} to "
            f"{behind.end.astimezone(UTC):%Y-%m-%d %H:%M}, made within a minute"
        )
    if not found.candles.pending:
        console.print("pending   no candles")
    verified = found.candles.verified
    console.print(
        f"verified  {verified.candles} candles {_ago(verified.at)}, "
        f"{verified.mismatches} differ from their ticks"
        if verified
        else "verified  never; to do it: stockpulse verify"
    )


def _print_archive(console: Console, archive: Archiving | None) -> None:
    if archive is None:
        return
    state = "retention waits for it" if archive.is_on else "retention does not wait for it"
    console.print(f"archive   last seen {_ago(archive.seen_at)}, {state}")
    for lacking in archive.waiting:
        console.print(
            f"archive   {_count(lacking.days, 'day')} of {lacking.relation} not archived, the"
            f" oldest {lacking.oldest}"
        )
    if archive.failure is not None:
        console.print(f"archive   failed {_ago(archive.failed_at)}: {archive.failure}")


def _print_relations(console: Console, relations: list[Relation]) -> None:
    table = Table("relation", box=None)
    for name in ("rows (estimate)", "chunks", "size"):
        table.add_column(name, justify="right")
    for one in relations:
        size = "busy" if one.bytes is None else output.size_text(one.bytes)
        table.add_row(one.relation, f"{one.rows:,}", str(one.chunks), size)
    console.print(table)


def _print_jobs(console: Console, jobs: list[Job]) -> None:
    table = Table("job", "on", "last run", "next", "failures", box=None)
    for job in jobs:
        table.add_row(
            job.job,
            (job.relation or "").removeprefix("market."),
            f"{job.outcome or 'not yet'} {_ago(job.ran_at) if job.ran_at else ''}".strip(),
            _ago(job.next_at),
            str(job.failures),
        )
    console.print(table)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


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
