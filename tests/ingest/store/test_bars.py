"""Bars of vendors as the loader stores them: by message, in Kafka's order, each message counted."""

from decimal import Decimal

import pytest

from ingest.store import rejects
from ingest.store.store import opened
from tests.ingest import made
from tests.ingest.amended import several
from tests.ingest.bars.vendors import bar
from tests.ingest.store.stores import add_partitions

ROWS = (
    "select symbol, source, \"interval\", to_char(bucket, 'HH24:MI'), open, close, is_final"
    " from market.vendor_bars order by 1, 2, 3, 4"
)


def counts(stored):
    return (
        stored.messages, stored.stored, stored.duplicates, stored.amended,
        sum(stored.rejects.values()), stored.bars,
    )  # fmt: skip


def closes(query):
    return query("select close::text, is_final from market.vendor_bars order by bucket")


def test_bars_are_stored_with_their_instrument_source_and_batch(store_all, query):
    stored = store_all([bar(0, received_at="2026-02-27T13:00:00Z"), bar(1, volume=None, trades=3)])
    assert counts(stored) == (2, 2, 0, 0, 0, 2)
    assert (stored.trades, stored.quotes) == (0, 0)
    assert query(ROWS) == [
        ("IBM", "alphavantage", "1m", "12:00", Decimal("10.00"), 11, True),
        ("IBM", "alphavantage", "1m", "12:01", Decimal("10.00"), 11, True),
    ]
    assert query(
        "select volume, trades, to_char(received_at, 'HH24:MI'),"
        " batch = (select max(id) from ops.load_batches) from market.vendor_bars order by bucket"
    ) == [(300, None, "13:00", True), (None, 3, None, True)]
    assert query("select symbol from market.instruments") == [("IBM",)]
    assert query("select count(*) from market.sources where source = 'alphavantage'") == [(1,)]
    assert query("select messages, stored, trades, bars, oldest_ts from ops.load_batches") == [
        (2, 2, 0, 2, None)
    ]


def test_the_same_bar_again_is_a_duplicate_and_a_changed_one_is_amended_in_place(store_all, query):
    store_all([bar(0)])
    assert counts(store_all([bar(0, received_at="2026-02-28T00:00:00Z")])) == (1, 0, 1, 0, 0, 0)
    assert counts(store_all([bar(0, open="10")])) == (1, 0, 1, 0, 0, 0)  # the same number
    assert counts(store_all([bar(0, close="11.5")])) == (1, 0, 0, 1, 0, 0)
    assert closes(query) == [("11.5", True)]
    assert query(
        "select batch = (select max(id) from ops.load_batches) from market.vendor_bars"
    ) == [(True,)]


def test_of_several_messages_about_a_bar_the_last_counts_within_a_batch_too(store_all, query):
    stored = store_all(
        [bar(0, close="10"), bar(1), bar(0, close="11.25"), bar(0, close="11.25"), bar(0)]
    )
    assert counts(stored) == (5, 2, 1, 2, 0, 2)
    assert closes(query) == [("11", True), ("11", True)]


def test_a_growing_bar_never_takes_the_place_of_a_final_one(store_all, query):
    store_all([bar(0, close="10", final=False)], [bar(0, close="10.5", final=False)])
    assert closes(query) == [("10.5", False)]
    store_all([bar(0, close="11")])
    assert counts(store_all([bar(0, close="10.5", final=False)])) == (1, 0, 1, 0, 0, 0)
    assert closes(query) == [("11", True)]
    store_all([bar(1, final=False)])
    assert counts(store_all([bar(1)])) == (1, 0, 0, 1, 0, 0)  # the same numbers, now final


def test_a_bar_that_was_received_earlier_replaces_none_that_was_received_later(store_all, query):
    ten, eleven, noon = (f"2026-02-28T{hour}:00:00Z" for hour in (10, 11, 12))
    store_all([bar(0, close="10", received_at=eleven)])
    assert counts(store_all([bar(0, close="9", received_at=ten)])) == (1, 0, 1, 0, 0, 0)
    assert counts(store_all([bar(0, close="10", received_at=noon)])) == (1, 0, 1, 0, 0, 0)
    assert counts(store_all([bar(0, close="11", received_at=eleven)])) == (1, 0, 1, 0, 0, 0)
    assert closes(query) == [("10", True)]
    assert counts(store_all([bar(0, close="11", received_at=noon)])) == (1, 0, 0, 1, 0, 0)
    assert closes(query) == [("11", True)]
    store_all([bar(0, close="12")])  # does not say when: the one behind in Kafka
    store_all([bar(1, final=False, received_at=noon)])
    assert counts(store_all([bar(1, close="12", received_at=ten)])) == (1, 0, 0, 1, 0, 0)
    assert closes(query) == [("12", True), ("12", True)]


