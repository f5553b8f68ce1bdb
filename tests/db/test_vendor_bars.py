"""Bars of vendors among candles: where there is none of our own, and nowhere else."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.db import support
from tests.db.support import trade

NOON = datetime(2026, 2, 27, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ADD = (
    'insert into market.vendor_bars (symbol, source, "interval", bucket, open, high, low, close,'
    " volume, trades, is_final, batch) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, true, 1)"
)
Conn = psycopg.Connection[Any]


def add(
    conn: Conn,
    minute: int,
    prices: str = "10 12 9 11",
    volume: str | None = "100",
    *,
    symbol: str = "AAPL",
    vendor: str = "yahoo",
    interval: str = "1m",
    trades: int | None = None,
) -> None:
    """Adds a bar that starts so many minutes after noon: open, high, low, close."""
    conn.execute(
        "insert into market.instruments (symbol) values (%s) on conflict do nothing", [symbol]
    )
    values = [Decimal(price) for price in prices.split()]
    conn.execute(ADD, [symbol, vendor, interval, NOON + minute * MINUTE, *values, volume, trades])


def shown(conn: Conn, timeframe: str = "1m", **arguments: Any) -> list[str]:
    """Returns time, open, high, low, close, volume, count and vendor of AAPL's candles."""
    given = {"symbol": "AAPL", "timeframe": timeframe, **arguments}
    named = ", ".join(f"{name} => %({name})s" for name in given)
    rows = conn.execute(
        "select concat_ws(' ', to_char(bucket at time zone 'UTC', 'HH24:MI'), open, high, low,"
        f" close, volume, coalesce(tick_count::text, '-'), vendor) from market.candles({named})",
        given,
    )
    return [line for (line,) in rows]


def own(conn: Conn, *minutes: int) -> None:
    """Stores a trade of 5 in each of the minutes after noon."""
    support.insert(conn, [trade(NOON + minute * MINUTE, "5") for minute in minutes])


def test_a_vendors_bar_is_shown_where_there_is_no_candle_and_only_there(conn: Conn) -> None:
    own(conn, 0, 3)
    add(conn, 0)
    add(conn, 1)
    add(conn, 2, "11 11 8.50 9", volume=None, trades=7)
    expected = [
        "12:00 5 5 5 5 1 1",
        "12:01 10 12 9 11 100 - yahoo",
        "12:02 11 11 8.50 9 7 yahoo",
        "12:03 5 5 5 5 1 1",
    ]
    assert shown(conn) == expected
    support.refresh(conn)
    assert shown(conn) == expected
    assert shown(conn, vendor=False) == [expected[0], expected[3]]
    assert shown(conn, since=NOON + MINUTE, until=NOON + 2 * MINUTE) == [expected[1]]
    rows = conn.execute(
        "select source, vwap, notional, mean_spread from market.candles('AAPL', '1m')"
        " where vendor is not null"
    ).fetchall()
    assert rows == [("sim", None, None, None)] * 2


def test_a_symbol_of_bars_alone_has_candles_without_a_source(conn: Conn) -> None:
    add(conn, 1)
    assert shown(conn) == ["12:01 10 12 9 11 100 - yahoo"]
    assert conn.execute("select symbol, source from market.candles('AAPL', '5m')").fetchall() == [
        ("AAPL", None)
    ]
    assert shown(conn, vendor=False) == []


def test_narrower_bars_are_merged_into_the_timeframe(conn: Conn) -> None:
    add(conn, 0, "10 12 9 11", "100", trades=2)
    add(conn, 1, "11 15 11 14", "50", trades=3)
    add(conn, 4, "14 14 7 8", None)
    add(conn, 5, "8 8 8 8", "1")
    assert shown(conn, "5m") == ["12:00 10 15 7 8 150 - yahoo", "12:05 8 8 8 8 1 - yahoo"]
    assert shown(conn, "1d") == ["00:00 10 15 7 8 151 - yahoo"]
    assert shown(conn, "1s") == []
    conn.execute("delete from market.vendor_bars where trades is null")
    assert shown(conn, "1w") == ["00:00 10 15 9 14 150 5 yahoo"]
    [(month,)] = conn.execute("select bucket from market.candles('AAPL', '1mo')").fetchall()
    assert month == datetime(2026, 2, 1, tzinfo=UTC)


