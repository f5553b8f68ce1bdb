"""An archiver that is killed at any moment loses nothing, and the next run ends what it began."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archive import restore
from archive.settings import ArchiveSettings
from cli.progress import no_progress
from db import migrate
from db.settings import changed
from stack import database as databases
from stack.database import Database
from tests.archive import support as days
from tests.db import loading, support
from tests.db.support import quote, trade
from tests.faults.conftest import without_given_servers

KILLS = 20
ROWS = 30_000
STEP = timedelta(seconds=5)  # two days of trades
OTHER = days.DAY + timedelta(days=1)


@pytest.fixture
def own_database() -> Iterator[Database]:
    """A migrated database on a server of this test's own, with its jobs."""
    with databases.start(without_given_servers(os.environ)) as started:
        migrate.upgrade(started.url)
        yield started


def _fill(url: str) -> None:
    """Stores two days, long enough to be interrupted."""
    days.fill(url)
    with support.connect(url) as conn:
        support.insert(conn, [quote(days.moment(30), "1", "2", tick_id="q")])
        days.insert_many(conn, days.START, STEP, ROWS)


def _start(settings: ArchiveSettings) -> subprocess.Popen[bytes]:
    environ = {
        **os.environ,
        "STOCKPULSE_DATABASE_URL": settings.database_url,
        "STOCKPULSE_WAREHOUSE": settings.warehouse,
    }
    command = [sys.executable, "-m", "cli", "archive", "--since", str(days.DAY)]
    command += ["--until", str(OTHER + timedelta(days=1))]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _kill_at(settings: ArchiveSettings, seconds: float) -> bool:
    """Starts an archiver and kills it after a time; returns whether it still ran."""
    process = _start(settings)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    return False


def _correct(url: str, number: int) -> None:
    """Corrects a trade of the day, and cancels another."""
    with loading.loader(url) as loader:
        first = trade(
            days.START + number * STEP,
            "7.77",
            "1",
            symbol=f"SYM{number % 20}",
            tick_id=str(number),
        )
        second = number + 1
        gone = trade(
            days.START + second * STEP,
            "1",
            symbol=f"SYM{second % 20}",
            tick_id=str(second),
        )
        loading.amend(loader, loading.correction(first), loading.cancel(gone))
    with support.connect(url) as conn:
        support.refresh_all(conn)


def _assert_what_is_verified_holds(settings: ArchiveSettings) -> int:
    """Reads each verified snapshot and compares it with its row; returns how many there are."""
    known = days.ledger(
        settings.database_url,
        "relation, day, snapshot, rows, checksum",
        "verified_at is not null and snapshot <> 0 and relation in ('trades', 'candles_1m')",
    )
    for name, day, snapshot, rows, checksum in known:
        found = days.snapshot_sums(settings, name, day, snapshot)
        assert (found.rows, found.checksum) == (rows, checksum)
    return len(known)


@pytest.mark.scale
def test_counts_checksums_and_snapshots_hold_after_twenty_kills(
    own_database: Database, clone: Callable[[], str], tmp_path: Path
) -> None:
    url = own_database.url
    settings = ArchiveSettings(database_url=url, warehouse=str(tmp_path / "warehouse"))
    _fill(url)
    chance = random.Random(18)
    killed, longest = 0, 4.0
    while killed < KILLS:
        started = time.monotonic()
        if _kill_at(settings, chance.uniform(1.0, longest)):
            killed += 1
        else:  # it has ended: there is something new to archive
            longest = max(3.0, time.monotonic() - started)
            _correct(url, 1000 + 10 * killed)
        if killed == KILLS // 2:
            _correct(url, 100)
            own_database.kill()
            own_database.start()
        _assert_what_is_verified_holds(settings)
        longest += 1.0
    _correct(url, 5000)
    output, _ = (process := _start(settings)).communicate(timeout=300)
    assert process.returncode == 0, output
    assert _assert_what_is_verified_holds(settings) >= 4
    for day in (days.DAY, OTHER):
        for name in ("trades", "quotes", "candles_1m", "candles_1d", "quote_candles_1h"):
            days.equal(settings, name, day)
        empty = changed(settings, database_url=clone())
        assert restore.restore(empty, no_progress, day).differing == []
        for name in ("trades", "quotes", "amendments", *support.KEPT):
            ours, theirs = days.stored(empty.database_url, name, day), days.stored(url, name, day)
            assert str(ours) == str(theirs), name
