"""A trade that comes again is stored once; without an id it is another trade."""

from decimal import Decimal

import pytest

from tests.ingest import made
from tests.ingest.store.stores import (
    FAST,
    LEGACY,
    SLOW,
    add_partitions,
    ids,
    totals,
    trades,
)


@pytest.mark.parametrize("changes", [FAST, SLOW], ids=["fast", "slow"])
def test_a_trade_twice_in_a_batch_is_one_row(store, query, changes):
    add_partitions(store)
    stored = store.store(made.batch(trades(0, 1, 0, 1, 2, **changes)))
    assert (stored.rows, stored.duplicates) == (3, 2)
    assert ids(query) == {"0", "1", "2"}
    assert totals(query) == (3, 5, 0, 1)


def test_trades_that_are_stored_already_are_counted_as_duplicates(store, query):
    add_partitions(store)
    store.store(made.batch(trades(0, 1)))
    again = store.store(made.batch(trades(0, 1), first=2))
    assert (again.rows, again.duplicates) == (0, 2)
    half = store.store(made.batch(trades(1, 2, 3), first=4))
    assert (half.rows, half.duplicates) == (2, 1)
    new = store.store(made.batch(trades(4, 5), first=7))
    assert (new.rows, new.duplicates) == (2, 0)
    assert query("select trades, duplicates from ops.load_batches order by id") == [
        (2, 0),
        (0, 2),
        (2, 1),
        (2, 0),
    ]
    assert ids(query) == set("012345")


def test_the_first_of_two_trades_with_one_identity_stays(store, query):
    add_partitions(store)
    store.store(made.batch(trades(0, price="1")))
    store.store(made.batch(trades(0, price="2"), first=1))
    assert query("select price from market.trades") == [(Decimal(1),)]


def test_a_message_without_an_id_is_stored_each_time_it_comes(store, query):
    add_partitions(store)
    assert store.store(made.batch([LEGACY, LEGACY])).rows == 2
    again = store.store(made.batch([LEGACY, made.trade(0), made.trade(0)], first=2))
    assert (again.rows, again.duplicates) == (2, 1)
    assert query("select count(*) from market.trades where symbol = 'IBM'") == [(3,)]
