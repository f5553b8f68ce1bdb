"""Renamed instruments: one history under every name, the bucket of the change merged."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from tests.db import support
from tests.db.analysts import grouped
from tests.db.analysts.grouped import every, every_months
from tests.db.support import quote, trade, utc
from tests.oracle import Quote, Trade

# When the name changes: within a second, where a candle of 30m begins, at midnight.
CHANGES = {
    "META": utc("2022-06-09 13:31:30.5"),
    "NEW": utc("2022-06-09 13:30"),
    "DAY": utc("2022-06-09"),
}
OLD = {"META": "FB", "NEW": "OLD", "DAY": "YESTERDAY"}
TIMEFRAMES = {
    "1m": every(minutes=1),
    "2m": every(minutes=2),
    "15m": every(minutes=15),
    "1h": every(hours=1),
    "4h": every(hours=4),
    "1d": every(days=1),
    "3d": every(days=3),
    "1w": grouped.week,
    "1mo": every_months(1),
}
MOVES = [221, 13, 14, 10, 8]


def moments() -> Iterable[tuple[int, datetime]]:
    """Gives the times of events around the change, ever closer to it."""
    for n in range(-60, 61):
        yield n, CHANGES["META"] + timedelta(seconds=n**3 * 7, microseconds=n)


def trades(name: str) -> list[Trade]:
    """Returns the trades of an instrument under the symbols of their time, and of nobody else."""
    return [
        trade(
            ts,
            str(100 + n % 9),
            str(1 + n % 4),
            symbol=OLD[name] if ts < CHANGES[name] else name,
            moves=MOVES[n % 5],
            tick_id=str(n),
        )
        for n, ts in moments()
    ]


def quotes() -> list[Quote]:
    return [
        quote(ts, str(90 + n % 5), str(91 + n % 7), symbol="FB" if ts < CHANGES["META"] else "META")
        for n, ts in moments()
    ]


def strangers(name: str) -> list[Trade]:
    """Returns trades of other companies: before one took its symbol, and after one gave it up."""
    return [
        trade(ts, "7777", symbol=name if ts < CHANGES[name] else OLD[name], tick_id=f"other {n}")
        for n, ts in moments()
    ]


def fill(conn: psycopg.Connection[Any]) -> None:
    for name in CHANGES:
        support.insert(conn, [*trades(name), *strangers(name)])
    support.insert(conn, quotes())
    conn.execute("insert into market.instruments (symbol) values ('FB 2'), ('ETF')")
    conn.cursor().executemany(
        "insert into market.names (symbol, since, until, instrument) values (%s, %s, %s, %s)",
        [
            ("FB", "-infinity", CHANGES["META"], "META"),
            ("META", CHANGES["META"], "infinity", "META"),
            # used before by a fund, and the old one later by another company
            ("META", "-infinity", CHANGES["META"], "ETF"),
            ("FB", utc("2023-01-01"), "infinity", "FB 2"),
            # one row says all
            ("OLD", "-infinity", CHANGES["NEW"], "NEW"),
            ("YESTERDAY", "-infinity", CHANGES["DAY"], "DAY"),
        ],
    )


@pytest.mark.parametrize("timeframe", TIMEFRAMES)
@pytest.mark.parametrize("name", CHANGES)
def test_history_goes_on_under_another_name(
    market: psycopg.Connection[Any], name: str, timeframe: str
) -> None:
    rows = market.execute(
        f"select {grouped.COLUMNS} from market.candles(%s, %s)", [name, timeframe]
    ).fetchall()
    assert rows == grouped.trades(trades(name), TIMEFRAMES[timeframe])


@pytest.mark.parametrize("symbol, other", [("OLD", "NEW"), ("YESTERDAY", "DAY")])
def test_either_name_means_the_instrument(
    market: psycopg.Connection[Any], symbol: str, other: str
) -> None:
    for call in ("candles(%s, '1w')", "returns(%s, '1h')", "last_candle(%s, '1d')"):
        rows = [
            market.execute(f"select * from market.{call}", [name]).fetchall()
            for name in (symbol, other)
        ]
        assert {row[1] for row in rows[0]} == {symbol}
        assert [(row[0], *row[2:]) for row in rows[0]] == [(row[0], *row[2:]) for row in rows[1]]


def test_symbol_used_again_means_the_instrument_of_its_newest_name(
    market: psycopg.Connection[Any],
) -> None:
    question = "select symbol, nullif(since, '-infinity') from market.segments_of(%s)"
    assert market.execute(question, ["FB"]).fetchall() == [
        ("FB 2", None),
        ("FB", utc("2023-01-01")),
    ]
    rows = market.execute("select distinct open, high from market.candles('ETF', '1h')").fetchall()
    assert rows == [(7777, 7777)]


def test_segments_are_the_names_of_an_instrument_in_time(
    market: psycopg.Connection[Any],
) -> None:
    question = (
        "select symbol, nullif(since, '-infinity'), nullif(until, 'infinity')"
        " from market.segments_of(%s)"
    )
    change = CHANGES["NEW"]
    for symbol in ("OLD", "NEW"):
        assert market.execute(question, [symbol]).fetchall() == [
            ("OLD", None, change),
            ("NEW", change, None),
        ]
    assert market.execute(question, ["AAPL"]).fetchall() == [("AAPL", None, None)]
    assert market.execute(question, ["ETF"]).fetchall() == [
        ("META", None, CHANGES["META"]),
        ("ETF", CHANGES["META"], None),
    ]


@pytest.mark.parametrize("price", ["bid", "ask", "mid"])
@pytest.mark.parametrize("timeframe", ["1m", "1h", "1w"])
def test_quotes_are_united_as_well(
    market: psycopg.Connection[Any], timeframe: str, price: str
) -> None:
    rows = market.execute(
        f"select {grouped.COLUMNS}, mean_spread from market.candles('META', %s, price => %s)",
        [timeframe, price],
    ).fetchall()
    wanted = grouped.quotes(quotes(), TIMEFRAMES[timeframe], price)
    assert grouped.rounded(rows) == grouped.rounded(wanted)


def test_range_may_begin_and_end_in_either_name(market: psycopg.Connection[Any]) -> None:
    change = CHANGES["META"]
    wanted = grouped.trades(trades("META"), TIMEFRAMES["15m"])
    day = timedelta(days=1)
    for since, until in [
        (change - day, change),
        (change, change + day),
        (change - day, change + day),
    ]:
        rows = market.execute(
            f"select {grouped.COLUMNS} from market.candles('META', '15m', %s, %s)", [since, until]
        ).fetchall()
        assert rows == [row for row in wanted if since <= row[0] < until]
        assert rows


def test_filling_and_returns_go_across_the_change(market: psycopg.Connection[Any]) -> None:
    closes = [
        (bucket, close)
        for bucket, *_, close, _, _, _, _ in grouped.trades(trades("META"), every(hours=1))
        if close is not None
    ]
    last_before = [close for bucket, close in closes if bucket < utc("2022-06-09 13:00")][-1]
    first_after = dict(closes)[utc("2022-06-09 13:00")]
    rows = market.execute(
        "select close, simple_return from market.returns('META', '1h', %s) limit 1",
        [utc("2022-06-09 13:00")],
    ).fetchall()
    assert grouped.rounded(rows) == grouped.rounded([(first_after, first_after / last_before - 1)])
    since = utc("2022-06-29 00:00")
    rows = market.execute(
        "select bucket, close from market.candles('META', '1h', %s, %s, fill => 'previous')",
        [since, since + timedelta(hours=50)],
    ).fetchall()
    assert len(rows) == 50
    for bucket, close in rows:
        assert close == [found for start, found in closes if start <= bucket][-1]


def test_vwap_goes_across_the_change(market: psycopg.Connection[Any]) -> None:
    change = CHANGES["META"]
    since, until = change - timedelta(hours=9, seconds=3), change + timedelta(hours=7, seconds=11)
    counted = [
        event for event in trades("META") if since <= event.ts < until and event.moves & 12 == 12
    ]
    wanted = sum(event.price * event.size for event in counted) / sum(
        event.size for event in counted
    )
    row = market.execute("select market.vwap('META', %s, %s)", [since, until]).fetchone()
    assert row is not None
    assert round(row[0], 12) == round(wanted, 12)


def test_source_and_calendar_are_those_of_the_instrument(
    conn: psycopg.Connection[Any],
) -> None:
    noon = support.midnight(1)
    support.insert(
        conn,
        [trade(noon, "1", symbol="OLD", source="a"), trade(noon, "2", symbol="NEW", source="b")],
    )
    conn.execute("insert into market.names values ('OLD', '-infinity', %s, 'NEW')", [noon])
    question = "select market.default_source('OLD'), market.default_source('NEW')"
    assert conn.execute(question).fetchone() == ("b", "b")
    conn.execute("update market.instruments set primary_source = 'c' where symbol = 'OLD'")
    assert conn.execute(question).fetchone() == ("c", "b")
    conn.execute("update market.instruments set primary_source = 'a' where symbol = 'NEW'")
    assert conn.execute(question).fetchone() == ("a", "a")


def test_movers_are_instruments_under_their_newest_name(conn: psycopg.Connection[Any]) -> None:
    noon = support.midnight(1) + timedelta(hours=12)
    support.insert(
        conn,
        [
            trade(noon - timedelta(minutes=10), "10", symbol="OLD"),
            trade(noon + timedelta(minutes=10), "12", symbol="NEW"),
        ],
    )
    conn.execute("insert into market.names values ('OLD', '-infinity', %s, 'NEW')", [noon])
    rows = conn.execute(
        "select * from market.movers('1 hour', 5, %s)", [noon + timedelta(minutes=30)]
    ).fetchall()
    assert rows == [("NEW", "sim", 10, 12, 20)]


def test_names_that_hold_at_once_are_one_candle(conn: psycopg.Connection[Any]) -> None:
    """A venue's spellings of one instrument."""
    start = support.midnight(2)
    events = [
        trade(start + timedelta(minutes=20 * n), str(n + 1), symbol=["BRK.B", "BRK/B"][n % 2])
        for n in range(30)
    ]
    support.insert(conn, events)
    conn.execute("insert into market.instruments (symbol) values ('BERKSHIRE')")
    conn.execute(
        "insert into market.names (symbol, instrument)"
        " values ('BRK.B', 'BERKSHIRE'), ('BRK/B', 'BERKSHIRE')"
    )
    for timeframe, start_of in {"15m": every(minutes=15), "1h": every(hours=1)}.items():
        rows = conn.execute(
            f"select {grouped.COLUMNS} from market.candles('BRK.B', %s)", [timeframe]
        ).fetchall()
        wanted = grouped.trades(events, start_of)
        assert [row[0] for row in rows] == [row[0] for row in wanted]
        assert [row[5:] for row in rows] == [row[5:] for row in wanted]


def test_meanings_of_a_symbol_may_not_overlap(conn: psycopg.Connection[Any]) -> None:
    conn.execute("insert into market.instruments (symbol) values ('A'), ('B')")
    conn.execute("insert into market.names values ('X', '2000-01-01', '2022-01-02', 'A')")
    with pytest.raises(pg.CheckViolation, match=r"X means A until .* and B from .* on"):
        conn.execute("insert into market.names values ('X', '2022-01-01', 'infinity', 'B')")
    with pytest.raises(pg.ForeignKeyViolation):
        conn.execute("insert into market.names (symbol, instrument) values ('X', 'NONE')")
    with pytest.raises(pg.CheckViolation):
        conn.execute("insert into market.names values ('Y', '2022-01-02', '2022-01-01', 'B')")
