"""Trades that are corrected or cancelled, in any order, once or again."""

from decimal import Decimal

import psycopg
import pytest

from ingest.store.store import opened
from tests.ingest import made
from tests.ingest.amended import (
    THIRTEEN,
    TWELVE,
    cancel,
    correction,
    end,
    noted,
    prices,
    refuse,
    replacement,
)

ORIGINAL = made.trade(1)
FIRST, SECOND = correction(1, "98"), correction(1, "99")


@pytest.mark.parametrize(
    "messages, left, notes",
    [
        pytest.param([ORIGINAL, FIRST], {"sim": 98}, ["correct 100 98"], id="corrected"),
        pytest.param(
            [ORIGINAL, FIRST, SECOND],
            {"sim": 99},
            ["correct 100 98", "correct 98 99"],
            id="corrected-twice",
        ),
        pytest.param([FIRST], {}, ["correct None 98"], id="its-original-never-came"),
        pytest.param(
            [FIRST, SECOND, ORIGINAL],
            {"sim": 99},
            ["correct 100 98", "correct 98 99"],
            id="its-original-comes-late",
        ),
        pytest.param([ORIGINAL, cancel(1)], {}, ["cancel 100 None"], id="cancelled"),
        pytest.param([cancel(1)], {}, ["cancel None None"], id="cancelled-without-original"),
        pytest.param([cancel(1), ORIGINAL], {}, ["cancel 100 None"], id="cancelled-before"),
        pytest.param(
            [ORIGINAL, cancel(1), ORIGINAL, FIRST, cancel(1)],
            {},
            ["cancel 100 None"],
            id="cancelled-for-good",
        ),
        pytest.param(
            [ORIGINAL, FIRST, cancel(1)],
            {},
            ["correct 100 98", "cancel 98 None"],
            id="corrected-then-cancelled",
        ),
        pytest.param(
            [ORIGINAL, correction(1, "100.250")],
            {"sim": 100},
            ["correct 100 100"],
            id="nothing-new",
        ),
        pytest.param(
            [ORIGINAL, correction(1, source="other"), cancel(1, symbol="MSFT")],
            {"sim": 100},
            ["correct None 99", "cancel None None"],
            id="of-other-series",
        ),
    ],
)
@pytest.mark.parametrize("apart", [False, True], ids=["one-batch", "a-batch-each"])
def test_corrections_and_cancels_apply_in_any_order(store_all, query, messages, left, notes, apart):
    batches = [[message] for message in messages] if apart else [messages]
    store_all(*batches)
    kept = query("select source, trunc(price)::int from market.trades")
    assert dict(kept) == left
    assert len(kept) == len(left)
    assert [f"{a} {old} {new}" for _, a, _, old, new in noted(query)] == notes
    # everything again, as if the topic were read from its beginning
    store_all(*batches)
    assert dict(query("select source, trunc(price)::int from market.trades")) == left


def test_old_and_new_values_are_kept_with_the_message(store_all, query):
    store_all([made.trade(1), made.trade(2)], [correction(1, "99", size="7")], [cancel(2)])
    assert noted(query) == [(2, "correct", "1", 100, 99), (3, "cancel", "2", 100, None)]
    assert query(
        'select topic, "partition", ts, symbol, source, old_size, new_size, batch > 0 '
        "from ops.amendments where action = 'correct'"
    ) == [("t", 0, TWELVE.replace(second=1), "AAPL", "sim", Decimal(10), Decimal(7), True)]


def test_a_quote_is_corrected_and_cancelled(store_all, query):
    quote = {"kind": "quote", "price": None, "size": None, "source": "kraken"}
    store_all([made.trade(1, **quote, bid="1", ask="2")])
    store_all([made.trade(1, **quote, bid="3", ask="5", flags=["correction"])])
    store_all([made.trade(2, **quote, bid="3", ask="5")])
    store_all([made.trade(2, **quote, flags=["cancel"])])
    assert query("select source, bid, ask, moves from market.quotes") == [
        ("kraken", Decimal(3), Decimal(5), 7)
    ]
    assert query("select kind, action from ops.amendments order by id") == [
        ("quote", "correct"),
        ("quote", "cancel"),
    ]


def test_corrections_are_counted(store_all, query):
    stored = store_all(
        [made.trade(n) for n in range(4)], [correction(1), cancel(2), correction(9), made.trade(5)]
    )
    assert (stored.rows, stored.duplicates, stored.amended) == (1, 0, 3)
    assert query("select trades, duplicates, amended, rejected from ops.load_batches") == [
        (4, 0, 0, 0),
        (1, 0, 3, 0),
    ]


