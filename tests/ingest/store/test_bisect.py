"""Messages that cannot be stored are rejected alone, by the loader or by the database."""

import msgspec
import pytest

from tests.ingest import made
from tests.ingest.store.stores import (
    FAST,
    SLOW,
    add_partitions,
    ids,
    refuse,
    totals,
    trades,
)


def test_rejected_messages_are_kept_with_their_bytes(store, query):
    add_partitions(store)
    poison = b'\xff\x00{"symbol":'
    messages = [
        made.Message(made.trade(0), 0),
        made.Message(poison, 1, key=b"\x00k", headers=[("source", b"yf\x00\xff")]),
        made.Message(b"", 2),
        made.Message(b'{"\\u0000":"\\u0000"}', 3, key=None, headers=[("kind", b"trade")]),
    ]
    stored = store.store(made.batch(messages))
    assert stored.rejects == {"not JSON": 1, "empty": 1, "unknown format": 1}
    assert query(
        'select topic, "partition", "offset", "key", "value", source, reason from ops.rejects '
        "order by id"
    ) == [
        ("t", 0, 1, b"\x00k", poison, "yf\ufffd\ufffd", "not JSON"),
        ("t", 0, 2, None, b"", None, "empty"),
        ("t", 0, 3, None, b'{"\\u0000":"\\u0000"}', None, "unknown format"),
    ]
    assert totals(query) == (1, 4, 3, 1)


def test_a_reject_of_ten_megabytes_is_kept_whole(store, query):
    add_partitions(store)
    value = b"x" * 10_000_000
    store.store(made.batch([value, made.trade(0)]))
    assert query('select "value" = %s from ops.rejects', value) == [(True,)]
    assert ids(query) == {"0"}


def test_a_batch_of_nothing_but_rejects_moves_the_offsets(store, query):
    add_partitions(store)
    stored = store.store(made.batch([b"a", b"b"]))
    assert (stored.rows, stored.rejects) == (0, {"not JSON": 2})
    assert totals(query) == (0, 2, 2, 1)
    assert query("select oldest_ts, newest_ts, rejected from ops.load_batches") == [(None, None, 2)]


def test_another_message_at_the_offset_of_a_rejected_one_is_listed_too(store, query):
    """As after a topic was recreated."""
    add_partitions(store)
    store.store(made.batch([b"a"]))
    query("update ops.kafka_offsets set next_offset = 0")
    store.store(made.batch([b"b", made.trade(0)]))
    assert totals(query) == (1, 2, 2, 2)


@pytest.mark.parametrize("changes", [FAST, SLOW], ids=["fast", "slow"])
@pytest.mark.parametrize("at", [0, 500, 999])
def test_a_row_that_only_the_database_refuses_is_found_among_a_thousand(store, query, changes, at):
    add_partitions(store)
    refuse(query, "price = 666")
    values = trades(*range(1000), **changes)
    values[at] = made.trade(at, price="666", **changes)
    stored = store.store(made.batch(values))
    assert (stored.rows, stored.rejects) == (999, {"refused by the database": 1})
    [(offset, value, detail)] = query('select "offset", "value", detail from ops.rejects')
    assert (offset, value) == (at, values[at])
    assert "house_rule" in detail
    assert "\n" not in detail
    assert totals(query) == (999, 1000, 1, 1)
    assert str(at) not in ids(query)


def test_refused_rows_duplicates_and_poison_in_one_batch(store, query):
    add_partitions(store)
    refuse(query, "price = 666")
    store.store(made.batch(trades(0)))
    values = [
        made.trade(1),
        made.trade(2, price="666"),
        b"poison",
        made.trade(0),
        made.trade(3, price="666"),
        made.trade(1),
        made.trade(4),
    ]
    stored = store.store(made.batch(values, first=1))
    assert (stored.rows, stored.duplicates) == (2, 2)
    assert stored.rejects == {"refused by the database": 2, "not JSON": 1}
    assert query('select "offset" from ops.rejects order by 1') == [(2,), (3,), (5,)]
    assert ids(query) == {"0", "1", "4"}


def test_a_batch_that_the_database_refuses_whole_is_rejected_whole(store, query):
    add_partitions(store)
    refuse(query, "true")
    stored = store.store(made.batch(trades(*range(50))))
    assert (stored.rows, stored.rejects) == (0, {"refused by the database": 50})
    assert totals(query) == (0, 50, 50, 1)
    assert query("select count(*) from market.instruments") == [(0,)]


def test_a_frame_with_one_refused_trade_is_rejected_whole(store, query):
    add_partitions(store)
    refuse(query, "price = 666")
    frame = {
        "type": "trade",
        "data": [{"s": "AAPL", "p": p, "t": 1_772_193_900_000, "v": 1} for p in (1, 666, 2)],
    }
    stored = store.store(made.batch([msgspec.json.encode(frame), made.trade(0)]))
    assert (stored.rows, stored.rejects) == (1, {"refused by the database": 1})
    assert ids(query) == {"0"}


def test_a_row_that_a_trigger_refuses_is_rejected(store, query):
    add_partitions(store)
    query(
        "create function market.refuse() returns trigger language plpgsql as "
        "$$ begin raise exception 'no %', new.symbol; end $$"
    )
    query(
        "create trigger refuse before insert on market.trades for each row "
        "when (new.symbol = 'MSFT') execute function market.refuse()"
    )
    store.store(made.batch([made.trade(0), made.trade(1, symbol="MSFT")]))
    assert query("select detail from ops.rejects") == [("no MSFT",)]
    assert ids(query) == {"0"}


@pytest.mark.parametrize(
    "changes",
    [
        {"price": "1..2"},
        {"price": ""},
        {"price": "."},
        {"size": "1..2"},
        {"size": "."},
    ],
    ids=str,
)
def test_a_bad_number_that_the_fast_way_lets_through_is_rejected(store, query, changes):
    add_partitions(store)
    stored = store.store(made.batch([made.trade(0), made.trade(1, **changes), made.trade(2)]))
    assert stored.rows == 2
    assert sum(stored.rejects.values()) == 1
    assert set(stored.rejects) <= {"bad number", "no price"}
    assert ids(query) == {"0", "2"}


def test_a_kraken_symbol_too_long_with_its_prefix_is_rejected(store, query):
    add_partitions(store)
    item = {"symbol": "A" * 64, "price": 1, "qty": 1, "trade_id": 1, "timestamp": 1_772_193_900}
    value = msgspec.json.encode({"channel": "trade", "data": [item]})
    stored = store.store(made.batch([value, made.trade(0)]))
    assert stored.rows == 1
    assert sum(stored.rejects.values()) == 1
