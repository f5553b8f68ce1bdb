"""History that a retention would refuse or delete is refused at once, with the setting's name."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from ingest.formats.times import rfc3339
from tests.cli.conftest import loaded
from tests.cli.test_errors import NOWHERE, check_error
from tests.ingest import made
from tests.ingest.sources.test_dukascopy import put

FIRST = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=90)
OLD = rfc3339(FIRST - timedelta(days=100))
WHY = (
    f"before {FIRST:%Y-%m-%d} are not kept: market.{{0}} keeps 90 days;"
    " stockpulse lifecycle set {0} --keep forever"
)
TRADES = f"trades {WHY.format('trades')}"
QUOTES = f"quotes {WHY.format('quotes')}"


def lines(*values):
    return b"\n".join(values).decode() + "\n"


@pytest.fixture
def kept(query):
    """Trades and quotes are kept for 90 days."""
    query("update ops.lifecycle set keep = '90 days' where child is null")


@pytest.fixture
def ndjson(run, environ, topic, tmp_path):
    """Publishes the given lines as a file."""

    def publish(*values, packed=False, words=(), **changes):
        file = tmp_path / ("ticks.ndjson.gz" if packed else "ticks.ndjson")
        data = lines(*values).encode()
        file.write_bytes(gzip.compress(data) if packed else data)
        return run({**environ, **changes}, "publish", "ndjson", str(file), "--topic", topic, *words)

    return publish


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_a_file_with_an_event_that_is_too_old_is_not_published(
    kept, ndjson, topic, read_topic, packed
):
    ended = ndjson(made.recent(1), made.recent(2), made.trade(3, event_time=OLD), packed=packed)
    check_error(ended, f"nothing was published: message 3 is of {OLD}, and {TRADES};", code=2)
    assert ended.out == ""
    assert read_topic(topic) == []


def test_old_events_can_be_published_all_the_same_and_the_loader_says_why_it_rejects_them(
    kept, ndjson, run, environ, query
):
    values = (made.recent(1), *(made.trade(n, event_time=OLD) for n in range(2, 5)))
    assert ndjson(*values, words=["--allow-old"]).out == "4 messages published\n"
    ended = run(environ, "load", "--until-end")
    assert ended.code == 0, ended.err
    assert ended.out == loaded(1, rejected=3) + f"3 rejected as too late: {TRADES}\n"
    [line] = [line for line in ended.err.splitlines() if "rejected as too late" in line]
    assert TRADES in line
    assert query("select distinct reason, detail from ops.rejects") == [
        ("too late", f"{OLD}: {TRADES}")
    ]


def test_history_is_published_where_all_is_kept(ndjson):
    assert ndjson(made.trade(1, event_time=OLD)).out == "1 messages published\n"


def test_ages_are_not_checked_without_a_database(kept, ndjson, environ):
    value = made.trade(1, event_time=OLD)
    unreachable = ndjson(value, STOCKPULSE_DATABASE_URL=NOWHERE)
    assert (unreachable.code, unreachable.out) == (0, "1 messages published\n")
    assert "WARNING ages are not checked" in unreachable.err
    unset = ndjson(value, STOCKPULSE_DATABASE_URL="", PGHOST="127.0.0.1", PGPORT="1")
    assert (unset.code, unset.out) == (0, "1 messages published\n")
    assert "WARNING" not in unset.err


def test_ages_are_not_checked_in_a_database_without_the_schema(ndjson, template, empty_database):
    ended = ndjson(made.trade(1, event_time=OLD), STOCKPULSE_DATABASE_URL=empty_database)
    assert (ended.code, ended.out) == (0, "1 messages published\n")
    assert "stockpulse migrate" in ended.err


def test_standard_input_is_published_up_to_the_first_event_that_is_too_old(
    kept, run, environ, topic, read_topic
):
    values = (made.recent(1), made.recent(2), made.trade(3, event_time=OLD), made.recent(4))
    words = ("publish", "ndjson", "-", "--topic", topic)
    ended = run(environ, *words, given=lines(*values))
    assert ended.out == "2 messages published\n"
    check_error(ended, f"message 3 is of {OLD}, and {TRADES}; to go on: --allow-old", code=2)
    assert sorted(record.value for record in read_topic(topic)) == sorted(values[:2])
    ended = run(environ, *words, "--allow-old", given=lines(*values))
    assert ended.out == "4 messages published\n"


def test_hours_of_dukascopy_that_are_too_old_are_not_published(
    kept, run, environ, topic, read_topic, tmp_path
):
    for hour in (FIRST - timedelta(hours=1), FIRST):
        place = f"EURUSD/{hour:%Y}/{hour.month - 1:02}/{hour:%d/%H}"
        put(tmp_path, place, (93, 108004, 108001, 1.8, 0.9))
    words = ("publish", "dukascopy", str(tmp_path), "--topic", topic)
    ended = run(environ, *words)
    first = f"{FIRST - timedelta(hours=1):%Y-%m-%d %H:%M} UTC"
    text = f"nothing was published: 1 of 2 hours are too old, the oldest of {first}: {QUOTES}"
    check_error(ended, text, code=2)
    assert read_topic(topic) == []
    assert run(environ, *words, "--allow-old").out == "2 ticks published\n"
    ended = run(environ, "load", "--until-end")
    assert "1 quotes stored" in ended.out
    assert f"2 rejected as too late: {QUOTES}" in ended.out