def test_of_a_bucket_the_widest_interval_that_divides_the_timeframe_counts(conn: Conn) -> None:
    add(conn, 0, "1 1 1 1")
    add(conn, 0, "2 2 2 2", interval="5m")
    add(conn, 0, "3 3 3 3", interval="15m")
    add(conn, 60, "4 4 4 4")
    add(conn, -720, "9 9 9 9", interval="1d")
    assert shown(conn, "1m")[0] == "12:00 1 1 1 1 100 - yahoo"
    assert shown(conn, "10m") == ["12:00 2 2 2 2 100 - yahoo", "13:00 4 4 4 4 100 - yahoo"]
    assert shown(conn, "30m") == ["12:00 3 3 3 3 100 - yahoo", "13:00 4 4 4 4 100 - yahoo"]
    assert shown(conn, "1d") == ["00:00 9 9 9 9 100 - yahoo"]
    assert len(shown(conn, "12h")) == 1


def test_of_several_vendors_of_a_bucket_the_first_by_name_is_shown(conn: Conn) -> None:
    add(conn, 0, "1 1 1 1")
    add(conn, 0, "2 2 2 2", vendor="alphavantage")
    add(conn, 1, "3 3 3 3")
    own(conn, 2)
    assert shown(conn) == [
        "12:00 2 2 2 2 100 - alphavantage",
        "12:01 3 3 3 3 100 - yahoo",
        "12:02 5 5 5 5 1 1",
    ]
    conn.execute("update market.instruments set primary_source = 'yahoo'")
    assert shown(conn) == ["12:00 1 1 1 1 100 - yahoo", "12:01 3 3 3 3 100 - yahoo"]


def test_with_a_source_only_its_own_bars_stand_in(conn: Conn) -> None:
    own(conn, 0)
    add(conn, 1)
    add(conn, 2, vendor="sim")
    assert shown(conn, source="SIM") == ["12:00 5 5 5 5 1 1", "12:02 10 12 9 11 100 - sim"]
    assert shown(conn, source="Yahoo") == ["12:01 10 12 9 11 100 - yahoo"]
    assert shown(conn, source="other") == []


def test_candles_of_quotes_show_none_unless_no_price_is_named(conn: Conn) -> None:
    support.insert(conn, [support.quote(NOON, "1", "2", symbol="AAPL")])
    add(conn, 1)
    assert len(shown(conn)) == 2
    assert [len(shown(conn, price=price)) for price in ("trade", "mid", "bid", "ask")] == [
        1, 1, 1, 1,
    ]  # fmt: skip
    assert shown(conn, price="trade") == ["12:01 10 12 9 11 100 - yahoo"]


def test_filled_candles_carry_on_a_vendors_close(conn: Conn) -> None:
    own(conn, 0)
    add(conn, 2)
    span = {"since": NOON, "until": NOON + 4 * MINUTE}
    assert shown(conn, fill="previous", **span) == [
        "12:00 5 5 5 5 1 1",
        "12:01 5 5 5 5 0 0",
        "12:02 10 12 9 11 100 - yahoo",
        "12:03 11 11 11 11 0 0",
    ]
    assert shown(conn, fill="null", **span)[3] == "12:03 0"
    assert shown(conn, fill="previous", vendor=False, **span)[3] == "12:03 5 5 5 5 0 0"


def test_filled_candles_do_not_depend_on_where_the_range_begins(conn: Conn) -> None:
    own(conn, 0)
    add(conn, 2)
    add(conn, 2, "1 1 1 1", vendor="alphavantage")
    add(conn, 2, "7 7 7 7", symbol="IBM")
    later = {"fill": "previous", "since": NOON + 3 * MINUTE, "until": NOON + 4 * MINUTE}
    assert shown(conn, **later) == ["12:03 1 1 1 1 0 0"]
    assert shown(conn, source="yahoo", **later) == ["12:03 11 11 11 11 0 0"]
    assert shown(conn, vendor=False, **later) == ["12:03 5 5 5 5 0 0"]
    assert shown(conn, symbol="IBM", **later) == ["12:03 7 7 7 7 0 0"]
    own(conn, 2)
    assert shown(conn, **later) == ["12:03 5 5 5 5 0 0"]


