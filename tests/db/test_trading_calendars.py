"""Sessions from the library, for days whose opening hours are known."""

import sys
from datetime import date
from typing import Any

import click
import psycopg
import pytest
from click.testing import CliRunner

from api.settings import ApiSettings
from cli.calendars import calendars
from cli.main import cli
from cli.settings import Settings
from db import trading_calendars
from db.connect import DatabaseRefused
from db.errors import UsageError
from ingest.loader.settings import LoaderSettings
from tests.db import support
from tests.db.support import utc


def stored(conn: psycopg.Connection[Any], calendar: str) -> list[tuple[Any, ...]]:
    return conn.execute(
        "select session_date, open_at, close_at from market.sessions where calendar = %s"
        " order by session_date",
        [calendar],
    ).fetchall()


# From the exchanges' own calendars.
@pytest.mark.parametrize(
    "calendar, since, until, expected",
    [
        (
            "XNYS", "2025-11-26", "2025-12-01",
            [("2025-11-26", "14:30", "21:00"), ("2025-11-28", "14:30", "18:00")],
        ),
        (
            "XNYS", "2026-03-06", "2026-03-10",
            [("2026-03-06", "14:30", "21:00"), ("2026-03-09", "13:30", "20:00")],
        ),
        (
            "XLON", "2025-12-24", "2025-12-30",
            [("2025-12-24", "08:00", "12:30"), ("2025-12-29", "08:00", "16:30")],
        ),
        (
            "XLON", "2026-03-27", "2026-03-31",
            [("2026-03-27", "08:00", "16:30"), ("2026-03-30", "07:00", "15:30")],
        ),
        ("XNYS", "2026-03-07", "2026-03-09", []),
    ],
    ids=[
        "Thanksgiving", "daylight saving in New York",
        "Christmas", "daylight saving in London", "weekend",
    ],
)  # fmt: skip
def test_sessions_are_those_of_the_exchange(
    fresh_database: str,
    conn: psycopg.Connection[Any],
    calendar: str,
    since: str,
    until: str,
    expected: list[tuple[str, str, str]],
) -> None:
    dates = date.fromisoformat(since), date.fromisoformat(until)
    assert trading_calendars.load(fresh_database, calendar, *dates) == len(expected)
    assert stored(conn, calendar) == [
        (date.fromisoformat(day), utc(f"{day} {opens}"), utc(f"{day} {closes}"))
        for day, opens, closes in expected
    ]


def test_sessions_of_a_market_that_never_closes_have_no_gaps(
    fresh_database: str, conn: psycopg.Connection[Any]
) -> None:
    trading_calendars.load(fresh_database, "24/7", date(2026, 3, 6), date(2026, 3, 10))
    rows = stored(conn, "24/7")
    assert [row[0].isoformat() for row in rows] == [f"2026-03-0{n}" for n in (6, 7, 8, 9)]
    assert [row[1] for row in rows[1:]] == [row[2] for row in rows[:-1]]
    support.insert(conn, [support.trade(utc(f"2026-03-0{n} 23:59:59"), str(n)) for n in (6, 7, 8)])
    columns = "open, high, low, close, volume, notional, vwap, tick_count"
    assert (
        conn.execute(
            f"select {columns}"
            " from market.session_candles('AAPL', '2026-03-01', '2026-04-01', null, '24/7')"
        ).fetchall()
        == conn.execute(f"select {columns} from market.candles('AAPL', '1d')").fetchall()
    )


