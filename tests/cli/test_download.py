"""`stockpulse download dukascopy` as a user meets it: consent, errors, Ctrl-C, a kill, --load."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests import support
from tests.cli.conftest import finished, interrupted
from tests.cli.test_errors import NOWHERE, check_error
from tests.fakes import dukascopy as fake
from tests.fakes.dukascopy import FakeDukascopy, serving

MONDAY = datetime(2026, 2, 23, tzinfo=UTC)
SINCE, UNTIL = "2026-02-23", "2026-02-23T12:00Z"
RANGE = ("--since", SINCE, "--until", UNTIL)
EURO = "DUKASCOPY:EUR/USD"
DONE = "select count(*) from ops.download_hours where state = 'done'"


@pytest.fixture
def venue() -> FakeDukascopy:
    return FakeDukascopy(count=200)


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
        "STOCKPULSE_DUKASCOPY_FILES_URL": f"{address}/datafeed",
    }


@pytest.fixture
def words(topic) -> tuple[str, ...]:
    return ("download", "dukascopy", "--symbols", "EUR/USD", *RANGE, "--topic", topic)


def test_without_consent_the_terms_are_named(run, environ, words, venue):
    ended = run(environ, *words)
    check_error(ended, "terms of use forbid scraping")
    assert "--accept-terms" in ended.error
    assert venue.requests == []


def test_a_half_day_is_downloaded_loaded_visible_and_verified_in_one_command(
    run, accepted, words, query
):
    ended = run(accepted, *words, "--load")
    assert ended.code == 0, ended
    assert "2400 ticks of 12 hours published" in ended.out
    assert "0 trades and 2400 quotes stored" in ended.out
    assert " candles, 0 wrong" in ended.out
    [(count, first, last)] = query(
        "select sum(tick_count)::int, min(bucket), max(bucket)"
        " from market.candles(%s, '1h', %s, %s, price => 'bid')",
        EURO, MONDAY, MONDAY + timedelta(hours=12),
    )  # fmt: skip
    assert (count, first, last) == (2400, MONDAY, MONDAY + timedelta(hours=11))
    again = run(accepted, *words, "--load")
    assert again.code == 0
    assert "0 ticks of 0 hours published\n    12 hours with ticks" in again.out


@pytest.mark.long
def test_consent_and_address_can_be_given_as_options(run, environ, words, address, topic):
    ended = run(environ, *words, "--accept-terms", "--url", f"{address}/v1/")
    assert (ended.code, "2400 ticks of 12 hours published" in ended.out) == (0, True), ended


def test_hours_can_be_asked_for_as_bi5(run, accepted, words, venue):
    ended = run(accepted, *words, "--format", "bi5")
    assert "2400 ticks of 12 hours published" in ended.out
    assert sum("h_ticks.bi5" in path for path in venue.requests) == 12


def test_a_killed_download_goes_on_and_each_tick_is_stored_once(
    start, run, accepted, words, venue, query
):
    hang = MONDAY + timedelta(hours=7)
    venue.answers["EURUSD", hang] = [fake.HANGING, fake.GOOD]
    process = start(accepted, *words)
    assert venue.waiting.wait(60)
    support.wait_until(lambda: query(DONE)[0][0] >= 4, "some hours are done")
    process.send_signal(signal.SIGKILL)
    finished(process)
    ended = run(accepted, *words, "--load")
    assert ended.code == 0, ended
    assert query(DONE) == [(12,)]
    assert query("select count(*), count(distinct (ts, tick_id)) from market.quotes") == [
        (2400, 2400)
    ]
    asked_again = [hour for hour, times in venue.hours_asked.items() if times > 1]
    assert ("EURUSD", hang) in asked_again
    assert len(asked_again) <= 8


def test_ctrl_c_ends_a_download_within_a_second_while_an_hour_hangs(
    start, accepted, words, venue, query, run
):
    hang = MONDAY + timedelta(hours=3)
    venue.answers["EURUSD", hang] = [fake.HANGING, fake.GOOD]
    process = start(accepted, *words)
    support.wait_until(lambda: query(DONE) == [(11,)], "the other hours are done")
    before = time.monotonic()
    ended = interrupted(process)
    assert time.monotonic() - before < 2  # with the end of the process
    check_error(ended, "interrupted", 130)
    assert "11 hours published" in ended.out
    assert "1 hours not downloaded yet" in ended.out
    assert "200 ticks of 1 hours published" in run(accepted, *words).out


@pytest.mark.long
def test_a_revised_hour_is_replaced_in_the_database(run, accepted, words, venue, query):
    run(accepted, *words, "--load")
    venue.revise("EURUSD", MONDAY)
    ended = run(accepted, *words, "--recheck", "--load")
    assert ended.code == 0, ended
    assert "200 ticks of 1 hours published, 1 of them replaced; 11 hours" in ended.out
    wanted = {tick.bid for tick in fake.ticks_of("EURUSD", MONDAY, 200, 1)}
    got = query("select distinct (bid * 100000)::int from market.quotes where ts < %s",
                MONDAY + timedelta(hours=1))  # fmt: skip
    assert {bid for (bid,) in got} == wanted


def test_a_corrupt_hour_is_a_line_and_exit_code_1(run, accepted, words, venue):
    venue.answers["EURUSD", MONDAY] = [fake.TRUNCATED]
    ended = run(accepted, *words)
    check_error(ended, f"{EURO} 2026-02-23 00:00: corrupt: ")
    assert "2200 ticks of 11 hours published" in ended.out
    assert "1 hours corrupt" in ended.out


@pytest.mark.long
def test_ticks_that_are_not_stored_are_a_line_and_exit_code_1(run, accepted, words, query):
    run(accepted, *words, "--load")
    query("delete from market.quotes where ts < %s", MONDAY + timedelta(hours=1))
    ended = run(accepted, *words, "--load")
    assert ended.code == 1
    assert f"stockpulse: {EURO} 2026-02-23 00:00: 0 of 200 ticks are stored" in ended.err


@pytest.mark.parametrize(
    "changed, text",
    [
        (("--symbols", "GOLD"), "'GOLD' is not an instrument"),
        (("--symbols", "ABC/XYZ"), "Dukascopy has no instrument ABC/XYZ"),
        (("--symbols", " , "), "no symbol"),
        (("--since", "2026-02-24"), "is not before until"),
        (("--since", "yesterday"), "'yesterday' is not a time"),
        (("--until", "2999-01-01"), "is in the future"),
        (("--format", "csv"), "'csv' is not one of 'json', 'bi5'"),
        (("--load", "--topic", "other"), "--load needs other among STOCKPULSE_TOPICS"),
    ],
    ids=" ".join,
)
def test_a_wrong_argument_is_one_line(run, accepted, words, venue, changed, text):
    ended = run(accepted, *words, *changed)
    check_error(ended, text, ended.code)
    assert ended.code != 0
    assert not venue.hours_asked


@pytest.mark.parametrize(
    "variable, value, text",
    [
        ("STOCKPULSE_DATABASE_URL", NOWHERE, "the database cannot be reached"),
        ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1", "no Kafka broker answers"),
        ("STOCKPULSE_DUKASCOPY_JSON_URL", "{nobody}", "Dukascopy cannot be reached at http"),
        ("STOCKPULSE_DUKASCOPY_JSON_URL", "nonsense", "Dukascopy cannot be reached at nonsense"),
    ],
)
def test_an_unreachable_server_is_one_line(run, accepted, words, variable, value, text):
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = f"http://127.0.0.1:{server.getsockname()[1]}"
    ended = run({**accepted, variable: value.replace("{nobody}", nobody)}, *words)
    check_error(ended, text)


def test_without_the_schema_the_error_names_migrate(run, accepted, words, empty_database):
    ended = run({**accepted, "STOCKPULSE_DATABASE_URL": empty_database}, *words)
    check_error(ended, "stockpulse migrate")


@pytest.mark.long
def test_hours_that_are_not_kept_are_refused(run, accepted, words, query, venue):
    query("update ops.lifecycle set keep = '90 days' where child is null")
    ended = run(accepted, *words)
    check_error(ended, "nothing was downloaded: 2026-02-23 00:00 is too old: quotes before", 2)
    assert venue.requests == []
    assert run(accepted, *words, "--allow-old").code == 0


@pytest.mark.long
def test_kept_files_can_be_published(run, accepted, words, tmp_path, topic, read_topic):
    run(accepted, *words, "--directory", str(tmp_path / "kept"))
    before = len(read_topic(topic))
    ended = run(accepted, "publish", "dukascopy", str(tmp_path / "kept"), "--topic", topic)
    assert ended.out == "2400 ticks published\n"
    messages = [json.loads(record.value) for record in read_topic(topic)]
    assert sorted(map(str, messages[:before])) == sorted(map(str, messages[before:]))
