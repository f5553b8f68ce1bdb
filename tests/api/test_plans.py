"""Queries for the newest data of a long history read little of it."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from db import sql
from stack.database import Database
from tests import support
from tests.api.store import Store, Tick, minute

DAYS = 12
A_DAY = 1440

# Counted by the server itself, since EXPLAIN does not show what a function reads.
ROWS_READ = """
select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)
from pg_stat_xact_all_tables
where schemaname in ('market', 'ops', '_timescaledb_internal')
"""


@pytest.fixture(scope="module")
def history(database: Database, template: str) -> Iterator[Store]:
    """One tick per minute for twelve days, with candles; for tests that only read."""
    with support.database_like(database.url, template) as url:
        yield _filled(Store(url), database)


@pytest.fixture
def own_history(store: Store, database: Database) -> Store:
    """The same, for a test that changes it."""
    return _filled(store, database)


def _filled(store: Store, database: Database) -> Store:
    start = minute(DAYS * A_DAY)
    ticks = [Tick(start + timedelta(minutes=n), "1") for n in range(DAYS * A_DAY)]
    store.ticks("A", ticks)
    store.make_candles(database.edition)
    store.execute("vacuum analyze")
    return store


def _rows_read(store: Store, package: str, statement: str, **values: object) -> int:
    """Returns how many rows of tables the statement reads."""
    settings = "-c plan_cache_mode=force_generic_plan -c timezone=UTC"
    with psycopg.connect(store.url, options=settings) as conn:
        conn.execute("set role stockpulse_reader")
        conn.execute(sql.load(package, statement), {"source": "sim"} | values, prepare=True)
        row = conn.execute(ROWS_READ).fetchone()
    assert row is not None
    return int(row[0])


def test_latest_ticks_read_no_more_than_they_show(history: Store) -> None:
    assert _rows_read(history, "api.legacy", "ticks_latest", symbol="A", limit=10) < 20


def test_tick_summary_reads_its_window_only(history: Store) -> None:
    # less than the chunk of a day, which is read whole while it is small
    assert _rows_read(history, "api.legacy", "ticks_summary", symbol="A", minutes=30) < A_DAY


@pytest.mark.parametrize(
    "package, statement, values",
    [
        ("api.legacy", "bars_latest", {"symbol": "A", "limit": 60}),
        ("api.legacy", "bars_summary", {"symbol": "A", "minutes": 60}),
        ("api.legacy", "movers", {"minutes": 60, "limit": 5}),
        ("api.native", "bars", {"newest_first": True, "share": "each", "limit": 1}),
        ("api.native", "bars", {"newest_first": True, "share": "by time"}),
        ("api.native", "bars", {"newest_first": True, "share": "in turn"}),
        ("api.native", "bars", {"newest_first": False, "share": "in turn"}),
    ],
)
def test_bars_read_a_day_or_two_and_not_the_history(
    history: Store, package: str, statement: str, values: dict[str, object]
) -> None:
    page = {
        "symbols": ["A"],
        "timeframe": "1m",
        "start": "-infinity",
        "end": "infinity",
        "limit": 60,
        "descending": False,
        "price": None,
        "adjustment": "raw",
        "vendor": True,
        "known_sources": None,
        "after_symbol": None,
        "after_source": None,
        "after_bucket": None,
        "width": "1 minute",
        "direction": 1,
        "ts": "rfc3339",
        "tz": None,
        "quote": "",
    } | dict.fromkeys(("o", "h", "l", "c", "v", "vw", "sp"), ",")
    # two days, and some hundred hours and days that say where to look
    read = _rows_read(history, package, statement, **page | values)
    assert 0 < read < 2 * A_DAY + 500 < DAYS * A_DAY / 4


@pytest.mark.parametrize(
    "package, statement, values",
    [
        ("api.binance", "klines", {"newest_first": True}),
        ("api.binance", "klines", {"newest_first": False}),
        ("api.binance", "trades", {"first_id": None, "is_aggregated": False}),
        ("api.binance", "trades", {"first_id": 9000, "is_aggregated": True}),
        ("api.binance", "price", {}),
        ("api.udf", "history", {"countback": 60}),
        ("api.udf", "history", {"countback": None}),
        ("api.udf", "table", {}),
    ],
)
def test_other_dialects_read_a_day_or_two_and_not_the_history(
    history: Store, package: str, statement: str, values: dict[str, object]
) -> None:
    now = minute(0)
    since = now - timedelta(hours=1) if values.get("countback", 1) is None else "-infinity"
    asked = {
        "symbol": "A",
        "symbols": ["A"],
        "names": ["A"],
        "timeframe": "1m",
        "width": "1 minute",
        "since": since,
        "start": since,
        "until": now + timedelta(hours=1),
        "end": now + timedelta(hours=1),
        "limit": 60,
        "most": 60,
        "per_second": 1000,
        "newest_first": True,
    }
    read = _rows_read(history, package, statement, **asked | values)
    assert 0 < read < 2 * A_DAY + 500


@pytest.mark.community
def test_a_page_reads_the_bars_it_shows_and_not_their_day(history: Store) -> None:
    read = _rows_read(history, "api.legacy", "bars_latest", symbol="A", timeframe="1m", limit=60)
    assert read < A_DAY / 2


EVENTS = {
    "symbols": ["A"],
    "start": "-infinity",
    "start_ns": 0,
    "end": "infinity",
    "end_ns": 0,
    "limit": 60,
    "newest": False,
    "descending": False,
    "ts": "rfc3339",
    "tz": None,
    "as_strings": False,
    "after_symbol": None,
    "after_source": None,
    "after_ts": None,
    "after_ns": None,
    "after_seq": None,
    "after_tick_id": None,
    "after_ties": None,
}
POSITION = {
    "after_symbol": "A",
    "after_source": "sim",
    "after_ts": minute(5 * A_DAY),
    "after_ns": 0,
    "after_seq": 7,
    "after_tick_id": "7",
}


@pytest.mark.parametrize(
    "statement, values",
    [
        ("latest_trades", {}),
        ("trades", {"newest": True}),
        ("trades", {}),
        ("trades", {"descending": True}),
        ("trades", POSITION),
        ("trades", POSITION | {"descending": True}),
        ("trades", POSITION | {"after_tick_id": None}),
    ],
)
def test_trades_read_no_more_than_they_show(
    history: Store, statement: str, values: dict[str, object]
) -> None:
    # beside them some hundred hours and days that say where to look
    read = _rows_read(history, "api.native", statement, **EVENTS | values)
    assert 0 < read < 60 + 500


def test_the_newest_trade_of_a_live_symbol_is_a_look_into_the_index(history: Store) -> None:
    assert _rows_read(history, "api.native", "latest_trades", **EVENTS) < 20


@pytest.mark.community
def test_a_page_of_compressed_trades_reads_their_segments_and_not_their_days(
    own_history: Store,
) -> None:
    own_history.execute("select compress_chunk(chunk) from show_chunks('market.trades') as chunk")
    for values in ({}, {"descending": True}, POSITION, POSITION | {"descending": True}):
        read = _rows_read(own_history, "api.native", "trades", **EVENTS | values)
        # a segment has up to a thousand trades and is one row
        assert 0 < read < 500, values


def test_the_newest_as_alpaca_are_read_without_the_history(history: Store) -> None:
    page = {
        "symbols": ["A"],
        "names": ["A"],
        "single": False,
        "start": minute(30),
        "start_ns": 0,
        "end": "infinity",
        "end_ns": 0,
        "limit": 10,
        "newest_first": True,
        "timeframe": "1m",
        "adjustment": "raw",
    } | dict.fromkeys(
        f"after_{name}"
        for name in ("symbol", "source", "bucket", "ts", "ns", "seq", "tick_id", "ties")
    )
    days = 2 * A_DAY + 500
    for statement, most in {"bars": days, "snapshots": days, "trades": 300, "quotes": 300}.items():
        for latest in (True, False):
            read = _rows_read(history, "api.alpaca", statement, **page, latest=latest)
            assert read < most, (statement, latest)
