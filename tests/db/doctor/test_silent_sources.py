"""The rule on sources that have gone silent: by their calendar, and by what is usual of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from db import sql
from tests.db import feeds, support
from tests.db.feeds import ago
from tests.db.support import trade

Conn = psycopg.Connection[Any]

BITCOIN = "KRAKEN:BTC/USD"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def plant(
    conn: Conn, symbol: str, calendar: str | None, *, silent: timedelta, every: timedelta,
    since: timedelta, live: bool = True,
) -> None:  # fmt: skip
    """Adds a trade per `every`, the last one `silent` ago; `live`: stored when it happened."""
    newest = datetime.now(UTC) - silent
    number = int(since / every)
    support.insert(conn, [trade(newest - every * step, "5", symbol=symbol, source="kraken")
                          for step in range(number)])  # fmt: skip
    conn.execute(
        "update market.instruments set calendar = %s, last_seen_at = case when %s then %s"
        " else now() end where symbol = %s",
        [calendar, live, newest + timedelta(seconds=1), symbol],
    )
    support.refresh(conn)


def sessions(conn: Conn, *offsets: tuple[float, float]) -> None:
    """Sets the sessions of XNYS, in hours from now."""
    for number, (opens, closes) in enumerate(offsets):
        conn.execute(
            "insert into market.sessions (calendar, session_date, open_at, close_at) values"
            " ('XNYS', '2026-01-01'::date + %s::int, now() + %s * interval '1 hour',"
            " now() + %s * interval '1 hour')",
            [number, opens, closes],
        )


def found(conn: Conn) -> list[str]:
    return [text for (text,) in conn.execute(sql.load("db.doctor", "silent_sources"))]


def test_a_source_that_never_closes_and_is_silent_is_reported(conn: Conn) -> None:
    plant(conn, BITCOIN, "24/7", silent=45 * MINUTE, every=5 * MINUTE, since=3 * HOUR)
    [text] = found(conn)
    assert text.startswith("nothing has come from source kraken (calendar 24/7) since ")
    assert text.endswith(" UTC, for 00:45:00 in which its market was open")


def test_a_moment_without_events_is_no_silence(conn: Conn) -> None:
    plant(conn, BITCOIN, "24/7", silent=10 * MINUTE, every=5 * MINUTE, since=3 * HOUR)
    assert found(conn) == []


def test_history_that_was_loaded_is_not_missed(conn: Conn) -> None:
    plant(conn, BITCOIN, "24/7", silent=45 * MINUTE, every=5 * MINUTE, since=3 * HOUR, live=False)
    assert found(conn) == []


def test_what_trades_once_an_hour_may_be_silent_for_two(conn: Conn) -> None:
    plant(conn, BITCOIN, "24/7", silent=2 * HOUR, every=HOUR, since=40 * HOUR)
    assert found(conn) == []


def test_a_source_that_was_tried_for_a_few_minutes_is_not_missed(conn: Conn) -> None:
    plant(conn, BITCOIN, "24/7", silent=5 * HOUR, every=5 * MINUTE, since=HOUR / 2)
    assert found(conn) == []


@pytest.mark.parametrize(
    "times, texts",
    [
        ([(-30, -24), (-6, -0.8), (16, 22)], 0),  # silent since shortly before the close
        ([(-30, -24), (-6, 1), (16, 22)], 1),
        ([(-30, -24), (-6, 1)], 1),
        ([(-70, -64), (-6, -0.9)], 0),  # behind the last known session nobody knows
    ],
    ids=["closed", "open", "the last session", "behind the last session"],
)
def test_a_market_that_is_closed_is_not_missed(
    conn: Conn, times: list[tuple[float, float]], texts: int
) -> None:
    sessions(conn, *times)
    plant(conn, "AAPL", "XNYS", silent=50 * MINUTE, every=5 * MINUTE, since=4 * HOUR)
    assert len(found(conn)) == texts


def test_without_a_calendar_only_what_is_longer_than_any_night_is_silence(conn: Conn) -> None:
    plant(conn, "AAPL", None, silent=3 * HOUR, every=5 * MINUTE, since=4 * HOUR)
    assert found(conn) == []  # whether its market is open is not known yet
    support.insert(conn, [trade(datetime.now(UTC) - 6.6 * 24 * HOUR, "5", source="kraken")])
    support.insert(
        conn,
        [trade(datetime.now(UTC) - 12 * HOUR * number, "5", source="kraken")
         for number in range(1, 13)],
    )  # fmt: skip
    support.refresh(conn)
    assert found(conn) == []  # it was quiet for twelve hours each night
    plant(conn, "AAPL", None, silent=3 * HOUR, every=HOUR, since=160 * HOUR)
    assert len(found(conn)) == 1


def test_a_feed_whose_process_is_away_is_reported_by_its_own_rule(conn: Conn) -> None:
    plant(conn, BITCOIN, "24/7", silent=45 * MINUTE, every=5 * MINUTE, since=3 * HOUR)
    feeds.add(conn, feeds.start(ago(hours=3), BITCOIN, source="kraken"))
    feeds.add(conn, feeds.heartbeat(ago(minutes=45), source="kraken"))
    assert found(conn) == []
