"""Histories kept up to date by `stockpulse update` and `stockpulse feed`, as a user meets them."""

import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.updates import ledger
from stack.venue.kraken import KrakenVenue
from stack.venue.thread import running as serving_kraken
from tests import support
from tests.cli.conftest import finished, interrupted
from tests.cli.test_errors import NOWHERE, check_error
from tests.fakes import dukascopy as fake
from tests.fakes.dukascopy import FakeDukascopy, serving

HOUR = timedelta(hours=1)
BITCOIN = "DUKASCOPY:BTC/USD"
DONE = "select count(*) from ops.download_hours where state = 'done'"
RUNS = "select kind, state from ops.update_runs order by kind"


def last_end() -> datetime:
    """The end of the newest hour that is asked for now."""
    hour = (datetime.now(UTC) - timedelta(minutes=10)).replace(minute=0, second=0, microsecond=0)
    return hour - 2 * HOUR


@pytest.fixture
def since() -> datetime:
    """Ten hours that are asked for begin here; eleven if the test lasts over ten past the hour."""
    return last_end() - 10 * HOUR


@pytest.fixture
def venue() -> FakeDukascopy:
    made = FakeDukascopy(count=20)
    made.add("BTC/USD", 1)
    return made


@pytest.fixture
def address(venue) -> Iterator[str]:
    with serving(venue) as url:
        yield url


@pytest.fixture
def accepted(environ, address) -> dict[str, str]:
    """An environment in which the terms are accepted and the venue is the fake."""
    return {
        **environ,
        "STOCKPULSE_DUKASCOPY_TERMS": "accepted",
        "STOCKPULSE_DUKASCOPY_JSON_URL": f"{address}/v1",
    }


Configure = Callable[..., tuple[str, str]]


@pytest.fixture
def configure(tmp_path: Path, topic, since) -> Configure:
    """Writes feeds.toml and returns the option that names it."""

    def write(*others: str, table: str = "dukascopy", symbols: str = '["BTC/USD"]', **options: str):
        values = {"symbols": symbols, "since": since.isoformat(), "topic": f'"{topic}"', **options}
        lines = [f"{name} = {text}" for name, text in values.items() if text]
        file = tmp_path / "feeds.toml"
        file.write_text("\n".join([f"[history.{table}]", *lines, *others]))
        return "--config", str(file)

    return write


@pytest.fixture
def published(read_topic, topic) -> Callable[[], list[str]]:
    """Returns the ids of the topic's ticks."""

    def read() -> list[str]:
        messages = [json.loads(record.value) for record in read_topic(topic)]
        return [each["dedupe_id"] for each in messages if each["kind"] == "quote"]

    return read


def test_update_brings_what_is_due_and_ends(run, accepted, configure, query, published):
    ended = run(accepted, "update", *configure())
    assert ended.code == 0, ended
    assert f"dukascopy hourly: {20 * 10} ticks of 10 hours published" in ended.out
    assert query(RUNS) == [("hourly", "done"), ("revisions", "done"), ("sweep", "done")]
    assert len(set(published())) == len(published()) == 200
    again = run(accepted, "update", *configure())
    assert (again.code, again.out) == (0, "dukascopy: nothing is due\n")
    shown = run(accepted, "update", "--list").out
    assert [line.split()[:3] for line in shown.splitlines()] == [
        ["history", "run", "state"],
        ["dukascopy", "hourly", "done"],
        ["dukascopy", "revisions", "done"],
        ["dukascopy", "sweep", "done"],
    ]
    assert "200 ticks of 10 hours" in shown
    status = run(accepted, "status").out
    assert "history   dukascopy hourly: 200 ticks of 10 hours published, " in status


def test_without_runs_the_list_says_so(run, environ):
    assert run(environ, "update", "--list").out == "no runs yet\n"


def test_a_run_whose_process_is_gone_is_not_shown_as_running(run, environ, fresh_database, query):
    query(
        "insert into ops.update_runs (history, scope, kind, slot, state, started_at, next_at,"
        " symbols) values ('yahoo', '', 'daily', now(), 'running', now(), now(), '{AAPL}')"
    )

    def states() -> list[str]:
        return [line.split()[2] for line in run(environ, "update", "--list").out.splitlines()]

    assert states() == ["state", "killed"]
    assert "history   yahoo daily: killed, " in run(environ, "status").out
    with ledger.opened(fresh_database, "yahoo", ["AAPL"]) as held:
        held.lock()
        assert states() == ["state", "running"]


def test_a_run_that_failed_is_a_line_and_is_tried_again_at_once(
    run, accepted, configure, query, venue
):
    venue.details.clear()
    words = ("update", *configure())
    ended = run(accepted, *words)
    assert ended.code == 1
    assert "Dukascopy has no instrument BTC/USD" in ended.error  # of the hourly run or the sweep
    venue.add("BTC/USD", 1)
    assert run(accepted, *words).code == 0
    assert query(DONE) == [(10,)]


