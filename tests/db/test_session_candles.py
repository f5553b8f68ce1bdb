"""Candles of trading sessions around clock changes and half days, and privileges on functions."""

from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from tests.db import support
from tests.db.support import trade, utc

SESSIONS = [
    ("XNYS", "2025-11-26", "14:30", "21:00"),
    ("XNYS", "2025-11-28", "14:30", "18:00"),  # half day
    ("XNYS", "2026-03-06", "14:30", "21:00"),
    ("XNYS", "2026-03-09", "13:30", "20:00"),  # daylight saving time
    ("XBOM", "2026-03-06", "03:45", "10:00"),  # does not open or close on a half hour
]
# Trades, each with the date of its session, if any.
TRADES = [
    ("2025-11-26 14:29:59.999999", "1", "1", None),
    ("2025-11-26 14:30:00", "10", "2", "2025-11-26"),
    ("2025-11-26 17:00:00", "30", "1", "2025-11-26"),
    ("2025-11-26 20:59:59.999999", "20", "1", "2025-11-26"),
    ("2025-11-26 21:00:00", "2", "1", None),
    ("2025-11-27 16:00:00", "3", "1", None),
    ("2025-11-28 14:30:00", "20", "1", "2025-11-28"),
    ("2025-11-28 17:59:59.999999", "24", "3", "2025-11-28"),
    ("2025-11-28 18:00:00", "99", "1", None),
    ("2026-03-06 13:30:00", "4", "1", None),
    ("2026-03-06 14:30:00", "50", None, "2026-03-06"),
    ("2026-03-06 20:59:59", "40", None, "2026-03-06"),
    ("2026-03-08 15:00:00", "5", "1", None),
    ("2026-03-09 13:29:59", "6", "1", None),
    ("2026-03-09 13:30:00", "60", "1", "2026-03-09"),
    ("2026-03-09 14:00:00", "55", "1", "2026-03-09"),
    ("2026-03-09 20:00:00", "7", "1", None),
]


@pytest.fixture(params=[False, True], ids=["from ticks", "from candles"])
def sessions(
    request: pytest.FixtureRequest, conn: psycopg.Connection[Any]
) -> psycopg.Connection[Any]:
    support.insert(conn, [trade(utc(ts), price, size) for ts, price, size, _ in TRADES])
    support.insert(conn, [trade(utc("2026-03-06 03:30"), "3"), trade(utc("2026-03-06 10:00"), "4")])
    for calendar, day, opens, closes in SESSIONS:
        conn.execute(
            "insert into market.sessions values (%s, %s, %s, %s)",
            [calendar, day, utc(f"{day} {opens}"), utc(f"{day} {closes}")],
        )
    conn.execute("update market.instruments set calendar = 'XNYS'")
    if request.param:
        support.refresh_all(conn)
    return conn


@pytest.mark.parametrize("timezone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_session_candles_contain_exactly_the_trades_of_their_session(
    sessions: psycopg.Connection[Any], timezone: str
) -> None:
    sessions.execute("select set_config('timezone', %s, false)", [timezone])
    rows = sessions.execute(
        "select session_date, open, high, low, close, volume, vwap, tick_count"
        " from market.session_candles('AAPL', '2025-11-26', '2026-03-10')"
    ).fetchall()
    assert rows == [
        (date(2025, 11, 26), 10, 30, 10, 20, 4, Decimal("17.5"), 3),
        (date(2025, 11, 28), 20, 24, 20, 24, 4, 23, 2),
        (date(2026, 3, 6), 50, 50, 40, 40, None, None, 2),
        (date(2026, 3, 9), 60, 60, 55, 55, 2, Decimal("57.5"), 2),
    ]
    counts = {day: 0 for *_, day in TRADES if day}
    for *_, day in TRADES:
        if day:
            counts[day] += 1
    assert {row[0].isoformat(): row[7] for row in rows} == counts


