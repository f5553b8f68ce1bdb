"""Downloads from a fake venue: the state of each hour, and the messages that were published."""

import json
import threading
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from db.errors import UsageError
from ingest.download import planner
from ingest.download.planner import Wanted
from ingest.download.run import Order, download
from ingest.loader.run import load
from ingest.sources import dukascopy
from tests import support
from tests.fakes import dukascopy as fake
from tests.fakes.dukascopy import as_json, ticks_of
from tests.ingest.download.clocks import FakeTime

HOUR = timedelta(hours=1)
TEN = datetime(2026, 2, 26, 10, tzinfo=UTC)  # a Thursday
NOON = TEN + 2 * HOUR
EURO, BITCOIN = "DUKASCOPY:EUR/USD", "DUKASCOPY:BTC/USD"


@pytest.fixture
def fetch(kafka_settings, fresh_database, topic, address, fake_time):
    """Downloads EUR/USD from 10:00 to 13:00."""

    def run(stop=None, **changes):
        order = {
            "symbols": ("EUR/USD",),
            "since": TEN,
            "until": TEN + 3 * HOUR,
            "url": f"{address}/v1",
            "metadata_url": f"{address}/v1",
            "topic": topic,
            **changes,
        }
        if order.get("form") == "bi5":
            order["url"] = f"{address}/datafeed"
        return download(
            kafka_settings,
            fresh_database,
            Order(**order),
            stop or threading.Event(),
            lambda *_: nullcontext(lambda _hours: None),
            fake_time.clock,
        )

    return run


@pytest.fixture
def states(query):
    """Returns the state of each hour of EUR/USD, by its number."""

    def read(symbol=EURO):
        rows = query(
            "select extract(hour from hour)::int, state from ops.download_hours where symbol = %s"
            " order by hour",
            symbol,
        )
        return dict(rows)

    return read


@pytest.fixture
def published(read_topic, topic):
    """Returns the ids of the topic's ticks, and the ends of its hours by time."""

    def read():
        messages = [json.loads(record.value) for record in read_topic(topic)]
        ids = [each["dedupe_id"] for each in messages if each["kind"] == "quote"]
        ends = [each for each in messages if each["kind"] == "batch_end"]
        return ids, sorted(ends, key=lambda end: end["since"])

    return read


@pytest.fixture
def stored(kafka_settings, fresh_database, topic, query):
    """Loads the topic and returns how many quotes each hour has."""

    def read():
        settings = type(kafka_settings)(
            bootstrap_servers=kafka_settings.bootstrap_servers,
            database_url=fresh_database,
            topics=(topic,),
            group=support.unique("group"),
        )
        load(settings, threading.Event(), until_end=True)
        assert query("select reason, detail from ops.rejects") == []
        return query(
            "select symbol, extract(hour from ts)::int, count(*)::int from market.quotes"
            " group by 1, 2 order by 1, 2"
        )

    return read


def test_hours_are_published_once_and_done(fetch, states, published, venue):
    report = fetch()
    assert (report.hours, report.ticks, report.failures) == (3, 60, [])
    assert states() == {10: "done", 11: "done", 12: "done"}
    again = fetch()
    assert (again.hours, again.ticks) == (0, 0)
    assert set(venue.hours_asked.values()) == {1}
    ids, ends = published()
    assert len(ids) == len(set(ids)) == 60
    assert [(end["rows"], end["since"][11:13], "replace" in end) for end in ends] == [
        (20, "10", False),
        (20, "11", False),
        (20, "12", False),
    ]


def test_both_forms_give_the_same_ticks(fetch, published, query):
    fetch()
    first, _ = published()
    query("delete from ops.download_hours")
    fetch(form="bi5")
    both, ends = published()
    assert sorted(both[:60]) == sorted(both[60:]) == sorted(first)
    assert len(ends) == 6


