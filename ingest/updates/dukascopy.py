"""Dukascopy's history: new hours every hour, what was left out every night, revisions every week.

What there is to ask for stands in ops.download_hours; a slot only says when to look.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from db.errors import UsageError
from ingest.download import venue
from ingest.download.outcome import LONGEST_RETRY, NOT_YET_AFTER, SUSPECT_AFTER
from ingest.download.report import DownloadReport
from ingest.download.run import Order, check, download
from ingest.kafka import topics
from ingest.sources.dukascopy_instruments import SOURCE
from ingest.store import age_limits
from ingest.updates.history import History, Surroundings
from ingest.updates.ledger import Ledger
from ingest.updates.outcome import Complete, Outcome
from ingest.updates.slots import Cadence, Run

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
SUNDAY = timedelta(days=3)  # after Thursday, with which weeks begin

HOURLY, SWEEP, REVISIONS = "hourly", "sweep", "revisions"
CADENCES = (
    Cadence(HOURLY, HOUR, timedelta(minutes=10)),
    Cadence(SWEEP, DAY, timedelta(hours=3, minutes=25)),
    Cadence(REVISIONS, WEEK, SUNDAY + timedelta(hours=4, minutes=40)),
)
APPEARS_AFTER = 2 * HOUR  # of its end
TAIL = DAY  # is asked for before what is older
REACH = {SWEEP: WEEK, REVISIONS: 2 * WEEK}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """A history to keep; hours before `since` are not asked for."""

    symbols: tuple[str, ...]
    since: datetime
    url: str
    metadata_url: str
    form: str = "json"
    topic: str = topics.BACKFILL


def history(options: Options) -> History:
    """Returns the history of Dukascopy's quotes."""
    return History(
        SOURCE,
        frozenset(venue.symbol_of(venue.code_of(name)) for name in options.symbols),
        CADENCES,
        partial(check, options.symbols, options.metadata_url),
        partial(_run, options),
    )


def _run(options: Options, run: Run, ledger: Ledger, around: Surroundings) -> Outcome:
    until = _hour(run.slot - APPEARS_AFTER)
    since = max(_hour(options.since), _oldest(around.database_url))
    complete = None
    if run.kind == HOURLY:
        start = _start(ledger, since, until, around.clock.now())
        orders = [*_newest_first(options, start, until, run.following)]
        complete = Complete(since, until)
    else:
        orders = [*_again(options, max(since, until - REACH[run.kind]), until, run)]
    return _work(orders, complete, around)


def _start(ledger: Ledger, since: datetime, until: datetime, now: datetime) -> datetime:
    """Returns the first hour that is not known, or is due."""
    values: dict[str, Any] = {"source": SOURCE, "now": now}
    ledger.run(
        "free_hours",
        not_yet_after=NOT_YET_AFTER,
        longest_retry=LONGEST_RETRY,
        suspect_after=list(SUSPECT_AFTER),
        **values,
    )
    complete = ledger.complete_until(since)
    [(due,)] = ledger.run("oldest_due", start=since, end=until, **values).fetchall()
    starts = [complete.get(symbol, since) for symbol in ledger.symbols]
    return max(since, min(*starts, due or until))


def _newest_first(
    options: Options, start: datetime, until: datetime, end: datetime
) -> Iterator[Order]:
    """Yields the last day, then what is older, as far as it gets until `end`."""
    tail = max(start, until - TAIL)
    if tail < until:
        yield _order(options, tail, until)
    if start < tail:
        yield _order(options, start, tail, ask_until=end)


def _again(options: Options, since: datetime, until: datetime, run: Run) -> Iterator[Order]:
    """Yields a range of which what is left out, or was revised, is asked for."""
    if since >= until:
        return
    recheck = run.kind == REVISIONS
    yield _order(options, since, until, recheck=recheck, unverified_since=run.slot)


def _order(options: Options, since: datetime, until: datetime, **others: Any) -> Order:
    return Order(
        symbols=options.symbols,
        since=since,
        until=until,
        url=options.url,
        metadata_url=options.metadata_url,
        form=options.form,
        topic=options.topic,
        **others,
    )


def _work(orders: list[Order], complete: Complete | None, around: Surroundings) -> Outcome:
    """Downloads, symbol by symbol if one of them is refused."""
    reports: list[DownloadReport] = []
    refused: dict[str, None] = {}
    while orders:
        order, *orders = orders
        try:
            report = download(
                around.kafka, around.database_url, order, around.stop, around.progress, around.clock
            )
        except UsageError as error:
            if len(order.symbols) == 1:
                refused[str(error)] = None
            else:
                orders = [replace(order, symbols=(name,)) for name in order.symbols] + orders
            continue
        reports.append(report)
        if report.interrupted or report.given_up:
            break
    stopped_early = bool(reports) and reports[-1].interrupted and not reports[-1].states
    is_planned = not (orders or refused or stopped_early)
    return Outcome(
        "; ".join([*refused, _sentence(reports)]),
        failed=bool(refused) or any(report.given_up for report in reports),
        interrupted=any(report.interrupted for report in reports),
        complete=complete if is_planned else None,
    )


def _sentence(reports: list[DownloadReport]) -> str:
    if any(report.given_up for report in reports):
        return "Dukascopy refuses or is away"
    hours, ticks, replaced = (
        sum(getattr(report, name) for report in reports) for name in ("hours", "ticks", "replaced")
    )
    parts = [f"{ticks} ticks of {hours} hours published"]
    if replaced:
        parts[0] += f", {replaced} of them replaced"
    if left := sum(report.states.get("planned", (0, None))[0] for report in reports):
        parts.append(f"{left} hours left")
    if failures := [failure for report in reports for failure in report.failures]:
        parts.append(f"{len(failures)} hours failed, the first: {failures[0]}")
    return "; ".join(parts)


def _oldest(database_url: str) -> datetime:
    """Returns the first hour that the database takes as a whole."""
    limit = age_limits.of(database_url).get("quote")
    if limit is None:
        return datetime.min.replace(tzinfo=UTC)
    return _hour(datetime.fromisoformat(limit.since)) + HOUR


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
