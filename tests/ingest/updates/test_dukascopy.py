"""The history of Dukascopy over weeks: which hours a run asks for, and what it leaves."""

import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from db.connect import DatabaseAway
from db.errors import UsageError
from ingest.download.run import check
from ingest.updates import ledger
from ingest.updates.run import Ran
from tests import support
from tests.fakes import dukascopy as fake
from tests.ingest.updates.conftest import HOUR, Killed

DAY = timedelta(days=1)
BITCOIN, EURO = "DUKASCOPY:BTC/USD", "DUKASCOPY:EUR/USD"
# The clock starts on Saturday, 2026-10-31 20:00: the newest slot is 19:10.
SINCE = datetime(2026, 10, 31, 8, tzinfo=UTC)
FIRST_END = datetime(2026, 10, 31, 17, tzinfo=UTC)  # two hours before the slot
BUSY = "select count(*) from pg_locks where locktype = 'advisory' and classid = %s"


@pytest.fixture
def runs(query):
    """Returns kind, state and result of each run, in the order of their slots."""
    return lambda: query("select kind, state, result from ops.update_runs order by slot, kind")


@pytest.fixture
def hours(query):
    """Returns how many hours of a symbol have each state."""

    def read(symbol=BITCOIN):
        return dict(
            query(
                "select state, count(*)::int from ops.download_hours where symbol = %s group by 1",
                symbol,
            )
        )

    return read


@pytest.fixture
def ends(read_topic, topic):
    """Returns how often each hour was published, by symbol and time."""

    def read():
        messages = [json.loads(record.value) for record in read_topic(topic)]
        found = [each for each in messages if each["kind"] == "batch_end"]
        return Counter((each["symbol"], datetime.fromisoformat(each["since"])) for each in found)

    return read


def sentences(ran: list[Ran] | None) -> list[str]:
    assert ran is not None
    return [f"{one.kind}: {one.result}" for one in ran]


def hours_of(since: datetime, until: datetime) -> set[datetime]:
    return {since + number * HOUR for number in range(int((until - since) / HOUR))}


def test_the_first_run_brings_all_hours_and_the_others_find_nothing(update, hours, venue):
    assert sentences(update(SINCE)) == [
        "hourly: 18 ticks of 9 hours published",
        "sweep: 0 ticks of 0 hours published",
        "revisions: 0 ticks of 0 hours published",
    ]
    assert hours() == {"done": 9}
    assert {hour for _, hour in venue.hours_asked} == hours_of(SINCE, FIRST_END)
    assert update(SINCE) == []


def test_each_hour_brings_one_more(update, venue, fake_time, ends):
    update(SINCE)
    for _ in range(3):
        fake_time.seconds += 3600
        assert sentences(update(SINCE)) == ["hourly: 2 ticks of 1 hours published"]
    assert set(venue.hours_asked.values()) == {1}
    assert ends() == dict.fromkeys(
        ((BITCOIN, hour) for hour in hours_of(SINCE, FIRST_END + 3 * HOUR)), 1
    )


def test_after_a_week_of_downtime_one_run_brings_the_week(update, venue, fake_time, runs):
    update(SINCE)
    fake_time.seconds += 7 * 86400
    assert sentences(update(SINCE))[0] == "hourly: 336 ticks of 168 hours published"
    assert [kind for kind, _, _ in runs()].count("hourly") == 2
    rechecked = {hour for (_, hour), count in venue.hours_asked.items() if count > 1}
    assert rechecked == hours_of(SINCE, FIRST_END)  # before the Sunday of the revisions


def test_what_was_downloaded_by_hand_hides_no_hour_before_it(update, query, hours):
    query(
        "insert into ops.download_hours (source, symbol, hour, state, rows)"
        " values ('dukascopy', %s, %s, 'done', 2)",
        BITCOIN,
        FIRST_END - HOUR,
    )
    assert sentences(update(SINCE))[0] == "hourly: 16 ticks of 8 hours published"
    assert hours() == {"done": 9}


def test_a_symbol_that_is_added_gets_its_history(update, venue, fake_time):
    update(SINCE)
    venue.add("ETH/USD", 1)
    ran = update(SINCE, symbols=("BTC/USD", "ETH/USD"))
    assert sentences(ran)[0] == "hourly: 18 ticks of 9 hours published"
    fake_time.seconds += 3600
    ran = update(SINCE, symbols=("ETH/USD", "BTC/USD"))
    assert sentences(ran) == ["hourly: 4 ticks of 2 hours published"]
    assert set(venue.hours_asked.values()) == {1}


def test_an_earlier_start_gets_the_hours_before(update, venue, fake_time):
    update(SINCE)
    fake_time.seconds += 3600
    assert sentences(update(SINCE - DAY)) == ["hourly: 50 ticks of 25 hours published"]
    assert set(venue.hours_asked.values()) == {1}


