"""Stretches of candles by what is known of them; every expected one is written by hand."""

from datetime import date, datetime
from typing import Any

import psycopg
import pytest

from db import trading_calendars
from tests.db import feeds, support
from tests.db.feeds import add, covered, end, fill, gap, heartbeat, start, stop
from tests.db.support import quote, trade, utc

Conn = psycopg.Connection[Any]
DAY = "2026-02-27"


def at(clock: str) -> str:
    return f"{DAY} {clock}"


def trades(conn: Conn, *clocks: str, symbol: str = "AAPL") -> None:
    """Stores a trade at each time of the day, and their candles."""
    support.insert(
        conn, [trade(utc(at(clock)), "1", tick_id=clock, symbol=symbol) for clock in clocks]
    )
    support.refresh_all(conn)


def of(conn: Conn, since: str, until: str, symbol: str = "AAPL", **more: Any) -> list[Any]:
    """Returns the stretches of a part of the day, with the clock alone."""
    found = covered(conn, symbol, since=utc(at(since)), until=utc(at(until)), **more)
    return [(one[0][11:], one[1][11:], one[2]) for one in found]


def test_minutes_with_trades_without_trades_and_without_a_feed(conn: Conn) -> None:
    trades(conn, "11:58", "12:00:10", "12:01:50", "12:04", "12:07:30")
    add(conn, start(at("12:00")), end(at("12:06:20")))
    assert of(conn, "11:57", "12:09") == [
        ("11:57", "12:00", "unknown"),
        ("12:00", "12:02", "complete"),
        ("12:02", "12:04", "no trades"),
        ("12:04", "12:05", "complete"),
        ("12:05", "12:06", "no trades"),
        ("12:06", "12:09", "no feed"),
    ]


def test_a_minute_that_is_covered_in_part_has_no_feed(conn: Conn) -> None:
    trades(conn, "12:00:40", "12:01:10", "12:02:10", "12:03:10")
    add(conn, start(at("12:00:30")), end(at("12:02:30")))
    assert of(conn, "12:00", "12:05") == [
        ("12:00", "12:01", "no feed"),
        ("12:01", "12:02", "complete"),
        ("12:02", "12:05", "no feed"),
    ]


def test_sessions_that_follow_each_other_cover_a_minute_together(conn: Conn) -> None:
    trades(conn, "12:00:40", "12:01:10")
    add(conn, start(at("12:00")), end(at("12:01:30")))
    add(conn, start(at("12:01:30"), session="two"), end(at("12:03"), "two"))
    assert of(conn, "12:00", "12:03") == [
        ("12:00", "12:02", "complete"),
        ("12:02", "12:03", "no trades"),
    ]


def test_sessions_of_two_processes_are_united(conn: Conn) -> None:
    trades(conn, "12:00:40")
    add(conn, start(at("12:00")), start(at("12:01"), session="two"))
    add(conn, heartbeat(at("12:02")), heartbeat(at("12:02"), "two"))
    add(conn, end(at("12:02:30")), end(at("12:04"), "two"))
    assert of(conn, "12:00", "12:05") == [
        ("12:00", "12:01", "complete"),
        ("12:01", "12:04", "no trades"),
        ("12:04", "12:05", "no feed"),
    ]


def test_a_series_without_feeds_is_unknown(conn: Conn) -> None:
    trades(conn, "12:00", "12:01")
    add(conn, start(at("12:00"), "MSFT"), start(at("12:00"), kind="quote"), end(at("12:05")))
    assert of(conn, "12:00", "12:03") == [("12:00", "12:03", "unknown")]


def test_a_series_without_a_trade_begins_with_its_feed(conn: Conn) -> None:
    conn.execute("insert into market.instruments (symbol, primary_source) values ('A', 'sim')")
    add(conn, start(at("12:00:30"), "A"), end(at("12:03"), "one"))
    assert of(conn, "11:00", "12:04", "A") == [
        ("12:00", "12:01", "no feed"),
        ("12:01", "12:03", "no trades"),
        ("12:03", "12:04", "no feed"),
    ]


def test_a_series_ends_at_its_stop(conn: Conn) -> None:
    trades(conn, "12:00:40")
    add(conn, start(at("12:00")), start(at("12:00"), "MSFT"), stop(at("12:02")), end(at("12:04")))
    assert of(conn, "12:00", "12:04") == [
        ("12:00", "12:01", "complete"),
        ("12:01", "12:02", "no trades"),
        ("12:02", "12:04", "no feed"),
    ]


