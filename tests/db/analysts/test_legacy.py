"""The schema legacy: queries of earlier projects run as they stand, and what they show."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from tests.db import support
from tests.db.support import LEVELS, quote, trade, utc

NOON = utc("2026-03-04 12:00")
QUERIES = {
    "bars per symbol": (
        "SELECT symbol, COUNT(*) FROM stock_bars_1m GROUP BY symbol ORDER BY symbol;"
    ),
    "watermark": (
        "SELECT source, records_processed, completed_at FROM etl_runs ORDER BY id DESC LIMIT 5;"
    ),
    "live ticks": ("SELECT COUNT(*) FROM bitcoin_ticks WHERE time > NOW() - INTERVAL '1 minute';"),
    "owner of public": (
        "SELECT schema_name, schema_owner\nFROM information_schema.schemata\n"
        "WHERE schema_name = 'public';"
    ),
    # by the columns and keys of their tables
    "latest ticks": (
        "SELECT symbol, price, volume, event_time FROM stock_ticks"
        " WHERE symbol = 'AAPL' ORDER BY event_time DESC LIMIT 5;"
    ),
    "latest bars": (
        "SELECT symbol, bucket_start, open, high, low, close, volume_sum, tick_count"
        " FROM stock_bars_1m WHERE symbol = 'AAPL' ORDER BY bucket_start DESC LIMIT 10;"
    ),
    "candles": (
        "SELECT id, symbol, timeframe, open, high, low, close, volume, open_time, close_time,"
        " created_at FROM candles WHERE symbol = 'AAPL' AND timeframe = '1m'"
        " ORDER BY open_time DESC LIMIT 100;"
    ),
    "prices": (
        "SELECT id, symbol, price, volume, timestamp, fetch_timestamp FROM stock_prices"
        " ORDER BY timestamp;"
    ),
    "metrics": (
        "SELECT id, symbol, window_start, window_end, avg_price, max_price, min_price,"
        " avg_volume, created_at FROM stock_metrics ORDER BY window_start;"
    ),
    "forex": "SELECT time, symbol, bid, ask FROM forex_ticks ORDER BY time DESC LIMIT 5;",
    **{
        f"{table}{level}": (
            f"SELECT time, symbol, open, high, low, close, tick_count FROM {table}{level}"
            " ORDER BY time;"
        )
        for table in ("candles_", "bitcoin_candles_")
        for level in ("5m", "15m", "1h", "4h", "12h")
    },
}


def fill(conn: psycopg.Connection[Any]) -> None:
    received = NOON + timedelta(seconds=3, milliseconds=900)
    support.insert(
        conn,
        [
            trade(NOON, "10", "4"),
            trade(NOON + timedelta(seconds=20), "13", "1", moves=8),
            trade(NOON + timedelta(minutes=7), "12", None),
            trade(NOON, "99", source="other"),
            trade(NOON, "70000", "0.5", symbol="KRAKEN:BTC/USD", source="kraken"),
            quote(NOON, "69990", "70010", symbol="KRAKEN:BTC/USD", source="kraken"),
            quote(NOON, "71", "72", symbol="DUKASCOPY:BTC/USD", source="dukascopy"),
            quote(NOON, "1.1", "1.2", symbol="DUKASCOPY:EUR/USD", source="dukascopy"),
            quote(NOON, "1.1", None, symbol="DUKASCOPY:EUR/USD", source="dukascopy"),
            quote(NOON, "2000", "2001", symbol="DUKASCOPY:XAU/USD", source="dukascopy"),
            trade(datetime.now(UTC), "80000", symbol="BINANCE:BTCUSDT", source="binance"),
        ],
    )
    conn.execute("update market.trades set received_at = %s where symbol = 'AAPL'", [received])
    conn.execute("update market.instruments set primary_source = 'sim' where symbol = 'AAPL'")
    conn.execute("update market.instruments set asset_class = 'fx' where symbol ~ 'XAU'")
    conn.execute(
        "insert into ops.load_batches (loader, offsets, messages, stored, duplicates, amended,"
        " rejected, ignored, trades, quotes, late, seconds, loaded_at)"
        " values ('host:1', '{}', 5, 3, 1, 0, 1, 0, 3, 0, 0, 1.5, %s)",
        [NOON],
    )


def read(conn: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    with conn.transaction(force_rollback=True):
        conn.execute("set local role stockpulse_reader")
        conn.execute("set local search_path = legacy")
        return conn.execute(query.encode()).fetchall()


@pytest.mark.parametrize("title", QUERIES)
def test_query_runs_as_it_stands(market: psycopg.Connection[Any], title: str) -> None:
    assert read(market, QUERIES[title]) or title == "live ticks"


def test_bars_are_of_the_primary_source_and_have_prices(market: psycopg.Connection[Any]) -> None:
    assert read(market, QUERIES["bars per symbol"]) == [
        ("AAPL", 2),
        ("BINANCE:BTCUSDT", 1),
        ("KRAKEN:BTC/USD", 1),
    ]
    assert read(market, QUERIES["latest bars"]) == [
        ("AAPL", NOON + timedelta(minutes=7), 12, 12, 12, 12, 0, 1),
        ("AAPL", NOON, 10, 10, 10, 10, 5, 2),
    ]


def test_runs_are_the_batches_of_loaders(market: psycopg.Connection[Any]) -> None:
    assert read(market, QUERIES["watermark"]) == [("host:1", 5, NOON)]
    rows = read(market, "select status, started_at from etl_runs")
    assert rows == [("success", NOON - timedelta(seconds=1.5))]


def test_ticks_are_trades(market: psycopg.Connection[Any]) -> None:
    assert read(market, QUERIES["latest ticks"]) == [
        ("AAPL", 12, None, NOON + timedelta(minutes=7)),
        ("AAPL", 13, 1, NOON + timedelta(seconds=20)),
        ("AAPL", 10, 4, NOON),
    ]


def test_times_of_candles_are_milliseconds(market: psycopg.Connection[Any]) -> None:
    noon = int(NOON.timestamp() * 1000)
    rows = read(
        market,
        "select timeframe, open_time, close_time, close, volume from candles"
        " where symbol = 'AAPL' and open_time = (select max(open_time) from candles"
        " where symbol = 'AAPL' and timeframe = '12h') order by close_time",
    )
    assert rows == [
        (level, noon, noon + width // timedelta(milliseconds=1) - 1, close, volume)
        for level, width, close, volume in [
            ("1m", LEVELS["1m"], 10, 5),
            ("5m", LEVELS["5m"], 10, 5),
            ("15m", LEVELS["15m"], 12, 5),
            ("30m", LEVELS["30m"], 12, 5),
            ("1h", LEVELS["1h"], 12, 5),
            ("4h", LEVELS["4h"], 12, 5),
            ("12h", LEVELS["12h"], 12, 5),
        ]
    ]
    assert {row[0] for row in read(market, "select timeframe from candles")} == set(LEVELS)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_times_without_a_zone_are_of_utc(market: psycopg.Connection[Any], zone: str) -> None:
    noon = NOON.replace(tzinfo=None)
    market.execute("select set_config('timezone', %s, false)", [zone])
    rows = read(
        market,
        "select price, volume, timestamp, fetch_timestamp from stock_prices"
        " where symbol = 'AAPL' order by timestamp limit 1",
    )
    assert rows == [(10, 4, noon, int(NOON.timestamp()) + 3)]
    rows = read(
        market,
        "select window_start, window_end, avg_price, max_price, min_price, avg_volume"
        " from stock_metrics where symbol = 'AAPL' order by 1 limit 1",
    )
    assert rows == [(noon, noon + timedelta(minutes=1), Decimal("11.5"), 13, 10, Decimal("2.5"))]
    market.execute("reset timezone")


def test_pairs_are_named_without_their_venue(market: psycopg.Connection[Any]) -> None:
    rows = read(market, "select symbol, bid, ask, spread, mid_price from forex_ticks order by 1")
    assert rows == [
        ("EURUSD", Decimal("1.1"), Decimal("1.2"), Decimal("0.1"), Decimal("1.15")),
        ("XAUUSD", 2000, 2001, 1, Decimal("2000.5")),
    ]
    rows = read(market, "select symbol, bid, mid_price, source from bitcoin_ticks order by 3")
    assert rows == [
        ("BTCUSD", 71, Decimal("71.5"), "dukascopy"),
        ("BTCUSD", 69990, 70000, "kraken"),
        ("BTCUSD", None, 70000, "kraken"),
        ("BTCUSDT", None, 80000, "binance"),
    ]


def test_candles_of_pairs_are_of_bids_and_those_of_bitcoin_of_trades(
    market: psycopg.Connection[Any],
) -> None:
    assert read(market, QUERIES["candles_4h"]) == [
        (NOON, "EURUSD", *[Decimal("1.1")] * 4, 2),
        (NOON, "XAUUSD", *[2000] * 4, 1),
    ]
    rows = read(
        market, "select symbol, close, tick_count, source from bitcoin_candles_4h order by 2"
    )
    assert rows == [
        ("BTCUSD", 71, 1, "dukascopy"),
        ("BTCUSD", 70000, 1, "kraken"),
        ("BTCUSDT", 80000, 1, "binance"),
    ]


def test_everything_is_explained_and_can_be_read_alone(market: psycopg.Connection[Any]) -> None:
    names = [
        name
        for (name,) in market.execute(
            "select relname from pg_class where relnamespace = 'legacy'::regnamespace"
        ).fetchall()
    ]
    assert len(names) == 9 + 2 * len(LEVELS)
    silent = market.execute(
        "select relname from pg_class where relnamespace = 'legacy'::regnamespace"
        " and obj_description(oid, 'pg_class') is null"
    ).fetchall()
    assert silent == []
    for name in names:
        read(market, f"select * from {name} limit 1")
        with pytest.raises(pg.Error):
            read(market, f"delete from {name}")
    with market.transaction(force_rollback=True):
        market.execute("set local role stockpulse_loader")
        with pytest.raises(pg.InsufficientPrivilege):
            market.execute("select * from legacy.candles")
