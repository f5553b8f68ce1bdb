"""docs/how-to/add-a-level-of-candles.md, followed to the letter, adds a level with all it needs."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from cli.progress import show_progress
from db import edition, migrate
from db.candles import refresh, verify
from db.migrations import steps
from tests import how_to
from tests.db import catalog, history, support

UPGRADE = "import sys; from db import migrate; migrate.upgrade(sys.argv[1])"
DOWNGRADE = "import sys; from db import migrate; migrate.downgrade(sys.argv[1], sys.argv[2])"


def follow(directory: Path) -> str:
    """Writes the revision of the page into a copy of db; returns the revision before it."""
    db = how_to.copy_of_db(directory)
    newest = max((migrate.MIGRATIONS / "versions").glob("*.py"))
    number = f"{int(newest.name[:4]) + 1:04}"
    for path, code in how_to.blocks("add-a-level-of-candles.md").items():
        (db.parent / path.replace("NNNN", number)).write_text(code)
    stub = re.sub(
        r"^revision = .*\ndown_revision = .*$",
        f'revision = "{number}_two_hours"\ndown_revision = "{newest.stem}"',
        newest.read_text(),
        flags=re.MULTILINE,
    )
    (db / "migrations" / "versions" / f"{number}_two_hours.py").write_text(stub)
    return newest.stem


def test_page_includes_every_function_that_is_generated_from_the_levels() -> None:
    generated = {
        f"functions/{file.name}"
        for file in (steps.ROOT / "functions").glob("*.sql")
        if "\ndo $" in f"\n{file.read_text()}"
    }
    for path, code in how_to.blocks("add-a-level-of-candles.md").items():
        if path.endswith(("hours.up.sql", "hours.down.sql")):
            assert generated == {
                name for name in steps.INCLUDE.findall(code) if name.startswith("functions/")
            }, path


def test_level_added_by_the_page_alone_is_like_the_others(
    conn: psycopg.Connection[Any], fresh_database: str, tmp_path: Path
) -> None:
    if edition.kind_of(conn) == "community":
        conn.execute("select _timescaledb_functions.stop_background_workers()")
    history.fill(conn)
    support.refresh_all(conn)
    before = catalog.read(fresh_database)
    revision = follow(tmp_path)

    how_to.run(tmp_path, UPGRADE, fresh_database)
    names = conn.execute("select timeframe from market.timeframes order by width").fetchall()
    assert [name for (name,) in names] == [
        "1s", "1m", "5m", "15m", "30m", "1h", "2h", "4h", "12h", "1d",
    ]  # fmt: skip
    levels = () if edition.kind_of(conn) == "apache" else ("2h",)
    refresh.refresh(fresh_database, show_progress, levels=levels)
    assert history.stored(conn, "candles_2h") == 24
    support.assert_exact(conn)
    with support.as_role(fresh_database, "stockpulse_reader") as reader:
        rows = reader.execute(
            "select bucket, open, tick_count from market.candles('AAPL', '2h')"
        ).fetchall()
        # Trades are three hours apart, so that each has a candle of its own.
        assert (
            rows
            == conn.execute(
                "select date_bin('2 hours', ts, '2000-01-01 00:00+00'), price, 1"
                " from market.trades order by ts"
            ).fetchall()
        )
        timeframe = reader.execute("select level, width from market.timeframe_of('2h')").fetchone()
        assert timeframe == ("2h", timedelta(hours=2))
    assert verify.verify(fresh_database, show_progress).candles["candles_2h"] == 24

    how_to.run(tmp_path, DOWNGRADE, fresh_database, revision)
    assert catalog.read(fresh_database) == before