def test_a_publisher_whose_clock_was_ahead_shuts_out_no_later_bar(store_all, query):
    store_all([bar(0, close="9", received_at="2040-01-01T00:00:00Z")])
    assert query("select received_at <= now() from market.vendor_bars") == [(True,)]
    soon = query("select now() + interval '1 second'")[0][0].isoformat()
    assert counts(store_all([bar(0, close="11", received_at=soon)])) == (1, 0, 0, 1, 0, 0)
    assert closes(query) == [("11", True)]


def test_vendors_intervals_and_symbols_are_kept_apart(store_all, query):
    stored = store_all(
        [bar(0), bar(0, source="Yahoo"), bar(0, interval="5m"), bar(0, symbol="AAPL")]
    )
    assert stored.bars == 4
    assert [row[:4] for row in query(ROWS)] == [
        ("AAPL", "alphavantage", "1m", "12:00"),
        ("IBM", "alphavantage", "1m", "12:00"),
        ("IBM", "alphavantage", "5m", "12:00"),
        ("IBM", "yahoo", "1m", "12:00"),
    ]


def test_every_message_among_trades_and_bad_bars_is_counted_once(store_all, query):
    stored = store_all(
        [
            made.trade(0), bar(0), bar(1, high="1"), made.trade(0), bar(0),
            several(bar(0), bar(2)), several(bar(2, close="12"), made.trade(1)), b"x",
            several(bar(2), bar(0)), bar(9, bar_start="2026-02-27T15:02:00Z"),
        ]
    )  # fmt: skip
    # new: the trade, the bar of 12:00, that of 12:02 in a list, and the trade beside a changed bar
    assert counts(stored) == (10, 4, 2, 1, 3, 2)
    assert stored.rejects == {"bad prices": 1, "not JSON": 1, "time out of range": 1}
    assert closes(query) == [("11", True), ("11", True)]
    assert query("select sum(messages), sum(stored + duplicates + amended + rejected + ignored)"
                 " from ops.load_batches") == [(10, 10)]  # fmt: skip


def test_messages_that_are_read_again_after_a_crash_change_nothing(fresh_database, query):
    values = [bar(0, final=False), bar(0), bar(1), bar(0, close="12")]
    with opened(fresh_database) as store:
        add_partitions(store)
        store.store(made.batch(values))
    before = query("select symbol, bucket, close, batch from market.vendor_bars order by 2")
    query("update ops.kafka_offsets set next_offset = 0")
    with opened(fresh_database) as store:
        again = store.store(made.batch([bar(1), bar(0, close="12")]))
    assert (again.bars, again.duplicates) == (0, 2)
    assert before == query("select symbol, bucket, close, batch from market.vendor_bars order by 2")


def test_a_bar_that_the_database_refuses_is_rejected_alone(store_all, query):
    query("alter table market.vendor_bars add constraint mine check (close < 20)")
    stored = store_all([bar(0), bar(1, close="21", high="21"), made.trade(0), bar(2)])
    assert counts(stored) == (4, 3, 0, 0, 1, 2)
    assert stored.rejects == {"refused by the database": 1}


def test_a_bar_that_is_replayed_is_added_but_replaces_none(store_all, query, fresh_database):
    query("alter table market.vendor_bars add constraint mine check (close < 20)")
    refused = {"close": "21", "high": "21"}
    store_all([bar(0, **refused), bar(1, **refused), bar(2, **refused)])
    store_all([bar(0, close="12"), bar(1, close="12", final=False)])
    query("alter table market.vendor_bars drop constraint mine")
    assert rejects.replay(fresh_database).stored == 3
    assert closes(query) == [("12", True), ("21", True), ("21", True)]
    assert query("select stored, duplicates, amended from ops.load_batches order by loaded_at desc"
                 " limit 1") == [(1, 1, 1)]  # fmt: skip


@pytest.mark.parametrize("own", [b'"revision":1,"tick_count":412', b'"deleted":true'])
def test_bars_of_our_own_topic_are_rejected(store_all, query, own):
    stored = store_all([bar(0)[:-1] + b"," + own + b"}"])
    assert stored.rejects == {"bar of our own": 1}
    assert query("select count(*) from market.vendor_bars") == [(0,)]
