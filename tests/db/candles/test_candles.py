"""A candle is the GROUP BY over its events: at every level, stored or not, on both editions."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.db import support
from tests.db.support import MICROSECOND, MINUTE, quote, trade, utc
from tests.oracle import Quote, Trade

DAY = support.midnight(3)
NOON = DAY + timedelta(hours=12)
NOW = datetime.now(UTC).replace(microsecond=0)

OPEN_CLOSE, FIRST, HIGH_LOW, VOLUME = 1, 2, 4, 8  # bits of moves
BID, ASK, MID = 1, 2, 4

CASES: dict[str, list[Trade | Quote]] = {
    "one trade": [trade(NOON, "100.5")],
    "ties, told apart by nanoseconds": [
        trade(NOON, "3", seq=1, ns=999), trade(NOON, "1", seq=9, ns=0), trade(NOON, "2", ns=1),
    ],
    "ties, told apart by ids": [
        trade(NOON, "9", tick_id="9"), trade(NOON, "10", tick_id="10"),
        trade(NOON, "1", tick_id="b\\z"), trade(NOON, "5"),
    ],
    "sequences of 63 bits": [
        trade(NOON, "1", seq=2**63 - 2), trade(NOON, "2", seq=2**63 - 1),
        trade(NOON, "3", seq=4095), trade(NOON, "4", seq=4096),
    ],
    "prices below zero": [trade(NOON, "-37.63"), trade(NOON, "0", seq=1), trade(NOON, "-1", seq=2)],
    "open and close of a trade that moves nothing else": [
        trade(NOON, "5", moves=OPEN_CLOSE), trade(NOON + MINUTE, "6", moves=HIGH_LOW + VOLUME),
    ],
    "only trades that count if they are first": [
        trade(NOON, "5", moves=FIRST), trade(NOON + MICROSECOND, "6", moves=FIRST + HIGH_LOW),
        trade(NOON + 7 * MINUTE, "7", moves=FIRST),
    ],
    "a trade that counts if it is first, before and after regular ones": [
        trade(NOON, "5", moves=FIRST), trade(NOON + MICROSECOND, "6", moves=OPEN_CLOSE),
        trade(NOON + 2 * MICROSECOND, "7", moves=FIRST), trade(NOON + MINUTE, "8", moves=FIRST),
        trade(NOON + 70 * MINUTE, "9", moves=FIRST), trade(NOON - 70 * MINUTE, "4", moves=FIRST),
    ],
    "volume without a price": [
        trade(NOON, "5", "100", moves=VOLUME), trade(NOON, "6", None, moves=VOLUME),
        trade(NOON + MINUTE, "7"),
    ],
    "volume that the mean price leaves out": [
        trade(NOON, "5", "100", moves=VOLUME), trade(NOON, "6", "3", moves=HIGH_LOW + VOLUME),
        trade(NOON, "7", "4", moves=HIGH_LOW), trade(NOON, "8", None),
    ],
    "trades that move nothing": [trade(NOON, "5", moves=0), trade(NOON + MINUTE, "6")],
    "trades that move days alone": [trade(NOON, "5", moves=16 + 32 + 64 + 128)],
    "quotes of both sides": [
        quote(NOON, "1.10512", "1.10514", bid_size=2, ask_size=3),
        quote(NOON, "1.10511", "1.10513", seq=1), quote(NOON + MINUTE, "1.2", "1.3"),
    ],
    "quotes of one side": [
        quote(NOON, "5", None, bid_size=1), quote(NOON + MICROSECOND, None, "6", ask_size=2),
        quote(NOON + MINUTE, "4", None), quote(NOON + 9 * MINUTE, "3", "7"),
    ],
    "quotes so wide that they move nothing": [
        quote(NOON, "1", "2"), quote(NOON + MICROSECOND, "0.01", "99999", moves=0),
        quote(NOON + MINUTE, "0.01", "99999", moves=0),
    ],
    "quotes with a side of zero": [
        quote(NOON, "0", "5", moves=ASK), quote(NOON + MICROSECOND, "4", "6"),
    ],
    "quotes that are crossed": [quote(NOON, "6", "5"), quote(NOON, "5", "5", seq=1)],
    "quotes that tie": [
        quote(NOON, "1", "2", ns=2), quote(NOON, "3", "4", ns=1),
        quote(NOON, "5", "6", ns=1, seq=1),
        quote(NOON, "7", "8", ns=1, seq=1, tick_id="a"),
    ],
    "quotes of more digits than a float has": [
        quote(NOON, "0.000000000000000001", "0.000000000000000002"),
        quote(NOON + MINUTE, "98765432109876543210.1", "98765432109876543210.12345678901234567"),
    ],
    "trades and quotes of one series": [
        trade(NOON, "5", tick_id="1"), quote(NOON, "4", "6", tick_id="1"),
    ],
    "ties, the last one first": [
        trade(NOON, "3", seq=3), trade(NOON, "1", seq=1), trade(NOON, "2", seq=2),
    ],
    "ties at both ends of a minute": [
        *[trade(NOON, str(price), seq=price) for price in (5, 4, 6)],
        *[trade(NOON + MINUTE - MICROSECOND, str(price), seq=price) for price in (9, 7, 8)],
    ],
    "on the start of every level's bucket": [trade(DAY, "1"), trade(DAY + timedelta(days=1), "2")],
    "the last microsecond of a day": [
        trade(DAY + timedelta(days=1) - MICROSECOND, "7"), trade(DAY + timedelta(days=1), "8"),
    ],
    "no sizes": [trade(NOON, "1.1", None), trade(NOON + MICROSECOND, "1.2", None)],
    "some sizes": [
        trade(NOON, "1", None), trade(NOON + MINUTE, "2", "3"), trade(NOON + 6 * MINUTE, "4", None),
    ],
    "sizes of zero": [trade(NOON, "1", "0"), trade(NOON + MINUTE, "2", "0")],
    "two sources": [
        trade(NOON, "10", "1", source="kraken"), trade(NOON, "20", "2", source="finnhub"),
        trade(NOON + MINUTE, "11", "1", source="kraken"),
    ],
    "symbols that a locale would sort together": [
        trade(NOON, "1", symbol="ab"), trade(NOON, "2", symbol="AB"),
        trade(NOON, "3", symbol="a-b"),
    ],
    "more digits than a float has": [
        trade(NOON, "0.000000000000000001", "123456789.123456789123456789"),
        trade(NOON + MICROSECOND, "98765432109876543210.12345678901234567890", "0.1"),
        trade(NOON + MINUTE, "0.1", "0.2"),
    ],
    "backwards": [trade(NOON - n * MINUTE, str(n + 1)) for n in range(90)],
    "live and ahead": [trade(NOW, "1"), trade(NOW + 10 * MINUTE, "2"), trade(NOW - MINUTE, "3")],
    "the end of February": [
        trade(utc("2024-02-29T23:59:59.999999"), "1"), trade(utc("2024-03-01T00:00:00"), "2"),
    ],
    "the end of a year": [
        trade(utc("2024-12-31T23:59:59.999999"), "1"), trade(utc("2025-01-01T00:00:00"), "2"),
    ],
    "clocks go forward in New York": [
        trade(utc("2025-03-09T00:00:00") + timedelta(minutes=25 * n), str(n + 1)) for n in range(80)
    ],
    "clocks go back in New York": [
        trade(utc("2025-11-02T00:00:00") + timedelta(minutes=25 * n), str(n + 1)) for n in range(80)
    ],
}  # fmt: skip


@pytest.mark.parametrize("events", CASES.values(), ids=CASES.keys())
def test_candles_are_the_group_by_over_their_events_at_every_step(
    conn: psycopg.Connection[Any], events: list[Trade | Quote]
) -> None:
    conn.execute("set timezone = 'America/New_York'")
    support.insert(conn, events)
    support.assert_exact(conn)
    support.refresh_all(conn)
    support.assert_exact(conn)
    numbered = list(enumerate(events))
    support.insert(conn, [late(*each, -MICROSECOND, 2) for each in numbered])
    support.insert(conn, [late(*each, MICROSECOND, Decimal("0.5")) for each in numbered])
    support.refresh_all(conn)
    support.assert_exact(conn)


def late(
    number: int, event: Trade | Quote, shift: timedelta, factor: Decimal | int
) -> Trade | Quote:
    """Returns an event at another time and price, under another id."""
    prices = {
        name: getattr(event, name) * factor
        for name in ("price", "bid", "ask")
        if getattr(event, name, None) is not None
    }
    return event._replace(ts=event.ts + shift, tick_id=f"{number} {factor}", **prices)


@pytest.mark.community
@pytest.mark.parametrize("events", CASES.values(), ids=CASES.keys())
def test_candles_do_not_change_when_events_become_columnar(
    conn: psycopg.Connection[Any], events: list[Trade | Quote]
) -> None:
    support.insert(conn, events)
    support.refresh_all(conn)
    for relation in ("trades", "quotes"):
        for (chunk,) in conn.execute(f"select show_chunks('market.{relation}')").fetchall():
            conn.execute("call convert_to_columnstore(%s)", [chunk])
    for relation in support.RELATIONS:
        conn.execute(
            f"call refresh_continuous_aggregate('ops.{relation}', null, null, force => true)"
        )
    support.assert_exact(conn)


def test_candles_of_a_rule_set_are_those_worked_out_by_hand(conn: psycopg.Connection[Any]) -> None:
    """Odd lots move volume alone, a derivatively priced trade is first or nothing."""
    support.insert(
        conn,
        [
            trade(NOON, "90", "10", moves=VOLUME),
            trade(NOON + timedelta(seconds=1), "102", "20", moves=FIRST + HIGH_LOW + VOLUME),
            trade(NOON + timedelta(seconds=2), "100", "30"),
            trade(NOON + timedelta(seconds=3), "101", "40"),
            trade(NOON + timedelta(seconds=4), "99", "5", moves=FIRST + HIGH_LOW),
            trade(NOON + MINUTE, "80", "7", moves=VOLUME),
        ],
    )
    figures = "open, high, low, close, volume, vwap_volume, notional, tick_count"
    first = (100, 102, 99, 101, 100, 90, 102 * 20 + 100 * 30 + 101 * 40, 4)
    second = (None, None, None, None, 7, None, None, 1)
    hour = (100, 102, 99, 101, 107, 90, first[6], 5)
    for _ in range(2):
        minutes = conn.execute(
            f"select {figures} from market.candles_1m order by bucket"
        ).fetchall()
        assert minutes == [first, second]
        for level in ("5m", "1h", "1d"):
            found = conn.execute(f"select {figures} from market.candles_{level}").fetchall()
            assert found == [hour], level
        support.refresh_all(conn)


def test_scheduled_refreshes_bring_late_trades_to_every_level(
    conn: psycopg.Connection[Any],
) -> None:
    hourly = [trade(DAY + timedelta(hours=n), str(n + 10)) for n in range(60)]
    support.insert(conn, hourly)
    support.refresh(conn)
    support.assert_exact(conn)
    support.insert(conn, [trade(DAY + timedelta(hours=7, seconds=1), "999")])
    support.refresh(conn)
    support.assert_exact(conn)


@pytest.mark.apache
def test_changes_of_any_symbol_reach_every_symbol(conn: psycopg.Connection[Any]) -> None:
    series = [trade(NOON, "1", symbol=symbol) for symbol in ("A", "B", "C")]
    support.insert(conn, [*series, quote(NOON, "1", "2", symbol="A")])
    support.refresh(conn)
    with conn.transaction():
        for event in series:
            conn.execute(
                "insert into market.trades (ts, symbol, source, price, seq, batch, rules, moves)"
                " values (%s, %s, %s, 5, 1, 1, 1, 221)",
                [event.ts + MICROSECOND, event.symbol, event.source],
            )
        conn.execute(
            "insert into ops.candle_changes (kind, symbol, since, until)"
            " values ('trades', null, %s, %s)",
            [NOON - MINUTE, NOON + 3 * MINUTE],
        )
    support.refresh(conn)
    support.assert_exact(conn)
    assert conn.execute("select count(*) from ops.candle_changes").fetchone() == (0,)


def random_events(seed: int) -> list[Trade | Quote]:
    """Returns trades and quotes of four series over two days, a quarter of them ties."""
    dice = random.Random(seed)
    times = [DAY + timedelta(seconds=dice.randrange(2 * 86400)) for _ in range(150)]
    trades = [
        trade(
            dice.choice(times), str(dice.randrange(1, 10**6) / 1000),
            dice.choice([None, "0", "1.5", "200"]), seq=number, moves=dice.choice([221, 8, 14]),
            symbol=dice.choice("AB"), source=dice.choice(["sim", "kraken"]), tick_id=str(number),
        )
        for number in range(200)
    ]  # fmt: skip
    quotes = [
        quote(
            dice.choice(times), dice.choice([None, "1.1", "1.3"]), dice.choice(["1.2", "1.4"]),
            seq=number, symbol=dice.choice("AB"),
        )
        for number in range(60)
    ]  # fmt: skip
    return [*trades, *quotes]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_order_of_arrival_does_not_matter(clone: Callable[[], str], seed: int) -> None:
    events = random_events(seed)
    with support.connect(clone()) as conn:
        support.insert(conn, sorted(events, key=lambda event: event.ts))
        support.refresh(conn)
        in_order = support.all_candles(conn)
    dice = random.Random(seed)
    dice.shuffle(events)
    with support.connect(clone()) as conn:
        while events:
            size = dice.randrange(1, 60)
            support.insert(conn, events[:size])
            del events[:size]
            if dice.random() < 0.7:
                support.refresh(conn)
        support.refresh(conn)
        assert support.all_candles(conn) == in_order
        support.assert_exact(conn)


def test_trades_that_commit_during_a_refresh_are_not_lost(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    support.insert(conn, [trade(NOON, "1"), trade(NOON + MINUTE, "2")])
    with psycopg.connect(fresh_database) as loader:
        loader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with loader.transaction():
            support.insert(loader, [trade(NOON + MICROSECOND, "9"), trade(NOW - 2 * MINUTE, "8")])
            support.refresh(conn)
    support.refresh(conn)
    support.assert_exact(conn)


@pytest.mark.apache
def test_refreshers_and_writers_at_once_lose_nothing(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    events = random_events(4)
    writing = threading.Event()
    writing.set()
    faults: list[BaseException] = []

    def write(mine: list[Trade | Quote]) -> None:
        with psycopg.connect(fresh_database) as loader:
            for number in range(0, len(mine), 5):
                with loader.transaction(force_rollback=number % 3 == 0):
                    support.insert(loader, mine[number : number + 5])

    def keep_refreshing() -> None:
        with support.connect(fresh_database) as refresher:
            while writing.is_set():
                support.refresh(refresher)

    def noting(work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                faults.append(error)

        return threading.Thread(target=run)

    writers = [noting(lambda mine=events[n::3]: write(mine)) for n in range(3)]  # type: ignore[misc]
    refreshers = [noting(keep_refreshing) for _ in range(2)]
    for thread in writers + refreshers:
        thread.start()
    for thread in writers:
        thread.join()
    writing.clear()
    for thread in refreshers:
        thread.join()
    assert not faults
    stored = conn.execute("select count(*) from market.ticks").fetchone()
    assert stored is not None
    assert 0 < stored[0] < len(events)
    support.refresh(conn)
    support.assert_exact(conn)
