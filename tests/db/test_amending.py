"""An amendment finds the event it means, or waits for it; the event is never there twice."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from typing import Any

import psycopg
import pytest

from tests.db import loading, support
from tests.db.loading import amend, cancel, correction, store, trades
from tests.db.support import MICROSECOND, MINUTE, quote, trade
from tests.oracle import Trade

NOON = support.midnight(3) + timedelta(hours=12)
ORIGINAL = trade(NOON, "10", "5", seq=7, ns=3, tick_id="T1", source="alpaca")
CORRECTED = ORIGINAL._replace(price=11, size=6)
LATER = NOON + timedelta(hours=5)
COUNTS = "select count(*) filter (where applied_at is null), count(*) from ops.amendments"


@pytest.fixture
def loader(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    with loading.loader(fresh_database) as conn:
        yield conn


def waiting(conn: psycopg.Connection[Any]) -> tuple[int, int]:
    """Returns how many amendments wait, and how many there are in all."""
    row = conn.execute(COUNTS).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def assert_candles(conn: psycopg.Connection[Any]) -> None:
    support.refresh(conn)
    support.assert_exact(conn)


def test_a_correction_changes_the_values_and_nothing_else(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    store(loader, [ORIGINAL, trade(NOON, "3", tick_id="T1", source="kraken")], batch=4)
    support.refresh(conn)
    assert amend(loader, correction(CORRECTED, seq=99, batch=5)) == (1, 0)
    columns = "source, price, size, ts, ns, seq, batch, tick_id"
    assert trades(conn, columns) == [
        ("alpaca", 11, 6, NOON, 3, 7, 4, "T1"), ("kraken", 3, 1, NOON, 0, 0, 4, "T1"),
    ]  # fmt: skip
    found = conn.execute(
        "select batch, action, old_price, old_size, new_price, new_size, applied_ts,"
        " applied_tick_id, new_tick_id from ops.amendments"
    ).fetchall()
    assert found == [(5, "correct", 10, 5, 11, 6, NOON, "T1", "T1")]
    assert_candles(conn)


def test_a_cancelled_trade_is_gone_and_stays_dead(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    store(loader, [ORIGINAL, ORIGINAL._replace(tick_id="T2")])
    support.refresh(conn)
    assert amend(loader, cancel(ORIGINAL)) == (1, 0)
    assert store(loader, [ORIGINAL]) == (0, 0)
    assert amend(loader, correction(CORRECTED)) == (0, 0)
    assert trades(conn) == [("T2", 10)]
    assert_candles(conn)


@pytest.mark.parametrize("amendment", [correction(CORRECTED), cancel(ORIGINAL)], ids=["c", "x"])
def test_an_amendment_of_its_own_time_finds_its_event(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], amendment: dict[str, Any]
) -> None:
    store(loader, [ORIGINAL])
    assert amend(loader, {**amendment, "ts": LATER}) == (1, 0)
    found = trades(conn, "price, ts, ns, seq")
    assert found == ([] if amendment["action"] == "cancel" else [(11, NOON, 3, 7)])
    assert_candles(conn)


def test_a_correction_under_a_new_id_renames_the_trade(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    renamed = CORRECTED._replace(tick_id="T2", ts=LATER)
    store(loader, [ORIGINAL])
    assert amend(loader, correction(renamed, amends=["T1"])) == (1, 0)
    assert trades(conn, "tick_id, price, ts, ns, seq") == [("T2", 11, NOON, 3, 7)]
    assert store(loader, [ORIGINAL]) == (0, 0)
    assert store(loader, [ORIGINAL._replace(tick_id="T2")]) == (0, 0)
    assert_candles(conn)


AMENDMENTS = {
    "correction": (correction(CORRECTED), [("T1", 11)]),
    "correction of its own time": (correction(CORRECTED, ts=LATER), [("T1", 11)]),
    "correction under a new id": (
        correction(CORRECTED._replace(tick_id="T2", ts=LATER), amends=["T1"]), [("T2", 11)],
    ),
    "cancel": (cancel(ORIGINAL), []),
    "cancel of its own time": (cancel(ORIGINAL, LATER), []),
    "cancel under a new id": (cancel(ORIGINAL._replace(tick_id="X1"), LATER, amends=["T1"]), []),
}  # fmt: skip


@pytest.mark.parametrize("amendment, left", AMENDMENTS.values(), ids=AMENDMENTS.keys())
def test_one_that_meets_nothing_waits_and_is_applied_with_its_original(
    conn: psycopg.Connection[Any],
    loader: psycopg.Connection[Any],
    amendment: dict[str, Any],
    left: list[Any],
) -> None:
    assert amend(loader, amendment) == (0, 1)
    assert (trades(conn), waiting(conn)) == ([], (1, 1))
    assert store(loader, [ORIGINAL, ORIGINAL._replace(symbol="OTHER")])[0] == 2
    assert trades(conn) == [*left, ("T1", 10)]
    assert waiting(conn) == (0, 1)
    assert store(loader, [ORIGINAL]) == (0, 0)
    assert trades(conn) == [*left, ("T1", 10)]
    assert_candles(conn)


@pytest.mark.parametrize("amendment, left", AMENDMENTS.values(), ids=AMENDMENTS.keys())
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_one_delivered_twice_changes_nothing(
    conn: psycopg.Connection[Any],
    loader: psycopg.Connection[Any],
    amendment: dict[str, Any],
    left: list[Any],
    before: bool,
) -> None:
    if before:
        assert amend(loader, amendment, amendment) == (0, 1)
    store(loader, [ORIGINAL])
    if not before:
        assert amend(loader, amendment) == (1, 0)
    assert amend(loader, {**amendment, "offset": 9, "batch": 2}) == (0, 0)
    assert trades(conn) == left
    assert waiting(conn) == (0, 1)


def test_an_older_correction_that_comes_again_does_not_undo_a_newer_one(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    store(loader, [ORIGINAL])
    older, newer = correction(CORRECTED), correction(CORRECTED._replace(price=12))
    assert amend(loader, older, newer, older) == (2, 0)
    assert trades(conn) == [("T1", 12)]


FIRST = correction(CORRECTED._replace(tick_id="T2", ts=LATER), amends=["T1"])
SECOND = correction(CORRECTED._replace(tick_id="T3", price=12, ts=LATER + MINUTE), amends=["T2"])
CHAIN = ["original", "first", "second"]


@pytest.mark.parametrize("arrival", list(permutations(CHAIN)), ids=" ".join)
def test_a_chain_of_corrections_ends_the_same_in_any_order(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], arrival: tuple[str, ...]
) -> None:
    for name in arrival:
        if name == "original":
            store(loader, [ORIGINAL])
        else:
            amend(loader, FIRST if name == "first" else SECOND)
    assert trades(conn, "tick_id, price, ts, seq") == [("T3", 12, NOON, 7)]
    assert waiting(conn) == (0, 2)
    assert store(loader, [ORIGINAL, ORIGINAL._replace(tick_id="T2")]) == (0, 0)
    assert_candles(conn)


@pytest.mark.parametrize("name", ["T1", "T2", "T3"])
def test_a_cancel_may_name_any_id_that_the_trade_has_had(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], name: str
) -> None:
    store(loader, [ORIGINAL])
    amend(loader, FIRST, SECOND)
    assert amend(loader, cancel(ORIGINAL._replace(tick_id=name), LATER + 2 * MINUTE)) == (1, 0)
    assert trades(conn) == []
    again = [ORIGINAL._replace(tick_id=tick_id) for tick_id in ("T1", "T2", "T3")]
    assert store(loader, again) == (0, 0)


def test_a_correction_under_an_id_that_is_stored_leaves_one_trade(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    """The venue has sent the corrected trade as a trade as well."""
    corrected = CORRECTED._replace(tick_id="T2")
    store(loader, [ORIGINAL, corrected])
    assert amend(loader, correction(corrected._replace(ts=LATER), amends=["T1"])) == (1, 0)
    assert trades(conn) == [("T2", 11)]
    assert store(loader, [ORIGINAL]) == (0, 0)


@pytest.mark.parametrize("before", [True, False])
def test_a_corrected_trade_that_comes_at_its_own_time_is_the_corrected_original(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], before: bool
) -> None:
    corrected = CORRECTED._replace(tick_id="T2", ts=LATER)
    if before:
        store(loader, [corrected._replace(price=13)])
    store(loader, [ORIGINAL])
    assert amend(loader, correction(corrected, amends=["T1"])) == (1, 0)
    if not before:
        assert store(loader, [corrected._replace(price=13)]) == (0, 0)
    assert trades(conn, "tick_id, price, ts") == [("T2", 11, NOON)]
    assert store(loader, [ORIGINAL, corrected]) == (0, 0)
    assert_candles(conn)


@pytest.mark.parametrize("first", ["trade", "correction"])
def test_an_original_that_comes_after_its_corrected_trade_is_not_stored(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], first: str
) -> None:
    corrected = CORRECTED._replace(tick_id="T2", ts=LATER)
    if first == "trade":
        store(loader, [corrected])
    assert sum(amend(loader, correction(corrected, amends=["T1"]))) == 1
    if first == "correction":
        store(loader, [corrected])
    assert waiting(conn) == (1, 2)
    store(loader, [ORIGINAL])
    assert trades(conn, "tick_id, price, ts") == [("T2", 11, LATER)]
    assert waiting(conn) == (0, 2)
    assert_candles(conn)


@pytest.mark.parametrize("prices", [(11, 12), (12, 11)], ids=["in order", "out of order"])
def test_the_last_correction_by_its_own_time_holds(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], prices: tuple[int, int]
) -> None:
    store(loader, [ORIGINAL])
    for price in prices:
        at = LATER + price * MINUTE
        assert amend(loader, correction(CORRECTED._replace(price=price), ts=at)) == (1, 0)
    assert trades(conn) == [("T1", 12)]
    assert waiting(conn) == (0, 2)


def test_a_correction_that_states_no_size_keeps_it(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    store(loader, [ORIGINAL])
    amend(loader, correction(CORRECTED._replace(size=None)))
    assert trades(conn, "price, size") == [(11, 5)]
    assert_candles(conn)


FINE = ORIGINAL._replace(ts=NOON + timedelta(microseconds=123456), ns=0, tick_id="1", price=9)
COARSE = FINE._replace(ts=NOON + timedelta(microseconds=123000))
AMENDED = FINE._replace(tick_id="2", price=11, ts=LATER)


@pytest.mark.parametrize("arrival", list(permutations(["coarse", "fine", "amended"])), ids=" ".join)
def test_a_renamed_trade_takes_its_finer_time_in_any_order(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], arrival: tuple[str, ...]
) -> None:
    """The same trade live in milliseconds and from history in microseconds."""
    for name in arrival:
        if name == "amended":
            amend(loader, correction(AMENDED, amends=["1"]))
        elif name == "coarse":
            store(loader, [COARSE])
        else:
            store(loader, [FINE], refill=True)
    assert trades(conn, "tick_id, price, ts") == [("2", 11, FINE.ts)]
    assert store(loader, [COARSE, FINE, FINE._replace(tick_id="2")]) == (0, 0)
    assert_candles(conn)


def test_a_cancelled_trade_stays_dead_at_every_precision(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    store(loader, [FINE])
    amend(loader, cancel(FINE, LATER))
    assert store(loader, [COARSE, FINE._replace(ts=NOON)]) == (0, 0)
    assert store(loader, [COARSE], refill=True) == (0, 0)
    assert trades(conn) == []


def test_an_amendment_that_names_itself_is_one_of_its_own_id(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    store(loader, [ORIGINAL])
    assert amend(loader, correction(CORRECTED, amends=["T1"])) == (1, 0)
    assert store(loader, [ORIGINAL]) == (0, 0)
    assert trades(conn) == [("T1", 11)]
    assert waiting(conn) == (0, 1)


@pytest.mark.parametrize("again", [cancel(ORIGINAL, LATER), correction(CORRECTED, ts=LATER)])
def test_an_amendment_of_another_time_after_the_cancel_changes_nothing(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], again: dict[str, Any]
) -> None:
    store(loader, [ORIGINAL])
    assert amend(loader, cancel(ORIGINAL, LATER - MINUTE), again) == (1, 0)
    assert trades(conn) == []
    assert waiting(conn) == (0, 1)


def test_of_two_cancels_that_wait_none_is_left_when_the_trade_comes(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    assert amend(loader, cancel(ORIGINAL, LATER), cancel(ORIGINAL, LATER + MINUTE)) == (0, 2)
    store(loader, [ORIGINAL])
    assert trades(conn) == []
    assert waiting(conn) == (0, 2)


def test_a_price_is_corrected_back_by_a_later_correction(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    store(loader, [ORIGINAL])
    prices = [11, 10, 11]
    corrections = [
        correction(ORIGINAL._replace(price=price), seq=number)
        for number, price in enumerate(prices)
    ]
    assert amend(loader, *corrections) == (3, 0)
    assert trades(conn) == [("T1", 11)]
    assert amend(loader, *corrections) == (0, 0)
    assert trades(conn) == [("T1", 11)]


DAY = timedelta(days=1)
PLACES = {
    "an hour before": (-timedelta(hours=1), 1),
    "six days before": (-6 * DAY, 1),
    "a week before": (-7 * DAY, 1),
    "over a week before": (-7 * DAY - MICROSECOND, 0),
    "within a day after": (DAY, 1),
    "over a day after": (DAY + MICROSECOND, 0),
}


@pytest.mark.parametrize("shift, found", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("before", [True, False], ids=["waiting", "stored"])
def test_an_event_is_looked_for_in_a_week_before_and_a_day_after(
    conn: psycopg.Connection[Any],
    loader: psycopg.Connection[Any],
    shift: timedelta,
    found: int,
    before: bool,
) -> None:
    event = ORIGINAL._replace(ts=NOON + shift)
    if before:
        assert amend(loader, cancel(ORIGINAL, NOON)) == (0, 1)
        store(loader, [event])
    else:
        store(loader, [event])
        assert amend(loader, cancel(ORIGINAL, NOON)) == (found, 1 - found)
    assert len(trades(conn)) == waiting(conn)[0] == 1 - found


def test_of_several_events_with_the_id_the_nearest_is_meant_and_an_exact_time_first(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    shifts = (-3 * DAY, -timedelta(hours=2), timedelta(hours=1), timedelta(hours=9))
    events = [ORIGINAL._replace(ts=NOON + shift, price=n) for n, shift in enumerate(shifts)]
    store(loader, events)
    for ts in (NOON, NOON, NOON - 3 * DAY):
        amend(loader, cancel(ORIGINAL, ts, amends=[] if len(trades(conn)) == 4 else ["T1"]))
    assert trades(conn, "price") == [(3,)]


def test_what_a_correction_does_not_state_stays(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    columns = "side, exchange, tape, conditions, rules, moves"
    original = {
        **support.row(ORIGINAL), "side": "buy", "exchange": "V", "tape": "A",
        "conditions": ["Z"], "rules": 3, "moves": 14,
    }  # fmt: skip
    loader.execute(support.statement("market.trades", [original]), original)
    amend(loader, correction(CORRECTED, moves=221, rules=4))
    assert trades(conn, columns) == [("buy", "V", "A", ["Z"], 3, 14)]
    stated = {"exchange": "D", "conditions": [], "rules": 4, "moves": 221}
    amend(loader, correction(CORRECTED._replace(price=12), **stated))
    assert trades(conn, columns) == [("buy", "D", "A", [], 4, 221)]


def test_quotes_are_amended_like_trades(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    original = quote(NOON, "1", "2", tick_id="Q", source="alpaca")
    store(loader, [trade(NOON, "5", tick_id="Q", source="alpaca")])
    corrected = quote(NOON, "1.5", None, tick_id="Q", source="alpaca", bid_size=7)
    assert amend(loader, correction(corrected)) == (0, 1)
    store(loader, [original])
    columns = "select bid, ask, bid_size, moves from market.quotes"
    assert conn.execute(columns).fetchall() == [(corrected.bid, None, 7, 1)]
    assert_candles(conn)
    assert amend(loader, cancel(original, LATER)) == (1, 0)
    assert conn.execute(columns).fetchall() == []
    assert trades(conn) == [("Q", 5)]
    assert_candles(conn)


@pytest.mark.parametrize("amended", ["before the twin", "after the twin", "waiting"])
def test_twins_of_a_corrected_trade_do_not_undo_the_correction(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], amended: str
) -> None:
    coarse = trade(NOON + timedelta(milliseconds=1), "10", tick_id="5", source="kraken")
    finer = coarse._replace(ts=coarse.ts + MICROSECOND)
    amendment = correction(coarse._replace(price=11))
    if amended == "waiting":
        amend(loader, amendment)
    store(loader, [coarse])
    if amended == "before the twin":
        amend(loader, amendment)
    store(loader, [finer], refill=True)
    if amended == "after the twin":
        amend(loader, amendment)
    store(loader, [coarse])
    assert trades(conn, "price, ts") == [(11, finer.ts)]
    assert_candles(conn)


@pytest.mark.parametrize("renames", [False, True], ids=["cancelled", "renamed"])
def test_twins_of_a_dead_trade_stay_dead(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any], renames: bool
) -> None:
    coarse = trade(NOON + timedelta(milliseconds=1), "10", tick_id="5", source="kraken")
    renamed = coarse._replace(tick_id="6")
    store(loader, [coarse])
    amend(loader, correction(renamed, amends=["5"]) if renames else cancel(coarse))
    assert store(loader, [coarse._replace(ts=coarse.ts + MICROSECOND)], refill=True) == (0, 0)
    assert trades(conn) == ([("6", 10)] if renames else [])


@pytest.mark.community
def test_columnar_trades_are_amended(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    many = [trade(NOON + timedelta(milliseconds=n), str(n), tick_id=str(n)) for n in range(3000)]
    store(loader, many)
    support.refresh_all(conn)
    for (chunk,) in conn.execute("select show_chunks('market.trades')").fetchall():
        conn.execute("call convert_to_columnstore(%s)", [chunk])
    loader.execute("set timescaledb.max_tuples_decompressed_per_dml_transaction = 10")
    applied, _ = amend(
        loader,
        correction(many[1000]._replace(price=5)),
        cancel(many[2000], LATER),
        correction(many[2999]._replace(tick_id="new", ts=LATER), amends=["2999"]),
    )
    assert applied == 3
    assert len(trades(conn)) == 2999
    support.refresh_all(conn)
    support.assert_exact(conn)


def test_amendments_are_applied_in_the_order_in_which_they_came(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    amend(loader, correction(CORRECTED), correction(CORRECTED._replace(price=12)))
    amend(loader, correction(CORRECTED._replace(price=13), ts=LATER))
    store(loader, [ORIGINAL])
    assert trades(conn) == [("T1", 13)]


def replace(
    conn: psycopg.Connection[Any], name: str, events: list[Any], span: timedelta = MINUTE
) -> int:
    """Sends a range of a series again; returns how many events changed."""
    kind = type(events[0]).__name__.lower()
    with conn.transaction():
        conn.execute(loading.LOCK.format(loading.ALONE))  # type: ignore[arg-type]
        rows = [
            {**support.row(event), "batch": 9, "kind": kind, "batch_name": name} for event in events
        ]
        conn.cursor().executemany(support.statement("ops.replacements", rows), rows)
        row = conn.execute(
            "select ops.replace_range('t', 0, 0, 9, %s, %s, %s, %s, %s, %s)",
            [name, kind, events[0].symbol, events[0].source, NOON, NOON + span],
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_range_sent_again_takes_the_place_of_the_old(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    same, changed, gone, other = (
        trade(NOON + n * MICROSECOND, "10", tick_id=str(n)) for n in range(4)
    )
    outside = trade(NOON + MINUTE, "10", tick_id="5")
    store(loader, [same, changed, gone, trade(NOON, "7"), outside])
    store(loader, [gone._replace(symbol="MSFT"), gone._replace(source="kraken")])
    support.refresh(conn)
    new = [same, changed._replace(price=11), other, outside._replace(price=99)]
    assert replace(loader, "one", new) == 4
    columns = "symbol, source, tick_id, price, batch"
    assert trades(conn, columns) == [
        ("AAPL", "kraken", "2", 10, 1),
        ("AAPL", "sim", "0", 10, 1),
        ("AAPL", "sim", "1", 11, 9),
        ("AAPL", "sim", "3", 10, 9),
        ("AAPL", "sim", "5", 10, 1),
        ("MSFT", "sim", "2", 10, 1),
    ]
    noted = "select tick_id, old_price, new_price, new_tick_id from ops.amendments order by id"
    assert sorted(conn.execute(noted).fetchall(), key=str) == [
        ("1", 10, 11, "1"), ("2", 10, None, None), (None, 7, None, None),
    ]  # fmt: skip
    assert conn.execute("select count(*) from ops.replacements").fetchone() == (1,)
    assert replace(loader, "two", new) == 0
    assert store(loader, [gone]) == (1, 1)  # a replaced event is not dead


def test_a_cancelled_trade_does_not_come_back_with_its_range(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    events = [trade(NOON, str(n), tick_id=str(n)) for n in range(3)]
    store(loader, events)
    amend(loader, cancel(events[1]), correction(trade(NOON, "9", tick_id="4")))
    assert replace(loader, "one", [*events, trade(NOON, "4", tick_id="4")]) == 1
    assert trades(conn) == [("0", 0), ("2", 2), ("4", 9)]
    assert waiting(conn)[0] == 0


def test_a_range_of_quotes_is_replaced_without_touching_trades(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    store(loader, [trade(NOON, "1", tick_id="a")])
    store(loader, [quote(NOON, "1", "2", tick_id="a"), quote(NOON, "1", "2", tick_id="b")])
    assert replace(loader, "one", [quote(NOON, "1", None, tick_id="a")]) == 2
    found = conn.execute("select tick_id, bid, ask from market.quotes").fetchall()
    assert found == [("a", 1, None)]
    assert trades(conn) == [("a", 1)]


def test_cancelled_events_count_as_sent(
    conn: psycopg.Connection[Any], loader: psycopg.Connection[Any]
) -> None:
    events: list[Trade] = [trade(NOON, str(n), tick_id=str(n)) for n in range(3)]
    store(loader, events)
    store(loader, [quote(NOON, "1", "2", tick_id="0")])
    amend(loader, cancel(events[1]), correction(events[2]._replace(tick_id="9"), amends=["2"]))
    for kind, until, count in (
        ("trade", MINUTE, 3),
        ("trade", 0 * MINUTE, 0),
        ("quote", MINUTE, 1),
    ):
        row = loader.execute(
            "select ops.count_events(%s, 'AAPL', 'sim', %s, %s)", [kind, NOON, NOON + until]
        ).fetchone()
        assert row == (count,)
