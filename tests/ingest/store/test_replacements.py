"""Ranges of trades that are sent again replace the old ones, whole or not at all."""

import threading

import pytest

from ingest.loader.run import load
from ingest.loader.settings import LoaderSettings
from ingest.sources import dukascopy
from ingest.store import rejects
from tests import support
from tests.ingest import made
from tests.ingest.amended import (
    TWELVE,
    cancel,
    correction,
    end,
    noted,
    prices,
    refuse,
    replacement,
    several,
)
from tests.ingest.sources.test_dukascopy import put

MSFT = {"symbol": "MSFT"}


def test_an_hour_that_is_sent_again_replaces_the_old_one(store_all, query):
    outside = [made.trade(-1), made.trade(3600), made.trade(5, source="other")]
    store_all([*(made.trade(n) for n in range(4)), made.trade(4, dedupe_id=None), *outside])
    stored = store_all(
        [replacement(0), replacement(1, price="55"), replacement(3, size="3"), replacement(7)],
        [end(4)],
    )
    assert (stored.rows, stored.amended, stored.rejects) == (0, 1, {})
    assert query(
        "select tick_id, trunc(price)::int, size::int from market.trades "
        "where source = 'sim' order by ts"
    ) == [
        ("-1", 100, 10),
        ("0", 100, 10),
        ("1", 55, 10),
        ("3", 100, 3),
        ("7", 100, 10),
        ("3600", 100, 10),
    ]
    assert sorted(note[2:] for note in noted(query) if note[2]) == [
        ("1", 100, 55),
        ("2", 100, None),
        ("3", 100, 100),
    ]
    assert query("select count(*) from ops.replacements") == [(0,)]


def test_an_hour_is_not_visible_before_its_end(store_all, query):
    store_all([made.trade(1)], [replacement(2), replacement(3)])
    assert prices(query) == {"1": 100}
    store_all([end(2)])
    assert prices(query) == {"2": 100, "3": 100}


@pytest.mark.parametrize("rows", [1, 3])
def test_nothing_is_replaced_by_an_incomplete_batch(store_all, query, rows):
    stored = store_all([made.trade(1)], [replacement(2), replacement(3), end(rows)])
    assert stored.rejects == {"batch incomplete": 1}
    assert prices(query) == {"1": 100}
    assert query("select detail from ops.rejects") == [(f"2 of {rows} trades came",)]


def test_trades_of_a_failed_attempt_are_not_part_of_the_next(store_all, query):
    store_all([made.trade(1)], [replacement(2), replacement(3)])
    store_all([replacement(4, "a/2"), end(1, "a/2")])
    assert prices(query) == {"4": 100}
    assert query("select count(*) from ops.replacements") == [(0,)]


def test_an_hour_can_become_empty(store_all, query):
    store_all([made.trade(1), made.trade(2)], [end(0)])
    assert prices(query) == {}


def test_the_order_around_a_replacement_is_kept(store_all, query):
    messages = [
        made.trade(1), correction(2), replacement(3), replacement(4), end(2),
        made.trade(5), correction(4), cancel(3),
        replacement(6, "a/2"), made.trade(7), end(1, "a/2", since=TWELVE.replace(minute=10)),
        made.trade(6),
    ]  # fmt: skip
    stored = store_all(messages)
    assert stored.rejects == {"batch incomplete": 1}
    assert prices(query) == {"4": 99, "5": 100, "6": 100, "7": 100}


def test_a_cancelled_trade_stays_cancelled_if_its_hour_is_sent_again(store_all, query):
    store_all([made.trade(1), made.trade(2)], [cancel(1)], [replacement(1), replacement(2), end(2)])
    assert prices(query) == {"2": 100}


def test_a_replacement_that_is_read_again_changes_nothing(store_all, query):
    messages = [made.trade(1), replacement(2), replacement(3), end(2)]
    store_all(messages, messages)
    assert prices(query) == {"2": 100, "3": 100}


@pytest.mark.parametrize("rows, rejected", [(1, {}), (2, {}), (3, {"batch incomplete": 1})])
def test_the_end_of_a_batch_is_checked_against_what_is_stored(store_all, query, rows, rejected):
    values = [made.trade(1), made.trade(2), made.trade(3600), end(rows, replace=None)]
    assert store_all(values).rejects == rejected
    assert prices(query) == {"1": 100, "2": 100, "3600": 100}


def test_the_end_of_a_batch_counts_what_was_cancelled(store_all):
    assert store_all([made.trade(1)], [cancel(1)], [end(1, replace=None)]).rejects == {}


def test_an_end_without_a_range_is_ignored(store_all):
    bare = {"since": None, "until": None, "replace": None}
    assert store_all([end(3, **bare)]).rejects == {}


def test_an_incomplete_batch_can_be_replayed_once_it_is_complete(store_all, query, fresh_database):
    store_all([made.trade(1)], [replacement(2), end(2)])
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=0, left=1)
    store_all([replacement(3)])
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=1, left=0)
    assert prices(query) == {"2": 100, "3": 100}


def test_the_end_of_a_batch_that_the_database_refuses_is_rejected(store_all, query):
    refuse(query, "new.price = 666")
    stored = store_all([made.trade(1), replacement(2, price="666"), end(1), made.trade(3)])
    assert stored.rejects == {"refused by the database": 1}
    assert prices(query) == {"1": 100, "3": 100}


def test_an_event_behind_a_replacing_end_in_one_message_is_rejected(store_all, query):
    message = several(replacement(2, "b"), end(1, "b"), made.trade(3))
    stored = store_all([made.trade(1)], [message, made.trade(4)])
    assert stored.rejects == {"event behind the end": 1}
    assert prices(query) == {"1": 100, "4": 100}


def test_a_list_may_end_with_replacing_ends(store_all, query):
    first = several(made.trade(3600), replacement(2, "b"), end(1, "b"))
    second = several(replacement(3, "c", **MSFT), end(1, "c", **MSFT), replacement(5), end(1))
    stored = store_all([made.trade(1), made.trade(2, **MSFT)], [first], [second, made.trade(6)])
    assert stored.rejects == {}
    assert prices(query) == {"3": 100, "3600": 100, "5": 100, "6": 100}


def test_an_hour_that_dukascopy_has_revised_is_replaced(
    broker, topic, fresh_database, query, tmp_path
):
    settings = LoaderSettings(
        database_url=fresh_database,
        bootstrap_servers=broker.bootstrap_servers,
        topics=(topic,),
        group=support.unique("group"),
        batch_rows=2,  # an hour is spread over batches
    )
    first = [(ms, 108_004, 108_002, 1.0, 1.0) for ms in range(5)]
    revised = [first[0], (1, 108_006, 108_002, 1.0, 1.0), *first[3:], (9, 3, 1, 1.0, 1.0)]
    for records, replace in ((first, False), (revised, True), (revised, True)):
        put(tmp_path, "EURUSD/2026/01/26/12", *records)
        dukascopy.publish(settings, tmp_path, topic=topic, replace=replace)
        load(settings, threading.Event(), until_end=True, seconds=60)
    assert query(
        "select right(tick_id, 3), trim_scale(ask)::text from market.quotes order by ts"
    ) == [
        ("0-0", "1.08004"),
        ("1-0", "1.08006"),
        ("3-0", "1.08004"),
        ("4-0", "1.08004"),
        ("9-0", "0.00003"),
    ]
    assert query("select count(*) from ops.rejects") == [(0,)]
    assert query("select sum(amended) from ops.load_batches") == [(12,)]