# By Dukascopy's schedule: in New York from 17:00 to 17:00.
@pytest.mark.parametrize(
    "since, until, expected",
    [
        (
            "2026-03-06", "2026-03-11",
            [
                ("2026-03-06", "2026-03-05 22:00", "2026-03-06 22:00"),
                ("2026-03-09", "2026-03-08 21:00", "2026-03-09 21:00"),
                ("2026-03-10", "2026-03-09 21:00", "2026-03-10 21:00"),
            ],
        ),
        (
            "2025-10-31", "2025-11-04",
            [
                ("2025-10-31", "2025-10-30 21:00", "2025-10-31 21:00"),
                ("2025-11-03", "2025-11-02 22:00", "2025-11-03 22:00"),
            ],
        ),
        (
            "2025-12-25", "2025-12-27",
            [
                ("2025-12-25", "2025-12-24 22:00", "2025-12-25 08:00"),
                ("2025-12-26", "2025-12-25 22:00", "2025-12-26 22:00"),
            ],
        ),
        (
            "2025-12-31", "2026-01-03",
            [
                ("2025-12-31", "2025-12-30 22:00", "2025-12-31 22:00"),
                ("2026-01-02", "2026-01-01 22:00", "2026-01-02 22:00"),
            ],
        ),
        ("2026-03-07", "2026-03-09", []),
    ],
    ids=["to summer time", "to winter time", "Christmas", "New Year", "weekend"],
)  # fmt: skip
def test_currencies_trade_five_days_a_week_without_the_library(
    monkeypatch: pytest.MonkeyPatch,
    fresh_database: str,
    conn: psycopg.Connection[Any],
    since: str,
    until: str,
    expected: list[tuple[str, str, str]],
) -> None:
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    dates = date.fromisoformat(since), date.fromisoformat(until)
    assert trading_calendars.load(fresh_database, "FX", *dates) == len(expected)
    assert stored(conn, "FX") == [
        (date.fromisoformat(day), utc(opens), utc(closes)) for day, opens, closes in expected
    ]


def test_loading_again_replaces_only_the_sessions_of_the_range(
    fresh_database: str, conn: psycopg.Connection[Any]
) -> None:
    week = date(2026, 3, 2), date(2026, 3, 7)
    trading_calendars.load(fresh_database, "XNYS", *week)
    trading_calendars.load(fresh_database, "XLON", *week)
    right = stored(conn, "XNYS")
    assert len(right) == 5
    conn.execute("update market.sessions set close_at = open_at + interval '1 minute'")
    conn.execute(
        "insert into market.sessions values ('XNYS', '2026-03-07', '2026-03-07', '2026-03-08')"
    )
    conn.execute(
        "delete from market.sessions where calendar = 'XNYS' and session_date = '2026-03-03'"
    )
    wrong = stored(conn, "XLON")
    outside = stored(conn, "XNYS")[-1:]
    trading_calendars.load(fresh_database, "XNYS", *week)
    assert stored(conn, "XNYS") == right + outside
    assert stored(conn, "XLON") == wrong


def test_unknown_calendar_is_one_line(fresh_database: str) -> None:
    with pytest.raises(UsageError, match=r"^calendar XNSE: [^\n]{1,220}$"):
        trading_calendars.load(fresh_database, "XNSE", date(2026, 3, 2), date(2026, 3, 7))


def test_empty_range_is_refused() -> None:
    with pytest.raises(UsageError, match="since 2026-03-07 is not before until 2026-03-07"):
        trading_calendars.read("XNYS", date(2026, 3, 7), date(2026, 3, 7))


def test_missing_library_is_one_line_with_the_command_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    with pytest.raises(UsageError) as missing:
        trading_calendars.read("XNYS", date(2026, 3, 2), date(2026, 3, 7))
    assert str(missing.value) == (
        "the library exchange_calendars is missing: pip install 'stockpulse[calendars]'"
    )


def test_database_without_schema_is_refused(empty_database: str) -> None:
    with pytest.raises(DatabaseRefused):
        trading_calendars.load(empty_database, "XNYS", date(2026, 3, 2), date(2026, 3, 7))


def test_command_loads_the_default_calendars(
    fresh_database: str, conn: psycopg.Connection[Any]
) -> None:
    assert cli.get_command(click.Context(cli), "calendars") is calendars
    done = CliRunner().invoke(
        calendars,
        ["--since", "2026-03-02", "--until", "2026-03-09"],
        obj=Settings(LoaderSettings(database_url=fresh_database), ApiSettings()),
        catch_exceptions=False,
    )
    assert done.output.splitlines() == [
        "   FX  5 sessions from 2026-03-02 to 2026-03-09",
        " XNYS  5 sessions from 2026-03-02 to 2026-03-09",
        " XLON  5 sessions from 2026-03-02 to 2026-03-09",
        " 24/7  7 sessions from 2026-03-02 to 2026-03-09",
    ]
    assert [len(stored(conn, calendar)) for calendar in trading_calendars.CALENDARS] == [5, 5, 5, 7]
