"""Two stores at once: a transaction that is repeated ends as if it had come after the other."""

from ingest.store.store import opened
from tests.ingest import made
from tests.ingest.store.stores import (
    TWELVE,
    add_partitions,
    ids,
    locked,
    refuse,
    totals,
    trades,
    wait_for_lock,
)


def add_instrument_and_chunk(query):
    """Adds instrument and chunk, so that two stores meet at the trades and not here already."""
    query("insert into market.instruments (symbol) values ('AAPL')")
    query(
        "insert into market.trades (ts, symbol, source, price, seq, batch, rules, moves)"
        " values (%s, 'AAPL', 'sim', 1, 1, 1, 1, 0)",
        TWELVE,
    )
    query("delete from market.trades")


def test_two_stores_with_the_same_new_symbol_both_store(store, query, threads, fresh_database):
    add_partitions(store, 0, 1)
    with opened(fresh_database) as other:
        with locked(fresh_database, "lock table ops.load_batches in access exclusive mode"):
            first = threads.submit(store.store, made.batch(trades(0, 1)))
            wait_for_lock(query, store)
            second = threads.submit(other.store, made.batch(trades(2, 3), partition=1))
            wait_for_lock(query, store, other)
        assert first.result(30).rows == second.result(30).rows == 2
    assert ids(query) == set("0123")


def test_two_stores_with_the_same_trades_store_them_once(store, query, threads, fresh_database):
    add_partitions(store, 0, 1)
    add_instrument_and_chunk(query)
    with opened(fresh_database) as other:
        with locked(fresh_database, "lock table ops.load_batches in access exclusive mode"):
            first = threads.submit(store.store, made.batch(trades(0, 1, 2)))
            wait_for_lock(query, store)
            second = threads.submit(other.store, made.batch(trades(2, 0, 3), partition=1))
            wait_for_lock(query, store, other)
        assert first.result(30).rows == 3
        assert (second.result(30).rows, second.result().duplicates) == (1, 2)
    assert ids(query) == set("0123")
    assert totals(query) == (4, 6, 0, 2)


def test_a_serialization_failure_is_retried(store, query, threads, fresh_database):
    add_partitions(store, 0, 1)
    add_instrument_and_chunk(query)
    with opened(fresh_database) as other:
        # a duplicate, after which it stages; then its snapshot is older than the first's commit
        other.store(made.batch(trades(9, 9), partition=1))
        with locked(fresh_database, "lock table ops.load_batches in access exclusive mode"):
            first = threads.submit(store.store, made.batch(trades(0, 1, 2)))
            wait_for_lock(query, store)
            batch = made.batch(trades(2, 0, 3), partition=1, first=2)
            second = threads.submit(other.store, batch)
            wait_for_lock(query, store, other)
        assert first.result(30).rows == 3
        assert (second.result(30).rows, second.result().duplicates) == (1, 2)
    assert ids(query) == set("01239")


def test_a_serialization_failure_while_bisecting_is_retried(store, query, threads, fresh_database):
    add_partitions(store, 0, 1)
    add_instrument_and_chunk(query)
    refuse(query, "price = 666")
    values = [made.trade(8, price="666"), *trades(2, 0, 3)]
    with opened(fresh_database) as other:
        with locked(fresh_database, "lock table ops.load_batches in access exclusive mode"):
            first = threads.submit(store.store, made.batch(trades(0, 1, 2)))
            wait_for_lock(query, store)
            second = threads.submit(other.store, made.batch(values, partition=1))
            wait_for_lock(query, store, other)
        assert first.result(30).rows == 3
        stored = second.result(30)
    assert (stored.rows, stored.duplicates) == (1, 2)
    assert stored.rejects == {"refused by the database": 1}
    assert ids(query) == set("0123")


def test_a_batch_whose_id_is_taken_gets_another(store, query):
    """A crash or a failover may set the sequence of ids back."""
    add_partitions(store, 0, 1)
    first, second = made.batch(trades(0, 1)), made.batch(trades(2, 3), partition=1)
    store.store(first)
    second.id = first.id
    second.decode_each()
    assert store.store(second).trades == 2
    assert ids(query) == set("0123")
    assert query(
        "select count(*) from market.trades join ops.load_batches on batch = id"
        " where (tick_id < '2') = (id = %s)",
        first.id,
    ) == [(4,)]
    assert totals(query) == (4, 4, 0, 2)
