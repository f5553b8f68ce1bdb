"""Bars of vendors, once a day after the markets: the newest, then the months of the past.

A vendor's limit on requests makes a run wait; it goes on with what it has not asked for.
"""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec

from db.errors import UsageError
from ingest.download.bars import vendors
from ingest.download.bars.order import BarOrder, BarReport, Vendor
from ingest.download.bars.run import download_bars
from ingest.download.clock import Clock
from ingest.sources import yahoo
from ingest.updates.history import History, Surroundings
from ingest.updates.ledger import Ledger
from ingest.updates.outcome import Outcome
from ingest.updates.slots import Cadence, Run

DAY = timedelta(days=1)
DAILY = "daily"
# The hours after trading in New York end at 00:00 UTC in summer, at 01:00 in winter.
CADENCES = (Cadence(DAILY, DAY, timedelta(hours=1, minutes=40)),)
MARGIN = timedelta(hours=1)  # of what Yahoo can still be asked for


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """A history to keep; `order` has what is the same for every run.

    From `since` on the months are asked for, or what Yahoo has of them; None: the newest bars only.
    """

    order: BarOrder
    since: datetime | None = None

    @property
    def vendor(self) -> Vendor:
        return self.order.vendor


def history(options: Options) -> History:
    """Returns the history of a vendor's bars."""
    return History(
        options.vendor,
        frozenset(name.strip().upper() for name in options.order.symbols if name.strip()),
        CADENCES,
        partial(_check, options.order),
        partial(_run, options),
    )


def _check(order: BarOrder) -> None:
    if not any(name.strip() for name in order.symbols):
        raise UsageError("there is no symbol to download")
    with vendors.opened(order, Clock(), threading.Event()):
        pass  # the token, the interval and the library of the vendor are there


def _run(options: Options, run: Run, ledger: Ledger, around: Surroundings) -> Outcome:
    orders = _ORDERS[options.vendor](options, run, ledger, around.clock.now())
    reports = []
    for order in orders:
        report = download_bars(around.kafka, around.database_url, order, around.stop, around.clock)
        reports.append(report)
        if report.interrupted or report.limit:
            break
    return Outcome(
        _sentence(reports),
        failed=_nothing_is_answered(reports),
        interrupted=reports[-1].interrupted,
        again_at=reports[-1].goes_on_at,
    )


def _newest_then_months(
    options: Options, _run: Run, _ledger: Ledger, now: datetime
) -> Iterator[BarOrder]:
    """Yields the last thirty days, then the months before: settled ones cost no request."""
    yield options.order
    if options.since is not None:
        months = tuple(_months(options.since, now))
        if months:
            yield msgspec.structs.replace(options.order, months=months)


def _months(since: datetime, now: datetime) -> Iterator[str]:
    """Yields the months from `since` to the one before `now`, like 2026-01."""
    month = since.astimezone(UTC).replace(day=1)
    while (month.year, month.month) < (now.year, now.month):
        yield f"{month:%Y-%m}"
        month = (month + 31 * DAY).replace(day=1)


def _since_the_last(
    options: Options, run: Run, ledger: Ledger, now: datetime
) -> Iterator[BarOrder]:
    """Yields the last seven days, and as far back as the last run or `since` if Yahoo has it."""
    [(last,)] = ledger.run("last_done", kind=run.kind, now=now).fetchall()
    reach = yahoo.REACH.get(options.order.interval, yahoo.LONGEST_REACH) - MARGIN
    wanted = options.since if last is None else last - DAY
    since = now - yahoo.AT_ONCE + MARGIN
    if wanted is not None:
        since = max(min(since, wanted), now - reach)
    yield msgspec.structs.replace(options.order, since=since)


_ORDERS = {"alphavantage": _newest_then_months, "yahoo": _since_the_last}


def _nothing_is_answered(reports: list[BarReport]) -> bool:
    """Returns whether every answer was an error: a wrong key, or a vendor that is in trouble."""
    return (
        any(report.failures for report in reports)
        and not any(report.bars for report in reports)
        and not reports[-1].limit
    )


def _sentence(reports: list[BarReport]) -> str:
    bars, requests = (
        sum(getattr(report, name) for report in reports) for name in ("bars", "requests")
    )
    parts = [f"{bars} bars of {requests} requests published"]
    if failures := [failure for report in reports for failure in report.failures]:
        parts.append(f"{len(failures)} failed, the first: {failures[0]}")
    if reports[-1].limit:
        parts.append(reports[-1].limit)
    return "; ".join(parts)
