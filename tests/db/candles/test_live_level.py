"""Candles of seconds are stored for the newest time alone, and nobody can tell from a read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from db import edition
from tests.db import support
from tests.db.support import trade
from tests.support import wait_until

SECOND = timedelta(seconds=1)
YOUNG_SECONDS = 5  # of a minute, in which no second of it is stored yet


@pytest.fixture
def quiet(conn: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A database whose jobs run when the test says so, and a minute with seconds to store."""
    wait_until(lambda: datetime.now(UTC).second >= YOUNG_SECONDS, "a minute that is not young")
    if edition.kind_of(conn) == "community":
        conn.execute("select _timescaledb_functions.stop_background_workers()")
    return conn


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def fill(conn: psycopg.Connection[Any], since: float = 200, step: float = 0.5) -> None:
    """Stores trades from some seconds ago to now."""
    count = int(since / step)
    support.insert(
        conn, [trade(ago(since - step * n), str(100 + n % 7), seq=n) for n in range(count)]
    )


def stored(conn: psycopg.Connection[Any]) -> tuple[datetime, datetime] | None:
    """Returns the range of seconds of trades that are stored; None if there are none."""
    row = conn.execute(
        "select min(bucket), max(bucket) from ops.candles_1s, ops.watermarks"
        " where relation = 'candles_1s' and bucket >= first_stored and bucket < watermark"
    ).fetchone()
    assert row is not None
    return None if row[0] is None else (row[0], row[1])


def test_the_newest_seconds_are_stored_and_reads_are_the_same(
    quiet: psycopg.Connection[Any],
) -> None:
    fill(quiet)
    support.refresh(quiet)
    found = stored(quiet)
    assert found is not None
    # where the stored minutes end, to where late trades are still expected
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    assert minute - timedelta(minutes=1) <= found[0] <= minute + SECOND
    assert found[1] <= ago(2)
    support.assert_exact(quiet)
    fill(quiet, since=1)
    support.assert_exact(quiet)


def test_a_late_trade_of_a_stored_second_is_in_every_level_after_the_next_run(
    quiet: psycopg.Connection[Any],
) -> None:
    fill(quiet)
    support.refresh(quiet)
    found = stored(quiet)
    assert found is not None
    support.insert(quiet, [trade(found[0], "777", seq=9999)])
    support.refresh(quiet)
    support.assert_exact(quiet)


@pytest.mark.parametrize("timeframe", ["1s", "10s", "30s"])
def test_seconds_are_timeframes(quiet: psycopg.Connection[Any], timeframe: str) -> None:
    fill(quiet)
    support.refresh(quiet)
    width = timedelta(seconds=int(timeframe[:-1]))
    counted = quiet.execute(
        "select date_bin(%s, ts, '2000-01-01 00:00+00'), count(*) from market.trades"
        " group by 1 order by 1",
        [width],
    ).fetchall()
    source = "sim"
    for function in (
        "market.candles('AAPL', %s, source => %s)",
        "market.bar_page(array['AAPL'], %s, source => %s, max_bars => 500)",
    ):
        rows = quiet.execute(
            f"select bucket, tick_count from {function}", [timeframe, source]
        ).fetchall()
        assert rows == counted, function


def test_none_are_stored_once_it_is_switched_off(quiet: psycopg.Connection[Any]) -> None:
    fill(quiet)
    support.refresh(quiet)
    assert stored(quiet)
    quiet.execute("update ops.lifecycle set keep = '0' where live")
    fill(quiet, since=1)
    support.refresh(quiet)
    assert stored(quiet) is None
    support.assert_exact(quiet)
    quiet.execute("update ops.lifecycle set keep = '1 day' where live")
    support.refresh(quiet)
    support.assert_exact(quiet)


def test_no_seconds_of_history_are_stored(
    quiet: psycopg.Connection[Any], fresh_database: str
) -> None:
    support.insert(quiet, [trade(support.midnight(day), "5") for day in (400, 30, 2)])
    for _ in range(2):
        support.refresh(quiet)
        support.retain(fresh_database)
    assert quiet.execute("select count(*) from ops.candles_1s").fetchone() == (0,)
    support.assert_exact(quiet)


@pytest.mark.apache
def test_it_begins_again_after_a_long_pause_of_the_refresh(quiet: psycopg.Connection[Any]) -> None:
    fill(quiet)
    support.refresh(quiet)
    # as if the last run had been an hour ago, when no second after that was stored
    quiet.execute("delete from ops.candles_1s")
    quiet.execute(
        "update ops.candle_watermarks set watermark = watermark - interval '1 hour'"
        " where relation = 'candles_1s'"
    )
    quiet.execute(
        "update ops.retention_floors set floor_ts = floor_ts - interval '2 hours'"
        " where relation = 'candles_1s'"
    )
    support.assert_exact(quiet)
    fill(quiet, since=1)
    support.refresh(quiet)
    assert stored(quiet)
    support.assert_exact(quiet)
