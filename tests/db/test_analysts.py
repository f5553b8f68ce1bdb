"""The functions of analysts: every value worked out by hand, or from the ticks another way."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from stack.database import Database
from tests import cookbook
from tests import support as databases
from tests.db import chunks, support
from tests.db.chunks import Chunk
from tests.db.support import LEVELS, MINUTE, tick, utc

DAY = utc("2026-03-04")  # a Wednesday
HOUR = timedelta(hours=1)


def at(minutes: float) -> datetime:
    return DAY + timedelta(minutes=minutes)


@pytest.fixture(params=[False, True], ids=["from ticks", "from candles"])
def filled(
    request: pytest.FixtureRequest, conn: psycopg.Connection[Any]
) -> psycopg.Connection[Any]:
    """A series with holes: the day before, 10:00, 10:01, 10:04 and 10:07 of DAY."""
    support.insert(
        conn,
        [
            tick(at(-60), "7", "1"),
            tick(at(600), "10", "1"),
            tick(at(600.5), "12", "3"),
            tick(at(601), "11", "2"),
            tick(at(604), "20", "4"),
            tick(at(604.25), "16", None),
            tick(at(607), "8", "10"),
            tick(at(600), "1000", "9", source="other"),
        ],
    )
    conn.execute("update market.instruments set primary_source = 'sim'")
    if request.param:
        support.refresh_all(conn)
    return conn


def filling(
    conn: psycopg.Connection[Any], fill: str, since: object, until: object, timeframe: str = "1m"
) -> list[tuple[Any, ...]]:
    """Returns (minutes since DAY, open, close, volume, vwap, tick count) of every row."""
    rows = conn.execute(
        "select bucket, open, close, volume, vwap, tick_count, high, low, symbol, source"
        " from market.candles('AAPL', %s, %s, %s, fill => %s)",
        [timeframe, since, until, fill],
    ).fetchall()
    assert all(row[8:] == ("AAPL", "sim") for row in rows)
    return [((row[0] - DAY) / MINUTE, *row[1:6]) for row in rows]


def test_null_fills_holes_with_empty_rows(filled: psycopg.Connection[Any]) -> None:
    assert filling(filled, "null", at(599), at(606)) == [
        (599, None, None, None, None, 0),
        (600, 10, 12, 4, Decimal("11.5"), 2),
        (601, 11, 11, 2, 11, 1),
        (602, None, None, None, None, 0),
        (603, None, None, None, None, 0),
        (604, 20, 16, 4, 20, 2),
        (605, None, None, None, None, 0),
    ]


def test_previous_fills_holes_at_the_close_before(filled: psycopg.Connection[Any]) -> None:
    assert filling(filled, "previous", at(601.5), at(605.5)) == [
        (602, 11, 11, 0, None, 0),
        (603, 11, 11, 0, None, 0),
        (604, 20, 16, 4, 20, 2),
        (605, 16, 16, 0, None, 0),
    ]
    rows = filled.execute(
        "select open, high, low, close, notional from market.candles('AAPL', '1m', %s, %s,"
        " fill => 'previous')",
        [at(602), at(603)],
    ).fetchall()
    assert rows == [(11, 11, 11, 11, 0)]


def test_previous_close_may_be_of_the_day_before(filled: psycopg.Connection[Any]) -> None:
    """The day has candles, but only after the time asked for."""
    assert filling(filled, "previous", at(-1), at(1)) == [
        (-1, 7, 7, 0, None, 0),
        (0, 7, 7, 0, None, 0),
    ]
    assert filling(filled, "previous", at(598), at(600)) == [
        (598, 7, 7, 0, None, 0),
        (599, 7, 7, 0, None, 0),
    ]


def test_nothing_is_carried_from_before_the_first_candle(filled: psycopg.Connection[Any]) -> None:
    assert filling(filled, "previous", at(-61), at(-58)) == [
        (-61, None, None, 0, None, 0),
        (-60, 7, 7, 1, 7, 1),
        (-59, 7, 7, 0, None, 0),
    ]


@pytest.mark.parametrize("fill", ["null", "previous"])
def test_endless_range_is_filled_from_the_first_to_the_last_candle(
    filled: psycopg.Connection[Any], fill: str
) -> None:
    rows = filling(filled, fill, "-infinity", "infinity")
    assert [row[0] for row in rows] == [*range(-60, 608)]
    assert sum(row[5] for row in rows) == 7


@pytest.mark.parametrize("timeframe", LEVELS)
def test_rows_that_are_no_filling_are_the_candles(
    filled: psycopg.Connection[Any], timeframe: str
) -> None:
    question = "select * from market.candles('AAPL', %s, %s, %s, fill => %s) where tick_count > 0"
    bounds = [timeframe, at(-1440), at(1440)]
    plain = filled.execute(question, [*bounds, "none"]).fetchall()
    assert plain
    for fill in ("null", "previous"):
        assert filled.execute(question, [*bounds, fill]).fetchall() == plain
        rows = filling(filled, fill, at(-1440), at(1440), timeframe)
        assert len(rows) == timedelta(days=2) / LEVELS[timeframe]


def test_days_are_of_utc_where_clocks_change(conn: psycopg.Connection[Any]) -> None:
    """New York's Sunday of 8 March has 23 hours."""
    support.insert(conn, [tick(utc("2026-03-06T15:00:00"), "1")])
    conn.execute("set timezone = 'America/New_York'")
    rows = conn.execute(
        "select bucket from market.candles('AAPL', '1d', '2026-03-06 00:00Z', '2026-03-11 00:00Z',"
        " fill => 'previous')"
    ).fetchall()
    assert [row[0].astimezone(UTC) for row in rows] == [
        utc("2026-03-06") + timedelta(days=n) for n in range(5)
    ]