def test_ctrl_c_ends_a_feed_without_live_sources_within_a_second_while_an_hour_hangs(
    start, accepted, configure, venue, since, query
):
    venue.answers["BTCUSD", since] = [fake.HANGING, fake.GOOD]
    process = start(accepted, "feed", *configure())
    support.wait_until(lambda: query(DONE) == [(9,)], "the other hours are done")
    before = time.monotonic()
    ended = interrupted(process)
    assert time.monotonic() - before < 2  # with the end of the process
    assert (ended.code, ended.out) == (0, "")
    assert query("select state from ops.update_runs") == [("interrupted",)]


def test_a_history_that_fails_ends_no_live_source(start, accepted, configure, query, venue):
    venue.details.clear()
    with serving_kraken(KrakenVenue(heartbeat_seconds=0.1)) as kraken:
        live = f'[kraken]\nsymbols = ["BTC/USD"]\nurl = "{kraken.url}"'
        process = start(accepted, "feed", *configure(live))
        failed = "select count(*) from ops.update_runs where state = 'failed'"
        support.wait_until(lambda: query(failed) == [(1,)], "the run failed")
        support.wait_until(lambda: any(kraken._subscribers.values()), "the subscription")
        kraken.trade("BTC/USD")
        # Its heartbeats go on until the trade is published.
        ended = interrupted(process)
    assert ended.code == 0, ended
    assert "kraken: 1 events in " in ended.out
    assert 'update failed history=dukascopy run=hourly result="Dukascopy has no' in ended.err


def test_a_feed_that_is_killed_goes_on_without_a_missing_or_doubled_hour(
    start, run, accepted, configure, venue, since, query, published
):
    hang = since + 6 * HOUR
    venue.answers["BTCUSD", hang] = [fake.HANGING, fake.GOOD]
    del accepted["STOCKPULSE_DUKASCOPY_TERMS"]
    words = ("feed", *configure(accept_terms="true"))
    process = start(accepted, *words)
    assert venue.waiting.wait(60)
    support.wait_until(lambda: query(DONE)[0][0] >= 4, "some hours are done")
    process.send_signal(signal.SIGKILL)
    finished(process)
    done = {hour for (hour,) in query("select hour from ops.download_hours where state = 'done'")}
    assert query(RUNS) == [("hourly", "running")]
    process = start(accepted, *words)
    support.wait_until(lambda: query(DONE) == [(10,)], "all hours are done")
    interrupted(process)
    assert {venue.hours_asked["BTCUSD", hour] for hour in done} == {1}
    assert venue.hours_asked["BTCUSD", hang] == 2
    assert query("select hour from ops.download_hours order by hour") == [
        (since + number * HOUR,) for number in range(10)
    ]
    counts = Counter(published())
    assert len(counts) == 200
    assert run(accepted, "load", "--until-end").code == 0
    assert query("select count(*), count(distinct (ts, tick_id)) from market.quotes") == [
        (200, 200)
    ]


def test_terms_that_are_not_accepted_are_named(run, environ, configure, address):
    declined = environ | {"STOCKPULSE_DUKASCOPY_JSON_URL": f"{address}/v1"}
    for command in ("feed", "update"):
        ended = run(declined, command, *configure())
        check_error(ended, "terms of use forbid scraping")
        assert "accept_terms = true" in ended.error


def test_histories_alone_need_the_database(run, accepted, configure, empty_database):
    away = accepted | {"STOCKPULSE_DATABASE_URL": NOWHERE}
    check_error(run(away, "feed", *configure()), "the database cannot be reached")
    check_error(run(away, "update", *configure()), "the database cannot be reached")
    without_schema = accepted | {"STOCKPULSE_DATABASE_URL": empty_database}
    check_error(run(without_schema, "feed", *configure()), "stockpulse migrate")


def test_live_sources_do_not_wait_for_the_database_of_histories(start, accepted, configure):
    away = accepted | {"STOCKPULSE_DATABASE_URL": NOWHERE}
    with serving_kraken(KrakenVenue(heartbeat_seconds=0.1)) as kraken:
        live = f'[kraken]\nsymbols = ["BTC/USD"]\nurl = "{kraken.url}"'
        process = start(away, "feed", *configure(live))
        support.wait_until(lambda: any(kraken._subscribers.values()), "the subscription")
        ended = interrupted(process)
    assert ended.code == 0
    assert "stockpulse: histories wait for the database: the database cannot be" in ended.err


def test_a_file_without_histories_is_refused_by_update(run, bare, tmp_path):
    file = tmp_path / "feeds.toml"
    file.write_text('[kraken]\nsymbols = ["BTC/USD"]')
    check_error(run(bare, "update", "--config", str(file)), "names no history")
    file.write_text("history = 7")
    check_error(run(bare, "update", "--config", str(file)), "[history.dukascopy]")