def test_a_longer_range_asks_only_for_the_other_hours(fetch, venue):
    fetch()
    report = fetch(since=TEN - HOUR, until=TEN + 5 * HOUR)
    assert report.hours == 3
    assert set(venue.hours_asked.values()) == {1}


def test_hours_are_claimed_in_turn_of_the_symbols_the_oldest_first(fresh_database):
    wanted = Wanted([EURO, BITCOIN], TEN, TEN + 3 * HOUR)
    with (
        planner.opened(fresh_database, wanted) as first,
        planner.opened(fresh_database, wanted) as second,
    ):
        for symbol in (EURO, BITCOIN):
            first.plan(symbol, [TEN, TEN + HOUR, NOON])
        claims = [first.claim(3, NOON), second.claim(2, NOON), first.claim(9, NOON)]
        assert [[(claim.hour.hour, claim.symbol) for claim in each] for each in claims] == [
            [(10, BITCOIN), (10, EURO), (11, BITCOIN)],
            [(11, EURO), (12, BITCOIN)],
            [(12, EURO)],
        ]
        assert first.claim(9, NOON) == []


def test_closed_hours_are_not_asked_for(fetch, venue, states):
    saturday = datetime(2026, 2, 28, tzinfo=UTC)
    fetch(since=saturday, until=saturday + 24 * HOUR)
    assert states() == {}
    assert not venue.hours_asked


def test_a_holiday_is_expected_to_be_empty(fetch, venue, states, published):
    begin, end = (int(at.timestamp()) * 1000 for at in (NOON, NOON + HOUR))
    venue.add("EUR/USD", 5, holidays=[{"from": begin, "till": end}])
    venue.answers["EURUSD", NOON] = [fake.EMPTY]
    fetch()
    assert states() == {10: "done", 11: "done", 12: "empty_expected"}
    assert [end["rows"] for end in published()[1]] == [20, 20, 0]


@pytest.mark.parametrize(
    "form, answer",
    [
        ("json", fake.EMPTY),
        ("bi5", fake.ZERO),
        ("json", fake.MISSING),
        ("json", fake.NO_HISTORY),
    ],
)
def test_an_empty_hour_is_believed_after_a_week(
    fetch, venue, states, published, query, fake_time, form, answer
):
    venue.answers["EURUSD", NOON] = [answer]
    for hours in (1, 6, 24, 168):
        fetch(form=form)
        assert states()[12] == "empty_suspect"
        [(due,)] = query("select next_try_at from ops.download_hours where hour = %s", NOON)
        wait = (due - fake_time.now()).total_seconds()
        assert wait == pytest.approx(hours * 3600, abs=60)
        fake_time.seconds += wait - 60
        fetch(form=form)
        fake_time.seconds = (due - fake_time.start).total_seconds()
    fetch(form=form)
    assert states()[12] == "empty_confirmed"
    assert venue.hours_asked["EURUSD", NOON] == 5
    assert [end["rows"] for end in published()[1]] == [20, 20, 0]


def test_a_suspect_hour_that_has_ticks_after_all_is_done(fetch, venue, states, fake_time):
    venue.answers["EURUSD", NOON] = [fake.EMPTY, fake.GOOD]
    fetch()
    fake_time.seconds += 3601
    fetch()
    assert states()[12] == "done"


def test_an_hour_that_is_not_there_yet_is_asked_for_later(fetch, venue, states, fake_time):
    fake_time.start = NOON + HOUR + timedelta(minutes=30)
    venue.answers["EURUSD", NOON] = [fake.MISSING, fake.GOOD]
    fetch()
    assert states()[12] == "not_yet"
    fake_time.seconds += 16 * 60
    fetch()
    assert states()[12] == "done"


def test_an_hour_that_has_not_ended_is_not_asked_for(fetch, states, fake_time):
    fake_time.start = NOON + timedelta(minutes=30)
    fetch(until=NOON + timedelta(minutes=20))
    assert states() == {10: "done", 11: "done"}


