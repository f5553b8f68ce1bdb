"""The bars of a stream are those of market.candles(), whatever they are read from."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from stack.database import Database
from tests.api.store import Store
from tests.db import loading, support
from tests.oracle import Quote, Trade

LEVELS = ["1s", "3s", "1m", "5m", "10m", "1h", "4h", "1d", "3d", "1w", "1mo", "2mo"]
NOW = datetime.now(UTC).replace(microsecond=0)
SECOND = timedelta(seconds=1)

STREAMED = """
with series as materialized (
    select *
    from market.stream_series(
        %(symbols)s::text [], %(nulls)s::text [], %(nulls)s::text [],
        %(timeframes)s::text [], %(sinces)s::timestamptz [], %(untils)s::timestamptz []
    )
),

lists as (
    select
        array_agg(number) as numbers, array_agg(symbol) as symbols, array_agg(source) as sources,
        array_agg(price) as prices, array_agg(timeframe) as timeframes,
        array_agg(since) as sinces, array_agg(until) as untils
    from series
)

select
    series.symbol, series.timeframe, (made.bar).bucket, (made.bar).open, (made.bar).high,
    (made.bar).low, (made.bar).close, (made.bar).volume, (made.bar).vwap, (made.bar).tick_count,
    (made.bar).mean_spread
from lists
cross join lateral market.stream_bars(
    numbers, symbols, sources, prices, timeframes, sinces, untils
) as made
inner join series on made.number = series.number
"""
CANDLES = """
select
    symbol, %(timeframe)s, bucket, open, high, low, close, volume, vwap, tick_count, mean_spread
from market.candles(%(symbol)s, %(timeframe)s, %(since)s, %(until)s, vendor => false)
where open is not null
"""


def trades(*seconds_ago: float, symbol: str = "AAPL") -> list[Trade]:
    """Returns trades, each with its number as its price."""
    return [
        Trade(NOW - ago * SECOND, Decimal(number + 1), tick_id=f"{ago}", symbol=symbol)
        for number, ago in enumerate(seconds_ago)
    ]


def streamed(
    conn: psycopg.Connection[Any],
    series: list[tuple[str, str]],
    since: datetime,
    until: datetime | None = None,
) -> list[tuple[Any, ...]]:
    """Returns the bars of symbols and timeframes, in order."""
    values = {
        "symbols": [symbol for symbol, _ in series],
        "timeframes": [timeframe for _, timeframe in series],
        "nulls": [None for _ in series],
        "sinces": [since for _ in series],
        "untils": [until or "infinity" for _ in series],
    }
    return sorted(conn.execute(STREAMED, values).fetchall())


@pytest.fixture
def _stored(fresh_database: str, database: Database) -> None:
    """Events of which the older ones are in stored candles, under names of today and of before."""
    with loading.loader(fresh_database) as loader:
        for symbol in ("AAPL", "IBM", "FB"):
            loading.store(loader, trades(90000, 90000.4, 7200, 3700, 3600, symbol=symbol))
    Store(fresh_database).make_candles(database.edition)
    with loading.loader(fresh_database) as loader:
        for symbol in ("AAPL", "IBM", "META"):
            loading.store(loader, trades(70, 61, 60, 2, 1, 0.5, symbol=symbol))
        quote = Quote(NOW - 30 * SECOND, Decimal(1), Decimal(3), tick_id="q", symbol="EUR/USD")
        loading.store(loader, [quote, quote._replace(ts=NOW, bid=Decimal(2), tick_id="r")])
    with psycopg.connect(fresh_database) as conn:
        conn.execute(
            "insert into market.names (symbol, since, until, instrument)"
            " values ('FB', '-infinity', %s, 'META')",
            [NOW - 1800 * SECOND],
        )


@pytest.mark.usefixtures("_stored")
@pytest.mark.parametrize("ago", [1, 65, 3650, 86400 * 2, 86400 * 400])
def test_bars_of_many_series_are_those_of_the_candles(fresh_database: str, ago: int) -> None:
    series = [(symbol, level) for symbol in ("AAPL", "IBM", "META", "EUR/USD") for level in LEVELS]
    since = NOW - ago * SECOND
    with support.as_role(fresh_database, "stockpulse_reader") as conn:
        conn.execute("set time zone 'UTC'")
        expected = []
        for symbol, level in series:
            [(first,)] = conn.execute(
                "select market.bucket_of(%s, width, months) from market.timeframe_of(%s)",
                [since, level],
            ).fetchall()
            values = {"symbol": symbol, "timeframe": level, "since": first, "until": "infinity"}
            expected += conn.execute(CANDLES, values).fetchall()
        assert streamed(conn, series, since) == sorted(expected)


@pytest.mark.usefixtures("_stored")
def test_bars_between_two_times_end_by_the_second(fresh_database: str) -> None:
    day = NOW.replace(hour=0, minute=0, second=0)
    since, until = day - timedelta(days=2), day
    with support.as_role(fresh_database, "stockpulse_reader") as conn:
        conn.execute("set time zone 'UTC'")
        found = streamed(conn, [("AAPL", "1d"), ("AAPL", "1w")], since, until)
        expected = conn.execute(
            CANDLES, {"symbol": "AAPL", "timeframe": "1d", "since": since, "until": until}
        ).fetchall()
    assert [bar for bar in found if bar[1] == "1d"] == expected


def test_a_symbol_that_is_not_known_has_no_row(fresh_database: str) -> None:
    with support.as_role(fresh_database, "stockpulse_reader") as conn:
        assert streamed(conn, [("NONE", "1m")], NOW) == []
