"""Amendments of a day that only the archive has: refused, or waiting, and right once it is back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from archive import restore as restoring
from archive import run
from archive.part import OtherRows
from archive.settings import ArchiveSettings
from cli.progress import no_progress
from db.settings import changed
from ingest.formats.times import rfc3339
from ingest.store import rejects
from ingest.store.store import opened
from tests.archive import support as days
from tests.db import archived, loading, support
from tests.db.archived import days_left
from tests.db.support import MINUTE, trade
from tests.ingest import amended, made

OLD = 91  # days ago; events are kept for 90
DAY = archived.day_of(OLD)
LATE = support.midnight(OLD) + timedelta(hours=23)
EVENTS = [
    trade(LATE, "5", tick_id="other"),
    trade(LATE + timedelta(seconds=1), "100", "2", tick_id="wrong"),
    trade(LATE + timedelta(seconds=2), "1000", "3", tick_id="dead"),
    trade(LATE + timedelta(seconds=3), "8", "4", tick_id="old"),
    trade(LATE + MINUTE, "7", tick_id="next"),
]


@pytest.fixture
def dropped(settings: ArchiveSettings) -> ArchiveSettings:
    """A database whose day only the archive has."""
    with support.connect(settings.database_url) as conn:
        support.keep_events(conn, "90 days")
        support.insert(conn, [*EVENTS, trade(support.midnight(5), "1", tick_id="recent")])
        support.refresh_all(conn)
        assert run.archive(settings, no_progress, patience=0).refused == []
        support.retain(settings.database_url)
        assert days_left(conn) == [5]
    return settings


def restore(settings: ArchiveSettings, **options: Any) -> restoring.Restored:
    return restoring.restore(settings, no_progress, DAY, **options)


def prices(conn: psycopg.Connection) -> dict[str, Decimal]:
    """Returns the price of each trade of the day."""
    rows = conn.execute(
        "select tick_id, price from market.trades where ts < %s", [LATE + timedelta(hours=1)]
    ).fetchall()
    return dict(rows)


def bar(conn: psycopg.Connection) -> tuple[Any, ...] | None:
    """Returns high, close, volume and number of trades of the bar of 23:00."""
    return conn.execute(
        "select high, close, volume, tick_count from market.candles_1m"
        " where bucket >= %s and bucket < %s",
        [LATE, LATE + MINUTE],
    ).fetchone()


def assert_archived_anew(settings: ArchiveSettings, expected: dict[str, Any]) -> None:
    """Asserts that the next run makes snapshots of the day as it is, and that it then goes."""
    found = run.archive(settings, no_progress, patience=0)
    assert found.refused == []
    written = {one.relation for one in found.written if one.is_new and one.day == DAY}
    assert {"trades", "candles_1m", "candles_1d"} <= written
    assert {row["tick_id"]: row["price"] for row in days.equal(settings, "trades", DAY)} == expected
    assert days.equal(settings, "candles_1m", DAY)
    assert restore(settings) == restoring.Restored(rows=dict.fromkeys(restore(settings).rows, 0))
    restoring.release(settings.database_url, DAY)
    support.retain(settings.database_url)
    with support.connect(settings.database_url) as conn:
        assert days_left(conn) == [5]


@pytest.mark.scale
def test_a_refused_correction_is_stored_by_a_replay_once_its_day_is_back(
    dropped: ArchiveSettings,
) -> None:
    url = dropped.database_url
    message = amended.correction(
        0,
        "50",
        size="2",
        symbol="AAPL",
        source="sim",
        event_time=rfc3339(EVENTS[1].ts),
        dedupe_id="wrong",
    )
    with opened(url) as store:
        store.add_offsets(("t", 0), 0, "cluster", None)
        assert store.store(
            made.batch([made.Message(message, 0)], now=datetime.now(UTC))
        ).rejects == {"too late": 1}
    assert rejects.replay(url).left == 1
    with support.connect(url) as conn:
        assert "stockpulse restore DAY" in str(
            conn.execute("select detail from ops.rejects").fetchone()
        )
        assert restore(dropped).amended == {}
        assert rejects.replay(url) == rejects.Replayed(stored=1, left=0)
        support.refresh(conn)
        expected = {"other": 5, "wrong": 50, "dead": 1000, "old": 8, "next": 7}
        assert prices(conn) == expected
        assert bar(conn) == (1000, 8, 10, 4)
    assert_archived_anew(dropped, expected)


@pytest.mark.scale
def test_amendments_of_a_later_day_wait_until_their_trades_are_back(
    dropped: ArchiveSettings,
) -> None:
    _, wrong, dead, old, _ = EVENTS
    amendments = (
        loading.correction(wrong._replace(price=Decimal(50))),
        loading.cancel(dead),
        loading.correction(old._replace(price=Decimal(9), tick_id="new"), amends=["old"]),
    )
    later = {"ts": support.midnight(OLD - 1) + timedelta(hours=1)}
    with loading.loader(dropped.database_url) as loader:
        assert loading.amend(loader, *(one | later for one in amendments)) == (0, 3)
    restored = restore(dropped)
    assert (restored.amended, restored.differing) == ({"trades": 3}, [])
    with support.connect(dropped.database_url) as conn:
        expected = {"other": 5, "wrong": 50, "new": 9, "next": 7}
        assert prices(conn) == expected
        assert bar(conn) == (50, 9, 7, 3)
        waiting = conn.execute("select count(*) from ops.amendments where applied_at is null")
        assert waiting.fetchone() == (0,)
        support.refresh(conn)  # on Apache-2 the log of changes has them as well
        assert bar(conn) == (50, 9, 7, 3)
    assert_archived_anew(dropped, expected)


@pytest.mark.scale
def test_retention_that_meets_a_restore_leaves_it_and_loaders_alone(
    dropped: ArchiveSettings,
) -> None:
    url, ran = dropped.database_url, []

    def retain(_parts: int) -> None:
        if not ran:
            with support.as_role(url, "stockpulse_owner") as other:
                other.execute("set lock_timeout = '2s'")
                other.execute("call ops.apply_retention()")
            ran.append(True)

    @contextmanager
    def progress(*_: Any) -> Iterator[Callable[[int], None]]:
        yield retain

    with support.connect(url) as conn:
        support.keep_events(conn, "3 days")
        restoring.restore(dropped, progress, DAY)
        assert days_left(conn) == [OLD, 5]
        support.retain(url)
        assert days_left(conn) == [OLD]


@pytest.mark.scale
def test_a_trade_that_was_cancelled_since_does_not_come_back(settings: ArchiveSettings) -> None:
    days.fill(settings.database_url)
    days.archive(settings)
    ((old,),) = days.ledger(settings.database_url, "snapshot", "relation = 'trades'")
    first = trade(days.moment(10), "100", "2", seq=5, tick_id="tie0")
    with loading.loader(settings.database_url) as loader:
        loading.amend(loader, loading.cancel(first))
    before = days.stored(settings.database_url, "trades")
    with pytest.raises(OtherRows, match="were cancelled or got another id since"):
        restoring.restore(settings, no_progress, days.DAY)
    assert days.stored(settings.database_url, "trades") == before
    restoring.restore(settings, no_progress, days.DAY, as_of=old)
    assert len(days.stored(settings.database_url, "trades")) == len(before) + 1


@pytest.mark.scale
def test_an_amendment_is_restored_once_whether_it_waits_or_was_applied(
    settings: ArchiveSettings, clone: Any
) -> None:
    """It came before its trade, was archived while it waited, and again when it was applied."""
    late = trade(days.moment(16), "100", "2", tick_id="late")
    days.fill(settings.database_url)
    amendments = (loading.correction(late._replace(price=Decimal(50))), loading.cancel(late))
    with loading.loader(settings.database_url) as loader:
        assert loading.amend(loader, amendments[0]) == (0, 1)
        days.archive(settings)
        ((old,),) = days.ledger(settings.database_url, "snapshot", "relation = 'amendments'")
        loading.store(loader, [late])
        with support.connect(settings.database_url) as conn:
            archived.log(conn, "trade", late.ts, late.ts + support.MICROSECOND)
            support.refresh_all(conn)
    assert days.archive(settings).refused == []
    with support.connect(settings.database_url) as conn:
        query = "select applied_at is not null from ops.amendments"
        assert conn.execute(query).fetchall() == [(True,)]
        restoring.restore(settings, no_progress, days.DAY, as_of=old)  # where it was applied
        assert conn.execute(query).fetchall() == [(True,)]
    empty = changed(settings, database_url=clone())
    with loading.loader(empty.database_url) as loader:  # it comes there by itself, and waits
        assert loading.amend(loader, amendments[0]) == (0, 1)
    assert restoring.restore(empty, no_progress, days.DAY).differing == []
    with support.connect(empty.database_url) as conn:
        assert conn.execute(query).fetchall() == [(True,)]
        assert {row["tick_id"]: row["price"] for row in days.stored(empty.database_url, "trades")}[
            "late"
        ] == 50