@pytest.mark.parametrize("fill", ["null", "previous"])
def test_no_candle_is_made_up_for_a_time_to_come(conn: psycopg.Connection[Any], fill: str) -> None:
    now = datetime.now(UTC)
    support.insert(conn, [tick(now - 3 * HOUR, "1"), tick(now + 3 * HOUR, "2")])
    rows = conn.execute(
        "select bucket, tick_count from market.candles('AAPL', '1h', %s, %s, fill => %s)",
        [now - 6 * HOUR, now + 6 * HOUR, fill],
    ).fetchall()
    assert [row[1] for row in rows if row[0] > datetime.now(UTC)] == [1]
    assert [row[1] for row in rows if row[0] <= now] == [0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize("fill", ["zero", "NULL", "", None])
def test_unknown_fill_is_an_error_that_names_the_known(
    conn: psycopg.Connection[Any], fill: str | None
) -> None:
    with pytest.raises(pg.InvalidParameterValue) as refused:
        conn.execute("select * from market.candles('AAPL', '1m', fill => %s)", [fill])
    assert refused.value.diag.message_hint == "known are none, null and previous"


@pytest.mark.parametrize("fill", ["null", "previous"])
@pytest.mark.parametrize("timeframe", ["2m", None])
def test_unknown_timeframe_is_an_error_with_every_fill(
    conn: psycopg.Connection[Any], timeframe: str | None, fill: str
) -> None:
    with pytest.raises(pg.InvalidParameterValue, match="unknown timeframe"):
        conn.execute("select * from market.candles('AAPL', %s, fill => %s)", [timeframe, fill])


def test_unknown_symbol_has_no_rows_to_fill(filled: psycopg.Connection[Any]) -> None:
    rows = filled.execute(
        "select * from market.candles('NONE', '1m', %s, %s, fill => 'null')", [at(600), at(603)]
    ).fetchall()
    assert rows == []


@pytest.mark.parametrize(
    "before, minutes",
    [
        ("infinity", 607), (at(608), 607), (at(607), 604), (at(604), 601), (at(603), 601),
        (at(600), -60), (at(5), -60), (at(-59), -60), (at(-60), None), ("-infinity", None),
    ],
)  # fmt: skip
def test_last_candle_starts_before_the_time_given(
    filled: psycopg.Connection[Any], before: object, minutes: int | None
) -> None:
    rows = filled.execute(
        "select bucket from market.last_candle('AAPL', '1m', %s)", [before]
    ).fetchall()
    assert [(row[0] - DAY) / MINUTE for row in rows] == ([] if minutes is None else [minutes])


@pytest.mark.parametrize("timeframe", LEVELS)
def test_last_candle_is_the_last_of_the_candles(
    filled: psycopg.Connection[Any], timeframe: str
) -> None:
    rows = filled.execute("select * from market.candles('AAPL', %s)", [timeframe]).fetchall()
    last = filled.execute("select * from market.last_candle('AAPL', %s)", [timeframe]).fetchall()
    assert last == rows[-1:]


# (10 + 3 * 12 + 2 * 11 + 4 * 20 + 10 * 8) / 20 and parts of it; 604.25 has no size
@pytest.mark.parametrize(
    "since, until, expected",
    [
        (at(600), at(608), Decimal("11.4")),
        (at(600), at(601), Decimal("11.5")),
        (at(600.25), at(601), Decimal(12)),
        (at(600.25), at(600.75), Decimal(12)),
        (at(600.25), at(601.5), Decimal("11.6")),
        (at(600), at(600.25), Decimal(10)),
        (at(599.5), at(604.1), Decimal("14.8")),
        (at(604.1), at(605), None),
        (at(602), at(604), None),
        ("-infinity", "infinity", Decimal(235) / 21),
        (at(608), at(600), None),
    ],
)
def test_vwap_is_exact_in_any_range(
    filled: psycopg.Connection[Any], since: object, until: object, expected: Decimal | None
) -> None:
    question = "select round(market.vwap('AAPL', %s, %s), 12)"
    row = filled.execute(question, [since, until]).fetchone()
    assert row == (expected if expected is None else round(expected, 12),)


def test_vwap_is_of_one_source(filled: psycopg.Connection[Any]) -> None:
    row = filled.execute("select market.vwap('AAPL', source => 'other')").fetchone()
    assert row == (1000,)


@pytest.mark.parametrize(
    "since, until, expected",
    [
        (at(600), at(605), Decimal(12 + 11 + 11 + 11 + 16) / 5),
        (at(598), at(601), Decimal(7 + 7 + 12) / 3),
        (at(602), at(604), Decimal(11)),
        (at(-100), at(-60), None),
    ],
)
def test_twap_weighs_every_minute_the_same(
    filled: psycopg.Connection[Any], since: datetime, until: datetime, expected: Decimal | None
) -> None:
    question = "select round(market.twap('AAPL', %s, %s), 12)"
    row = filled.execute(question, [since, until]).fetchone()
    assert row == (expected if expected is None else round(expected, 12),)


def test_returns_are_of_the_close_before(filled: psycopg.Connection[Any]) -> None:
    rows = filled.execute(
        "select bucket, close, simple_return, log_return from market.returns('AAPL', '1m', %s, %s)",
        [at(601), at(608)],
    ).fetchall()
    assert [((row[0] - DAY) / MINUTE, row[1]) for row in rows] == [(601, 11), (604, 16), (607, 8)]
    assert [float(row[2]) for row in rows] == pytest.approx([11 / 12 - 1, 16 / 11 - 1, -0.5])
    assert [float(row[3]) for row in rows] == pytest.approx(
        [math.log(11 / 12), math.log(16 / 11), math.log(0.5)]
    )


def test_first_return_of_a_series_is_unknown(filled: psycopg.Connection[Any]) -> None:
    rows = filled.execute(
        "select simple_return, log_return from market.returns('AAPL', '1d')"
    ).fetchall()
    assert rows[0] == (None, None)
    assert float(rows[1][0]) == pytest.approx(8 / 7 - 1)


def test_spread_is_of_ticks_with_bid_and_ask(conn: psycopg.Connection[Any]) -> None:
    start = support.midnight(2)
    quotes = [
        (0, "1.10", "1.14"), (1, "1.10", "1.11"), (4, "1.10", "1.11"),  # of the first five minutes
        (4.5, "1.10", None), (4.6, None, "9"), (4.7, None, None),
        (5, "2", "1"),  # crossed
        (17, "1.5", "1.75"),
    ]  # fmt: skip
    conn.execute("insert into market.instruments (symbol) values ('FX')")
    for number, (minutes, bid, ask) in enumerate(quotes):
        conn.execute(
            "insert into market.ticks (ts, symbol, source, price, bid, ask, ord)"
            " values (%s, 'FX', 'sim', 1, %s, %s, %s)",
            [start + minutes * MINUTE, bid, ask, number],
        )
    question = (
        "select bucket, mean_spread, min_spread, max_spread, quote_count"
        " from market.spread('FX', '5m', %s, %s)"
    )
    first, crossed, last = (
        (start, Decimal("0.02"), Decimal("0.01"), Decimal("0.04"), 3),
        (start + 5 * MINUTE, -1, -1, -1, 1),
        (start + 15 * MINUTE, Decimal("0.25"), Decimal("0.25"), Decimal("0.25"), 1),
    )
    for bounds, rows in [
        (["-infinity", "infinity"], [first, crossed, last]),
        ([start, start + 6 * MINUTE], [first, crossed]),  # whole buckets, like candles
        ([start + MINUTE, start + 16 * MINUTE], [crossed, last]),
    ]:
        assert conn.execute(question, bounds).fetchall() == rows


@pytest.fixture
def moving(conn: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """UP rises by a half, DOWN falls by three quarters, FLAT stays; OLD has long ceased."""
    noon = DAY + 12 * HOUR
    support.insert(
        conn,
        [
            tick(noon - 720 * HOUR, "1", symbol="UP"),
            tick(noon - 24 * HOUR, "50", symbol="UP"),
            tick(noon - HOUR, "100", symbol="UP"),
            tick(noon - MINUTE, "150", symbol="UP"),
            tick(noon, "900", symbol="UP"),
            tick(noon - HOUR, "40", symbol="DOWN", source="a"),
            tick(noon - MINUTE, "10", symbol="DOWN", source="a"),
            tick(noon - HOUR, "40", symbol="DOWN", source="b"),
            tick(noon - MINUTE, "400", symbol="DOWN", source="b"),
            tick(noon - MINUTE, "5", symbol="FLAT"),
            tick(noon - 999 * HOUR, "5", symbol="OLD"),
        ],
    )
    conn.execute("update market.instruments set primary_source = 'a' where symbol = 'DOWN'")
    support.refresh_all(conn)
    return conn


@pytest.mark.parametrize(
    "window, limit, expected",
    [
        ("1 hour", 10, [("DOWN", -75), ("UP", 50), ("FLAT", 0)]),
        ("1 hour", 2, [("DOWN", -75), ("UP", 50)]),
        ("1 minute", 10, [("DOWN", 0), ("FLAT", 0), ("UP", 0)]),
        ("24 hours", 10, [("UP", 200), ("DOWN", -75), ("FLAT", 0)]),
    ],
)
def test_movers_are_those_of_the_window(
    moving: psycopg.Connection[Any], window: str, limit: int, expected: list[tuple[str, int]]
) -> None:
    rows = moving.execute(
        "select symbol, change_pct from market.movers(%s, %s, %s)",
        [window, limit, DAY + 12 * HOUR],
    ).fetchall()
    assert rows == expected


def test_movers_of_a_month_are_of_days(moving: psycopg.Connection[Any]) -> None:
    rows = moving.execute(
        "select symbol, open, close from market.movers('31 days', 1, %s)", [DAY + 24 * HOUR]
    ).fetchall()
    assert rows == [("UP", 1, 900)]


def test_movers_of_now_are_the_default(conn: psycopg.Connection[Any]) -> None:
    now = datetime.now(UTC)
    support.insert(conn, [tick(now - 2 * HOUR, "4"), tick(now - HOUR, "5")])
    rows = conn.execute("select * from market.movers()").fetchall()
    assert rows == [("AAPL", "sim", 4, 5, 25)]


SESSIONS = [
    ("XNYS", "2025-11-26", "14:30", "21:00"),
    ("XNYS", "2025-11-28", "14:30", "18:00"),  # half day
    ("XNYS", "2026-03-06", "14:30", "21:00"),
    ("XNYS", "2026-03-09", "13:30", "20:00"),  # summer time
    ("XBOM", "2026-03-06", "03:45", "10:00"),  # not in whole half hours
]
# Which session a tick is of, if any.
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
    support.insert(conn, [tick(utc(ts), price, size) for ts, price, size, _ in TRADES])
    support.insert(conn, [tick(utc("2026-03-06 03:30"), "3"), tick(utc("2026-03-06 10:00"), "4")])
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
def test_session_candles_are_cut_at_the_bells(
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


def test_session_candles_say_when_the_session_was(sessions: psycopg.Connection[Any]) -> None:
    rows = sessions.execute(
        "select open_at, close_at, symbol, source"
        " from market.session_candles('AAPL', '2026-03-07', '2026-03-20')"
    ).fetchall()
    assert rows == [(utc("2026-03-09 13:30"), utc("2026-03-09 20:00"), "AAPL", "sim")]


def test_dates_of_sessions_are_a_half_open_range(sessions: psycopg.Connection[Any]) -> None:
    question = "select session_date from market.session_candles('AAPL', %s, %s)"
    rows = sessions.execute(question, ["2025-11-28", "2026-03-09"]).fetchall()
    assert [row[0].isoformat() for row in rows] == ["2025-11-28", "2026-03-06"]
    assert len(sessions.execute(question, ["-infinity", "infinity"]).fetchall()) == 4


def test_session_that_opens_within_a_candle_has_all_of_it(
    sessions: psycopg.Connection[Any],
) -> None:
    rows = sessions.execute(
        "select session_date, open, close"
        " from market.session_candles('AAPL', '2026-03-06', '2026-03-07', calendar => 'XBOM')"
    ).fetchall()
    assert rows == [(date(2026, 3, 6), 3, 3)]


def test_symbol_without_a_calendar_is_an_error_that_says_what_to_do(
    sessions: psycopg.Connection[Any],
) -> None:
    sessions.execute("update market.instruments set calendar = null")
    for symbol in ("AAPL", "NONE", None):
        with pytest.raises(pg.InvalidParameterValue, match="no calendar is known for") as refused:
            sessions.execute("select * from market.session_candles(%s)", [symbol])
        assert refused.value.diag.message_hint == (
            "name one, or set the column calendar of market.instruments"
        )


def test_calendar_that_was_never_loaded_is_an_error_that_names_the_command(
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
def test_functions_are_for_readers_alone(
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
def test_sessions_are_written_by_their_owner_alone(
    sessions: psycopg.Connection[Any], fresh_database: str, role: str, statement: str
) -> None:
    with support.as_role(fresh_database, role) as conn:
        conn.execute("set default_transaction_read_only = off")
        with pytest.raises(pg.InsufficientPrivilege):
            conn.execute(statement)


@pytest.fixture(scope="module")
def market(database: Database, template: str) -> Iterator[str]:
    """The market of docs/sql.md: a year of chunks, most of them a week apart."""
    with databases.database_like(database.url, template) as url:
        with support.connect(url) as conn:
            cookbook.fill(conn)
            support.refresh_all(conn)
            conn.execute("analyze")
        yield url


# What the queries of docs/sql.md, which are checked likewise, do not ask.
@pytest.mark.parametrize(
    "statement, since, until",
    [
        (
            "select * from market.candles('AAPL', '5m', '2026-03-06', '2026-03-07', null, 'null')",
            "2026-03-06",
            "2026-03-07",
        ),
        (
            "select * from market.last_candle('AAPL', '1m', '2026-03-09')",
            "2026-03-05",
            "2026-03-09",
        ),
        (
            "select market.twap('AAPL', '2026-03-06 15:00', '2026-03-07')",
            "2026-03-05",
            "2026-03-07",
        ),
        (
            "select market.vwap('AAPL', '2026-03-06 15:00:01', '2026-03-06 19:00:01')",
            "2026-03-06",
            "2026-03-07",
        ),
        (
            "select * from market.movers('2 hours', 5, '2026-03-06 16:00')",
            "2026-03-06",
            "2026-03-07",
        ),
        ("select * from market.movers('30 days', 5, '2026-03-06')", "2026-02-04", "2026-03-06"),
        (
            "select market.vwap(symbol, '2026-03-06 15:00', '2026-03-06 16:00')"
            " from market.instruments",
            "2026-03-06",
            "2026-03-07",
        ),
    ],
)
def test_functions_read_the_chunks_of_their_range_by_index(
    market: str, statement: str, since: str, until: str
) -> None:
    with psycopg.connect(market, autocommit=True, options="-c timezone=UTC") as conn:
        known = chunks.named(conn, ["ticks", *LEVELS])
        newest = {chunks.of(conn, level)[-1] for level in ("ticks", *LEVELS)}
        found = chunks.read(conn, known, statement)
    wanted = newest | {
        chunk for chunk in known.values() if chunk.start < utc(until) and chunk.end > utc(since)
    }
    assert found.chunks
    assert found.chunks - wanted == set[Chunk]()
    assert found.whole == set()
