"""Markers of feeds and the ends of batches, as the loader keeps them in the ledger of gaps."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.formats import feed_message
from ingest.store import rejects
from ingest.store.store import opened
from tests.ingest import made
from tests.ingest.amended import end, replacement, several
from tests.ingest.store.stores import add_partitions, locked, wait_for_lock

NOON = datetime(2026, 2, 27, 12, tzinfo=UTC)


def at(second):
    return NOON + timedelta(seconds=second)


def start(second, symbol="AAPL", session="one", kind="trade", source="sim"):
    return feed_message.encode(
        feed_message.StartMessage(
            source=source, session=session, symbol=symbol, event_kind=kind, since=at(second)
        )
    )


def heartbeat(second, session="one", source="sim"):
    return feed_message.encode(
        feed_message.HeartbeatMessage(source=source, session=session, until=at(second))
    )


def finish(second, session="one", reason="stopped"):
    return feed_message.encode(
        feed_message.EndMessage(source="sim", session=session, until=at(second), reason=reason)
    )


def stop(second, symbol="AAPL", session="one"):
    return feed_message.encode(
        feed_message.StopMessage(
            source="sim", session=session, symbol=symbol, event_kind="trade", until=at(second)
        )
    )


def gap(since, until, symbol="AAPL", **ids):
    return feed_message.encode(
        feed_message.GapMessage(
            source="sim", session="one", symbol=symbol, event_kind="trade",
            since=at(since), until=at(until), reason="ids jumped", **ids,
        )
    )  # fmt: skip


def fill(since, until, symbol="AAPL"):
    return feed_message.encode(
        feed_message.FillMessage(
            source="sim", session="fill", symbol=symbol, event_kind="trade",
            since=at(since), until=at(until),
        )
    )  # fmt: skip


def seconds(time):
    return None if time is None else (time - NOON).total_seconds()


def sessions(query):
    """Returns (session, partition, since, until, end, first offset, last offset) of each."""
    rows = query(
        'select session, "partition", since, until, ended_at, first_offset, last_offset'
        " from ops.feed_sessions order by session, 2"
    )
    return [(*row[:2], *map(seconds, row[2:5]), *row[5:]) for row in rows]


def series(query):
    rows = query(
        "select session, symbol, since, until from ops.feed_series order by session, symbol, since"
    )
    return [(*row[:2], *map(seconds, row[2:])) for row in rows]


def ranges(query, table):
    rows = query(f"select symbol, since, until from ops.{table} order by symbol, since")
    return [(row[0], *map(seconds, row[1:])) for row in rows]


def open_sessions(query):
    return [name for (name,) in query("select session from ops.open_feeds order by session, 1")]


def test_a_session_is_kept_from_its_start_to_its_end(store_all, query):
    store_all([start(0), made.trade(1), heartbeat(1)])
    assert sessions(query) == [("one", 0, 0, 1, None, 0, 2)]
    assert series(query) == [("one", "AAPL", 0, None)]
    assert open_sessions(query) == ["one"]
    store_all([heartbeat(2), heartbeat(3)], [finish(4)])
    assert sessions(query) == [("one", 0, 0, 4, 4, 0, 5)]
    assert query("select reason from ops.feed_sessions") == [("stopped",)]
    assert open_sessions(query) == []


def test_a_batch_of_markers_alone_moves_the_offsets_and_counts_them_as_ignored(store_all, query):
    stored = store_all([start(0), heartbeat(1)])
    assert (stored.messages, stored.ignored) == (2, {"feed marker": 2})
    assert query("select next_offset from ops.kafka_offsets") == [(2,)]
    assert query("select messages, ignored, ignored_reasons from ops.load_batches") == [
        (2, 2, {"feed marker": 2})
    ]


def test_markers_that_are_read_again_change_nothing(store, query):
    add_partitions(store)
    markers = [
        start(0), heartbeat(1), stop(2), start(3), gap(0, 1), fill(5, 9), heartbeat(4), finish(9),
    ]  # fmt: skip

    def ledger():
        tables = ("feed_sessions", "feed_series", "feed_gaps", "feed_fills")
        return [query(f"select * from ops.{table} order by since") for table in tables]

    store.store(made.batch(markers))
    before = ledger()
    assert series(query) == [("one", "AAPL", 0, 2), ("one", "AAPL", 3, None)]
    assert ranges(query, "feed_fills") == [("AAPL", 5, 9)]
    query("update ops.kafka_offsets set next_offset = 0")
    store.store(made.batch(markers))
    assert ledger() == before


def test_a_series_ends_at_its_stop_and_can_start_again(store_all, query):
    store_all([start(0), start(0, "MSFT"), heartbeat(1), stop(2), heartbeat(3), start(2), stop(5)])
    assert series(query) == [
        ("one", "AAPL", 0, 2), ("one", "AAPL", 2, 5), ("one", "MSFT", 0, None),
    ]  # fmt: skip


def test_each_partition_of_a_session_has_its_own_heartbeat(store, query):
    add_partitions(store, 0, 1)
    values = [(start(0), 0), (start(1, "MSFT"), 1), (heartbeat(2), 0), (heartbeat(3), 1)]
    offsets = {0: 0, 1: 0}
    messages = []
    for value, partition in values:
        messages.append(made.Message(value, offsets[partition], partition=partition))
        offsets[partition] += 1
    store.store(made.batch(sorted(messages, key=lambda one: one.partition())))
    assert sessions(query) == [("one", 0, 0, 2, None, 0, 1), ("one", 1, 1, 3, None, 0, 1)]


def test_a_killed_session_is_over_once_another_begins_behind_it(store_all, query):
    store_all([start(0), heartbeat(1)])
    assert open_sessions(query) == ["one"]
    store_all([start(60, session="two")])
    assert open_sessions(query) == ["two"]
    store_all([start(0, session="other", source="another"), heartbeat(90, session="two")])
    assert open_sessions(query) == ["other", "two"]


def test_two_processes_of_one_source_may_overlap(store_all, query):
    store_all([start(0), heartbeat(1), start(1, "MSFT", "two"), heartbeat(2), heartbeat(2, "two")])
    assert open_sessions(query) == ["one", "two"]
    store_all([heartbeat(12, "two")])
    assert open_sessions(query) == ["one", "two"]
    store_all([heartbeat(13, "two")])  # the first has been silent for more than ten seconds
    assert open_sessions(query) == ["two"]
    store_all([heartbeat(13)])
    assert open_sessions(query) == ["one", "two"]


def test_a_topic_that_is_made_again_begins_with_low_offsets(store, query):
    add_partitions(store)
    query("update ops.kafka_offsets set next_offset = 5000")
    store.store(made.batch([start(0), finish(1), start(2, session="two")], first=5000))
    query("update ops.kafka_offsets set next_offset = 0")
    store.store(made.batch([start(60, session="three"), heartbeat(61, "three")]))
    assert open_sessions(query) == ["three"]


def test_a_killed_session_is_over_a_day_later_though_its_partition_is_silent(store, query):
    add_partitions(store, 0, 1)
    day = 24 * 3600
    store.store(made.batch([start(-day), heartbeat(0)]))
    new = [start(0, session="two"), heartbeat(7200, "two")]
    store.store(made.batch(new, partition=1))
    assert open_sessions(query) == ["one", "two"]
    later = [heartbeat(day, "two"), heartbeat(day + 1, "two")]
    for number, value in enumerate(later, 2):
        store.store(made.batch([value], partition=1, first=number, now=at(day + 1)))
        assert open_sessions(query) == [["one", "two"], ["two"]][number - 2]


def test_markers_of_a_session_that_nobody_knows_do_no_harm(store_all, query):
    stored = store_all(
        [heartbeat(1, "lost"), stop(2, "MSFT", "lost")], [finish(3, "lost"), finish(1, "gone")]
    )
    assert stored.rejects == {}
    assert sessions(query) == [("gone", 0, 1, 1, 1, 3, 3), ("lost", 0, 1, 3, 3, 0, 2)]
    assert series(query) == []


def test_a_gap_is_noted_once(store_all, query):
    found = gap(3, 7, first_id="11", last_id="19")
    store_all([found, found, gap(3, 7), gap(8, 8)], [found])
    assert query(
        "select extract(epoch from until - since)::text, first_id, last_id, reason, session"
        " from ops.feed_gaps order by since, first_id"
    ) == [
        ("4.000000", "11", "19", "ids jumped", "one"),
        ("4.000000", None, None, "ids jumped", "one"),
        ("0.000001", None, None, "ids jumped", "one"),
    ]


def test_fills_that_touch_become_one(store_all, query):
    store_all([fill(0, 5), fill(20, 25), fill(5, 7), fill(1, 2, "MSFT")])
    assert ranges(query, "feed_fills") == [("AAPL", 0, 7), ("AAPL", 20, 25), ("MSFT", 1, 2)]
    store_all([fill(6, 10), fill(12, 14)], [fill(0, 3)])
    assert ranges(query, "feed_fills")[:3] == [
        ("AAPL", 0, 10), ("AAPL", 12, 14), ("AAPL", 20, 25),
    ]  # fmt: skip
    store_all([fill(9, 21)])
    assert ranges(query, "feed_fills") == [("AAPL", 0, 25), ("MSFT", 1, 2)]


@pytest.mark.parametrize("rows, filled", [(2, [("AAPL", 0, 3600)]), (3, [])])
def test_a_batch_whose_events_are_all_stored_is_a_fill(store_all, query, rows, filled):
    store_all([made.trade(1), made.trade(2), end(rows, replace=None)])
    assert ranges(query, "feed_fills") == filled


@pytest.mark.parametrize("rows, filled", [(1, [("AAPL", 0, 3600)]), (2, [])])
def test_a_range_that_is_replaced_is_a_fill(store_all, query, rows, filled):
    store_all([replacement(1), end(rows)])
    assert ranges(query, "feed_fills") == filled


def test_a_marker_is_never_too_late_but_may_be_too_early(store_all, query):
    query("update ops.retention_floors set floor_ts = '2026-02-27 00:00+00'")
    hours = 3600
    stored = store_all([fill(-48 * hours, -47 * hours), heartbeat(3 * hours + 61)])
    assert stored.rejects == {"time out of range": 1}
    assert ranges(query, "feed_fills") == [("AAPL", -48 * hours, -47 * hours)]


def test_a_message_that_is_rejected_adds_no_marker(store_all, query):
    query("alter table market.trades add constraint house_rule check (price <> 666)")
    mixed = several(made.trade(1, price="666"), heartbeat(5))
    incomplete = several(end(9, replace=None), fill(0, 9))
    stored = store_all([mixed, made.trade(2), incomplete, several(made.trade(3), heartbeat(4))])
    assert stored.rejects == {"refused by the database": 1, "batch incomplete": 1}
    assert sessions(query) == [("one", 0, 4, 4, None, 3, 3)]
    assert ranges(query, "feed_fills") == []


def test_a_marker_that_the_database_refuses_is_rejected_alone(store_all, query):
    query("alter table ops.feed_series add constraint house_rule check (symbol <> 'MSFT')")
    stored = store_all([start(0), start(0, "MSFT"), made.trade(1), heartbeat(1)])
    assert (stored.rows, stored.rejects) == (1, {"refused by the database": 1})
    assert series(query) == [("one", "AAPL", 0, None)]


def test_rejected_markers_can_be_replayed(store_all, query, fresh_database):
    query("alter table ops.feed_series add constraint house_rule check (symbol <> 'MSFT')")
    store_all([start(0, "MSFT"), heartbeat(1)])
    query("alter table ops.feed_series drop constraint house_rule")
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=1, left=0)
    assert series(query) == [("one", "MSFT", 0, None)]
    assert sessions(query) == [("one", 0, 0, 1, None, 0, 1)]
    assert query("select ignored_reasons from ops.load_batches order by id desc limit 1") == [
        ({"feed marker": 1},)
    ]


@pytest.mark.community
def test_markers_do_not_keep_late_events_from_being_stored_apart(store_all, query):
    live = [made.trade(7200 + number) for number in range(18)]
    store_all([*live, heartbeat(7218), made.trade(-36000)])
    assert query("select count(*) from market.trades") == [(19,)]
    assert query("select late from ops.load_batches") == [(1,)]


def test_two_loaders_that_add_fills_of_one_series_both_store(store, query, threads, fresh_database):
    add_partitions(store, 0, 1)
    store.store(made.batch([fill(0, 10), fill(100, 110), fill(0, 10, "MSFT")]))
    with opened(fresh_database) as other:
        with locked(fresh_database, "lock table ops.load_batches in access exclusive mode"):
            first = threads.submit(
                store.store, made.batch([fill(10, 20, "MSFT"), fill(10, 20)], first=3)
            )
            wait_for_lock(query, store)
            second = threads.submit(
                other.store, made.batch([fill(5, 100), fill(5, 30, "MSFT")], partition=1)
            )
            wait_for_lock(query, store, other)
        assert first.result(30).rejects == second.result(30).rejects == {}
    assert ranges(query, "feed_fills") == [("AAPL", 0, 110), ("MSFT", 0, 30)]