def test_session_candles_have_the_times_of_their_session(sessions: psycopg.Connection[Any]) -> None:
    rows = sessions.execute(
        "select open_at, close_at, symbol, source"
        " from market.session_candles('AAPL', '2026-03-07', '2026-03-20')"
    ).fetchall()
    assert rows == [(utc("2026-03-09 13:30"), utc("2026-03-09 20:00"), "AAPL", "sim")]


def test_range_of_session_dates_is_half_open(sessions: psycopg.Connection[Any]) -> None:
    question = "select session_date from market.session_candles('AAPL', %s, %s)"
    rows = sessions.execute(question, ["2025-11-28", "2026-03-09"]).fetchall()
    assert [row[0].isoformat() for row in rows] == ["2025-11-28", "2026-03-06"]
    assert len(sessions.execute(question, ["-infinity", "infinity"]).fetchall()) == 4


def test_session_that_opens_within_a_candle_includes_all_of_it(
    sessions: psycopg.Connection[Any],
) -> None:
    rows = sessions.execute(
        "select session_date, open, close"
        " from market.session_candles('AAPL', '2026-03-06', '2026-03-07', calendar => 'XBOM')"
    ).fetchall()
    assert rows == [(date(2026, 3, 6), 3, 3)]


def test_symbol_without_calendar_is_an_error_with_a_remedy(
    sessions: psycopg.Connection[Any],
) -> None:
    sessions.execute("update market.instruments set calendar = null")
    for symbol in ("AAPL", "NONE", None):
        with pytest.raises(pg.InvalidParameterValue, match="no calendar is known for") as refused:
            sessions.execute("select * from market.session_candles(%s)", [symbol])
        assert refused.value.diag.message_hint == (
            "set its calendar with stockpulse instruments import, or in SQL name one"
        )


def test_calendar_without_sessions_is_an_error_that_names_the_command(
    sessions: psycopg.Connection[Any],
) -> None:
    with pytest.raises(
        pg.InvalidParameterValue, match="calendar 'XLON' has no sessions"
    ) as refused:
        sessions.execute("select * from market.session_candles('AAPL', calendar => 'XLON')")
    assert refused.value.diag.message_hint == "stockpulse calendars --calendar XLON"


def test_every_function_works_under_any_search_path(sessions: psycopg.Connection[Any]) -> None:
    sessions.execute("set search_path = pg_catalog")
    for call in CALLS:
        sessions.execute(call)


CALLS = [
    "select * from market.candles('AAPL', '1h', fill => 'previous')",
    "select * from market.last_candle('AAPL', '1h')",
    "select * from market.returns('AAPL', '1h')",
    "select market.vwap('AAPL'), market.twap('AAPL', '2026-03-06', '2026-03-07')",
    "select * from market.spread('AAPL', '1h')",
    "select * from market.movers()",
    "select * from market.session_candles('AAPL')",
]


@pytest.mark.parametrize("call", CALLS)
def test_only_readers_may_call_the_functions(
    sessions: psycopg.Connection[Any], fresh_database: str, call: str
) -> None:
    with support.as_role(fresh_database, "stockpulse_reader") as reader:
        reader.execute(call)
    with (
        support.as_role(fresh_database, "stockpulse_loader") as loader,
        pytest.raises(pg.InsufficientPrivilege),
    ):
        loader.execute(call)


@pytest.mark.parametrize("role", ["stockpulse_reader", "stockpulse_loader"])
@pytest.mark.parametrize(
    "statement",
    [
        "insert into market.sessions values ('X', '2026-01-01', '-infinity', 'infinity')",
        "update market.sessions set open_at = '-infinity'",
        "delete from market.sessions",
        "update market.instruments set calendar = 'X'",
    ],
)
def test_only_the_owner_writes_sessions(
    sessions: psycopg.Connection[Any], fresh_database: str, role: str, statement: str
) -> None:
    with support.as_role(fresh_database, role) as conn:
        conn.execute("set default_transaction_read_only = off")
        with pytest.raises(pg.InsufficientPrivilege):
            conn.execute(statement)
