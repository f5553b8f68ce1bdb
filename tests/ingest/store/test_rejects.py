"""Rejected messages: listed, shown, and each stored once after the fault is fixed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from db.connect import DatabaseRefused
from db.errors import UsageError
from ingest.store import purge, rejects
from ingest.store.rejects import Chosen
from ingest.store.store import opened
from tests import support
from tests.ingest import made

LEGACY = b'{"symbol":"IBM","price":1.5,"volume":2,"event_time":"2026-02-27T12:00:00Z"}'


@pytest.fixture
def store_all(fresh_database):
    """Stores values as one batch of a topic of their own."""

    def run(values, topic="t"):
        batch = made.batch(values, topic=topic)
        with opened(fresh_database) as store:
            store.add_offsets((topic, 0), batch.spans[topic, 0].first, "cluster", None)
            return store.store(batch)

    return run


def forbid(query, price="666"):
    query(f"alter table market.trades add constraint house_rule check (price <> {price})")


def fix(query):
    query("alter table market.trades drop constraint house_rule")


def left(query):
    return [offset for (offset,) in query('select "offset" from ops.rejects order by id')]


def ids(query):
    return sorted(int(number) for (number,) in query("select tick_id from market.trades"))


def refused(*numbers):
    return [made.trade(number, price="666") for number in numbers]


def test_without_rejects_nothing_is_listed(fresh_database):
    assert rejects.reasons(fresh_database) == []
    assert rejects.oldest(fresh_database, 10) == []
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=0, left=0)


def test_rejects_are_listed_oldest_first_and_counted_by_reason(fresh_database, store_all):
    store_all([b"a", b"", b"b", made.trade(0)])
    listed = rejects.oldest(fresh_database, 10)
    assert [(one.offset, one.value, one.reason) for one in listed] == [
        (0, b"a", "not JSON"),
        (1, b"", "empty"),
        (2, b"b", "not JSON"),
    ]
    assert [one.offset for one in rejects.oldest(fresh_database, 1)] == [0]
    empty = Chosen(reason="empty")
    assert [one.offset for one in rejects.oldest(fresh_database, 10, empty)] == [1]
    [first, second] = rejects.reasons(fresh_database)
    assert (first.reason, first.messages, first.example) == ("not JSON", 2, listed[2].id)
    assert (second.reason, second.messages, second.example) == ("empty", 1, listed[1].id)
    assert first.first_at == listed[0].rejected_at
    assert abs((datetime.now(UTC) - first.last_at).total_seconds()) < 60


def test_a_reject_is_shown_whole(fresh_database, store_all):
    message = made.Message(b"\x00poison", 0, key=b"k", headers=[("source", b"yf")])
    store_all([message])
    [listed] = rejects.oldest(fresh_database, 1)
    shown = rejects.show(fresh_database, listed.id)
    assert shown == listed
    assert (shown.key, shown.value, shown.source) == (b"k", b"\x00poison", "yf")


def test_a_reject_that_is_not_there_is_an_error(fresh_database):
    with pytest.raises(UsageError, match="no rejected message 7"):
        rejects.show(fresh_database, 7)


def test_a_replay_after_the_fault_is_fixed_stores_all_and_empties_the_list(
    fresh_database, store_all, query
):
    forbid(query)
    store_all([*refused(0, 1), made.trade(2)])
    fix(query)
    advanced = []
    assert rejects.replay(fresh_database, advance=advanced.append) == rejects.Replayed(2, 0)
    assert advanced == [2]
    assert left(query) == []
    assert ids(query) == [0, 1, 2]
    assert query("select count(*) from market.trades where price = 666") == [(2,)]


def test_a_replay_keeps_messages_that_still_cannot_be_stored(fresh_database, store_all, query):
    forbid(query)
    query("alter table market.trades add constraint another_rule check (symbol <> 'MSFT')")
    store_all([b"poison", *refused(1), made.trade(2, symbol="MSFT"), *refused(3)])
    fix(query)
    kept = 'select id, reason, detail, rejected_at from ops.rejects where "offset" in (0, 2)'
    before = query(kept)
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=2, left=2)
    assert left(query) == [0, 2]
    assert query(kept) == before
    assert ids(query) == [1, 3]
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=0, left=2)


def test_a_replay_of_one_reason_leaves_the_others(fresh_database, store_all, query):
    forbid(query)
    store_all([b"poison", *refused(1)])
    fix(query)
    assert rejects.replay(fresh_database, Chosen(reason="not JSON")) == rejects.Replayed(0, 1)
    refusals = Chosen(reason="refused by the database")
    assert rejects.replay(fresh_database, refusals) == rejects.Replayed(1, 0)
    assert left(query) == [0]


def test_a_replayed_trade_that_is_stored_already_is_stored_once(fresh_database, store_all, query):
    forbid(query)
    store_all([*refused(0, 0, 1)])
    fix(query)
    store_all([made.trade(1)], topic="other")
    assert rejects.replay(fresh_database).stored == 3
    assert ids(query) == [0, 1]


def test_a_replayed_message_has_its_header(fresh_database, store_all, query):
    query("alter table market.trades add constraint house_rule check (size > 2)")
    store_all([made.Message(LEGACY, 4097, headers=[("source", b"yfinance")])])
    fix(query)
    rejects.replay(fresh_database)
    assert query("select source from market.trades") == [("yfinance",)]


def test_a_replay_is_a_batch_without_offsets(fresh_database, store_all, query):
    forbid(query)
    store_all([b"poison", *refused(0, 1)])
    fix(query)
    rejects.replay(fresh_database)
    assert query(
        "select distinct offsets, messages, stored, rejected, trades, seconds < 60"
        " from ops.load_batches inner join market.trades on id = batch"
    ) == [({}, 2, 2, 0, 2, True)]


def test_a_message_below_the_floor_is_not_replayed(fresh_database, store_all, query):
    forbid(query)
    store_all(refused(0, 7))
    fix(query)
    query(
        "update ops.retention_floors set floor_ts = '2026-02-27T12:00:05Z'"
        " where relation = 'trades'"
    )
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=1, left=1)
    assert (left(query), ids(query)) == ([0], [7])


@pytest.mark.apache
def test_a_replay_logs_the_minutes_that_it_changes(fresh_database, store_all, query):
    forbid(query)
    store_all(refused(0))
    fix(query)
    rejects.replay(fresh_database)
    assert query("select symbol, since from ops.candle_changes") == [
        (None, datetime(2026, 2, 27, 12, tzinfo=UTC))
    ]


def test_a_replay_that_is_interrupted_neither_loses_nor_duplicates(
    fresh_database, store_all, query, monkeypatch
):
    monkeypatch.setattr(rejects, "PAGE", 10)
    forbid(query)
    store_all([*refused(*range(25)), LEGACY])
    query("alter table market.trades drop constraint house_rule")
    pages = []

    def interrupt(done):
        pages.append(done)
        if len(pages) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rejects.replay(fresh_database, advance=interrupt)
    assert left(query) == list(range(20, 25))
    assert rejects.replay(fresh_database) == rejects.Replayed(5, 0)
    assert query("select count(*), count(distinct tick_id) from market.trades") == [(26, 25)]


def test_a_replay_whose_connection_is_cut_stores_nothing_of_its_page(
    fresh_database, store_all, query
):
    forbid(query)
    store_all(refused(0, 1, 2))
    fix(query)
    with (
        ThreadPoolExecutor(1) as threads,
        psycopg.connect(fresh_database) as blocker,
    ):
        # rejects are deleted after their trades are inserted: here it is between the two
        blocker.execute("lock table ops.rejects in share mode")
        replaying = threads.submit(rejects.replay, fresh_database)
        pid = waiting(query)
        query("select pg_terminate_backend(%s)", pid)
        assert replaying.exception(30) is not None
    assert (left(query), ids(query)) == ([0, 1, 2], [])
    assert rejects.replay(fresh_database).stored == 3
    assert ids(query) == [0, 1, 2]


def age(query, days, offset):
    """Sets when the message at an offset was rejected."""
    query(
        "update ops.rejects set rejected_at = now() - %s * interval '1 day' where \"offset\" = %s",
        days,
        offset,
    )


def test_rejects_are_chosen_by_topic_and_by_time(fresh_database, store_all, query):
    store_all([b"a", b"b"])
    store_all([b"c"], topic="other")
    age(query, 3, 1)
    now = datetime.now(UTC)

    def values(**chosen):
        return [one.value for one in rejects.oldest(fresh_database, 10, Chosen(**chosen))]

    assert values(topic="other") == [b"c"]
    assert values(topic="t", until=now - timedelta(days=2)) == [b"b"]
    assert values(since=now - timedelta(days=2)) == [b"a", b"c"]
    assert values(since=now - timedelta(days=4), until=now - timedelta(days=3.5)) == []
    [reason] = rejects.reasons(fresh_database, Chosen(topic="t"))
    assert reason.messages == 2


def test_a_purge_deletes_what_is_older_and_nothing_else(
    fresh_database, store_all, query, monkeypatch
):
    monkeypatch.setattr(purge, "PAGE", 2)
    store_all([b"a", b"b", b"", b"c", b"d", b"e"])
    for offset in (0, 2, 3, 4):
        age(query, 31, offset)
    age(query, 29, 5)
    before = purge.age_limit(fresh_database, timedelta(days=30))
    assert abs((datetime.now(UTC) - timedelta(days=30) - before).total_seconds()) < 60
    advanced = []
    chosen = Chosen(reason="not JSON", until=before)
    assert purge.purge(fresh_database, chosen, advanced.append) == 3
    assert advanced == [2, 1]
    assert left(query) == [1, 2, 5]
    assert purge.purge(fresh_database, chosen) == 0
    assert purge.purge(fresh_database, Chosen(until=before, topic="other")) == 0
    assert purge.purge(fresh_database, Chosen(until=before)) == 1
    assert left(query) == [1, 5]


def test_a_purge_leaves_to_a_replay_what_it_stores_at_the_same_time(
    fresh_database, store_all, query
):
    forbid(query)
    store_all(refused(0, 1))
    fix(query)
    for offset in (0, 1):
        age(query, 2, offset)
    before = purge.age_limit(fresh_database, timedelta(days=1))
    with (
        ThreadPoolExecutor(2) as threads,
        psycopg.connect(fresh_database) as blocker,
    ):
        # the replay has deleted its rejects when it adds its batch, and has not committed yet
        blocker.execute("lock table ops.load_batches in share mode")
        replaying = threads.submit(rejects.replay, fresh_database)
        waiting(query)
        purging = threads.submit(purge.purge, fresh_database, Chosen(until=before))
        support.wait_until(
            lambda: (
                query(
                    "select count(*) from pg_stat_activity "
                    "where datname = current_database() and wait_event_type = 'Lock'"
                )
                == [(2,)]
            ),
            "both waiting",
        )
        blocker.rollback()
        assert replaying.result(30).stored == 2
        assert purging.result(30) == 0
    assert (left(query), ids(query)) == ([], [0, 1])


def waiting(query):
    """Returns the process id of the one session that waits for a lock."""
    found = []

    def look():
        found[:] = query(
            "select pid from pg_stat_activity "
            "where datname = current_database() and wait_event_type = 'Lock'"
        )
        return len(found) == 1

    support.wait_until(look, "a session waiting for a lock")
    return found[0][0]


def test_two_replays_at_once_store_every_message_once(fresh_database, store_all, query):
    forbid(query)
    values = [*refused(*range(5)), LEGACY.replace(b"1.5", b"666"), LEGACY.replace(b"1.5", b"666")]
    store_all(values)
    fix(query)
    with (
        ThreadPoolExecutor(2) as threads,
        psycopg.connect(fresh_database) as blocker,
    ):
        blocker.execute("lock table market.trades in access exclusive mode")
        first = threads.submit(rejects.replay, fresh_database)
        waiting(query)
        second = threads.submit(rejects.replay, fresh_database)
        support.wait_until(
            lambda: (
                query(
                    "select count(*) from pg_stat_activity "
                    "where datname = current_database() and wait_event_type = 'Lock'"
                )
                == [(2,)]
            ),
            "both waiting",
        )
        blocker.rollback()
        outcomes = [replaying.exception(30) for replaying in (first, second)]
    [error] = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(error, UsageError)
    assert "another replay is running" in str(error)
    assert left(query) == []
    assert query("select count(*) from market.trades") == [(7,)]


@pytest.mark.parametrize(
    "call",
    [
        lambda url: rejects.reasons(url),
        lambda url: rejects.oldest(url, 5),
        lambda url: rejects.show(url, 1),
        lambda url: rejects.replay(url),
        lambda url: purge.purge(url, Chosen(until=datetime.now(UTC))),
    ],
    ids=["reasons", "oldest", "show", "replay", "purge"],
)
def test_a_database_without_the_schema_says_what_to_run(template, empty_database, call):
    with pytest.raises(DatabaseRefused, match="stockpulse migrate"):
        call(empty_database)
