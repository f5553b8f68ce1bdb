"""The loader's transaction against a real database: all of a batch or nothing, exactly once."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from db.errors import DatabaseAway, DatabaseRefused
from ingest.store.transaction import OffsetsMoved, Store, opened
from tests import support
from tests.ingest import made

# What ops.apply_retention() holds while it moves a floor.
RETENTION_LOCK = "lock table ops.kafka_offsets in share row exclusive mode"
PLAIN = {"v": 1}
NOT_PLAIN = {"v": 1.0}  # the same message, read one by one
LEGACY = b'{"symbol":"IBM","price":1.5,"volume":2,"event_time":"2026-02-27T12:00:00Z"}'
TWELVE = datetime(2026, 2, 27, 12, tzinfo=UTC)

WAITING = "select count(*) from pg_stat_activity where pid = any(%s) and wait_event_type = 'Lock'"


@pytest.fixture
def aside():
    """A thread for a store that has to wait."""
    with ThreadPoolExecutor(4) as threads:
        yield threads


def account(store, *partitions, topic="t"):
    for partition in partitions or (0,):
        store.add_offsets((topic, partition), 0, "cluster", None)


def pid(store):
    return store._conn.info.backend_pid


def stands(query):
    """Returns (ticks, next offset, rejects, batches)."""
    [row] = query(
        "select (select count(*) from market.ticks), "
        "(select sum(next_offset)::int from ops.kafka_offsets), "
        "(select count(*) from ops.rejects), (select count(*) from ops.load_batches)"
    )
    return row


def ids(query):
    return {tick_id for (tick_id,) in query("select tick_id from market.ticks")}


@contextmanager
def locked(url, statement):
    """Holds what `statement` locks."""
    with psycopg.connect(url) as conn:
        conn.execute(statement)
        yield conn


def wait_for_lock(query, *stores):
    pids = list(map(pid, stores))
    support.wait_until(lambda: query(WAITING, pids) == [(len(pids),)], f"{pids} waiting for a lock")


def numbered(*numbers, **changes):
    return [made.trade(number, **changes) for number in numbers]


def test_a_batch_is_stored_with_its_offsets(store, query):
    account(store)
    stored = store.store(made.batch(numbered(0, 1, 2)))
    assert (stored.rows, stored.duplicates, stored.late, stored.rejects) == (3, 0, 0, {})
    assert stands(query) == (3, 3, 0, 1)
    assert query(
        "select ts, symbol, source, price, size, bid, ask, tick_id from market.ticks "
        "where tick_id = '1'"
    ) == [
        (TWELVE.replace(second=1), "AAPL", "sim", Decimal("100.25"), Decimal(10), None, None, "1")
    ]


def test_batches_follow_each_other_over_gaps_of_offsets(store, query):
    account(store)
    store.store(made.batch(numbered(0, 1)))
    gap = made.batch([made.Message(made.trade(2), 5), made.Message(made.trade(3), 9)])
    gap.spans["t", 0].first = 2
    store.store(gap)
    store.store(made.batch(numbered(4), first=10))
    assert stands(query) == (5, 11, 0, 3)


def test_a_batch_of_several_partitions_moves_each(store, query):
    account(store, 0, 1)
    messages = [made.Message(made.trade(n), n // 2, partition=n % 2) for n in range(6)]
    store.store(made.batch(messages))
    assert query('select "partition", next_offset from ops.kafka_offsets order by 1') == [
        (0, 3),
        (1, 3),
    ]
    assert ids(query) == set("012345")


@pytest.mark.parametrize("values", [numbered(0, 1, 2), [b"poison"]], ids=["ticks", "rejects"])
def test_a_loader_killed_between_copy_and_commit_has_stored_nothing(
    store, query, aside, fresh_database, values
):
    account(store)
    with locked(fresh_database, "lock table ops.load_batches in access exclusive mode"):
        storing = aside.submit(store.store, made.batch(values))
        wait_for_lock(query, store)
        query("select pg_terminate_backend(%s)", pid(store))
        with pytest.raises(DatabaseAway):
            storing.result(30)
    assert stands(query) == (0, 0, 0, 0)
    with opened(fresh_database) as again:
        again.store(made.batch(values))
        with pytest.raises(OffsetsMoved):
            again.store(made.batch(values))
    rejected = len(values) == 1
    assert stands(query) == (0 if rejected else 3, len(values), int(rejected), 1)


def test_a_zombie_is_fenced(store, query, fresh_database):
    account(store)
    with opened(fresh_database) as zombie:
        store.store(made.batch(numbered(0, 1)))
        with pytest.raises(OffsetsMoved):
            zombie.store(made.batch(numbered(0, 1, 2)))
        assert stands(query) == (2, 2, 0, 1)
        zombie.store(made.batch(numbered(2), first=2))
    assert ids(query) == {"0", "1", "2"}


def test_a_batch_is_lost_whole_when_one_of_its_partitions_is(store, query):
    account(store, 0, 1)
    store.store(made.batch(numbered(0), partition=1))
    both = [made.Message(made.trade(5), 0), made.Message(made.trade(6), 0, partition=1)]
    with pytest.raises(OffsetsMoved):
        store.store(made.batch(both))
    assert ids(query) == {"0"}
    assert stands(query) == (1, 1, 0, 1)


def test_a_partition_without_an_account_is_not_ours(store, query):
    with pytest.raises(OffsetsMoved):
        store.store(made.batch(numbered(0)))
    assert stands(query) == (0, None, 0, 0)


def test_an_account_that_is_open_stays_where_it_is(store, query):
    account(store)
    store.store(made.batch(numbered(0)))
    account(store)
    assert store.offsets(("t",)) == [("t", 0, 1, "cluster", None)]
    assert store.offsets(("other",)) == []


@pytest.mark.parametrize("changes", [PLAIN, NOT_PLAIN], ids=["plain", "not-plain"])
def test_a_tick_twice_in_a_batch_is_one_row(store, query, changes):
    account(store)
    stored = store.store(made.batch(numbered(0, 1, 0, 1, 2, **changes)))
    assert (stored.rows, stored.duplicates) == (3, 2)
    assert ids(query) == {"0", "1", "2"}
    assert stands(query) == (3, 5, 0, 1)


def test_ticks_that_are_stored_already_are_counted_as_duplicates(store, query):
    account(store)
    store.store(made.batch(numbered(0, 1)))
    again = store.store(made.batch(numbered(0, 1), first=2))
    assert (again.rows, again.duplicates) == (0, 2)
    half = store.store(made.batch(numbered(1, 2, 3), first=4))
    assert (half.rows, half.duplicates) == (2, 1)
    new = store.store(made.batch(numbered(4, 5), first=7))
    assert (new.rows, new.duplicates) == (2, 0)
    assert query("select tick_rows, duplicates from ops.load_batches order by id") == [
        (2, 0),
        (0, 2),
        (2, 1),
        (2, 0),
    ]
    assert ids(query) == set("012345")


def test_the_first_of_two_ticks_with_one_identity_stays(store, query):
    account(store)
    store.store(made.batch(numbered(0, price="1")))
    store.store(made.batch(numbered(0, price="2"), first=1))
    assert query("select price from market.ticks") == [(Decimal(1),)]


def test_a_message_without_an_id_is_kept_as_often_as_it_comes(store, query):
    account(store)
    assert store.store(made.batch([LEGACY, LEGACY])).rows == 2
    again = store.store(made.batch([LEGACY, made.trade(0), made.trade(0)], first=2))
    assert (again.rows, again.duplicates) == (2, 1)
    assert query("select count(*) from market.ticks where symbol = 'IBM'") == [(3,)]


def test_what_cannot_be_stored_stands_in_rejects_with_its_bytes(store, query):
    account(store)
    poison = b'\x00\xff{"symbol":'
    messages = [
        made.Message(made.trade(0), 0),
        made.Message(poison, 1, key=b"\x00k", headers=[("source", b"yf\x00\xff")]),
        made.Message(None, 2),
        made.Message(b'{"\\u0000":"\\u0000"}', 3, key=None, headers=[("kind", b"trade")]),
    ]
    stored = store.store(made.batch(messages))
    assert stored.rejects == {"not JSON": 1, "empty": 1, "unknown format": 1}
    assert query(
        'select topic, "partition", "offset", "key", "value", source, reason from ops.rejects '
        "order by id"
    ) == [
        ("t", 0, 1, b"\x00k", poison, "yf\ufffd\ufffd", "not JSON"),
        ("t", 0, 2, None, None, None, "empty"),
        ("t", 0, 3, None, b'{"\\u0000":"\\u0000"}', None, "unknown format"),
    ]
    assert stands(query) == (1, 4, 3, 1)


def test_a_reject_of_ten_megabytes_is_kept_whole(store, query):
    account(store)
    value = b"x" * 10_000_000
    store.store(made.batch([value, made.trade(0)]))
    assert query('select "value" = %s from ops.rejects', value) == [(True,)]
    assert ids(query) == {"0"}


def test_a_batch_of_nothing_but_rejects_moves_the_offsets(store, query):
    account(store)
    stored = store.store(made.batch([b"a", b"b"]))
    assert (stored.rows, stored.rejects) == (0, {"not JSON": 2})
    assert stands(query) == (0, 2, 2, 1)
    assert query("select oldest_ts, newest_ts, rejects from ops.load_batches") == [(None, None, 2)]


def test_a_batch_of_nothing_at_all_moves_the_offsets(store, query):
    account(store)
    store.store(made.batch([b'{"type":"ping"}']))
    assert stands(query) == (0, 1, 0, 1)


def test_another_message_in_the_place_of_a_rejected_one_is_listed_too(store, query):
    """As after a topic was made anew."""
    account(store)
    store.store(made.batch([b"a"]))
    query("update ops.kafka_offsets set next_offset = 0")
    store.store(made.batch([b"b", made.trade(0)]))
    assert stands(query) == (1, 2, 2, 2)


def refuse(query, condition):
    query(f"alter table market.ticks add constraint house_rule check (not ({condition}))")


@pytest.mark.parametrize("changes", [PLAIN, NOT_PLAIN], ids=["plain", "not-plain"])
@pytest.mark.parametrize("at", [0, 500, 999])
def test_a_row_that_only_the_database_refuses_is_found_among_a_thousand(store, query, changes, at):
    account(store)
    refuse(query, "price = 666")
    values = numbered(*range(1000), **changes)
    values[at] = made.trade(at, price="666", **changes)
    stored = store.store(made.batch(values))
    assert (stored.rows, stored.rejects) == (999, {"refused by the database": 1})
    [(offset, value, detail)] = query('select "offset", "value", detail from ops.rejects')
    assert (offset, value) == (at, values[at])
    assert "house_rule" in detail
    assert "\n" not in detail
    assert stands(query) == (999, 1000, 1, 1)
    assert str(at) not in ids(query)


def test_refused_rows_duplicates_and_poison_in_one_batch(store, query):
    account(store)
    refuse(query, "price = 666")
    store.store(made.batch(numbered(0)))
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


def test_a_batch_that_the_database_refuses_whole_is_in_rejects_whole(store, query):
    account(store)
    refuse(query, "true")
    stored = store.store(made.batch(numbered(*range(50))))
    assert (stored.rows, stored.rejects) == (0, {"refused by the database": 50})
    assert stands(query) == (0, 50, 50, 1)
    assert query("select count(*) from market.instruments") == [(0,)]


def test_a_frame_with_one_refused_tick_is_rejected_whole(store, query):
    account(store)
    refuse(query, "price = 666")
    frame = {
        "type": "trade",
        "data": [{"s": "AAPL", "p": p, "t": 1_772_193_900_000, "v": 1} for p in (1, 666, 2)],
    }
    stored = store.store(made.batch([msgspec.json.encode(frame), made.trade(0)]))
    assert (stored.rows, stored.rejects) == (1, {"refused by the database": 1})
    assert ids(query) == {"0"}


def test_a_refusal_by_a_trigger_is_a_reject_too(store, query):
    account(store)
    query(
        "create function market.refuse() returns trigger language plpgsql as "
        "$$ begin raise exception 'no %', new.symbol; end $$"
    )
    query(
        "create trigger refuse before insert on market.ticks for each row "
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
        {"size": ""},
        {"price": "0"},
        {"price": "0.000"},
    ],
    ids=str,
)
def test_a_number_that_the_fast_way_lets_through_is_a_reject(store, query, changes):
    account(store)
    stored = store.store(made.batch([made.trade(0), made.trade(1, **changes), made.trade(2)]))
    assert stored.rows == 2
    assert sum(stored.rejects.values()) == 1
    assert set(stored.rejects) <= {"bad number", "bad price"}
    assert ids(query) == {"0", "2"}


def test_a_kraken_symbol_too_long_for_its_prefix_is_a_reject(store, query):
    account(store)
    item = {"symbol": "A" * 64, "price": 1, "qty": 1, "trade_id": 1, "timestamp": 1_772_193_900}
    value = msgspec.json.encode({"channel": "trade", "data": [item]})
    stored = store.store(made.batch([value, made.trade(0)]))
    assert stored.rows == 1
    assert sum(stored.rejects.values()) == 1


def move_floor(ask, second):
    floor = TWELVE.replace(second=second).isoformat()
    ask(f"update ops.retention_floors set floor_ts = '{floor}' where level = 'ticks'")


def test_a_floor_that_moves_while_a_batch_is_in_hand_rejects_what_is_below(store, query):
    account(store)
    batch = made.batch(numbered(4, 5, 6))
    move_floor(query, 5)
    stored = store.store(batch)
    assert (stored.rows, stored.rejects) == (2, {"too late": 1})
    assert ids(query) == {"5", "6"}
    assert stands(query) == (2, 3, 1, 1)
    assert store.floor == "2026-02-27T12:00:05.000000Z"


def test_a_new_store_knows_the_floor(fresh_database, query):
    move_floor(query, 5)
    with opened(fresh_database) as store:
        assert store.floor == "2026-02-27T12:00:05.000000Z"


def test_an_old_tick_waits_for_retention_and_is_then_too_late(store, query, aside, fresh_database):
    account(store)
    with locked(fresh_database, RETENTION_LOCK) as retention:
        storing = aside.submit(store.store, made.batch(numbered(4, 5)))
        wait_for_lock(query, store)
        move_floor(retention.execute, 5)
    assert storing.result(30).rejects == {"too late": 1}
    assert ids(query) == {"5"}


def test_retention_waits_for_a_store_that_is_under_way(store, query, aside, fresh_database):
    account(store)
    with locked(fresh_database, "lock table ops.load_batches in access exclusive mode") as blocker:
        storing = aside.submit(store.store, made.batch(numbered(4, 5)))
        wait_for_lock(query, store)
        with (
            psycopg.connect(fresh_database) as retention,
            pytest.raises(psycopg.errors.LockNotAvailable),
        ):
            retention.execute(f"{RETENTION_LOCK} nowait")
        blocker.rollback()
    assert storing.result(30).rows == 2


@pytest.mark.apache  # Community's locks nothing before there is something to drop
def test_retention_beside_a_long_look_at_the_floors_keeps_no_store_waiting(
    store, query, aside, fresh_database
):
    account(store)
    with locked(fresh_database, "lock table ops.retention_floors in access share mode"):
        retention = aside.submit(call_retention, fresh_database)
        assert store.store(made.batch(numbered(4, 5))).rows == 2
        retention.result(30)


def call_retention(url):
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("call ops.apply_retention()")


def known(query):
    """Adds instrument and chunk, so that two stores meet at the ticks and not here already."""
    query("insert into market.instruments (symbol) values ('AAPL')")
    query("insert into market.ticks values (%s, 'AAPL', 'sim', 1, 1, 1, 1, 'x', 1)", TWELVE)
    query("delete from market.ticks")


def test_two_stores_with_the_same_new_symbol_both_store(store, query, aside, fresh_database):
    account(store, 0, 1)
    with opened(fresh_database) as other:
        with locked(fresh_database, "lock table ops.load_batches in access exclusive mode"):
            first = aside.submit(store.store, made.batch(numbered(0, 1)))
            wait_for_lock(query, store)
            second = aside.submit(other.store, made.batch(numbered(2, 3), partition=1))
            wait_for_lock(query, store, other)
        assert first.result(30).rows == second.result(30).rows == 2
    assert ids(query) == set("0123")


def test_two_stores_with_the_same_ticks_store_them_once(store, query, aside, fresh_database):
    account(store, 0, 1)
    known(query)
    with opened(fresh_database) as other:
        with locked(fresh_database, "lock table ops.load_batches in access exclusive mode"):
            first = aside.submit(store.store, made.batch(numbered(0, 1, 2)))
            wait_for_lock(query, store)
            second = aside.submit(other.store, made.batch(numbered(2, 0, 3), partition=1))
            wait_for_lock(query, store, other)
        assert first.result(30).rows == 3
        assert (second.result(30).rows, second.result().duplicates) == (1, 2)
    assert ids(query) == set("0123")
    assert stands(query) == (4, 6, 0, 2)


def test_a_serialization_failure_is_tried_again(store, query, aside, fresh_database):
    account(store, 0, 1)
    known(query)
    with opened(fresh_database) as other:
        # a duplicate, after which it stages; then its snapshot is older than the first's commit
        other.store(made.batch(numbered(9, 9), partition=1))
        with locked(fresh_database, "lock table ops.load_batches in access exclusive mode"):
            first = aside.submit(store.store, made.batch(numbered(0, 1, 2)))
            wait_for_lock(query, store)
            batch = made.batch(numbered(2, 0, 3), partition=1, first=2)
            second = aside.submit(other.store, batch)
            wait_for_lock(query, store, other)
        assert first.result(30).rows == 3
        assert (second.result(30).rows, second.result().duplicates) == (1, 2)
    assert ids(query) == set("01239")


def test_a_serialization_failure_while_sifting_is_tried_again(store, query, aside, fresh_database):
    account(store, 0, 1)
    known(query)
    refuse(query, "price = 666")
    values = [made.trade(8, price="666"), *numbered(2, 0, 3)]
    with opened(fresh_database) as other:
        with locked(fresh_database, "lock table ops.load_batches in access exclusive mode"):
            first = aside.submit(store.store, made.batch(numbered(0, 1, 2)))
            wait_for_lock(query, store)
            second = aside.submit(other.store, made.batch(values, partition=1))
            wait_for_lock(query, store, other)
        assert first.result(30).rows == 3
        stored = second.result(30)
    assert (stored.rows, stored.duplicates) == (1, 2)
    assert stored.rejects == {"refused by the database": 1}
    assert ids(query) == set("0123")


def test_a_batch_is_one_row_of_load_batches(store, query):
    account(store, 0, 1)
    messages = [
        made.Message(made.trade(0), 0),
        made.Message(made.trade(7), 1),
        made.Message(b"poison", 0, partition=1),
        made.Message(made.trade(0), 3, partition=1),
    ]
    store.store(made.batch(messages))
    [row] = query(
        "select split_part(loader, ' ', 2) = %s, offsets, tick_rows, duplicates, late, rejects, "
        "oldest_ts, newest_ts, seconds > 0 from ops.load_batches",
        str(os.getpid()),
    )
    assert row == (
        True,
        {"t 0": [0, 2], "t 1": [0, 4]},
        2,
        1,
        0,
        1,
        TWELVE,
        TWELVE.replace(second=7),
        True,
    )


def test_ticks_over_an_hour_behind_the_newest_known_are_late(store):
    account(store)
    noon = numbered(3600, 7200, 3599, 0)  # 13:00, 14:00, 12:59:59, 12:00
    assert store.store(made.batch(noon)).late == 2
    assert store.store(made.batch(numbered(3601, 3598), first=4)).late == 1


def test_unknown_symbols_are_added_and_known_ones_are_left_alone(store, query):
    account(store)
    query("insert into market.instruments (symbol, asset_class) values ('AAPL', 'equity')")
    store.store(made.batch([made.trade(0), made.trade(0, symbol="MSFT")]))
    store.store(made.batch([made.trade(1, symbol="MSFT"), made.trade(1, symbol="IBM")], first=2))
    assert query("select symbol, asset_class from market.instruments order by 1") == [
        ("AAPL", "equity"),
        ("IBM", None),
        ("MSFT", None),
    ]


def test_a_symbol_whose_batch_was_undone_is_added_later(store, query):
    account(store)
    with pytest.raises(OffsetsMoved):
        store.store(made.batch(numbered(0), first=7))
    store.store(made.batch(numbered(0)))
    assert query("select symbol from market.instruments") == [("AAPL",)]


def test_seeing_a_symbol_moves_its_last_time(store, query):
    account(store)
    store.store(made.batch([made.trade(0), made.trade(0, symbol="MSFT")]))
    query("update market.instruments set last_seen_at = '2020-01-01'")
    store.see({"AAPL", "unheard of"})
    assert query("select symbol from market.instruments where last_seen_at > '2020-01-02'") == [
        ("AAPL",)
    ]


@pytest.mark.apache
def test_changed_minutes_are_logged_with_the_ticks(store, query):
    account(store)
    store.store(made.batch(numbered(0, 61)))
    assert query("select symbol, since, until from ops.candle_changes") == [
        (None, TWELVE, TWELVE.replace(minute=2))
    ]
    with pytest.raises(OffsetsMoved):
        store.store(made.batch(numbered(600)))
    store.store(made.batch([b"poison"], first=2))
    assert query("select count(*) from ops.candle_changes") == [(1,)]


@pytest.mark.community
def test_no_changes_are_logged_where_timescaledb_does_it(store, query):
    account(store)
    store.store(made.batch(numbered(0)))
    assert query("select to_regclass('ops.candle_changes')") == [(None,)]


@pytest.fixture
def login(database):
    """Makes a login of no group; gives its name, which is its password too."""
    name = support.unique("login")
    with psycopg.connect(database.url, autocommit=True) as conn:
        conn.execute(sql.SQL("create role {} login password {}").format(sql.Identifier(name), name))
    try:
        yield name
    finally:
        support.execute(database.url, "drop role {name}", name=name)


def test_the_loaders_group_role_is_all_that_it_takes(database, fresh_database, login, query):
    support.execute(database.url, "grant stockpulse_loader to {name}", name=login)
    with opened(make_conninfo(fresh_database, user=login, password=login)) as store:
        account(store)
        stored = store.store(made.batch([made.trade(0), b"poison", made.trade(0), made.trade(1)]))
        store.see({"AAPL"})
        assert (stored.rows, stored.duplicates) == (2, 1)
        [(reject,)] = query("select id from ops.rejects")
        batch = made.batch(numbered(7))
        assert store.replay(batch, [reject]) == 1
    assert ids(query) == {"0", "1", "7"}


def test_a_login_without_the_group_role_is_refused_in_one_line(fresh_database, login):
    with pytest.raises(DatabaseRefused, match='role "stockpulse_loader"') as refused:
        Store(make_conninfo(fresh_database, user=login, password=login))
    assert "\n" not in str(refused.value)


def test_a_database_without_the_schema_says_what_to_run(template, empty_database):
    with pytest.raises(DatabaseRefused, match="stockpulse migrate") as refused:
        Store(empty_database)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "url, error",
    [
        ("host=127.0.0.1 port=1 dbname=x", DatabaseAway),
        ("postgresql://127.0.0.1:1/x", DatabaseAway),
        ("host=no.such.host.invalid", DatabaseAway),
        ("nonsense", DatabaseRefused),
        ("nosuchoption=1", DatabaseRefused),
    ],
)
def test_a_url_that_leads_nowhere_is_one_line(url, error):
    with pytest.raises(error) as refused:
        Store(url)
    assert "\n" not in str(refused.value)


def test_a_database_that_does_not_exist_is_one_line(database):
    with pytest.raises((DatabaseAway, DatabaseRefused), match="does not exist") as refused:
        Store(support.url_of(database.url, "no_such_database"))
    assert "\n" not in str(refused.value)
