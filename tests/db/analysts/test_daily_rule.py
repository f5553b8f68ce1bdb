"""Candles of sessions by the rules of days: every value worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.db import support
from tests.db.support import quote, trade, utc
from tests.oracle import Trade

SESSIONS = [
    ("2026-03-05", "14:30", "21:00"),
    ("2026-03-06", "14:30", "18:00"),  # a half day
    ("2026-03-09", "13:30", "20:00"),  # summer time
    ("2026-03-10", "13:30", "20:00"),
    ("2026-03-11", "13:30", "20:00"),
]
# What a trade of each condition moves: minutes by bits 1 to 8, days by 16 to 128.
ALL = 221  # a regular sale
FORM_T = 13 + 128  # prices and volume of minutes, only the volume of days
PRIOR = (
    8 + 32 + 64 + 128
)  # volume of minutes; high, low and volume of days, open and close if first
OFFICIAL = 16 + 64  # the official close: prices of days alone
ODD = 8 + 128  # volume alone
NOTHING = 0

TRADES = [
    ("2026-03-05 14:29:59.999999", "1", "1", ALL),  # before the opening
    ("2026-03-05 14:30:00", "90", "1", PRIOR),  # the first, but there are regular ones
    ("2026-03-05 14:31:00", "100", "2", ALL),
    ("2026-03-05 15:00:00", "110", "3", PRIOR),  # high
    ("2026-03-05 16:00:00", "120", "4", FORM_T),
    ("2026-03-05 17:00:00", "80", "5", ODD),
    ("2026-03-05 18:00:00", "104", "6", ALL),
    ("2026-03-05 20:59:59", "105", "7", OFFICIAL),
    ("2026-03-05 20:59:59.5", "130", "8", NOTHING),
    ("2026-03-05 21:00:00", "2", "1", ALL),  # after the close
    ("2026-03-06 15:00:00", "95", "2", PRIOR),  # nothing regular on this day
    ("2026-03-06 16:00:00", "97", "2", PRIOR),
    ("2026-03-06 18:00:00", "3", "1", ALL),
    ("2026-03-09 14:00:00", "50", "9", NOTHING),
    ("2026-03-10 19:00:00", "60", None, ALL),  # of no size
    ("2026-03-12 15:00:00", "4", "1", ALL),  # no session
]  # fmt: skip
CANDLES = [
    # (90 + 2 * 100 + 3 * 110 + 6 * 104) / 12
    (date(2026, 3, 5), 100, 110, 90, 105, 21, 12, 1244, 6),
    (date(2026, 3, 6), 95, 97, 95, 95, 4, 4, 384, 2),
    (date(2026, 3, 10), 60, 60, 60, 60, None, None, None, 1),
]
QUESTION = """
select session_date, open, high, low, close, volume, vwap_volume, notional, tick_count
from market.session_candles
"""


def trades() -> list[Trade]:
    return [
        trade(utc(ts), price, size, source="alpaca", seq=n, moves=moves, tick_id=str(n))
        for n, (ts, price, size, moves) in enumerate(TRADES)
    ]


def fill(conn: psycopg.Connection[Any]) -> None:
    support.insert(conn, trades())
    # the same of a source whose rules of days are those of minutes
    support.insert(conn, [event._replace(source="sim") for event in trades()])
    support.insert(conn, [quote(utc("2026-03-05 15:00"), "9", "11", source="alpaca", symbol="FX")])
    for day, opens, closes in SESSIONS:
        conn.execute(
            "insert into market.sessions values ('XNYS', %s, %s, %s)",
            [day, utc(f"{day} {opens}"), utc(f"{day} {closes}")],
        )
    conn.execute("update market.instruments set calendar = 'XNYS', primary_source = 'alpaca'")


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_sessions_follow_the_rules_of_days(market: psycopg.Connection[Any], zone: str) -> None:
    with market.transaction(force_rollback=True):
        market.execute("select set_config('timezone', %s, true)", [zone])
        assert market.execute(QUESTION + "('AAPL')").fetchall() == CANDLES


def test_dates_are_a_half_open_range(market: psycopg.Connection[Any]) -> None:
    rows = market.execute(QUESTION + "('AAPL', '2026-03-06', '2026-03-10')").fetchall()
    assert rows == CANDLES[1:2]
    assert market.execute(QUESTION + "('AAPL', '2026-03-11', '2026-03-11')").fetchall() == []


def test_session_says_when_it_was_and_of_what(market: psycopg.Connection[Any]) -> None:
    row = market.execute(
        "select open_at, close_at, symbol, source, round(vwap, 4)"
        " from market.session_candles('AAPL', '2026-03-05', '2026-03-06')"
    ).fetchone()
    assert row == (
        utc("2026-03-05 14:30"),
        utc("2026-03-05 21:00"),
        "AAPL",
        "alpaca",
        round(Decimal(1244) / 12, 4),
    )


def test_source_without_rules_of_days_follows_those_of_minutes(
    market: psycopg.Connection[Any],
) -> None:
    rows = market.execute(QUESTION + "('AAPL', '2026-03-05', '2026-03-07', 'sim')").fetchall()
    assert rows == [
        (date(2026, 3, 5), 100, 120, 100, 104, 21, 12, 1304, 6),  # (2 * 100 + 4 * 120 + 6 * 104)
        (date(2026, 3, 6), None, None, None, None, 4, None, None, 2),
    ]


@pytest.mark.parametrize(
    "source, has", [("alpaca", True), ("massive", True), ("sim", False), ("algoseek", False)]
)
def test_rule_sets_tell_which_sources_have_rules_of_days(
    market: psycopg.Connection[Any], source: str, has: bool
) -> None:
    assert market.execute("select market.has_day_rules(%s)", [source]).fetchone() == (has,)


def test_quotes_have_no_rules_of_days(market: psycopg.Connection[Any]) -> None:
    rows = market.execute(
        "select session_date, close, volume, tick_count from market.session_candles('FX')"
    ).fetchall()
    assert rows == [(date(2026, 3, 5), 10, None, 1)]
    rows = market.execute(
        "select close from market.session_candles('FX', price => 'ask')"
    ).fetchall()
    assert rows == [(11,)]


@pytest.mark.parametrize("source", ["alpaca", "sim"])
def test_session_of_a_split_and_a_new_name(conn: psycopg.Connection[Any], source: str) -> None:
    """Both within the session and within its half hours."""
    opens = support.midnight(3) + timedelta(hours=14, minutes=30)
    renamed, split = opens + timedelta(minutes=65), opens + timedelta(minutes=95)
    support.insert(
        conn,
        [
            trade(opens, "40", "1", symbol="OLD", source=source),
            trade(renamed, "44", "1", symbol="NEW", source=source),
            trade(renamed, "999", "1", symbol="OLD", source=source),
            trade(split, "12", "4", symbol="NEW", source=source),
        ],
    )
    conn.execute("insert into market.names values ('OLD', '-infinity', %s, 'NEW')", [renamed])
    conn.execute("insert into market.corporate_actions values ('NEW', %s, 'split', 4, 1)", [split])
    conn.execute(
        "insert into market.sessions values ('XNYS', %s, %s, %s)",
        [opens.date(), opens, opens + timedelta(hours=6.5)],
    )
    conn.execute("update market.sources set calendar = 'XNYS' where source = %s", [source])
    question = (
        "select open, high, low, close, volume, notional, tick_count"
        " from market.session_candles('OLD', adjustment => %s)"
    )
    assert conn.execute(question, ["raw"]).fetchall() == [(40, 44, 12, 12, 6, 132, 3)]
    assert conn.execute(question, ["split"]).fetchall() == [(10, 12, 10, 12, 12, 132, 3)]
