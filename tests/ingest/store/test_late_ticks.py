"""Ticks that come hours late in a live batch change their own minutes, and are kept exactly."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import psycopg
import pytest
from tests.ingest.test_store import (
    RETENTION_LOCK,
    account,
    ids,
    locked,
    move_floor,
    pid,
    wait_for_lock,
)

from db.settings import Settings
from ingest.loader.retry import RetryingStore
from ingest.loader.run import load
from ingest.store import rejects
from ingest.store.transaction import opened
from tests.ingest import made
from tests.ingest.amended import cancel, correction, refuse

TWELVE = datetime(2026, 2, 27, 12, tzinfo=UTC)
TWO_PM = 7200  # number of the first live tick
TWO_AM, THREE_AM = -36000, -32400

ONE_MOVER = "lock table ops.late_ticks in share update exclusive mode"
RANGES = """
select
    _timescaledb_functions.to_timestamp(lowest_modified_value),
    _timescaledb_functions.to_timestamp(greatest_modified_value)
from _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log as log
inner join _timescaledb_catalog.hypertable on hypertable_id = hypertable.id
where schema_name = 'market' and table_name = 'ticks'
order by 1
"""

community = pytest.mark.community


@pytest.fixture
def threads():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def live(count=18, first=0):
    return [made.trade(TWO_PM + number) for number in range(first, first + count)]


def seconds(*numbers):
    return tuple(TWELVE + timedelta(seconds=number) for number in numbers)


def waiting(query):
    [(count,)] = query("select count(*) from ops.late_ticks")
    return count


def let_nobody_wait(query):
    query("alter table ops.late_ticks add constraint nobody check (false)")


def leave_behind(url, *batches):
    """Stores batches as a loader that dies before it has moved what came late."""
    with opened(url) as dying:
        account(dying)
        dying.move_late = lambda: None
        for batch in batches:
            dying.store(batch)


@contextmanager
def moving_blocked(url, query, threads, act, *stores):
    """Starts `act`, which stores and moves, and holds it after its commit."""
    with locked(url, ONE_MOVER) as lock:
        future = threads.submit(act)
        wait_for_lock(query, *stores)
        yield future
        lock.rollback()


@community
def test_a_straggler_changes_its_own_minutes_alone(store_all, query):
    late = (TWO_AM, THREE_AM, TWO_AM + 119, TWO_AM + 180)
    stored = store_all([*live(40), *map(made.trade, late)])
    assert (stored.rows, stored.duplicates, stored.late) == (44, 0, 4)
    assert query(RANGES) == [
        seconds(TWO_AM, TWO_AM + 119),
        seconds(TWO_AM + 180, TWO_AM + 180),
        seconds(THREE_AM, THREE_AM),
        seconds(TWO_PM, TWO_PM + 39),
    ]
    assert waiting(query) == 0
    assert query("select tick_rows, late, oldest_ts from ops.load_batches") == [
        (44, 4, *seconds(TWO_AM))
    ]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([*live(17), *map(made.trade, (0, 1, 2))], id="more-than-one-in-ten"),
        pytest.param(
            [*live(1020), *(made.trade(n * 120) for n in range(-101, 0))], id="in-too-many-minutes"
        ),
        pytest.param([made.trade(n * 900) for n in range(-40, 12)], id="history"),
        pytest.param([made.trade(n * 60) for n in range(-3, 60)], id="history-of-an-hour"),
        pytest.param([*live(), made.trade(TWO_AM), correction(TWO_PM)], id="with-a-correction"),
        pytest.param([*live(), made.trade(TWO_PM + 17 - 3600)], id="an-hour-late"),
    ],
)
def test_what_is_no_straggler_among_live_ticks_does_not_wait(store_all, query, values):
    let_nobody_wait(query)
    assert store_all(values).rows + int(b"correction" in b"".join(values)) == len(values)


@community
def test_one_in_ten_may_be_late(store_all, query):
    store_all([*live(18), made.trade(TWO_AM), made.trade(THREE_AM)])
    assert len(query(RANGES)) == 3


@pytest.mark.apache
def test_nothing_waits_where_changes_are_logged_by_symbol(store_all, query):
    let_nobody_wait(query)
    minutes = [made.trade(TWO_PM + 60 * number) for number in range(18)]
    assert store_all([*minutes, made.trade(TWO_AM, symbol="MSFT")]).rows == 19
    assert ("MSFT", *seconds(TWO_AM, TWO_AM + 60)) in query(
        "select symbol, since, until from ops.candle_changes"
    )


def test_a_late_tick_of_a_message_with_several_stays_with_it(store_all, query):
    let_nobody_wait(query)
    times = [int((TWELVE + timedelta(seconds=n)).timestamp() * 1000) for n in (TWO_AM, TWO_PM)]
    frame = {"type": "trade", "data": [{"s": "AAPL", "p": 1, "t": t, "v": 1} for t in times]}
    assert store_all([*live(), msgspec.json.encode(frame)]).rows == 20


def test_a_straggler_is_stored_as_it_came(store_all, query):
    straggler = made.trade(TWO_AM, symbol="B\\N", size=None, dedupe_id="\\N", price="0.30")
    store_all([*live(), straggler])
    assert query(
        "select ts, symbol, source, price, size, bid, ask, tick_id, ord & 4095 from market.ticks "
        "where symbol <> 'AAPL'"
    ) == [(*seconds(TWO_AM), "B\\N", "sim", Decimal("0.30"), None, None, None, "\\N",
           TWO_AM & 4095)]  # fmt: skip
    assert query("select symbol from market.instruments order by 1") == [("AAPL",), ("B\\N",)]


@pytest.mark.parametrize(
    "before, numbers, rows",
    [
        ([], [TWO_AM, TWO_AM], 1),
        ([TWO_AM], [TWO_AM], 0),
        ([TWO_AM], [TWO_AM, THREE_AM], 1),
    ],
    ids=["twice-in-a-batch", "stored-before", "one-of-two-stored-before"],
)
def test_a_straggler_that_is_stored_already_is_a_duplicate(store_all, query, before, numbers, rows):
    store_all(live(), *([made.trade(number)] for number in before))
    stored = store_all([*live(18, first=18), *map(made.trade, numbers)])
    assert (stored.rows, stored.duplicates) == (18 + rows, len(numbers) - rows)
    assert query("select tick_rows, duplicates from ops.load_batches order by id desc limit 1") == [
        (18 + rows, len(numbers) - rows)
    ]
    assert query("select count(*), count(distinct tick_id) from market.ticks") == [
        (36 + len({*before, *numbers}),) * 2
    ]


def test_a_straggler_without_an_id_is_kept_as_often_as_it_comes(store_all, query):
    legacy = b'{"symbol":"IBM","price":1.5,"volume":2,"event_time":"2026-02-27T02:00:00Z"}'
    assert store_all([*live(), legacy], [*live(18, first=18), legacy, legacy]).rows == 20
    assert query("select count(*) from market.ticks where symbol = 'IBM'") == [(3,)]


def test_a_straggler_that_was_cancelled_is_a_duplicate(store_all, query):
    stored = store_all([cancel(TWO_AM)], [*live(), made.trade(TWO_AM)])
    assert (stored.rows, stored.duplicates) == (18, 1)
    assert str(TWO_AM) not in ids(query)


def test_a_straggler_that_is_no_number_is_a_reject(store_all, query):
    stored = store_all([*live(), made.trade(TWO_AM, price="1..2"), made.trade(THREE_AM)])
    assert (stored.rows, stored.rejects) == (19, {"bad number": 1})
    assert query('select "offset" from ops.rejects') == [(18,)]


def test_a_straggler_that_the_ticks_refuse_is_rejected_and_its_neighbours_stored(
    store, query, fresh_database
):
    account(store)
    refuse(query, "new.price = 666")
    numbers = [TWO_AM, TWO_AM + 1, TWO_AM + 2, THREE_AM]
    prices = ["1", "666", "1", "1"]
    # v=1.0: of plain messages the headers are not kept
    late = [made.trade(n, price=price, v=1.0) for n, price in zip(numbers, prices, strict=True)]
    values = live(36) + late
    messages = [
        made.Message(value, offset, key=b"\x00k", headers=[("source", b"feed")])
        for offset, value in enumerate(values)
    ]
    store.store(made.batch(messages))
    assert ids(query) >= {str(TWO_AM), str(TWO_AM + 2), str(THREE_AM)}
    assert query(
        'select topic, "partition", "offset", "key", "value", source, reason, detail '
        "from ops.rejects"
    ) == [("t", 0, 37, b"\x00k", values[37], "feed", "refused by the database", "not this one")]
    assert waiting(query) == 0
    query("drop trigger refuse on market.ticks")
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=1, left=0)
    assert str(TWO_AM + 1) in ids(query)


def test_late_ticks_are_moved_as_isolated_as_a_batch_is_stored(store_all, query):
    """Else TimescaleDB leaves out ranges that it believes to be ahead of every aggregate."""
    query(
        "create function tell() returns trigger language plpgsql as "
        "$$ begin raise '%', current_setting('transaction_isolation'); end $$"
    )
    query(
        "create trigger tell before insert on market.ticks for each row "
        "when (new.symbol = 'MSFT') execute function tell()"
    )
    store_all([*live(), made.trade(TWO_AM, symbol="MSFT")])
    assert query("select detail from ops.rejects") == [("repeatable read",)]


@community
def test_what_a_killed_loader_has_not_moved_the_next_one_moves(
    store, query, threads, fresh_database
):
    account(store)
    batch = made.batch([*live(), made.trade(TWO_AM)])
    with moving_blocked(
        fresh_database, query, threads, lambda: store.store(batch), store
    ) as storing:
        assert (waiting(query), str(TWO_AM) in ids(query)) == (1, False)
        query("select pg_terminate_backend(%s)", pid(store))
        assert storing.result(30).rows == 19
    with opened(fresh_database) as heir:
        stored = heir.store(made.batch(live(18, first=18), first=19))
    assert (stored.rows, stored.duplicates) == (18, 0)
    assert query("select count(*), count(distinct tick_id) from market.ticks") == [(37, 37)]
    assert query("select sum(tick_rows), sum(duplicates) from ops.load_batches") == [(37, 0)]
    assert waiting(query) == 0


@community
def test_an_outage_between_commit_and_move_is_waited_out(query, threads, fresh_database):
    batch = made.batch([*live(), made.trade(TWO_AM)])
    with RetryingStore(fresh_database) as retrying:
        store = retrying.open()
        account(store)
        with moving_blocked(
            fresh_database, query, threads, lambda: retrying.store(batch), store
        ) as storing:
            query("select pg_terminate_backend(%s)", pid(store))
        assert storing.result(30).rows == 19
    assert query("select sum(tick_rows), count(*) from ops.load_batches") == [(19, 1)]
    assert str(TWO_AM) in ids(query)
    assert waiting(query) == 0


@community
def test_two_movers_at_once_store_a_tick_once(store, query, threads, fresh_database):
    leave_behind(fresh_database, made.batch([*live(), made.trade(TWO_AM), made.trade(THREE_AM)]))
    with opened(fresh_database) as other:
        with locked(fresh_database, "lock table ops.tick_corrections in access exclusive mode"):
            first = threads.submit(store.move_late)
            wait_for_lock(query, store)  # in the middle of its transaction
            second = threads.submit(other.move_late)
            wait_for_lock(query, store, other)
        first.result(30)
        second.result(30)
        assert (store.has_late, other.has_late) == (False, False)
    assert query("select count(*), count(distinct tick_id) from market.ticks") == [(20, 20)]
    assert len(query(RANGES)) == 3


@community
def test_a_mover_that_is_killed_leaves_its_ticks_to_the_next(store, query, threads, fresh_database):
    leave_behind(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    with locked(fresh_database, "lock table ops.tick_corrections in access exclusive mode"):
        moving = threads.submit(store.move_late)
        wait_for_lock(query, store)
        query("select pg_terminate_backend(%s)", pid(store))
        assert moving.exception(30) is not None
    assert waiting(query) == 1
    with opened(fresh_database) as heir:
        heir.move_late()
    assert str(TWO_AM) in ids(query)
    assert waiting(query) == 0


@community
@pytest.mark.parametrize("lock", [ONE_MOVER, RETENTION_LOCK], ids=["of-a-mover", "of-retention"])
def test_somebodys_lock_leaves_late_ticks_for_later(store, query, fresh_database, lock):
    leave_behind(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    store._conn.execute("set lock_timeout = '50ms'")
    with locked(fresh_database, lock):
        store.move_late()
        assert store.has_late
    store.move_late()
    assert not store.has_late
    assert waiting(query) == 0


@community
def test_a_tick_that_waits_is_known_to_others(store, query, fresh_database):
    store.move_late()
    assert not store.has_late
    leave_behind(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    account(store, 1)
    stored = store.store(made.batch(list(map(made.trade, (TWO_AM, THREE_AM))), partition=1))
    assert (stored.rows, stored.duplicates) == (1, 1)
    again = [*live(18, first=18), made.trade(TWO_AM)]
    stored = store.store(made.batch(again, partition=1, first=2))
    assert (stored.rows, stored.duplicates) == (18, 1)
    assert query("select count(*), count(distinct tick_id) from market.ticks") == [(38, 38)]


@community
@pytest.mark.parametrize("message", [cancel, correction])
def test_a_tick_that_waits_can_be_amended(store, query, fresh_database, message):
    leave_behind(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    stored = store.store(made.batch([message(TWO_AM)], first=19))
    assert (stored.rows, stored.corrections, stored.rejects) == (0, 1, {})
    found = query("select trunc(price)::int from market.ticks where tick_id = %s", str(TWO_AM))
    assert found == ([] if message is cancel else [(99,)])
    assert query("select trunc(old_price)::int from ops.tick_corrections") == [(100,)]


@community
def test_a_tick_cancelled_while_it_waits_is_not_stored(store, query, fresh_database):
    leave_behind(
        fresh_database,
        made.batch([*live(), made.trade(TWO_AM), made.trade(THREE_AM)], first=0),
        made.batch([cancel(TWO_AM)], first=20),
    )
    store.move_late()
    assert str(THREE_AM) in ids(query)
    assert str(TWO_AM) not in ids(query)
    assert waiting(query) == 0


@community
def test_a_floor_that_moves_over_a_tick_that_waits_makes_it_too_late(
    store, query, threads, fresh_database
):
    value = made.trade(-1)
    leave_behind(fresh_database, made.batch([*live(30), made.trade(TWO_AM), value, made.trade(6)]))
    with locked(fresh_database, RETENTION_LOCK) as retention:
        moving = threads.submit(store.move_late)
        wait_for_lock(query, store)
        move_floor(retention.execute, 5)
        retention.commit()
    moving.result(30)
    assert query('select "offset", reason, detail from ops.rejects order by 1') == [
        (30, "too late", "2026-02-27T02:00:00.000000Z is before 2026-02-27T12:00:05.000000Z, "
         "the oldest tick kept"),
        (31, "too late", "2026-02-27T11:59:59.000000Z is before 2026-02-27T12:00:05.000000Z, "
         "the oldest tick kept"),
    ]  # fmt: skip
    assert query('select "value" from ops.rejects where "offset" = 31') == [(value,)]
    assert ids(query) == {"6", *(str(TWO_PM + n) for n in range(30))}


@community
def test_a_loader_that_starts_moves_what_it_finds(fresh_database, broker, topic, query):
    leave_behind(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    settings = Settings(
        database_url=fresh_database,
        bootstrap_servers=broker.bootstrap_servers,
        topics=(topic,),
        group=topic,
    )
    assert load(settings, threading.Event(), until_end=True, seconds=60).complete
    assert str(TWO_AM) in ids(query)


@community
def test_a_serialization_failure_of_a_mover_is_tried_again(store, query, threads, fresh_database):
    """Another loader stores the tick after the mover's snapshot was taken."""
    leave_behind(fresh_database, made.batch([*live(), made.trade(TWO_AM)]))
    with psycopg.connect(fresh_database) as other:
        other.execute(
            "insert into market.ticks select ts, symbol, source, price, size, bid, ask, tick_id, "
            "ord from ops.late_ticks"
        )
        moving = threads.submit(store.move_late)
        wait_for_lock(query, store)
    moving.result(30)
    assert not store.has_late
    assert query("select count(*) from market.ticks where tick_id = %s", str(TWO_AM)) == [(1,)]
    assert waiting(query) == 0
