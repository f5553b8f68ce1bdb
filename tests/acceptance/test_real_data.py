"""A real day of EUR/USD, from the vendor's files to candles, against the vendor's own candles."""

from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from stack.broker import Broker
from tests import oracle
from tests.acceptance import dukascopy, loaded
from tests.acceptance.dukascopy import Minute
from tests.db import support
from tests.faults.conftest import MakeLoaders
from tests.faults.loaders import Loaders
from tests.oracle import Quote, QuoteCandle

FIXTURES = Path(__file__).parents[3] / "shared/fixtures/dukascopy"
MINUTES = ("bucket", "bid_open", "bid_high", "bid_low", "bid_close", "bid_volume")
CLOSE_ENOUGH = Decimal("1e-15")  # of a spread: a division has so many digits

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(
        not (FIXTURES / dukascopy.DIRECTORY).exists(),
        reason=f"needs the day of EUR/USD in {FIXTURES}",
    ),
]


@cache
def ticks() -> list[Quote]:
    """Returns the vendor's ticks, read apart from the product."""
    return dukascopy.quotes(FIXTURES)


@cache
def expected(width: timedelta) -> list[QuoteCandle]:
    """Returns the candles of the vendor's ticks, made apart from the product."""
    return oracle.quote_candles(ticks(), width)


@pytest.fixture
def history(
    broker: Broker, topic: str, loaders_of: MakeLoaders, fresh_database: str
) -> tuple[Loaders, str]:
    """The day, published and loaded."""
    loaders = loaders_of(fresh_database, broker, topic)
    assert loaded.publish(loaders, topic, "dukascopy", str(FIXTURES)) == len(ticks())
    loaders.load_rest()
    return loaders, fresh_database


def _connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True, options="-c timezone=UTC")


def test_minutes_of_bids_are_the_vendors(history: tuple[Loaders, str]) -> None:
    with _connect(history[1]) as conn:
        made = [Minute._make(row) for row in loaded.rows(conn, "quote_candles_1m", MINUTES)]
    vendors = {minute.start: minute for minute in dukascopy.bid_minutes(FIXTURES)}
    assert len(made) > 1_000
    assert made == [vendors[minute.start] for minute in made]


@pytest.mark.long
def test_the_same_files_again_add_nothing(history: tuple[Loaders, str], topic: str) -> None:
    loaders, url = history
    with _connect(url) as conn:
        assert _stored(conn) == len(ticks())
        loaded.publish(loaders, topic, "dukascopy", str(FIXTURES))
        loaders.load_rest()
        assert _stored(conn) == len(ticks())
        account = loaded.account(conn)
        assert (account["duplicates"], account["rejected"]) == (len(ticks()), 0)
        _assert_candles(conn)


def _stored(conn: psycopg.Connection[Any]) -> int:
    (count,) = conn.execute("select count(*) from market.quotes").fetchone() or (0,)
    return count


def test_candles_of_every_level_are_those_of_the_files(history: tuple[Loaders, str]) -> None:
    with _connect(history[1]) as conn:
        _assert_candles(conn)
        support.refresh_all(conn)
        _assert_candles(conn)


def _assert_candles(conn: psycopg.Connection[Any]) -> None:
    """Fails on the first level whose bids, asks, mids or spreads are not those of the ticks."""
    levels = loaded.levels(conn, "quotes")
    assert len(levels) >= 8
    for relation, width in levels:
        made = loaded.rows(conn, relation, QuoteCandle._fields)
        assert [QuoteCandle._make(row) for row in made] == expected(width), relation
        means = loaded.rows(conn, relation, ["mean_spread"])
        for candle, (mean,) in zip(expected(width), means, strict=True):
            exact = candle.spread_sum / candle.spread_count
            assert abs(mean - exact) < CLOSE_ENOUGH, relation
