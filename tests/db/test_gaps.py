"""Gaps of a series: where no feed covered it, or its source says that events are missing."""

from datetime import date
from typing import Any

import psycopg

from db import trading_calendars
from tests.db import feeds, support
from tests.db.feeds import add, end, fill, gap, gaps, heartbeat, start
from tests.db.support import trade, utc

Conn = psycopg.Connection[Any]
DAY = "2026-02-27"


def at(clock: str) -> str:
    return f"{DAY} {clock}"


def of(conn: Conn, since: str = "00:00", until: str = "23:00", **more: Any) -> list[Any]:
    """Returns the gaps of a part of the day, with the clock alone."""
    found = gaps(conn, "AAPL", source="sim", since=utc(at(since)), until=utc(at(until)), **more)
    return [(one[0][11:], one[1][11:], *one[2:]) for one in found]


def test_a_series_without_feeds_has_no_gaps(conn: Conn) -> None:
    support.insert(conn, [trade(utc(at("12:00")), "1")])
    assert gaps(conn, "AAPL") == []
    assert gaps(conn, "NONE") == []


def test_times_between_and_after_sessions_are_gaps(conn: Conn) -> None:
    add(conn, start(at("12:00:10.5")), end(at("12:10")))
    add(conn, start(at("12:11:30"), session="two"), end(at("13:00"), "two"))
    assert of(conn) == [
        ("12:10", "12:11:30", "no feed", None, None),
        ("13:00", "23:00", "no feed", None, None),
    ]
    assert of(conn, "12:11", "12:12") == [("12:11", "12:11:30", "no feed", None, None)]
    assert of(conn, "11:00", "12:00") == []


def test_gaps_that_a_source_knows_have_its_ids_and_reason(conn: Conn) -> None:
    add(
        conn,
        start(at("12:00")),
        gap(at("12:01:58"), at("12:02:03"), first_id="8", last_id="9"),
        gap(at("12:03"), at("12:03"), reason="incomplete"),
        end(at("12:10")),
    )
    assert of(conn, until="12:10") == [
        ("12:01:58", "12:02:03", "ids jumped", "8", "9"),
        ("12:03", "12:03:00.000001", "incomplete", None, None),
    ]


def test_a_gap_of_ids_around_a_reconnect_takes_it_in(conn: Conn) -> None:
    add(conn, start(at("12:00")), end(at("12:01:02")), start(at("12:01:09"), session="two"))
    add(conn, gap(at("12:01"), at("12:01:10"), first_id="8", last_id="9"), end(at("12:02"), "two"))
    assert of(conn, until="12:02") == [("12:01", "12:01:10", "ids jumped", "8", "9")]


def test_what_is_filled_is_no_gap(conn: Conn) -> None:
    add(conn, start(at("12:00")), end(at("12:10")), start(at("12:20"), session="two"))
    add(conn, gap(at("12:01"), at("12:05"), first_id="8", last_id="9"), end(at("12:30"), "two"))
    add(conn, fill(at("12:02"), at("12:03")), fill(at("12:10"), at("12:15")))
    assert of(conn, until="12:30") == [
        ("12:01", "12:02", "ids jumped", "8", "9"),
        ("12:03", "12:05", "ids jumped", "8", "9"),
        ("12:15", "12:20", "no feed", None, None),
    ]
    add(conn, fill(at("12:00"), at("12:30")))
    assert of(conn, until="12:30") == []


def numbered(conn: Conn, *numbers: int) -> None:
    conn.execute("update market.sources set id_scope = 'series' where source = 'sim'")
    support.insert(
        conn, [trade(utc(at(f"12:00:{n:02}")), "1", tick_id=str(n), seq=n) for n in numbers]
    )


def test_a_gap_whose_ids_are_stored_is_filled(conn: Conn) -> None:
    numbered(conn, 7, 8, 11)
    add(conn, start(at("12:00")), gap(at("12:00:07"), at("12:00:11"), first_id="8", last_id="10"))
    add(conn, end(at("12:02")))
    assert of(conn, until="12:02") == [("12:00:07", "12:00:11", "ids jumped", "8", "10")]
    numbered(conn, 9)
    assert len(of(conn, until="12:02")) == 1
    numbered(conn, 10)
    assert of(conn, until="12:02") == []


def test_the_same_ids_of_a_source_whose_ids_mean_nothing_fill_no_gap(conn: Conn) -> None:
    numbered(conn, 8, 9)
    conn.execute("update market.sources set id_scope = 'none' where source = 'sim'")
    add(conn, start(at("12:00")), gap(at("12:00:07"), at("12:00:11"), first_id="8", last_id="9"))
    add(conn, end(at("12:02")))
    assert len(of(conn, until="12:02")) == 1


def test_a_reconnect_between_numbered_trades_can_be_filled_by_them(conn: Conn) -> None:
    numbered(conn, 7, 8, 9, 10)
    add(conn, start(at("12:00")), end(at("12:00:07.5")))
    add(
        conn,
        start(at("12:00:09.5"), session="two"),
        gap(at("12:00:07"), at("12:00:10"), first_id="8", last_id="9"),
        end(at("12:02"), "two"),
    )
    assert of(conn, until="12:02") == []


def test_closed_markets_have_no_gaps_but_those_that_a_source_knows(
    conn: Conn, fresh_database: str
) -> None:
    trading_calendars.load(fresh_database, "FX", date(2026, 2, 20), date(2026, 3, 10))
    conn.execute("update market.sources set calendar = 'FX' where source = 'sim'")
    add(conn, start(at("12:00")), end(at("21:30")))
    add(conn, start("2026-03-01 22:30", session="two"), gap("2026-02-28 10:00", "2026-02-28 11:00"))
    add(conn, end("2026-03-02 00:00", "two"))
    assert gaps(conn, "AAPL", source="sim", until=utc("2026-03-02")) == [
        ("2026-02-27 21:30", "2026-02-27 22:00", "no feed", None, None),
        ("2026-02-28 10:00", "2026-02-28 11:00", "ids jumped", None, None),
        ("2026-03-01 22:00", "2026-03-01 22:30", "no feed", None, None),
    ]


def test_what_is_pending_is_no_gap_yet(conn: Conn) -> None:
    add(conn, start(feeds.ago(minutes=20)), heartbeat(feeds.ago(minutes=5)))
    assert gaps(conn, "AAPL", source="sim") == []
    add(conn, end(feeds.ago(minutes=5)))
    [(_, _, reason, _, _)] = gaps(conn, "AAPL", source="sim")
    assert reason == "no feed"


def test_quotes_have_gaps_of_their_own(conn: Conn) -> None:
    add(conn, start(at("12:00")), start(at("12:00"), kind="quote"), end(at("12:05")))
    add(conn, gap(at("12:01"), at("12:02"), kind="quote"))
    assert of(conn, until="12:05") == []
    assert of(conn, until="12:05", price="mid") == [("12:01", "12:02", "ids jumped", None, None)]