def test_a_long_history_comes_piece_by_piece_the_newest_day_first(update, venue, fake_time):
    """Each pause of the venue's pace takes ten minutes of the clock."""
    sleep = fake_time.clock.sleep

    async def sleep_longer(seconds):
        await sleep(600 if seconds else 0)

    since = FIRST_END - 36 * HOUR
    fake_time.clock = type(fake_time.clock)(
        fake_time.now, lambda: fake_time.seconds, sleep_longer, lambda _low, high: high
    )
    first = update(since)
    assert first[0].state == "done"
    assert "hours left" in first[0].result
    asked = [hour for _, hour in venue.hours_asked]
    assert set(asked[:24]) == hours_of(FIRST_END - 24 * HOUR, FIRST_END)
    while not hours_of(since, FIRST_END) <= {hour for _, hour in venue.hours_asked}:
        fake_time.seconds += 3600
        update(since)
    assert set(venue.hours_asked.values()) == {1}


def test_an_hour_that_is_late_is_asked_for_by_the_next_run(update, venue, fake_time, hours):
    late = FIRST_END - HOUR
    venue.answers["BTCUSD", late] = [fake.MISSING, fake.GOOD]
    update(SINCE)
    assert hours() == {"done": 8, "empty_suspect": 1}
    fake_time.seconds += 3600
    update(SINCE)
    assert hours() == {"done": 9, "empty_suspect": 1} or hours() == {"done": 10}
    fake_time.seconds += 3600
    update(SINCE)
    assert hours() == {"done": 11}


def test_a_revised_hour_is_published_again_by_the_weekly_run(update, venue, fake_time, ends):
    update(SINCE)
    revised = SINCE + 2 * HOUR
    venue.revise("BTCUSD", revised)
    fake_time.seconds += 9 * 3600
    assert sentences(update(SINCE))[2] == (
        "revisions: 2 ticks of 1 hours published, 1 of them replaced"
    )
    assert {key: count for key, count in ends().items() if count > 1} == {(BITCOIN, revised): 2}


def test_revisions_that_were_killed_go_on_where_they_were(update, venue, fake_time, killer, runs):
    since = SINCE - 16 * HOUR
    update(since)
    fake_time.seconds += 9 * 3600
    killer.after = 9 + 5  # of the hourly run, then of the revisions
    with pytest.raises(Killed):
        update(since)
    assert ("revisions", "running", None) in runs()
    before = sum(venue.hours_asked.values())
    update(since)
    again = hours_of(since, FIRST_END)
    assert sum(venue.hours_asked.values()) - before <= len(again) - 5
    assert {venue.hours_asked["BTCUSD", hour] for hour in again} <= {2, 3}


def test_a_venue_that_is_away_is_a_run_that_failed_and_is_tried_again(
    update, venue, fake_time, runs, query
):
    venue.answers.default_factory = lambda: [fake.BUSY]
    ran = update(SINCE)
    assert (ran[0].state, ran[0].result) == ("failed", "Dukascopy refuses or is away")
    [(failures, wait)] = query(
        "select failures, next_at - ended_at from ops.update_runs where kind = 'hourly'"
    )
    assert (failures, wait) == (1, timedelta(minutes=5))
    venue.answers.clear()
    venue.answers.default_factory = lambda: [fake.GOOD]
    assert [one.kind for one in update(SINCE)] == []
    fake_time.seconds += 3600
    assert update(SINCE)[0].state == "done"


def test_a_history_that_the_venue_does_not_have_is_a_run_that_failed(update, runs):
    update(SINCE, symbols=("ABC/XYZ",))
    assert (
        "hourly",
        "failed",
        "Dukascopy has no instrument ABC/XYZ; 0 ticks of 0 hours published",
    ) in runs()


def test_a_symbol_that_the_venue_no_longer_has_leaves_the_others(update, runs, hours):
    update(SINCE, symbols=("ABC/XYZ", "BTC/USD"))
    assert hours() == {"done": 9}
    assert (
        "hourly",
        "failed",
        "Dukascopy has no instrument ABC/XYZ; 18 ticks of 9 hours published",
    ) in runs()


def test_two_tables_of_one_history_both_get_their_hours(update, venue, fake_time):
    venue.add("ETH/USD", 1)
    for _ in range(2):
        for symbols in (("BTC/USD",), ("ETH/USD",)):
            assert update(SINCE, symbols=symbols)
            assert update(SINCE, symbols=symbols) == []
        fake_time.seconds += 3600
    assert set(venue.hours_asked.values()) == {1}
    assert len(venue.hours_asked) == 20


@pytest.mark.parametrize(
    "symbols, text", [((), "no symbol"), (("GOLD",), "'GOLD'"), (("EUR/UDS",), "no instrument EUR")]
)
def test_wrong_symbols_are_found_before_the_first_run(address, venue, symbols, text):
    with pytest.raises(UsageError, match=text):
        check(symbols, f"{address}/v1")


