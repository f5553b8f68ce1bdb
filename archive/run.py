"""Archives days, the oldest first; `stockpulse archive`.

Nothing but the catalog and ops.archives says what is done, so a run that was killed is simply
started again: it finds the snapshots that are there, and leaves days alone that have not changed.
"""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime

import msgspec

from archive import days, ledger, one_day, presence, session, tables
from archive.ledger import RowsMissing
from archive.one_day import IsPending, Written
from archive.settings import ArchiveSettings
from archive.unfit import DoesNotFit
from db import sql
from db.candles.progress import Progress

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 60.0  # within which candles follow their events


class Archived(msgspec.Struct):
    """The outcome of a run, and the reasons why it left something out."""

    written: list[Written] = []
    refused: list[str] = []


def archive(
    settings: ArchiveSettings,
    progress: Progress,
    *,
    since: date | None = None,
    until: date | None = None,
    force: bool = False,
    patience: float = PATIENCE_SECONDS,
    done: Callable[[list[Written]], None] = lambda _written: None,
) -> Archived:
    """Archives the days since <= day < until whose last state is not in the archive.

    Without `until` it is the end of the newest day past the time in which late events come. `force`
    archives a day that has lost rows since. Waits at most `patience` seconds for candles that are
    behind their events; `done` is called after each day.

    What cannot be archived is left out, and its reason returned. Raises IsBusy, DatabaseAway,
    DatabaseRefused, WarehouseAway, ArchiveChanged, NotEqual, SettingsError; UsageError for a day
    that is not over.
    """
    now = datetime.now(UTC)
    if until is None:
        until = days.newest_closed(now) + days.DAY
    days.check_over(until - days.DAY, now)
    found = Archived()
    with session.opened(settings) as (conn, iceberg):
        relations = {relation.name: relation for relation in tables.relations(conn)}
        for lost in presence.check(conn, iceberg, [*relations.values()]):
            logger.warning("files are missing in the archive", extra={"of": lost})
        work = ledger.due(conn, since, until)
        with progress("archiving", sum(len(due.relations) for due in work), "parts") as advance:
            for due in work:
                written = []
                for relation in (relations[name] for name in due.relations):
                    try:
                        one = one_day.archive(
                            conn, iceberg, relation, due.day, force=force, patience=patience
                        )
                        written.append(one)
                    except (DoesNotFit, RowsMissing, IsPending) as error:
                        found.refused.append(str(error))
                    advance(1)
                found.written += written
                conn.execute(sql.load("archive", "see_archive"))
                done(written)
    return found
