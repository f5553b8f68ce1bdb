"""Whatever a person can get wrong is one line that begins with stockpulse:, never a traceback."""

import socket

import psycopg
import pytest

from tests import support
from tests.cli.conftest import interrupted
from tests.ingest import made

NOWHERE = "host=127.0.0.1 port=1 dbname=x"

# Every command that asks the database before anything else.
ASKING = [
    ("migrate",),
    ("status",),
    ("rejects", "list"),
    ("rejects", "show", "1"),
    ("rejects", "replay"),
    ("verify",),
    ("refresh",),
    ("doctor",),
]


def check(ended, text, code=1):
    assert ended.complaint.startswith("stockpulse: "), ended
    assert text in ended.complaint
    assert "Traceback" not in ended.err
    assert [line for line in ended.err.splitlines() if line.startswith("stockpulse:")] == [
        ended.complaint
    ]
    assert ended.code == code


@pytest.mark.parametrize(
    "words, text",
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["--nonsense"], "--nonsense"),
        (["load", "--nonsense"], "--nonsense"),
        (["load", "--seconds", "soon"], "'soon' is not a valid float"),
        (["load", "--seconds", "-1"], "-1.0 is not in the range"),
        (["publish", "ndjson"], "Missing argument 'FILE'"),
        (["publish", "dukascopy", "/no/such/directory"], "does not exist"),
        (["publish", "simulate", "--count", "many"], "'many' is not a valid integer"),
        (["publish", "simulate", "--symbols", " , "], "names no symbol"),
        (["publish", "ndjson", "/no/such/file"], "/no/such/file"),
        (["rejects", "show", "one"], "'one' is not a valid integer"),
        (["rejects", "list", "--limit", "0"], "0 is not in the range"),
        (["verify", "--since", "yesterday"], "yesterday"),
        (["verify", "--until", "2026-02-30"], "2026-02-30"),
        (["refresh", "--since", "2026-13-01"], "2026-13-01"),
        (["serve", "--port", "99999"], "99999 is not in the range"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_word_is_named(run, bare, broker, words, text):
    ended = run({**bare, "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}, *words)
    check(ended, text, ended.code)
    assert ended.code != 0
    assert ended.out == ""


@pytest.mark.parametrize(
    "name, value, text",
    [
        ("STOCKPULSE_BATCHROWS", "5", "STOCKPULSE_BATCHROWS is not a setting"),
        ("STOCKPULSE_BATCH_ROWS", "many", "STOCKPULSE_BATCH_ROWS is 'many'"),
        ("STOCKPULSE_BATCH_ROWS", "0", "at least 1 and at most"),
        ("STOCKPULSE_BATCH_MS", "-5", "STOCKPULSE_BATCH_MS is '-5'"),
        ("STOCKPULSE_TOPICS", " , ", "names separated by commas"),
        ("STOCKPULSE_API_PORT", "http", "STOCKPULSE_API_PORT is 'http'"),
        ("STOCKPULSE_API_PORT", "65536", "at most 65535"),
        ("STOCKPULSE_METRICS_PORT", "99999", "at most 65535"),
        ("STOCKPULSE_BATCH_BYTES", "9" * 30, "at least 1 and at most"),
    ],
)
def test_a_wrong_setting_is_named(run, bare, name, value, text):
    check(run({**bare, name: value}, "status"), text)


def test_a_setting_that_librdkafka_refuses_is_named(run, environ):
    check(run({**environ, "KAFKA_CONF_NO_SUCH": "1"}, "load", "--until-end"), '"no.such"')


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_a_database_that_is_away_is_said_so(run, bare, words):
    ended = run({**bare, "STOCKPULSE_DATABASE_URL": NOWHERE}, *words)
    check(ended, "the database cannot be reached", ended.code)
    assert ended.code != 0


@pytest.mark.parametrize("url", ["nonsense", "postgresql://[", "nosuch=1"])
def test_a_url_that_cannot_be_read_is_said_so(run, bare, url):
    check(run({**bare, "STOCKPULSE_DATABASE_URL": url}, "status"), "")


def test_a_database_that_does_not_exist_is_said_so(run, bare, database):
    url = support.url_of(database.url, "no_such_database")
    check(run({**bare, "STOCKPULSE_DATABASE_URL": url}, "status"), '"no_such_database"')


@pytest.mark.parametrize(
    "words",
    [*(words for words in ASKING if words not in [("migrate",), ("doctor",)]), ("load",)],
    ids=" ".join,
)
def test_a_database_without_the_schema_says_what_to_run(
    run, environ, template, empty_database, words
):
    ended = run({**environ, "STOCKPULSE_DATABASE_URL": empty_database}, *words)
    check(ended, "stockpulse migrate")


def test_the_doctor_tells_a_database_without_the_schema_what_to_run(
    run, bare, template, empty_database
):
    ended = run({**bare, "STOCKPULSE_DATABASE_URL": empty_database}, "doctor")
    assert ended.code != 0
    assert "stockpulse migrate" in ended.out + ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "words",
    [("publish", "ndjson", "-"), ("publish", "simulate", "--count", "1"), ("load", "--until-end")],
    ids=" ".join,
)
def test_a_broker_that_is_away_is_said_so(run, environ, words):
    ended = run({**environ, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, *words, given="{}\n")
    check(ended, "no Kafka broker answers at 127.0.0.1:1")


def test_the_status_without_a_broker_shows_the_rest(run, environ):
    ended = run({**environ, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, "status")
    assert ended.code == 0
    assert "unknown: no Kafka broker answers at 127.0.0.1:1" in ended.out
    assert "TimescaleDB" in ended.out


def test_ctrl_c_ends_a_publisher_that_waits_for_input(start, environ, topic, read_topic):
    process = start(environ, "publish", "ndjson", "-", "--topic", topic)
    process.stdin.write(made.trade().decode() + "\n")
    process.stdin.flush()
    support.wait_until(lambda: len(read_topic(topic)) == 1, "the first line is published")
    ended = interrupted(process)
    check(ended, "interrupted", 130)
    assert "1 messages published" in ended.out


def test_ctrl_c_ends_a_loader_well(start, environ, query):
    process = start(environ, "load")
    support.wait_until(
        lambda: query("select count(*) from ops.kafka_offsets") == [(4,)], "partitions are placed"
    )
    ended = interrupted(process)
    assert ended.code == 0
    assert ended.out == "0 ticks stored, 0 known already, 0 messages rejected\n"
    assert "Traceback" not in ended.err


def test_ctrl_c_ends_a_replay(start, environ, query):
    """It waits for a lock when it is interrupted; what it had in hand stays rejected."""
    query(
        'insert into ops.rejects (topic, "partition", "offset", "value", reason, detail) '
        "values ('t', 0, 0, %s, 'r', 'd')",
        made.trade(),
    )
    with psycopg.connect(environ["STOCKPULSE_DATABASE_URL"]) as blocker:
        blocker.execute("lock table market.ticks in access exclusive mode")
        process = start(environ, "rejects", "replay")
        support.wait_until(
            lambda: (
                query(
                    "select count(*) from pg_stat_activity "
                    "where datname = current_database() and wait_event_type = 'Lock'"
                )
                == [(1,)]
            ),
            "the replay waits",
        )
        check(interrupted(process), "interrupted", 130)
    assert query("select count(*) from ops.rejects") == [(1,)]


def test_a_port_that_is_taken_is_said_so(run, environ):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        check(run(environ, "serve", "--port", port), f"port {port}")
        check(run({**environ, "STOCKPULSE_METRICS_PORT": port}, "load"), f":{port}")


def test_the_environment_of_a_stack_that_is_down_is_an_error(run, bare):
    ended = run(bare, "stack", "env")
    check(ended, "stockpulse stack up")
    assert ended.out == ""
