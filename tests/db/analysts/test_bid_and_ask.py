"""Candles of quotes: bid, ask and mid at every timeframe, and which price is meant by default."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from tests.db import support
from tests.db.analysts import grouped
from tests.db.analysts.grouped import every, every_months
from tests.db.support import quote, trade, utc
from tests.oracle import Quote

START = utc("2026-01-28 00:00")
TIMEFRAMES = {
    "1m": every(minutes=1),
    "3m": every(minutes=3),
    "45m": every(minutes=45),
    "1h": every(hours=1),
    "6h": every(hours=6),
    "1d": every(days=1),
    "2d": every(days=2),
    "1w": grouped.week,
    "1mo": every_months(1),
}
PRICES = ["bid", "ask", "mid"]


def quotes() -> list[Quote]:
    """Ten days of quotes, some of one side, of none that counts, or crossed."""
    found = []
    for n in range(700):
        bid, spread = 10000 + n * 37 % 211, n * 11 % 7 - 1
        sides: list[str | None] = [f"{bid / 100}", f"{(bid + spread) / 100}"]
        if n % 9 in (2, 3):
            sides[n % 9 - 2] = None
        found.append(
            quote(
                START + timedelta(minutes=20 * n, seconds=n * n % 997),
                *sides,
                symbol="FX",
                bid_size=None if n % 10 == 4 else Decimal(n % 5),
                ask_size=Decimal(n % 3),
                seq=n,
                tick_id=str(n),
            )
        )
        if n % 20 == 7:  # a stub: it moves nothing
            found.append(quote(found[-1].ts, "0", "999999", symbol="FX", moves=0, seq=n + 1000))
    return found


def fill(conn: psycopg.Connection[Any]) -> None:
    both = [event._replace(symbol="BOTH") for event in quotes()[:50]]
    support.insert(
        conn,
        [
            *quotes(),
            *both,
            trade(START, "5", symbol="BOTH"),
            trade(START, "5", symbol="TRADES"),
            *(quote(event.ts, "1", "2", symbol="FX", source="other") for event in both),
        ],
    )
    conn.execute("update market.instruments set primary_source = 'sim'")


@pytest.mark.parametrize("price", PRICES)
@pytest.mark.parametrize("timeframe", TIMEFRAMES)
def test_candles_of_quotes_are_those_of_their_side(
    market: psycopg.Connection[Any], timeframe: str, price: str
) -> None:
    rows = market.execute(
        f"select {grouped.COLUMNS}, mean_spread from market.candles('FX', %s, price => %s)",
        [timeframe, price],
    ).fetchall()
    wanted = grouped.quotes(quotes(), TIMEFRAMES[timeframe], price)
    assert grouped.rounded(rows) == grouped.rounded(wanted)
    assert rows


def test_mid_is_the_default_of_a_series_without_trades(market: psycopg.Connection[Any]) -> None:
    for call in ("candles('FX', '1h'", "candles('FX', '1h', fill => 'null'", "returns('FX', '1h'"):
        plain = market.execute(f"select * from market.{call})").fetchall()
        assert plain == market.execute(f"select * from market.{call}, price => 'mid')").fetchall()
        assert len(plain) > 200
    last = market.execute("select close from market.last_candle('FX', '1h')").fetchall()
    assert last == market.execute("select close from market.candles('FX', '1h')").fetchall()[-1:]


def test_trades_are_the_default_of_a_series_with_both(market: psycopg.Connection[Any]) -> None:
    rows = market.execute("select close, tick_count from market.candles('BOTH', '1d')").fetchall()
    assert rows == [(5, 1)]
    later = [START + timedelta(hours=2), START + timedelta(hours=9)]
    question = "select bucket from market.candles('BOTH', '1h', %s, %s"
    assert market.execute(question + ")", later).fetchall() == []
    assert market.execute(question + ", price => 'mid')", later).fetchall() != []


@pytest.mark.parametrize(
    "call",
    [
        "candles('FX', '1d', price => 'trade')",
        "candles('TRADES', '1d', price => 'bid')",
        "last_candle('TRADES', '1d', price => 'mid')",
    ],
)
def test_series_has_no_candles_of_what_it_has_not(
    market: psycopg.Connection[Any], call: str
) -> None:
    assert market.execute(f"select * from market.{call}").fetchall() == []


def test_volume_of_a_made_up_candle_is_that_of_its_price(market: psycopg.Connection[Any]) -> None:
    day = [START, START + timedelta(minutes=3)]
    for price, volume in (("bid", 0), ("mid", None)):
        rows = market.execute(
            "select volume, vwap_volume, notional, tick_count from market.candles("
            "'FX', '1m', %s, %s, fill => 'previous', price => %s)",
            [*day, price],
        ).fetchall()
        assert rows[1:] == [(volume, None, None, 0)] * 2


@pytest.mark.parametrize(
    "call", ["candles('FX', '1d'", "last_candle('FX', '1d'", "returns('FX', '1d'"]
)
def test_unknown_price_is_an_error_that_names_the_known(
    market: psycopg.Connection[Any], call: str
) -> None:
    with pytest.raises(pg.InvalidParameterValue, match="unknown price 'last'") as refused:
        market.execute(f"select * from market.{call}, price => 'last')")
    assert refused.value.diag.message_hint == "known are trade, mid, bid and ask"


@pytest.mark.parametrize("timeframe", ["5m", "2h", "1w"])
def test_mean_spread_is_that_of_the_candles(
    market: psycopg.Connection[Any], timeframe: str
) -> None:
    rows = market.execute(
        "select bucket, mean_spread from market.spread('FX', %s)", [timeframe]
    ).fetchall()
    candles = market.execute(
        "select bucket, mean_spread from market.candles('FX', %s)", [timeframe]
    ).fetchall()
    assert grouped.rounded(rows) == grouped.rounded(candles)
    assert rows


def test_twap_of_quotes_is_of_their_mids(market: psycopg.Connection[Any]) -> None:
    bounds = [START, START + timedelta(minutes=40)]
    mids = {event.ts: (event.bid + event.ask) / 2 for event in quotes()[:2] if event.moves == 7}
    minutes = [START + timedelta(minutes=n) for n in range(40)]
    closes = [
        [mid for ts, mid in sorted(mids.items()) if ts < minute + timedelta(minutes=1)][-1]
        for minute in minutes
    ]
    row = market.execute("select market.twap('FX', %s, %s)", bounds).fetchone()
    assert row is not None
    assert round(row[0], 12) == round(sum(closes) / 40, 12)