@pytest.mark.parametrize("fault", [fake.BUSY, fake.SERVER_ERROR, fake.PAGE])
def test_an_hour_that_fails_five_times_is_left_for_the_next_download(
    fetch, venue, states, fake_time, fault
):
    venue.answers["EURUSD", NOON] = [fault] * 5 + [fake.GOOD]
    report = fetch()
    assert states() == {10: "done", 11: "done", 12: "retry"}
    [failure] = report.failures
    assert failure.startswith(f"{EURO} 2026-02-26 12:00: ")
    fake_time.seconds += 16 * 60
    assert fetch().failures == []
    assert states()[12] == "done"


def test_a_venue_that_always_fails_is_left_alone(fetch, venue, states):
    venue.answers.default_factory = lambda: [fake.BUSY]
    report = fetch(until=TEN + 12 * HOUR)
    assert report.given_up
    assert sum(venue.hours_asked.values()) < 50
    assert set(states().values()) <= {"planned", "retry"}


@pytest.mark.parametrize("fault", [fake.TRUNCATED, fake.GARBAGE])
@pytest.mark.parametrize("form", ["json", "bi5"])
def test_a_corrupt_hour_is_fetched_once_more_and_its_bytes_are_kept(
    fetch, venue, states, query, published, fault, form
):
    venue.answers["EURUSD", NOON] = [fault]
    report = fetch(form=form)
    assert states() == {10: "done", 11: "done", 12: "corrupt"}
    assert venue.hours_asked["EURUSD", NOON] == 2
    assert [failure[:40] for failure in report.failures] == [f"{EURO} 2026-02-26 12:00: corr"]
    [(body,)] = query("select body from ops.download_hours where state = 'corrupt'")
    assert body
    assert len(published()[0]) == 40


def test_a_corrupt_hour_that_comes_whole_the_second_time_is_done(fetch, venue, states, query):
    venue.answers["EURUSD", NOON] = [fake.TRUNCATED, fake.GOOD]
    assert fetch().failures == []
    assert states()[12] == "done"
    assert query("select count(*) from ops.download_hours where body is not null") == [(0,)]


def test_a_revised_hour_replaces_its_ticks(fetch, venue, states, published, stored, query):
    fetch()
    assert stored() == [(EURO, 10, 20), (EURO, 11, 20), (EURO, 12, 20)]
    venue.revise("EURUSD", NOON)
    venue.count = 15
    venue.ticks = lambda folder, hour: ticks_of(
        folder, hour, 15 if hour == NOON else 20, venue.revisions[folder, hour]
    )
    report = fetch(recheck=True)
    assert (report.hours, report.replaced, report.unchanged) == (1, 1, 2)
    assert states() == {10: "done", 11: "done", 12: "done"}
    assert stored() == [(EURO, 10, 20), (EURO, 11, 20), (EURO, 12, 15)]
    wanted = {str(tick.bid) for tick in ticks_of("EURUSD", NOON, 15, 1)}
    got = query("select distinct (bid * 100000)::int::text from market.quotes where ts >= %s", NOON)
    assert {bid for (bid,) in got} == wanted


def test_replace_publishes_every_hour_again(fetch, stored):
    fetch()
    report = fetch(replace=True)
    assert (report.hours, report.replaced) == (3, 3)
    assert stored() == [(EURO, 10, 20), (EURO, 11, 20), (EURO, 12, 20)]


def test_a_recheck_that_finds_an_hour_empty_keeps_its_ticks(fetch, venue, states, stored):
    fetch()
    venue.answers["EURUSD", NOON] = [fake.EMPTY]
    fetch(recheck=True)
    assert states()[12] == "empty_suspect"
    assert stored() == [(EURO, 10, 20), (EURO, 11, 20), (EURO, 12, 20)]


def test_a_recheck_that_was_interrupted_goes_on(fetch, venue, query):
    fetch()
    query("update ops.download_hours set next_try_at = hour where hour = %s", NOON)
    assert fetch().unchanged == 1
    assert Counter(venue.hours_asked.values()) == {1: 2, 2: 1}