def test_built_in_symbols_are_not_asked_for_and_a_venue_that_is_away_refuses_nothing(
    address, venue
):
    check(("EUR/USD", "BTCUSD"), "http://127.0.0.1:1")
    venue.metadata_status = 503
    check(("ABC/XYZ",), f"{address}/v1")


def test_a_run_that_is_stopped_is_due_at_once(update, venue, runs):
    venue.answers["BTCUSD", SINCE] = [fake.HANGING, fake.GOOD]
    stop = threading.Event()
    thread = threading.Thread(target=lambda: update(SINCE, stop))
    thread.start()
    assert venue.waiting.wait(30)
    stop.set()
    thread.join(5)
    assert [(kind, state) for kind, state, _ in runs()] == [("hourly", "interrupted")]
    assert [one.state for one in update(SINCE)] == ["done", "done", "done"]


def test_a_run_that_loses_its_database_is_due_at_once(update, killer, query, runs, hours, venue):
    killer.after = 2
    killer.act = lambda: query(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and application_name like 'stockpulse %%' and %s",
        True,
    )
    with pytest.raises(DatabaseAway):
        update(SINCE)
    assert [(kind, state) for kind, state, _ in runs()] == [("hourly", "running")]
    assert [one.state for one in update(SINCE)] == ["done", "done", "done"]
    assert hours() == {"done": 9}


def test_one_process_at_a_time_updates_a_history(update, fresh_database, query):
    with ledger.opened(fresh_database, "dukascopy", ["another"]) as other:
        assert other.lock()
        assert update(SINCE) is None
    support.wait_until(
        lambda: query(BUSY, ledger.LOCK_CLASS) == [(0,)], "the other session is gone"
    )
    assert len(update(SINCE)) == 3


def test_an_error_that_nobody_foresaw_is_noted_and_leaves_the_others(update, monkeypatch, runs):
    monkeypatch.setattr("ingest.updates.dukascopy.download", lambda *_: {}["there is none"])
    assert {(one.state, one.result) for one in update(SINCE)[:1]} == {
        ("failed", "KeyError: 'there is none'")
    }


def test_after_days_ahead_the_clock_comes_back_and_hours_are_brought_as_they_appear(
    update, venue, fake_time, hours, ends
):
    update(SINCE)
    fake_time.start += 2 * DAY
    update(SINCE)
    fake_time.start -= 2 * DAY
    for number in range(1, 4):
        fake_time.seconds += 3600
        update(SINCE)
        assert hours()["done"] == 9 + number
    fake_time.seconds += 3 * 86400
    update(SINCE)
    end = FIRST_END + 3 * DAY + 3 * HOUR
    assert hours()["done"] == len(hours_of(SINCE, end))
    assert ends() == dict.fromkeys(((BITCOIN, hour) for hour in hours_of(SINCE, end)), 1)


def test_a_clock_that_goes_back_runs_nothing_twice(update, venue, fake_time):
    fake_time.seconds += 3 * 3600
    update(SINCE)
    fake_time.seconds += 3600
    update(SINCE)
    before = Counter(venue.hours_asked)
    fake_time.start -= HOUR
    assert update(SINCE) == []
    fake_time.start += HOUR
    assert update(SINCE) == []
    assert venue.hours_asked == before


@pytest.mark.parametrize(
    "begin, first_utc, last_utc",
    [
        (datetime(2026, 3, 8, tzinfo=UTC), "2026-03-08T21", "2026-03-13T20"),  # summer time
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-11-01T22", "2026-11-06T21"),  # winter time
    ],
)
def test_a_week_of_currencies_has_120_hours_in_summer_and_winter(
    update, venue, fake_time, begin, first_utc, last_utc
):
    venue.begin = fake_time.start = begin + 6 * DAY + 12 * HOUR  # a Saturday
    update(begin, symbols=("EUR/USD",))
    asked = sorted(f"{hour:%Y-%m-%dT%H}" for _, hour in venue.hours_asked)
    assert (len(asked), asked[0], asked[-1]) == (120, first_utc, last_utc)
    assert set(venue.hours_asked.values()) == {1}


def test_hours_that_the_database_does_not_take_are_not_asked_for(update, venue, query, fake_time):
    query("update ops.lifecycle set keep = '3 days' where child is null")
    [(floor,)] = query("select since from ops.age_limits where relation = 'quotes'")
    now = datetime.now(UTC).replace(minute=30)
    venue.begin = fake_time.start = now
    update(now - 30 * DAY)
    asked = min(hour for _, hour in venue.hours_asked)
    assert floor < asked <= floor + 2 * HOUR


def test_the_table_knows_no_other_state(query):
    with pytest.raises(psycopg.errors.CheckViolation):
        query(
            "insert into ops.update_runs"
            " (history, scope, kind, slot, state, started_at, next_at, symbols)"
            " values ('a', '', 'b', now(), 'other', now(), now(), '{}')"
        )