def test_bars_are_adjusted_for_splits_by_their_end(conn: Conn) -> None:
    add(conn, -720, "30 30 30 30", "3", interval="1d")  # the day of the split
    add(conn, -720 - 1440, "90 120 60 90", "3", interval="1d")
    add(conn, -1, "90 90 90 90", "3")
    add(conn, 0, "30 30 30 30", "3")
    conn.execute("insert into market.corporate_actions values ('AAPL', %s, 'split', 3, 1)", [NOON])
    assert shown(conn, "1d", adjustment="split") == [
        "00:00 30 40 20 30 9 - yahoo",
        "00:00 30 30 30 30 3 - yahoo",
    ]
    assert shown(conn, adjustment="split") == [
        "11:59 30 30 30 30 9 - yahoo",
        "12:00 30 30 30 30 3 - yahoo",
    ]
    assert shown(conn)[0] == "11:59 90 90 90 90 3 - yahoo"


def test_a_renamed_instrument_shows_the_bars_of_each_of_its_names(conn: Conn) -> None:
    add(conn, 0, symbol="FB")
    add(conn, 5, symbol="FB")
    add(conn, 4, symbol="AAPL")
    conn.execute(
        "insert into market.names (symbol, since, until, instrument) values"
        " ('FB', '-infinity', %(at)s, 'AAPL'), ('AAPL', %(at)s, 'infinity', 'AAPL')",
        {"at": NOON + 2 * MINUTE},
    )
    assert [line[:5] for line in shown(conn)] == ["12:00", "12:04"]
    assert [line[:5] for line in shown(conn, symbol="FB")] == ["12:00", "12:04"]


def test_returns_averages_and_the_last_candle_are_of_trades_alone(conn: Conn) -> None:
    own(conn, 0, 2)
    add(conn, 1)
    add(conn, 9)
    for question, rows in {
        "select close from market.returns('AAPL', '1m')": [(5,), (5,)],
        "select market.twap('AAPL', '2026-02-27 12:00Z', '2026-02-27 12:03Z')": [(5,)],
        "select bucket from market.last_candle('AAPL', '1m')": [(NOON + 2 * MINUTE,)],
    }.items():
        assert conn.execute(question).fetchall() == rows, question


def test_coverage_knows_nothing_of_vendors(conn: Conn) -> None:
    own(conn, 0)
    question = "select * from market.coverage('AAPL', '1m', %s, %s)"
    span = [NOON, NOON + 5 * MINUTE]
    before = conn.execute(question, span).fetchall()
    add(conn, 1)
    assert conn.execute(question, span).fetchall() == before


READ = (
    "select seq_scan, coalesce(idx_scan, 0), seq_tup_read + coalesce(idx_tup_fetch, 0)"
    " from pg_stat_xact_all_tables where relid = 'market.vendor_bars'::regclass"
)


@pytest.mark.parametrize(
    "question",
    [
        "select * from market.candles('MSFT', '1m')",
        "select * from market.bar_page(array['MSFT'], '1m')",
        "select * from market.bar_page(array['MSFT'], '1m', share => 'by time')",
    ],
)
def test_a_symbol_without_bars_of_vendors_takes_one_look_into_an_index(
    conn: Conn, question: str
) -> None:
    support.insert(conn, [trade(NOON, "5", symbol="MSFT")])
    conn.execute(
        "insert into market.vendor_bars select symbol, 'yahoo', '1m', at, 1, 1, 1, 1, 1, 1, true,"
        " null, 1 from unnest(array['IBM', 'NVDA']) as symbol"
        " cross join generate_series(%s, %s, interval '1 minute') as at",
        [NOON, NOON + 9999 * MINUTE],
    )
    conn.execute("analyze market.vendor_bars")
    with conn.transaction():
        assert len(conn.execute(question).fetchall()) == 1
        assert conn.execute(READ).fetchall() == [(0, 1, 0)]


def test_a_page_of_a_long_history_reads_little_of_it(conn: Conn) -> None:
    conn.execute("insert into market.instruments (symbol) values ('IBM')")
    conn.execute(
        "insert into market.vendor_bars select 'IBM', vendor, '1m', at, 1, 1, 1, 1, 1, 1, true,"
        " null, 1 from unnest(array['yahoo', 'alphavantage']) as vendor"
        " cross join generate_series(%s, %s, interval '1 minute') as at",
        [NOON, NOON + 29_999 * MINUTE],
    )
    conn.execute("analyze market.vendor_bars")
    for arguments in ("newest_first => true", "since => '2026-03-01'", "share => 'by time'"):
        with conn.transaction():
            rows = conn.execute(
                f"select * from market.bar_page(array['IBM'], '5m', max_bars => 10, {arguments})"
            ).fetchall()
            [(scans, _, read)] = conn.execute(READ).fetchall()
        assert (len(rows), scans) == (10, 0)
        assert read < 500, arguments
