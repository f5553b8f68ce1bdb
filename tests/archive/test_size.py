"""A large day takes no more memory than a small one, and the time that it should."""

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from archive.settings import ArchiveSettings
from tests.archive import support as days
from tests.db import support

ROWS = 1_000_000
MOST_MEMORY = 500 * 1024  # kB


def _run(settings: ArchiveSettings, *words: str) -> tuple[float, int]:
    """Runs a command; returns the seconds it took and the most memory it had, in kB."""
    environ = {
        **os.environ,
        "STOCKPULSE_DATABASE_URL": settings.database_url,
        "STOCKPULSE_WAREHOUSE": settings.warehouse,
    }
    started = time.monotonic()
    pid = os.posix_spawn(sys.executable, [sys.executable, "-m", "cli", *words], environ)
    _, status, usage = os.wait4(pid, 0)
    assert status == 0
    return time.monotonic() - started, usage.ru_maxrss


def _copied(url: str, path: Path) -> float:
    """Returns the seconds that COPY of the day's trades takes, into a file."""
    started = time.monotonic()
    with psycopg.connect(url) as conn, path.open("wb") as file:
        order = "symbol, source, ts, ns, seq, tick_id"
        with conn.cursor().copy(
            f"copy (select * from market.trades order by {order}) to stdout"
        ) as copy:
            for data in copy:
                file.write(data)
    return time.monotonic() - started


@pytest.mark.scale
def test_a_million_trades_are_archived_and_restored_within_500_MB(  # noqa: N802
    settings: ArchiveSettings,
    clone: Callable[[], str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with support.connect(settings.database_url) as conn:
        days.insert_many(conn, days.START, timedelta(milliseconds=86), ROWS)
    copied = _copied(settings.database_url, tmp_path / "trades.txt")
    archived, memory = _run(settings, "archive", str(days.DAY))
    assert memory < MOST_MEMORY
    assert days.ledger(settings.database_url, "rows", "relation = 'trades'") == [(ROWS,)]
    empty = ArchiveSettings(database_url=clone(), warehouse=settings.warehouse)
    restored, more = _run(empty, "restore", str(days.DAY))
    assert more < MOST_MEMORY
    ((size,),) = days.ledger(settings.database_url, "bytes", "relation = 'trades'")
    with capsys.disabled():
        print(
            f"\n{ROWS:,} trades: copied in {copied:.1f} s, archived with their candles and read"
            f" back in {archived:.1f} s and {memory / 1024:.0f} MB, restored with their candles in"
            f" {restored:.1f} s and {more / 1024:.0f} MB; {size / ROWS:.1f} bytes per trade"
        )
