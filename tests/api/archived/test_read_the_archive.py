"""docs/how-to/read-the-archive.md, followed to the letter."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("pyiceberg", reason="needs pyiceberg: pip install 'stockpulse[archive]'")
pytest.importorskip("duckdb", reason="needs duckdb: pip install 'stockpulse[archive]'")

from tests import how_to
from tests.api.archived.archiving import Archiver
from tests.api.store import Store, Tick

DAYS = [date(2026, 3, 2), date(2026, 3, 3)]
PAGE = "read-the-archive.md"
NAME = "`volumes.py`"


@pytest.mark.scale
def test_the_example_reads_the_newest_state_of_each_day(
    fresh_database: str, store: Store, archiver: Archiver, tmp_path: Path
) -> None:
    text = (how_to.ROOT / "docs" / "how-to" / PAGE).read_text()
    assert NAME in text
    code = text.partition("```python\n")[2].partition("```")[0]
    ts = datetime(2026, 3, 2, 12, tzinfo=UTC)
    store.ticks("AAA", [Tick(ts, "1.50", "3"), Tick(ts + timedelta(days=1), "2.50", "4.5")])
    archiver.archive(DAYS, "trades")
    archiver.execute("update market.trades set size = 5 where size = 3")
    archiver.archive(DAYS, "trades")
    url = urlsplit(fresh_database)
    catalog = url._replace(scheme="postgresql+psycopg", query="options=-csearch_path%3Diceberg")
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"CATALOG": catalog.geturl()},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.replace(" ", "").strip("│") for line in done.stdout.splitlines() if "AAA" in line]
    assert rows == [
        "AAA│2026-03-02│1│5.000000000000000000",
        "AAA│2026-03-03│1│4.500000000000000000",
    ]
