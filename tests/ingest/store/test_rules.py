"""Batches are stored by the rules and sources that the database has when they are stored."""

from decimal import Decimal

import pytest

from ingest.store.store import opened
from tests.ingest import made
from tests.ingest.store.stores import add_partitions, trades


def test_the_shipped_catalog_is_read(store):
    assert store.catalog.version == made.CATALOG.version
    assert store.catalog.rules.sets == made.CATALOG.rules.sets
    for name, source in made.CATALOG.sources.items():
        assert store.catalog.of(name) == source


def test_a_batch_decoded_by_old_rules_is_decoded_again(store, query):
    add_partitions(store)
    batch = made.batch(trades(0, conditions=["X"]))
    query(
        "insert into market.rule_sets (rule_set, description) values ('none', 'moves nothing');"
        "insert into market.bar_rules values ('none', 'minute', '*', '*', '*', 'no', false, false),"
        " ('none', 'day', '*', '*', '*', 'no', false, false);"
        "update market.sources set rule_set = 'none' where source = 'sim'"
    )
    assert store.store(batch).rows == 1
    [(moves, rules)] = query("select moves, rules from market.trades")
    assert (moves, rules) == (0, store.catalog.version)
    assert rules > made.CATALOG.version


def test_a_source_that_comes_to_refuse_prices_refuses_them_at_once(store, query):
    add_partitions(store)
    batch = made.batch([*trades(0, price="-1"), *trades(1)])
    query("update market.sources set negative_prices = false where source = 'sim'")
    stored = store.store(batch)
    assert (stored.rows, stored.rejects) == (1, {"bad price": 1})


def test_unknown_sources_are_added_with_the_defaults(store, query, fresh_database):
    add_partitions(store)
    store.store(made.batch(trades(0, source="New")))
    assert query("select id_scope, rule_set from market.sources where source = 'new'") == [
        ("none", "all")
    ]
    with opened(fresh_database) as again:
        assert again.catalog.version == made.CATALOG.version


def test_batch_ids_are_reserved_once(store, fresh_database):
    with opened(fresh_database) as other:
        ids = store.reserve_batch_ids(3) + other.reserve_batch_ids(2) + store.reserve_batch_ids(1)
    assert len(set(ids)) == 6


COARSE = made.trade(1, source="kraken", event_time="2026-02-27T12:00:01Z")
FINE = {"source": "kraken", "event_time": "2026-02-27T12:00:01.250Z", "flags": ["backfill"]}


@pytest.mark.parametrize("fine_first", [False, True])
def test_one_trade_at_two_precisions_is_one_row(store_all, query, fine_first):
    values = [COARSE, made.trade(1, **FINE)]
    stored = store_all(*([value] for value in (reversed(values) if fine_first else values)))
    assert (stored.rows, stored.duplicates) == (0, 1)
    assert query("select count(*), max(extract(microsecond from ts)) from market.trades") == [
        (1, Decimal(1_250_000))
    ]


def test_trades_of_a_source_without_ids_are_never_one(store_all, query):
    store_all([made.trade(1)], [made.trade(1, **{**FINE, "source": "sim"})])
    assert query("select count(*) from market.trades") == [(2,)]