def test_a_gap_touches_its_minutes_until_it_is_filled(conn: Conn) -> None:
    trades(conn, "12:00:40", "12:01:58", "12:03:02", "12:04:01")
    add(conn, start(at("12:00")), gap(at("12:01:58"), at("12:03:02")), end(at("12:05")))
    assert of(conn, "12:00", "12:05") == [
        ("12:00", "12:01", "complete"),
        ("12:01", "12:04", "no feed"),
        ("12:04", "12:05", "complete"),
    ]
    add(conn, fill(at("12:01"), at("12:02:30")))
    assert of(conn, "12:00", "12:05") == [
        ("12:00", "12:02", "complete"),
        ("12:02", "12:04", "no feed"),
        ("12:04", "12:05", "complete"),
    ]
    add(conn, fill(at("12:02:30"), at("12:03:02")))
    assert of(conn, "12:00", "12:05") == [
        ("12:00", "12:02", "complete"),
        ("12:02", "12:03", "no trades"),
        ("12:03", "12:05", "complete"),
    ]


def test_a_time_without_a_feed_can_be_filled(conn: Conn) -> None:
    trades(conn, "12:00:40", "12:03:01")
    add(conn, start(at("12:00")), end(at("12:01:10")))
    add(conn, start(at("12:03"), session="two"), end(at("12:04"), "two"))
    add(conn, fill(at("12:01"), at("12:03")))
    assert of(conn, "12:00", "12:04") == [
        ("12:00", "12:01", "complete"),
        ("12:01", "12:03", "no trades"),
        ("12:03", "12:04", "complete"),
    ]


def test_a_fill_before_the_first_session_is_known(conn: Conn) -> None:
    trades(conn, "11:01", "12:00:40")
    add(conn, start(at("12:00")), end(at("12:01")), fill(at("11:00"), at("11:03")))
    assert of(conn, "10:59", "12:01") == [
        ("10:59", "11:00", "unknown"),
        ("11:00", "11:01", "no trades"),
        ("11:01", "11:02", "complete"),
        ("11:02", "11:03", "no trades"),
        ("11:03", "12:00", "no feed"),
        ("12:00", "12:01", "complete"),
    ]


def ids(conn: Conn, *numbers: int) -> None:
    """Stores trades of the source kraken, one per second from 12:00 on by their ids."""
    support.insert(
        conn,
        [
            trade(
                utc(at(f"12:{n // 60:02}:{n % 60:02}")), "1", tick_id=str(n), seq=n,
                symbol="BTC", source="kraken",
            )
            for n in numbers
        ],
    )  # fmt: skip
    support.refresh_all(conn)


def test_a_gap_of_ids_is_filled_by_the_trades_themselves(conn: Conn) -> None:
    source = {"source": "kraken"}
    ids(conn, 0, 59, 119, 121, 180)
    add(
        conn,
        start(at("12:00"), "BTC", **source),
        gap(at("12:01:59"), at("12:02:01"), "BTC", first_id="120", last_id="120", **source),
        end(at("12:04"), **source),
    )
    assert of(conn, "12:00", "12:04", "BTC") == [
        ("12:00", "12:01", "complete"),
        ("12:01", "12:03", "no feed"),
        ("12:03", "12:04", "complete"),
    ]
    ids(conn, 120)
    assert of(conn, "12:00", "12:04", "BTC") == [("12:00", "12:04", "complete")]


def test_wider_buckets_are_judged_as_a_whole(conn: Conn) -> None:
    trades(conn, "12:01", "13:01", "15:01")
    add(conn, start(at("12:00")), end(at("15:30")))
    assert of(conn, "12:00", "16:00", timeframe="1h") == [
        ("12:00", "14:00", "complete"),
        ("14:00", "15:00", "no trades"),
        ("15:00", "16:00", "no feed"),
    ]
    assert of(conn, "12:00", "16:00", timeframe="2h") == [
        ("12:00", "14:00", "complete"),
        ("14:00", "16:00", "no feed"),
    ]
    assert of(conn, "12:00", "12:06", timeframe="3m") == [
        ("12:00", "12:03", "complete"),
        ("12:03", "12:06", "no trades"),
    ]


