"""A candle equals the GROUP BY over its ticks, at every level, refreshed or not."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.db import support
from tests.db.support import MICROSECOND, MINUTE, Tick, tick, utc

DAY = support.midnight(3)
NOON = DAY + timedelta(hours=12)
NOW = datetime.now(UTC).replace(microsecond=0)

CASES: dict[str, list[Tick]] = {
    "one tick": [tick(NOON, "100.5")],
    "ties, the last one first": [
        tick(NOON, "3", seq=3), tick(NOON, "1", seq=1), tick(NOON, "2", seq=2),
    ],
    "ties at both ends of a minute": [
        *[tick(NOON, str(price), seq=price) for price in (5, 4, 6)],
        *[tick(NOON + MINUTE - MICROSECOND, str(price), seq=price) for price in (9, 7, 8)],
    ],
    "on the start of every level's bucket": [tick(DAY, "1"), tick(DAY + timedelta(days=1), "2")],
    "the last microsecond of a day": [
        tick(DAY + timedelta(days=1) - MICROSECOND, "7"), tick(DAY + timedelta(days=1), "8"),
    ],
    "no sizes": [tick(NOON, "1.1", None), tick(NOON + MICROSECOND, "1.2", None)],
    "some sizes": [
        tick(NOON, "1", None), tick(NOON + MINUTE, "2", "3"), tick(NOON + 6 * MINUTE, "4", None),
    ],
    "sizes of zero": [tick(NOON, "1", "0"), tick(NOON + MINUTE, "2", "0")],
    "two sources": [
        tick(NOON, "10", "1", source="kraken"), tick(NOON, "20", "2", source="finnhub"),
        tick(NOON + MINUTE, "11", "1", source="kraken"),
    ],
    "symbols that a locale would sort together": [
        tick(NOON, "1", symbol="ab"), tick(NOON, "2", symbol="AB"), tick(NOON, "3", symbol="a-b"),
    ],
    "more digits than a float has": [
        tick(NOON, "0.000000000000000001", "123456789.123456789123456789"),
        tick(NOON + MICROSECOND, "98765432109876543210.12345678901234567890", "0.1"),
        tick(NOON + MINUTE, "0.1", "0.2"),
    ],
    "backwards": [tick(NOON - n * MINUTE, str(n + 1)) for n in range(90)],
    "live and ahead": [tick(NOW, "1"), tick(NOW + 10 * MINUTE, "2"), tick(NOW - MINUTE, "3")],
    "the end of February": [
        tick(utc("2024-02-29T23:59:59.999999"), "1"), tick(utc("2024-03-01T00:00:00"), "2"),
    ],
    "the end of a year": [
        tick(utc("2024-12-31T23:59:59.999999"), "1"), tick(utc("2025-01-01T00:00:00"), "2"),
    ],
    "clocks go forward in New York": [
        tick(utc("2025-03-09T00:00:00") + timedelta(minutes=25 * n), str(n + 1)) for n in range(80)
    ],
    "clocks go back in New York": [
        tick(utc("2025-11-02T00:00:00") + timedelta(minutes=25 * n), str(n + 1)) for n in range(80)
    ],
}  # fmt: skip


@pytest.mark.parametrize("ticks", CASES.values(), ids=CASES.keys())
def test_candles_equal_the_group_by_over_their_ticks_at_every_step(
    conn: psycopg.Connection[Any], ticks: list[Tick]
) -> None:
    conn.execute("set timezone = 'America/New_York'")
    support.insert(conn, ticks)
    support.assert_exact(conn)
    support.refresh_all(conn)
    support.assert_exact(conn)
    support.insert(conn, [late._replace(price=late.price * 2, ord=late.ord - 1) for late in ticks])
    support.insert(conn, [late._replace(price=late.price / 2, ord=late.ord + 9) for late in ticks])
    support.refresh_all(conn)
    support.assert_exact(conn)


def test_scheduled_refreshes_add_late_ticks_to_every_level(
    conn: psycopg.Connection[Any],
) -> None:
    hourly = [tick(DAY + timedelta(hours=n), str(n + 10)) for n in range(60)]
    support.insert(conn, hourly)
    support.refresh(conn)
    support.assert_exact(conn)
    support.insert(conn, [tick(DAY + timedelta(hours=7, seconds=1), "999")])
    support.refresh(conn)
    support.assert_exact(conn)


@pytest.mark.apache
def test_change_without_a_symbol_refreshes_all_symbols(conn: psycopg.Connection[Any]) -> None:
    series = [tick(NOON, "1", symbol=symbol) for symbol in ("A", "B", "C")]
    support.insert(conn, series)
    support.refresh(conn)
    with conn.transaction():
        for late in series:
            conn.execute(
                "insert into market.ticks (ts, symbol, source, price, ord)"
                " values (%s, %s, %s, 5, %s)",
                [late.ts + MICROSECOND, late.symbol, late.source, late.ord + 4096],
            )
        conn.execute(
            "insert into ops.candle_changes (symbol, since, until) values (null, %s, %s)",
            [NOON - MINUTE, NOON + 3 * MINUTE],
        )
    support.refresh(conn)
    support.assert_exact(conn)
    assert conn.execute("select count(*) from ops.candle_changes").fetchone() == (0,)


def random_ticks(seed: int) -> list[Tick]:
    """Returns ticks of four series over two days, a quarter of them ties."""
    dice = random.Random(seed)
    times = [DAY + timedelta(seconds=dice.randrange(2 * 86400)) for _ in range(150)]
    return [
        tick(
            dice.choice(times), str(dice.randrange(1, 10**6) / 1000),
            dice.choice([None, "0", "1.5", "200"]), seq=number,
            symbol=dice.choice("AB"), source=dice.choice(["sim", "kraken"]), tick_id=str(number),
        )
        for number in range(200)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_order_of_arrival_does_not_matter(clone: Callable[[], str], seed: int) -> None:
    ticks = random_ticks(seed)
    with support.connect(clone()) as conn:
        support.insert(conn, sorted(ticks))
        support.refresh(conn)
        in_order = support.all_candles(conn)
    dice = random.Random(seed)
    dice.shuffle(ticks)
    with support.connect(clone()) as conn:
        while ticks:
            size = dice.randrange(1, 60)
            support.insert(conn, ticks[:size])
            del ticks[:size]
            if dice.random() < 0.7:
                support.refresh(conn)
        support.refresh(conn)
        assert support.all_candles(conn) == in_order
        support.assert_exact(conn)


def test_ticks_that_commit_during_a_refresh_are_not_lost(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    support.insert(conn, [tick(NOON, "1"), tick(NOON + MINUTE, "2")])
    with psycopg.connect(fresh_database) as loader:
        loader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with loader.transaction():
            support.insert(loader, [tick(NOON + MICROSECOND, "9"), tick(NOW - 2 * MINUTE, "8")])
            support.refresh(conn)
    support.refresh(conn)
    support.assert_exact(conn)


@pytest.mark.apache
def test_concurrent_refreshes_and_writes_lose_nothing(
    conn: psycopg.Connection[Any], fresh_database: str
) -> None:
    ticks = random_ticks(4)
    writing = threading.Event()
    writing.set()
    faults: list[BaseException] = []

    def write(mine: list[Tick]) -> None:
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

    writers = [noting(lambda mine=ticks[n::3]: write(mine)) for n in range(3)]  # type: ignore[misc]
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
    assert 0 < stored[0] < len(ticks)
    support.refresh(conn)
    support.assert_exact(conn)
