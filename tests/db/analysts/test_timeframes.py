"""Timeframes: what is one, and that each gives what its trades make, from whichever level."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from tests.db import support
from tests.db.analysts import grouped
from tests.db.analysts.grouped import every, every_months
from tests.db.support import trade, utc
from tests.oracle import Trade

START = utc("2025-11-28 00:00")
# Open and close always, only as the first of the bar, never; high and low; volume.
MOVES = [221, 221, 13, 14, 10, 8, 4, 0]

TIMEFRAMES = {
    **{f"{n}m": every(minutes=n) for n in (1, 2, 3, 4, 6, 8, 10, 12, 20, 36, 45, 60, 90)},
    **{f"{n}h": every(hours=n) for n in (1, 2, 3, 6, 8, 12, 24)},
    **{f"{n}d": every(days=n) for n in (1, 2, 3, 5, 7, 10)},
    "1w": grouped.week,
    "2w": every(weeks=2),
    "3w": every(weeks=3),
    "52w": every(weeks=52),
    **{f"{n}mo": every_months(n) for n in (1, 2, 3, 5, 6, 12)},
}

BOUNDS = [
    ("2025-12-10 07:31:02", "2026-01-05 21:07:00"),
    ("2025-12-15", "2026-01-12"),
    ("2026-01-01", "2026-01-01"),
    ("2026-01-02", "2026-01-01"),
]


def trades() -> list[Trade]:
    """A year's end, with trades minutes and, around the weekends, days apart."""
    found = []
    ts = START
    for n in range(900):
        ts += timedelta(seconds=(17 + n * n % 4001) * (40 if n % 90 > 80 else 1))
        found.append(
            trade(ts, str(100 + n * 37 % 41), None if n % 13 == 5 else str(n % 7), seq=n % 3)
            # whole days of trades that only count as the first of a bar, or only in volume
            ._replace(moves=MOVES[3] if 300 < n < 340 else MOVES[n * 5 % 8], tick_id=str(n))
        )
    return found


def fill(conn: psycopg.Connection[Any]) -> None:
    events = trades()
    others = [event._replace(price=event.price + 1000, source="other") for event in events[::7]]
    strangers = [event._replace(price=event.price + 5000, symbol="MSFT") for event in events[::5]]
    support.insert(conn, [*events, *others, *strangers])
    conn.execute("update market.instruments set primary_source = 'sim'")


def read(conn: psycopg.Connection[Any], timeframe: str, *bounds: object) -> list[tuple[Any, ...]]:
    calls = {0: "'-infinity', 'infinity'", 2: "%s, %s"}
    return conn.execute(
        f"select {grouped.COLUMNS} from market.candles('AAPL', %s, {calls[len(bounds)]})",
        [timeframe, *bounds],
    ).fetchall()


def test_the_trades_end_in_another_year() -> None:
    assert trades()[0].ts.year == 2025
    assert trades()[-1].ts > utc("2026-02-01")


@pytest.mark.parametrize("timeframe", TIMEFRAMES)
def test_candles_of_a_timeframe_are_made_of_its_trades(
    market: psycopg.Connection[Any], timeframe: str
) -> None:
    """A candle is in a range if it starts there."""
    wanted = grouped.trades(trades(), TIMEFRAMES[timeframe])
    assert read(market, timeframe) == wanted
    for bounds in BOUNDS:
        since, until = map(utc, bounds)
        found = read(market, timeframe, since, until)
        assert found == [row for row in wanted if since <= row[0] < until], bounds


def test_vwap_of_a_candle_is_its_notional_by_the_volume_in_it(
    market: psycopg.Connection[Any],
) -> None:
    for timeframe in ("1m", "10m", "1w", "1mo"):
        rows = market.execute(
            "select vwap, notional / nullif(vwap_volume, 0) from market.candles('AAPL', %s)",
            [timeframe],
        ).fetchall()
        assert rows
        assert all(found == quotient for found, quotient in rows)


@pytest.mark.parametrize(
    "zone, style",
    [("America/New_York", "ISO"), ("Asia/Kolkata", "Postgres"), ("Pacific/Auckland", "German")],
)
def test_buckets_are_of_utc_in_every_session(
    market: psycopg.Connection[Any], zone: str, style: str
) -> None:
    with market.transaction(force_rollback=True):
        market.execute("select set_config('timezone', %s, true)", [zone])
        market.execute("select set_config('datestyle', %s, true)", [style])
        for timeframe in ("45m", "8h", "1d", "3d", "1w", "1mo", "3mo"):
            rows = market.execute(
                "select extract(epoch from bucket), close from market.candles('AAPL', %s)",
                [timeframe],
            ).fetchall()
            wanted = grouped.trades(trades(), TIMEFRAMES[timeframe])
            assert rows == [(row[0].timestamp(), row[4]) for row in wanted], timeframe