def test_months_are_judged_as_a_whole(conn: Conn) -> None:
    support.insert(conn, [trade(utc("2026-01-05"), "1"), trade(utc("2026-03-05"), "1")])
    support.refresh_all(conn)
    add(conn, start("2026-01-01"), end("2026-03-31"))
    found = covered(conn, "AAPL", timeframe="1mo", since=utc("2026-01-01"), until=utc("2026-04-01"))
    assert found == [
        ("2026-01-01 00:00", "2026-02-01 00:00", "complete"),
        ("2026-02-01 00:00", "2026-03-01 00:00", "no trades"),
        ("2026-03-01 00:00", "2026-04-01 00:00", "no feed"),
    ]


def test_quotes_have_feeds_of_their_own(conn: Conn) -> None:
    support.insert(
        conn, [trade(utc(at("12:00")), "1", tick_id="1"), quote(utc(at("12:01")), "1", "2")]
    )
    support.refresh_all(conn)
    add(conn, start(at("12:00")), start(at("12:00"), kind="quote"), stop(at("12:02")))
    add(conn, end(at("12:03")))
    assert of(conn, "12:00", "12:03") == [
        ("12:00", "12:01", "complete"),
        ("12:01", "12:02", "no trades"),
        ("12:02", "12:03", "no feed"),
    ]
    for price in ("mid", "bid"):
        assert of(conn, "12:00", "12:03", price=price) == [
            ("12:00", "12:01", "no trades"),
            ("12:01", "12:02", "complete"),
            ("12:02", "12:03", "no trades"),
        ]


def test_names_of_earlier_times_lead_to_their_feeds(conn: Conn) -> None:
    trades(conn, "12:01", symbol="OLD")
    trades(conn, "12:04", symbol="NEW")
    conn.execute(
        "insert into market.names values ('OLD', '-infinity', %s, 'NEW')", [utc(at("12:02:30"))]
    )
    conn.execute("update market.instruments set primary_source = 'sim'")
    add(conn, start(at("12:00"), "OLD"), end(at("12:10")))
    add(conn, start(at("12:02:30"), "NEW", session="two"), end(at("12:06"), "two"))
    expected = [
        ("12:00", "12:01", "no trades"),
        ("12:01", "12:02", "complete"),
        ("12:02", "12:04", "no trades"),
        ("12:04", "12:05", "complete"),
        ("12:05", "12:06", "no trades"),
        ("12:06", "12:07", "no feed"),
    ]
    assert of(conn, "12:00", "12:07", "NEW") == expected
    assert of(conn, "12:00", "12:07", "OLD") == expected


def states(conn: Conn) -> list[str]:
    return [one[2] for one in covered(conn, "AAPL", source="sim", since=utc(feeds.ago(minutes=9)))]


def test_what_a_live_session_has_not_sent_yet_is_pending(conn: Conn) -> None:
    add(conn, start(feeds.ago(minutes=20)), heartbeat(feeds.ago(minutes=3)))
    assert states(conn) == ["no trades", "pending"]
    [*_, last] = covered(conn, "AAPL", source="sim", since=utc(feeds.ago(minutes=9)))
    heard = datetime.fromisoformat(feeds.ago(minutes=3)).replace(second=0, microsecond=0)
    assert abs((datetime.fromisoformat(last[0]) - heard).total_seconds()) <= 60
    add(conn, end(feeds.ago(minutes=2)))
    assert states(conn) == ["no trades", "no feed"]


def test_a_killed_session_is_pending_until_its_source_is_heard_again(conn: Conn) -> None:
    add(conn, start(feeds.ago(minutes=20)), heartbeat(feeds.ago(minutes=5)))
    add(conn, start(feeds.ago(minutes=20), session="x", source="other"))
    assert states(conn) == ["no trades", "pending"]
    add(conn, start(feeds.ago(minutes=2), session="two"))
    assert states(conn) == ["no trades", "no feed", "pending"]
    add(conn, heartbeat(feeds.ago(seconds=0), "two"))
    assert states(conn) == ["no trades", "no feed", "no trades", "pending"]


