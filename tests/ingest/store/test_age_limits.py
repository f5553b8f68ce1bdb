"""Events that the next run of the retention would drop are refused until they are kept."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from ingest.batch.age import AgeLimit
from ingest.formats.times import rfc3339
from ingest.store import age_limits, rejects
from tests.ingest import made
from tests.ingest.amended import cancel, correction

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
FIRST = TODAY - timedelta(days=90)  # the oldest day that is kept
KEEP = "update ops.lifecycle set keep = '90 days' where relation = 'trades'"
KEEP_ALL = "update ops.lifecycle set keep = null"
SENTENCE = (
    f"trades before {FIRST:%Y-%m-%d} are not kept: market.trades keeps 90 days;"
    " stockpulse lifecycle set trades --keep forever"
)


def tick(number, seconds=0, **changes):
    """Returns a trade so many seconds after the oldest day that is kept begins."""
    return made.trade(number, event_time=rfc3339(FIRST + timedelta(seconds=seconds)), **changes)


def rejected(query):
    return query("select reason, detail from ops.rejects order by id")


@pytest.fixture
def kept(query):
    query(KEEP)


@pytest.fixture
def store_all(store):
    """Stores messages of today as a batch."""
    store.add_offsets(("t", 0), 0, "cluster", None)
    offsets = itertools.count()

    def put(values):
        messages = [made.Message(value, next(offsets)) for value in values]
        return store.store(made.batch(messages, now=datetime.now(UTC)))

    return put


@pytest.mark.parametrize("flags", [None, ["backfill"]], ids=["live", "backfill"])
def test_what_the_retention_would_drop_is_refused(kept, store_all, query, flags):
    stored = store_all([tick(1, -0.000001, flags=flags), tick(2, 0, flags=flags), made.recent(3)])
    assert (stored.rows, stored.rejects) == (2, {"too late": 1})
    assert stored.too_late == {SENTENCE: 1}
    time = rfc3339(FIRST - timedelta(microseconds=1))
    assert rejected(query) == [("too late", f"{time}: {SENTENCE}")]


def test_quotes_that_are_kept_for_ever_are_taken(kept, store_all):
    quote = made.quote(event_time="2019-01-02T00:00:00Z")
    assert store_all([quote, made.recent(1)]).rows == 2


def test_amendments_of_what_the_retention_would_drop_are_refused(kept, store_all, query):
    time = rfc3339(FIRST - timedelta(seconds=1))
    stored = store_all([correction(1, event_time=time), cancel(2, event_time=time)])
    assert stored.too_late == {SENTENCE: 2}
    assert query("select count(*) from ops.amendments") == [(0,)]


def test_a_setting_counts_from_the_next_batch_on(kept, store_all, query):
    assert store_all([tick(1, -1)]).rows == 0
    query(KEEP_ALL)
    assert store_all([tick(2, -1)]).rows == 1
    query(KEEP)
    assert store_all([tick(3, -1)]).rows == 0


def test_what_was_refused_is_stored_by_a_replay_once_it_is_kept(
    kept, store_all, query, fresh_database
):
    store_all([tick(1, -1), tick(2, 1)])
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=0, left=1)
    query(KEEP_ALL)
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=1, left=0)
    assert query("select tick_id from market.trades order by 1") == [("1",), ("2",)]


def test_the_limits_of_a_database_are_told_to_its_publishers(kept, fresh_database):
    limits = age_limits.of(fresh_database)
    assert limits == {"trade": AgeLimit(rfc3339(FIRST), SENTENCE)}


def test_only_restored_days_of_the_archive_are_taken_until_they_are_released(
    kept, store_all, query, fresh_database
):
    day, days = FIRST - timedelta(days=10), timedelta(days=1)
    query(
        "update ops.retention_floors set floor_ts = %s, archived = tstzmultirange(tstzrange(%s, %s))"
        " where relation = 'trades'",
        FIRST, FIRST - timedelta(days=20), FIRST,
    )  # fmt: skip
    times = [day - timedelta(microseconds=1), day, day + days - timedelta(microseconds=1), day + days]
    messages = [made.trade(n, event_time=rfc3339(time)) for n, time in enumerate(times)]
    messages.append(cancel(9, event_time=rfc3339(day)))
    assert store_all(messages).rows == 0
    [(sentence,)] = query("select sentence from ops.age_limits")
    assert sentence.endswith("stockpulse restore DAY brings back a day that the archive has")
    assert ("too late", f"{rfc3339(day)}: {sentence}") in rejected(query)
    query("insert into ops.restored_days (relation, day) values ('trades', %s)", day.date())
    limit = age_limits.of(fresh_database)["trade"]
    assert [limit.refuses(rfc3339(time)) for time in times] == [True, False, False, True]
    stored = store_all(messages)
    assert (stored.rows, stored.rejects) == (2, {"too late": 2})
    assert query("select count(*) from ops.amendments") == [(1,)]
    query("delete from ops.restored_days")
    assert store_all(messages).rejects == {"too late": 5}