@pytest.mark.parametrize("timeframe", ["45m", "6h", "3d", "1w", "1mo", "3mo"])
@pytest.mark.parametrize("fill", ["null", "previous"])
def test_every_timeframe_can_be_filled(
    market: psycopg.Connection[Any], timeframe: str, fill: str
) -> None:
    since, until = utc("2025-10-01"), utc("2026-04-01")
    rows = market.execute(
        "select bucket, close, tick_count, volume from market.candles("
        "'AAPL', %s, %s, %s, fill => %s)",
        [timeframe, since, until, fill],
    ).fetchall()
    start = TIMEFRAMES[timeframe]
    wanted, ts = [], since
    while ts < until:
        wanted.append(start(ts))
        ts += timedelta(minutes=45)
    assert [row[0] for row in rows] == sorted({slot for slot in wanted if slot >= since})
    closes = {row[0]: row[4] for row in grouped.trades(trades(), start)}
    last = None
    for bucket, close, count, volume in rows:
        found = closes.get(bucket)
        last = last if found is None else found
        assert close == (last if fill == "previous" else found), bucket
        assert bucket in closes or (count == 0 and volume == (0 if fill == "previous" else None))


@pytest.mark.parametrize("timeframe", ["10m", "2h", "3d", "1w", "1mo"])
def test_last_candle_of_any_timeframe_is_the_last_that_has_a_price(
    market: psycopg.Connection[Any], timeframe: str
) -> None:
    candles = grouped.trades(trades(), TIMEFRAMES[timeframe])
    for before in (
        "9999-01-01",
        "2026-01-07 11:11",
        "2026-01-05",
        "2025-11-28 03:00",
        "2025-11-01",
    ):
        priced = [row for row in candles if row[4] is not None and row[0] < utc(before)]
        rows = market.execute(
            f"select {grouped.COLUMNS} from market.last_candle('AAPL', %s, %s)",
            [timeframe, utc(before)],
        ).fetchall()
        assert rows == priced[-1:], before


REFUSED = {
    "7m": "unknown timeframe '7m': 7m does not divide a day",
    "5h": "unknown timeframe '5h': 5h does not divide a day",
    "36h": "unknown timeframe '36h': 36h does not divide a day",
    "7s": "unknown timeframe '7s': 7s does not divide a day",
    "1M": "unknown timeframe '1M'",
    "0m": "unknown timeframe '0m'",
    "-1m": "unknown timeframe '-1m'",
    "1.5h": "unknown timeframe '1.5h'",
    "1 m": "unknown timeframe '1 m'",
    "1m\n": "unknown timeframe '1m\n'",
    "m": "unknown timeframe 'm'",
    "1y": "unknown timeframe '1y'",
    "99999999m": "unknown timeframe '99999999m'",
    "": "unknown timeframe ''",
    "1m'; drop table market.trades --": "unknown timeframe '1m''; drop table market.trades --'",
}
POSSIBLE = (
    "possible are 1s, 1m, 5m, 15m, 30m, 1h, 4h, 12h, 1d, multiples of them that divide a day"
    " (10m, 2h), days and weeks (3d, 1w) and months (1mo)"
)


@pytest.mark.parametrize("timeframe", REFUSED)
def test_other_timeframes_are_refused_with_what_is_possible(
    filled: psycopg.Connection[Any], timeframe: str
) -> None:
    with pytest.raises(pg.InvalidParameterValue) as refused:
        filled.execute("select * from market.candles('AAPL', %s)", [timeframe])
    assert refused.value.diag.message_primary == REFUSED[timeframe]
    assert refused.value.diag.message_hint == POSSIBLE


@pytest.mark.parametrize(
    "call",
    [
        "market.candles('NONE', '7m', fill => 'previous')",
        "market.last_candle('AAPL', '7m')",
        "market.returns('AAPL', '7m')",
        "market.spread('AAPL', '7m')",
    ],
)
def test_every_function_refuses_them(filled: psycopg.Connection[Any], call: str) -> None:
    with pytest.raises(pg.InvalidParameterValue, match="7m does not divide a day"):
        filled.execute(f"select * from {call}")


def test_no_timeframe_is_refused(filled: psycopg.Connection[Any]) -> None:
    with pytest.raises(pg.InvalidParameterValue, match="unknown timeframe NULL"):
        filled.execute("select * from market.candles('AAPL', null)")


@pytest.mark.parametrize(
    "timeframe, level, months",
    [
        ("1m", "1m", None), ("2m", "1m", None), ("10m", "5m", None), ("45m", "15m", None),
        ("60m", "1h", None), ("90m", "30m", None), ("2h", "1h", None), ("8h", "4h", None),
        ("6h", "1h", None), ("24h", "1d", None), ("3d", "1d", None), ("1w", "1d", None),
        ("3mo", "1d", 3),
    ],
)  # fmt: skip
def test_candles_are_built_from_the_widest_level_that_divides_them(
    filled: psycopg.Connection[Any], timeframe: str, level: str, months: int | None
) -> None:
    row = filled.execute(
        "select level, months from market.timeframe_of(%s)", [timeframe]
    ).fetchone()
    assert row == (level, months)


def test_a_level_that_is_added_is_used(filled: psycopg.Connection[Any]) -> None:
    """Nothing besides ops.lifecycle lists timeframes."""
    with filled.transaction(force_rollback=True):
        filled.execute(
            "insert into ops.lifecycle select relation || 'x', kind, '15s', position + 100, child,"
            " '15 seconds', chunk, refresh_end, columnstore_after"
            " from ops.lifecycle where relation = 'candles_1m'"
        )
        row = filled.execute("select level from market.timeframe_of('30s')").fetchone()
        assert row == ("15s",)