def test_what_another_process_has_sent_is_not_pending(conn: Conn) -> None:
    add(conn, start(feeds.ago(minutes=20)), start(feeds.ago(minutes=20), session="two"))
    add(conn, heartbeat(feeds.ago(seconds=3), "two"), heartbeat(feeds.ago(seconds=8)))
    now = utc(feeds.ago(seconds=3)).replace(second=0, microsecond=0)
    found = covered(conn, "AAPL", source="sim", since=utc(feeds.ago(minutes=9)), until=now)
    assert [one[2] for one in found] == ["no trades"]


@pytest.fixture
def currencies(conn: Conn, fresh_database: str) -> Conn:
    """Knows the trading days of currencies from July 2025 to June 2026."""
    trading_calendars.load(fresh_database, "FX", date(2025, 7, 1), date(2026, 7, 1))
    conn.execute("update market.sources set calendar = 'FX' where source = 'sim'")
    return conn


def fx(conn: Conn, since: str, until: str, timeframe: str = "1h") -> list[tuple[str, ...]]:
    return covered(
        conn, "EUR", source="sim", price="mid", timeframe=timeframe,
        since=utc(since), until=utc(until),
    )  # fmt: skip


def quotes(conn: Conn, *times: str) -> None:
    support.insert(conn, [quote(utc(time), "1", "2", symbol="EUR", tick_id=time) for time in times])
    support.refresh_all(conn)


def test_a_weekend_is_closed_in_winter_and_after_the_change_to_summer_time(
    currencies: Conn,
) -> None:
    quotes(currencies, "2026-03-06 21:30", "2026-03-08 21:30")
    add(
        currencies,
        fill("2026-03-06 21:00", "2026-03-06 22:00", "EUR", "quote"),
        fill("2026-03-08 21:00", "2026-03-08 22:00", "EUR", "quote"),
    )
    # New York closes at 22:00 UTC, and opens on the Sunday of the change at 21:00
    assert fx(currencies, "2026-03-06 20:00", "2026-03-08 23:00") == [
        ("2026-03-06 20:00", "2026-03-06 21:00", "unknown"),
        ("2026-03-06 21:00", "2026-03-06 22:00", "complete"),
        ("2026-03-06 22:00", "2026-03-08 21:00", "closed"),
        ("2026-03-08 21:00", "2026-03-08 22:00", "complete"),
        ("2026-03-08 22:00", "2026-03-08 23:00", "no feed"),
    ]


def test_a_weekend_is_closed_over_the_change_to_winter_time(currencies: Conn) -> None:
    quotes(currencies, "2025-10-31 20:30")
    add(currencies, start("2025-10-31 20:00", "EUR", "quote"), end("2025-11-02 23:00"))
    assert fx(currencies, "2025-10-31 20:00", "2025-11-03 00:00") == [
        ("2025-10-31 20:00", "2025-10-31 21:00", "complete"),
        ("2025-10-31 21:00", "2025-11-02 22:00", "closed"),
        ("2025-11-02 22:00", "2025-11-02 23:00", "no trades"),
        ("2025-11-02 23:00", "2025-11-03 00:00", "no feed"),
    ]


def test_holidays_are_closed(currencies: Conn) -> None:
    quotes(currencies, "2025-12-24 00:30", "2025-12-25 07:30")
    add(currencies, start("2025-12-25 07:00", "EUR", "quote"), end("2025-12-25 08:00"))
    assert fx(currencies, "2025-12-25 07:00", "2025-12-25 23:00") == [
        ("2025-12-25 07:00", "2025-12-25 08:00", "complete"),
        ("2025-12-25 08:00", "2025-12-25 22:00", "closed"),
        ("2025-12-25 22:00", "2025-12-25 23:00", "no feed"),
    ]
    assert fx(currencies, "2025-12-31 21:00", "2026-01-01 23:00") == [
        ("2025-12-31 21:00", "2025-12-31 22:00", "no feed"),
        ("2025-12-31 22:00", "2026-01-01 22:00", "closed"),
        ("2026-01-01 22:00", "2026-01-01 23:00", "no feed"),
    ]


def test_quotes_of_a_closed_market_are_complete(currencies: Conn) -> None:
    quotes(currencies, "2026-03-07 12:30")
    add(currencies, fill("2026-03-07 11:00", "2026-03-07 14:00", "EUR", "quote"))
    assert fx(currencies, "2026-03-07 11:00", "2026-03-07 14:00") == [
        ("2026-03-07 11:00", "2026-03-07 12:00", "closed"),
        ("2026-03-07 12:00", "2026-03-07 13:00", "complete"),
        ("2026-03-07 13:00", "2026-03-07 14:00", "closed"),
    ]