def test_an_hour_that_was_cut_short_is_replaced_by_the_next_download(fetch, query, published):
    fetch()
    query(
        "update ops.download_hours set state = 'planned', sha256 = null,"
        " next_try_at = hour where hour = %s",
        NOON,
    )
    assert fetch().replaced == 1
    assert published()[1][-1]["replace"] is True


def test_downloads_at_the_same_time_share_the_hours(fetch, venue, published):
    reports = []
    threads = [
        threading.Thread(target=lambda: reports.append(fetch(until=TEN + 10 * HOUR)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.hours for report in reports) == 10
    assert set(venue.hours_asked.values()) == {1}
    assert len(published()[0]) == 200


def test_hours_of_a_download_that_lost_its_session_are_free(fetch, fresh_database, venue, query):
    """The session is another one, which holds no lock of a download."""
    venue.answers["EURUSD", NOON] = [fake.HANGING, fake.GOOD]
    stop = threading.Event()
    thread = threading.Thread(target=lambda: fetch(stop))
    thread.start()
    assert venue.waiting.wait(30)
    claimed = "select count(*) from ops.download_hours where claimed_by is not null"
    support.wait_until(lambda: query(claimed) == [(1,)], "the other hours are done")
    assert fetch().hours == 0  # it is worked on
    stop.set()
    thread.join()
    assert query(claimed) == [(1,)]
    assert fetch().hours == 1
    assert query(claimed) == [(0,)]


def test_files_are_kept_as_they_came(fetch, tmp_path: Path):
    fetch(directory=tmp_path)
    file = tmp_path / "EURUSD/2026/01/26/12h_ticks.json"
    assert file.read_bytes() == as_json(ticks_of("EURUSD", NOON), NOON)
    assert len(dukascopy.find(tmp_path)[0]) == 3
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_a_directory_that_cannot_be_written_is_named(fetch, tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(UsageError, match=r"12h_ticks\.json cannot be written: Not a directory"):
        fetch(directory=file, since=NOON)


def test_an_instrument_gets_what_is_known_of_it_and_keeps_what_people_have_set(fetch, venue, query):
    query("insert into market.instruments (symbol, asset_class, calendar) values (%s, 'x', 'Y')",
          BITCOIN)  # fmt: skip
    venue.add("BTC/USD", 1)
    fetch(symbols=("EUR/USD", "BTC/USD"))
    rows = query(
        "select symbol, asset_class, base, quote, price_scale, calendar from market.instruments"
        " order by symbol"
    )
    assert rows == [
        (BITCOIN, "x", "BTC", "USD", 1, "Y"),
        (EURO, "fx", "EUR", "USD", 5, "FX"),
    ]


@pytest.mark.parametrize(
    "changes, text",
    [
        ({"symbols": ()}, "no symbol"),
        ({"symbols": ("GOLD",)}, "'GOLD' is not an instrument"),
        ({"symbols": ("EUR/USD", "ABC/XYZ")}, "Dukascopy has no instrument ABC/XYZ"),
        ({"since": TEN + 3 * HOUR}, "is not before until"),
        ({"until": datetime(2026, 12, 1, tzinfo=UTC)}, "is in the future"),
    ],
)
def test_a_wrong_order_is_refused_before_an_hour_is_asked_for(fetch, venue, states, changes, text):
    with pytest.raises(UsageError, match=text):
        fetch(**changes)
    assert states() == {}
    assert not venue.hours_asked


def test_the_table_knows_no_other_state(query):
    with pytest.raises(psycopg.errors.CheckViolation):
        query("insert into ops.download_hours (source, symbol, hour, state)"
              " values ('a', 'b', now(), 'other')")  # fmt: skip


def test_time_is_not_waited_for(fake_time: FakeTime, fetch):
    fetch()
    assert fake_time.seconds < 60
