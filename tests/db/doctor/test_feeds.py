"""The rule on feeds that are silent: not while nothing is to be expected of them."""

from typing import Any

import psycopg
import pytest

from db import sql
from tests.db import feeds
from tests.db.feeds import add, ago, heartbeat, start

Conn = psycopg.Connection[Any]


@pytest.fixture
def conn(conn: Conn) -> Conn:
    """A database whose loader stores what another feed sends now."""
    add(conn, start(ago(hours=1), "X", session="other", source="kraken"))
    add(conn, heartbeat(ago(seconds=1), "other", source="kraken"))
    conn.execute(
        "insert into ops.load_batches (loader, offsets, messages, stored, duplicates, amended,"
        " rejected, ignored, trades, quotes, late, seconds)"
        """ values ('here', '{"t 0": [0, 2]}', 2, 0, 0, 0, 0, 2, 0, 0, 0, 1)"""
    )
    return conn


def feed(conn: Conn, *symbols: str, silent: float) -> None:
    """Adds a session of symbols without a marker for `silent` minutes."""
    for symbol in symbols:
        instrument = {"calendar": "24/7" if symbol == "BINANCE:BTCUSDT" else "XNYS"}
        add(conn, start(ago(days=2), symbol, instrument=instrument))
    add(conn, heartbeat(ago(minutes=silent)))


def sessions(conn: Conn, *offsets: tuple[str, str]) -> None:
    """Sets the sessions of XNYS, by their distances from now."""
    for number, (opens, closes) in enumerate(offsets):
        conn.execute(
            "insert into market.sessions (calendar, session_date, open_at, close_at) values"
            " ('XNYS', '2026-01-01'::date + %s::int, now() + %s::interval, now() + %s::interval)",
            [number, opens, closes],
        )


def found(conn: Conn) -> list[str]:
    return [text for (text,) in conn.execute(sql.load("db.doctor", "feeds"))]


OVERNIGHT = (("-16 hours", "-10 hours"), ("8 hours", "14 hours"))
IN_THE_DAY = (("-26 hours", "-20 hours"), ("-2 hours", "4 hours"))
JUST_OPEN = (("-26 hours", "-20 hours"), ("-1 minute", "6 hours"))


def test_a_feed_that_is_silent_while_its_market_is_open_is_reported(conn: Conn) -> None:
    sessions(conn, *IN_THE_DAY)
    feed(conn, "AAPL", "MSFT", silent=4)
    [text] = found(conn)
    assert text.startswith("feed sim has been silent since ")
    assert text.endswith("(session one, partitions: 1)")


@pytest.mark.parametrize("times", [OVERNIGHT, JUST_OPEN], ids=["overnight", "just open"])
def test_a_feed_whose_markets_are_closed_or_just_opened_may_be_silent(
    conn: Conn, times: tuple[tuple[str, str], ...]
) -> None:
    sessions(conn, *times)
    feed(conn, "AAPL", "MSFT", silent=600)
    assert found(conn) == []


def test_pings_once_a_minute_are_no_silence(conn: Conn) -> None:
    sessions(conn, *IN_THE_DAY)
    feed(conn, "AAPL", silent=2.5)
    assert found(conn) == []


def test_a_feed_with_one_market_that_never_closes_is_reported_at_night_too(conn: Conn) -> None:
    sessions(conn, *OVERNIGHT)
    feed(conn, "AAPL", "BINANCE:BTCUSDT", silent=4)
    assert len(found(conn)) == 1


def test_a_series_that_has_stopped_does_not_count(conn: Conn) -> None:
    sessions(conn, *OVERNIGHT)
    feed(conn, "AAPL", "BINANCE:BTCUSDT", silent=4)
    add(conn, feeds.stop(ago(minutes=5), "BINANCE:BTCUSDT"))
    assert found(conn) == []


def test_where_no_sessions_are_loaded_no_market_is_closed(conn: Conn) -> None:
    feed(conn, "AAPL", silent=4)
    assert len(found(conn)) == 1