def test_a_bucket_that_is_closed_in_part_is_not_closed(currencies: Conn) -> None:
    quotes(currencies, "2026-03-06 21:30")
    add(currencies, fill("2026-03-06 20:00", "2026-03-06 22:00", "EUR", "quote"))
    assert fx(currencies, "2026-03-06 20:00", "2026-03-08 00:00", "4h") == [
        ("2026-03-06 20:00", "2026-03-07 00:00", "no feed"),
        ("2026-03-07 00:00", "2026-03-08 00:00", "closed"),
    ]


def test_where_no_sessions_are_loaded_nothing_is_closed(currencies: Conn) -> None:
    quotes(currencies, "2026-01-09 21:30")
    add(currencies, fill("2026-01-09 21:00", "2026-01-09 22:00", "EUR", "quote"))
    currencies.execute(
        "delete from market.sessions where session_date between '2026-01-10' and '2026-01-31'"
    )
    assert fx(currencies, "2026-01-09 21:00", "2026-01-12 00:00") == [
        ("2026-01-09 21:00", "2026-01-09 22:00", "complete"),
        ("2026-01-09 22:00", "2026-01-12 00:00", "no feed"),
    ]
    currencies.execute("update market.sources set calendar = null")
    currencies.execute("update market.instruments set calendar = 'NONE'")
    assert fx(currencies, "2026-03-06 20:00", "2026-03-08 00:00") == [
        ("2026-03-06 20:00", "2026-03-08 00:00", "no feed"),
    ]


def test_the_calendar_of_an_instrument_goes_before_that_of_its_source(currencies: Conn) -> None:
    quotes(currencies, "2026-03-06 21:30")
    currencies.execute(
        "insert into market.sessions values"
        " ('24/7', '2026-03-06', '2026-03-06 00:00+00', '2026-03-07 00:00+00'),"
        " ('24/7', '2026-03-07', '2026-03-07 00:00+00', '2026-03-08 00:00+00')"
    )
    currencies.execute("update market.instruments set calendar = '24/7'")
    add(currencies, fill("2026-03-06 21:00", "2026-03-06 22:00", "EUR", "quote"))
    assert fx(currencies, "2026-03-06 21:00", "2026-03-07 00:00") == [
        ("2026-03-06 21:00", "2026-03-06 22:00", "complete"),
        ("2026-03-06 22:00", "2026-03-07 00:00", "no feed"),
    ]


def test_a_reader_may_ask(fresh_database: str, conn: Conn) -> None:
    trades(conn, "12:00:10")
    add(conn, start(at("12:00")), end(at("12:01")))
    with support.as_role(fresh_database, "stockpulse_reader") as reader:
        assert of(reader, "12:00", "12:01") == [("12:00", "12:01", "complete")]
        assert feeds.gaps(reader, "AAPL", until=utc(at("12:01"))) == []


def test_days_that_only_the_archive_has_are_marked_and_gaps_stay(conn: Conn) -> None:
    trades(conn, "11:58", "12:00:10", "12:01:50", "12:04")
    add(conn, start(at("12:00")), end(at("12:03")))
    add(conn, start(at("12:04"), session="two"), end(at("12:06"), "two"))
    archived = (
        "update ops.retention_floors set archived = tstzmultirange(tstzrange(%s, %s))"
        " where relation = %s"
    )
    conn.execute(archived, [utc("2026-02-26 00:00"), utc(at("12:05")), "quotes"])
    before = of(conn, "11:57", "12:06")
    assert {state for *_, state in before} == {"unknown", "complete", "no trades", "no feed"}
    conn.execute(archived, [utc("2026-02-26 00:00"), utc(at("12:05")), "trades"])
    assert of(conn, "11:57", "12:06") == [
        ("11:57", "12:03", "archived"),
        ("12:03", "12:04", "no feed"),
        ("12:04", "12:05", "archived"),
        ("12:05", "12:06", "no trades"),
    ]
    conn.execute("update ops.retention_floors set archived = '{}'")
    assert of(conn, "11:57", "12:06") == before
    conn.execute(archived, [utc(at("12:00")), utc(at("12:01")), "candles_1m"])
    assert of(conn, "11:57", "12:01")[-1] == ("12:00", "12:01", "archived")
