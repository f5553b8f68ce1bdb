"""An event is stored once, whichever of its deliveries comes first and however precise it is."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from tests.db import loading, support
from tests.db.loading import store
from tests.db.support import MICROSECOND, MINUTE, quote, trade
from tests.oracle import Trade, stored_once
from tests.support import wait_until

NOON = support.midnight(3) + timedelta(hours=12)


@pytest.fixture
def loader(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    with loading.loader(fresh_database) as conn:
        yield conn


def test_an_event_delivered_twice_is_one_row(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    batch = [trade(NOON, "1", tick_id="a"), trade(NOON, "2", tick_id="b"), trade(NOON, "3")]
    assert store(loader, batch) == (3, 3)
    assert store(loader, batch) == (1, 1)  # one without an id is always a new one
    assert loading.trades(conn) == [("a", 1), ("b", 2), (None, 3), (None, 3)]


def test_of_messages_with_one_identity_the_first_counts(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    twice = [trade(NOON, str(price), tick_id="a") for price in (1, 2, 3)]
    assert store(loader, twice, messages=[5, 3, 4]) == (1, 1)
    assert loading.trades(conn) == [("a", 2)]


def test_a_message_counts_if_any_of_its_events_is_new(loader: psycopg.Connection[Any]) -> None:
    known = [trade(NOON, "1", tick_id=name) for name in "ab"]
    store(loader, known)
    events = [*known, trade(NOON, "1", tick_id="c"), trade(NOON, "1", tick_id="d"), known[0]]
    assert store(loader, events, messages=[0, 1, 1, 1, 2]) == (2, 1)


def test_a_quote_with_the_identity_of_a_trade_is_no_duplicate(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    assert store(loader, [trade(NOON, "1", tick_id="a")]) == (1, 1)
    assert store(loader, [quote(NOON, "1", "2", tick_id="a")]) == (1, 1)
    assert store(loader, [quote(NOON, "1", "2", tick_id="a")]) == (0, 0)
    assert conn.execute("select count(*) from market.ticks").fetchone() == (2,)


def test_every_column_is_stored(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    values = {
        "ts": NOON, "symbol": "A", "source": "alpaca", "price": 1, "size": 2, "side": "buy",
        "tick_id": "V:1", "exchange": "V", "tape": "C", "conditions": ["@", " "],
        "received_at": NOON + MINUTE, "seq": 2**63 - 1, "batch": 2**40, "rules": 3, "ns": 999,
        "moves": 12,
    }  # fmt: skip
    with loader.transaction():
        loader.execute("select ops.make_staging()")
        loader.execute(support.statement("pg_temp.staging_trades", [values]), values)
        loader.execute("select ops.store_trades(false)")
    names = ", ".join(values)
    assert conn.execute(f"select {names} from market.trades").fetchall() == [tuple(values.values())]


PRECISIONS = {
    "seconds": (0, 0),
    "milliseconds": (123_000, 0),
    "microseconds": (123_456, 0),
    "nanoseconds": (123_456, 789),
}


def at(precision: str, **others: Any) -> Trade:
    """Returns trade 501 of binance as a feed of that precision reports it."""
    micros, ns = PRECISIONS[precision]
    return trade(
        NOON + micros * MICROSECOND, "100", ns=ns, tick_id="501", source="binance", **others
    )


@pytest.mark.parametrize("first, second", list(permutations(PRECISIONS, 2)))
def test_one_trade_at_two_precisions_is_the_finer(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], first: str, second: str
) -> None:
    """A backfill of what was loaded live, and live trades of what was filled before."""
    finer = max(first, second, key=list(PRECISIONS).index)
    for live_first in (True, False):
        symbol = str(live_first)
        assert store(loader, [at(first, symbol=symbol)], refill=not live_first) == (1, 1)
        again = [at(second, symbol=symbol)]
        assert store(loader, again, refill=live_first, batch=2) == (0, 0)
        batch = 2 if finer == second else 1
        found = conn.execute(
            "select ts, ns, batch from market.trades where symbol = %s", [symbol]
        ).fetchall()
        assert found == [(at(finer).ts, at(finer).ns, batch)]
    support.refresh(conn)
    support.assert_exact(conn)


@pytest.mark.parametrize("arrival", list(permutations(PRECISIONS, 3)))
def test_of_many_precisions_the_finest_stays(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], arrival: tuple[str, ...]
) -> None:
    events = [at(precision) for precision in arrival]
    store(loader, events, refill=True)
    for event in events:
        store(loader, [event._replace(symbol="ONE BY ONE")], refill=True)
    finest = at(max(arrival, key=list(PRECISIONS).index))
    found = conn.execute("select ts, ns from market.trades").fetchall()
    assert found == [(finest.ts, finest.ns)] * 2


def test_a_finer_twin_brings_its_own_values(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    store(loader, [at("milliseconds")])
    store(loader, [at("microseconds", seq=7)._replace(price=101, size=None)], refill=True)
    store(loader, [at("milliseconds")])
    assert loading.trades(conn, "price, size, seq") == [(101, None, 7)]


STAY_TWO = {
    "the source has no ids": [
        at("milliseconds")._replace(source="sim"), at("microseconds")._replace(source="sim"),
    ],
    "another id": [at("milliseconds"), at("microseconds")._replace(tick_id="502")],
    "another symbol": [at("milliseconds"), at("microseconds", symbol="MSFT")],
    "another source": [at("milliseconds"), at("microseconds")._replace(source="kraken")],
    "another exchange": [
        at("milliseconds")._replace(source="alpaca", tick_id="V:1"),
        at("microseconds")._replace(source="alpaca", tick_id="D:1"),
    ],
    "not the same time, cut": [
        at("milliseconds"), at("microseconds")._replace(ts=NOON + 124_001 * MICROSECOND),
    ],
    "rounded, not cut": [
        at("milliseconds"), at("milliseconds")._replace(ts=NOON + 122_999 * MICROSECOND),
    ],
    "cut to tenths of a second": [
        at("seconds")._replace(ts=NOON + 100_000 * MICROSECOND), at("microseconds"),
    ],
    "without ids": [
        at("milliseconds")._replace(tick_id=None), at("microseconds")._replace(tick_id=None),
    ],
}  # fmt: skip


@pytest.mark.parametrize("events", STAY_TWO.values(), ids=STAY_TWO.keys())
@pytest.mark.parametrize("backwards", [False, True])
def test_two_trades_stay_two(
    conn: psycopg.Connection[Any],
    loader: psycopg.Connection[Any],
    events: list[Trade],
    backwards: bool,
) -> None:
    for event in reversed(events) if backwards else events:
        assert store(loader, [event], refill=True) == (1, 1)
    assert len(loading.trades(conn)) == 2
    assert len(stored_once(events, ["binance", "kraken", "alpaca"])) == 2


def test_twins_are_looked_for_where_a_backfill_was(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    hours = [NOON + timedelta(hours=n) for n in range(3)]
    store(loader, [at("microseconds")._replace(ts=hour) for hour in hours[:2]], refill=True)
    store(loader, [at("microseconds")._replace(ts=hours[2], source="sim")], refill=True)
    ranges = "select source, symbol, since, until from ops.backfills"
    end = hours[1] + timedelta(seconds=1)
    assert conn.execute(ranges).fetchall() == [("binance", "AAPL", NOON, end)]
    store(loader, [at("microseconds")._replace(ts=end)], refill=True)
    end += timedelta(seconds=1)
    assert conn.execute(ranges).fetchall() == [("binance", "AAPL", NOON, end)]


@pytest.mark.parametrize("backfill_first", [False, True])
def test_twins_of_two_loaders_at_once_are_one(
    conn: psycopg.Connection[Any], fresh_database: str, backfill_first: bool
) -> None:
    """The second one waits for the first and sees what it has stored."""
    batches = [(at("milliseconds"), False), (at("microseconds"), True)]
    if backfill_first:
        batches.reverse()
    (first, first_refill), (second, second_refill) = batches
    stored: list[tuple[int, int]] = []

    def run() -> None:
        with loading.loader(fresh_database) as other:
            stored.append(store(other, [second], refill=second_refill, batch=2))

    running = threading.Thread(target=run)
    with loading.loader(fresh_database) as loader, loader.transaction():
        mode = loading.ALONE if first_refill else loading.SHARED
        loader.execute(loading.LOCK.format(mode))  # type: ignore[arg-type]
        running.start()
        wait_until(lambda: waits_for_a_lock(conn), "the second loader waits")
        loading.stage_and_store(loader, [first], refill=first_refill)
    running.join(30)
    assert stored == [(0, 0)]
    assert loading.trades(conn, "ts") == [(at("microseconds").ts,)]


def waits_for_a_lock(conn: psycopg.Connection[Any]) -> bool:
    row = conn.execute(
        "select exists (select from pg_locks where not granted"
        " and relation = 'ops.kafka_offsets'::regclass)"
    ).fetchone()
    return row == (True,)


@pytest.mark.community
def test_twins_meet_a_columnar_chunk(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    live = [
        trade(NOON + timedelta(milliseconds=n), str(n), tick_id=str(n), source="binance")
        for n in range(3000)
    ]
    store(loader, live)
    support.refresh_all(conn)
    for (chunk,) in conn.execute("select show_chunks('market.trades')").fetchall():
        conn.execute("call convert_to_columnstore(%s)", [chunk])
    loader.execute("set timescaledb.max_tuples_decompressed_per_dml_transaction = 10")
    finer = [event._replace(ts=event.ts + 7 * MICROSECOND) for event in live]
    assert store(loader, finer, refill=True) == (0, 0)
    assert conn.execute("select count(*) from market.trades").fetchone() == (3000,)
    support.refresh_all(conn)
    support.assert_exact(conn)


def test_quotes_at_two_precisions_are_one(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    quotes = [
        quote(NOON + micros * MICROSECOND, "1", "2", tick_id="7", source="binance")
        for micros in (123_000, 123_456)
    ]
    for event in quotes:
        store(loader, [event], refill=True)
    assert conn.execute("select ts from market.quotes").fetchall() == [(quotes[1].ts,)]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "not a number": ({"price": "NaN"}, "trades_price_finite"),
    "infinite": ({"price": "-infinity"}, "trades_price_finite"),
    "a negative size": ({"size": -1}, "trades_size_not_negative"),
    "an endless size": ({"size": "infinity"}, "trades_size_not_negative"),
    "an unknown side": ({"side": "both"}, "trades_side"),
    "a negative sequence": ({"seq": -1}, "trades_seq_not_negative"),
    "nanoseconds beyond a microsecond": ({"ns": 1000}, "trades_ns_range"),
}


@pytest.mark.parametrize("fault, constraint", REFUSED.values(), ids=REFUSED.keys())
def test_impossible_values_are_refused(
    loader: psycopg.Connection[Any], fault: dict[str, Any], constraint: str
) -> None:
    values = {**support.row(trade(NOON, "1")), **fault}
    with pytest.raises(pg.CheckViolation, match=constraint):
        loader.execute(support.statement("market.trades", [values]), values)


@pytest.mark.parametrize(
    "sides", [{"bid": None, "ask": None}, {"bid": "NaN"}, {"ask_size": -1}], ids=str
)
def test_impossible_quotes_are_refused(
    loader: psycopg.Connection[Any], sides: dict[str, Any]
) -> None:
    values = {**support.row(quote(NOON, "1", "2")), **sides}
    with pytest.raises(pg.CheckViolation):
        loader.execute(support.statement("market.quotes", [values]), values)


def test_only_the_staging_of_the_owner_is_read(fresh_database: str) -> None:
    with loading.loader(fresh_database) as loader:
        loader.execute("create temporary table staging_trades (ts timestamptz)")
        with pytest.raises(pg.ObjectNotInPrerequisiteState, match="make_staging"):
            loader.execute("select ops.store_trades(false)")


def test_staging_cannot_be_read_or_given_a_trigger(loader: psycopg.Connection[Any]) -> None:
    loader.execute("select ops.make_staging()")
    for statement in (
        "select * from pg_temp.staging_trades",
        "alter table pg_temp.staging_trades add column mine integer",
        "create trigger mine before insert on pg_temp.staging_trades"
        " for each row execute function suppress_redundant_updates_trigger()",
    ):
        with pytest.raises(pg.InsufficientPrivilege):
            loader.execute(statement)  # type: ignore[arg-type]


def meets(conn: psycopg.Connection[Any], since: datetime, until: datetime, symbol: str) -> bool:
    row = conn.execute("select ops.meets_known(%s, %s, %s)", [since, until, [symbol]]).fetchone()
    assert row is not None
    return bool(row[0])


def test_a_batch_needs_staging_where_something_is_known(
    loader: psycopg.Connection[Any], conn: psycopg.Connection[Any]
) -> None:
    span = (NOON, NOON + MINUTE)
    assert not meets(loader, *span, "AAPL")
    store(loader, [at("microseconds")], refill=True)
    assert meets(loader, *span, "AAPL")
    assert not meets(loader, *span, "MSFT")
    assert not meets(loader, NOON + MINUTE, NOON + 2 * MINUTE, "AAPL")
    conn.execute("delete from ops.backfills")
    loading.amend(loader, loading.cancel(trade(NOON, "1", tick_id="none", symbol="MSFT")))
    assert meets(loader, *span, "MSFT")
    assert meets(loader, NOON - timedelta(days=6), NOON - timedelta(days=6), "MSFT")
    assert not meets(loader, NOON - timedelta(days=8), NOON - timedelta(days=8), "MSFT")
    assert not meets(loader, *span, "AAPL")
    conn.execute("delete from ops.amendments")
    store(loader, [trade(NOON, "1", tick_id="1")])
    loading.amend(loader, loading.cancel(trade(NOON, "1", tick_id="1")))
    assert meets(loader, *span, "MSFT")
    assert not meets(loader, NOON + MINUTE, NOON + 2 * MINUTE, "AAPL")
