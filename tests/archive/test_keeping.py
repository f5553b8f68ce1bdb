"""Retention and the archive together: what is dropped is there, and comes back as it was."""

import shutil
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from archive import restore as restoring
from archive import run
from archive.catalog import WarehouseAway
from archive.settings import ArchiveSettings
from cli.progress import no_progress
from tests.archive import support as days
from tests.db import archived, support
from tests.db.archived import add, days_left, ranges
from tests.db.support import trade

pytestmark = pytest.mark.scale

OLD = (94, 93, 92)  # days ago; events are kept for 90


def fill(conn: psycopg.Connection) -> None:
    support.keep_events(conn, "90 days")
    for days_ago in (*OLD, 5):
        start = support.midnight(days_ago)
        support.insert(
            conn, [trade(start + timedelta(hours=n), str(n), tick_id=str(n)) for n in (1, 2)]
        )
    support.refresh_all(conn)


def test_days_go_once_they_are_archived_come_back_change_and_go_again(
    settings: ArchiveSettings,
) -> None:
    url = settings.database_url
    with support.connect(url) as conn:
        fill(conn)
        assert run.archive(settings, no_progress, patience=0).refused == []
        late = support.midnight(93) + timedelta(hours=1, minutes=30)
        add(conn, trade(late, "9", tick_id="late"))
        support.refresh(conn)
        candles = support.all_candles(conn)
        support.retain(url)
        assert days_left(conn) == [93, 5]
        assert run.archive(settings, no_progress, patience=0).refused == []
        support.retain(url)
        assert days_left(conn) == [5]
        assert support.all_candles(conn) == candles
        for days_ago in (94, 93):
            day = archived.day_of(days_ago)
            assert restoring.restore(settings, no_progress, day).differing == []
        assert len(days.stored(url, "trades", archived.day_of(93))) == 3
        assert support.all_candles(conn) == candles
        support.retain(url)
        assert days_left(conn) == [94, 93, 5]
        add(conn, trade(late + timedelta(days=-1), "8", tick_id="late"))
        support.refresh(conn)
        candles = support.all_candles(conn)
        for days_ago in (94, 93):
            restoring.release(url, archived.day_of(days_ago))
        support.retain(url)
        assert days_left(conn) == [94, 5]
        written = run.archive(settings, no_progress, patience=0).written
        assert {one.day for one in written} == {archived.day_of(94)}
        support.retain(url)
        assert days_left(conn) == [5]
        assert (ranges(conn, "archived"), ranges(conn, "kept")) == ({*OLD}, set())
        support.refresh(conn)
        assert support.all_candles(conn) == candles


def test_without_its_files_nothing_is_dropped(settings: ArchiveSettings) -> None:
    with support.connect(settings.database_url) as conn:
        fill(conn)
        run.archive(settings, no_progress, patience=0)
        shutil.move(settings.warehouse, Path(settings.warehouse).with_name("away"))
        archived.see(conn, hours_ago=7)
        with pytest.raises(WarehouseAway):
            run.archive(settings, no_progress, patience=0)
        support.retain(settings.database_url)
        assert days_left(conn) == [*OLD, 5]