@pytest.mark.parametrize(
    "message, reason",
    [
        pytest.param(correction(1, dedupe_id=None), "no dedupe_id", id="correction-of-nothing"),
        pytest.param(cancel(1, dedupe_id=None), "no dedupe_id", id="cancel-of-nothing"),
        pytest.param(replacement(1, dedupe_id=None), "no dedupe_id", id="replacement-without-id"),
        pytest.param(replacement(1, batch=None), "no batch", id="replacement-without-batch"),
        pytest.param(correction(1, "1x"), "bad number", id="correction-to-nonsense"),
        pytest.param(correction(99_999), "time out of range", id="correction-of-the-future"),
        pytest.param(end(0, since=None), "no time", id="end-of-no-range"),
        pytest.param(end(0, until=TWELVE), "bad until", id="end-of-an-empty-range"),
        pytest.param(end(0, until=TWELVE.replace(year=2027)), "bad until", id="end-of-a-year"),
        pytest.param(end(None), "no rows", id="end-without-rows"),
        pytest.param(end(0, symbol=None), "no symbol", id="end-without-symbol"),
    ],
)
def test_an_amendment_that_cannot_be_applied_is_rejected(store_all, query, message, reason):
    assert store_all([made.trade(1), message]).rejects == {reason: 1}
    assert prices(query) == {"1": 100}
    assert noted(query) == []


def test_an_amendment_before_the_retention_floor_is_too_late(store_all, query):
    query("update ops.retention_floors set floor_ts = %s where relation = 'trades'", THIRTEEN)
    stored = store_all([correction(1), cancel(1), replacement(1), end(1), made.trade(3601)])
    assert (stored.rows, stored.rejects) == (1, {"too late": 4})
    assert noted(query) == []


def test_a_floor_that_has_moved_meanwhile_counts(store, store_all, query, fresh_database):
    with opened(fresh_database):
        batch = made.batch([cancel(1), made.trade(3601)])
        query("update ops.retention_floors set floor_ts = %s where relation = 'trades'", THIRTEEN)
        store.add_offsets(("t", 0), 0, "cluster", None)
        assert store.store(batch).rejects == {"too late": 1}


def test_a_correction_that_the_database_refuses_does_not_stop_others(store_all, query):
    refuse(query, "new.price = 666")
    stored = store_all(
        [made.trade(1), made.trade(2)],
        [made.trade(3), correction(1, "666"), correction(2), cancel(9)],
    )
    assert (stored.rows, stored.amended) == (1, 2)
    assert stored.rejects == {"refused by the database": 1}
    assert prices(query) == {"1": 100, "2": 99, "3": 100}


def test_a_trade_that_is_stored_while_it_is_cancelled_is_cancelled(store, query, fresh_database):
    store.add_offsets(("t", 0), 0, "cluster", None)
    store.add_offsets(("t", 1), 0, "cluster", None)
    with opened(fresh_database) as other, psycopg.connect(fresh_database) as holder:
        holder.execute("lock table ops.kafka_offsets in row exclusive mode")
        other._conn.execute("set lock_timeout = '50ms'")
        with pytest.raises(Exception, match="lock timeout"):
            other.store(made.batch([cancel(1)], partition=1))
        store.store(made.batch([made.trade(1)]))
        holder.rollback()
        other.store(made.batch([cancel(1)], partition=1))
    assert prices(query) == {}


def test_a_batch_takes_many_corrections(store_all, query):
    store_all([made.trade(n) for n in range(500)])
    assert store_all([correction(n) for n in range(500)]).amended == 500
    assert query("select count(*) from market.trades where price = 99") == [(500,)]


def test_a_correction_under_a_new_id_and_time_replaces_what_it_amends(store_all, query):
    changed = correction(30, "99", dedupe_id="new", amends=["1"], size="7")
    store_all([made.trade(1), made.trade(2)], [changed], [made.trade(1), changed])
    assert query(
        "select tick_id, trunc(price)::int, size::int, ts from market.trades order by 1"
    ) == [
        ("2", 100, 10, TWELVE.replace(second=2)),
        ("new", 99, 7, TWELVE.replace(second=1)),
    ]


def test_one_that_waits_is_applied_when_its_original_comes(store_all, query):
    waiting = "select count(*) from ops.amendments where applied_at is null"
    stored = store_all([correction(40, "99", amends=["1"]), cancel(50, dedupe_id="2")])
    assert (stored.rows, stored.amended) == (0, 2)
    assert (prices(query), query(waiting)) == ({}, [(2,)])
    stored = store_all([made.trade(1), made.trade(2), made.trade(3)])
    assert (stored.rows, stored.stored, stored.duplicates) == (3, 3, 0)
    assert (prices(query), query(waiting)) == ({"40": 99, "3": 100}, [(0,)])


def test_an_amendment_that_comes_again_is_a_duplicate(store_all):
    store_all([made.trade(1), made.trade(2)], [correction(1), cancel(2)])
    stored = store_all([correction(1), cancel(2), correction(2)])
    assert (stored.amended, stored.duplicates) == (0, 3)
