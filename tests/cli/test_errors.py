"""Errors of every command are one line that begins with "stockpulse: ", never a traceback."""

import socket

import psycopg
import pytest

from tests import support
from tests.cli.conftest import interrupted, loaded
from tests.ingest import made

NOWHERE = "host=127.0.0.1 port=1 dbname=x"

# Commands that connect to the database first.
DATABASE_COMMANDS = [
    ("migrate",),
    ("status",),
    ("rejects", "list"),
    ("rejects", "show", "1"),
    ("rejects", "replay"),
    ("verify",),
    ("refresh",),
    ("doctor",),
    ("rules", "list"),
    ("rules", "apply"),
    ("instruments", "list"),
    ("actions", "list"),
    ("keys", "list"),
    ("keys", "create", "ada"),
    ("keys", "revoke", "ada"),
]


def check_error(ended, text, code=1):
    assert ended.error.startswith("stockpulse: "), ended
    assert text in ended.error
    assert "Traceback" not in ended.err
    assert [line for line in ended.err.splitlines() if line.startswith("stockpulse:")] == [
        ended.error
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
        (["rejects", "list", "--limit", "-1"], "-1 is not in the range"),
        (["rules", "apply", "--since", "soon"], "soon"),
        (["instruments", "import"], "Missing argument 'FILE'"),
        (["verify", "--since", "yesterday"], "yesterday"),
        (["verify", "--until", "2026-02-30"], "2026-02-30"),
        (["refresh", "--since", "2026-13-01"], "2026-13-01"),
        (["serve", "--port", "99999"], "99999 is not in the range"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_argument_is_named(run, bare, broker, words, text):
    ended = run({**bare, "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}, *words)
    check_error(ended, text, ended.code)
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
    check_error(run({**bare, name: value}, "status"), text)


def test_a_setting_that_librdkafka_refuses_is_named(run, environ):
    check_error(run({**environ, "KAFKA_CONF_NO_SUCH": "1"}, "load", "--until-end"), '"no.such"')


@pytest.mark.parametrize("words", DATABASE_COMMANDS, ids=" ".join)
def test_an_unreachable_database_is_an_error(run, bare, words):
    ended = run({**bare, "STOCKPULSE_DATABASE_URL": NOWHERE}, *words)
    check_error(ended, "the database cannot be reached", ended.code)
    assert ended.code != 0


@pytest.mark.parametrize("url", ["nonsense", "postgresql://[", "nosuch=1"])
def test_a_malformed_database_url_is_an_error(run, bare, url):
    check_error(run({**bare, "STOCKPULSE_DATABASE_URL": url}, "status"), "")


@pytest.mark.parametrize("words", [("load",), ("status",), ("migrate",)], ids=" ".join)
def test_a_wrong_password_ends_a_command_and_is_not_shown(run, environ, words):
    url = psycopg.conninfo.make_conninfo(environ["STOCKPULSE_DATABASE_URL"], password="5ecret")
    ended = run({**environ, "STOCKPULSE_DATABASE_URL": url}, *words)
    check_error(ended, "the database refused: ")
    assert "password authentication failed" in ended.error
    assert "5ecret" not in ended.err


def test_a_missing_database_is_named(run, bare, database):
    url = support.url_of(database.url, "no_such_database")
    check_error(run({**bare, "STOCKPULSE_DATABASE_URL": url}, "status"), '"no_such_database"')


@pytest.mark.parametrize(
    "words",
    [
        *(words for words in DATABASE_COMMANDS if words not in [("migrate",), ("doctor",)]),
        ("load",),
    ],
    ids=" ".join,
)
def test_without_the_schema_the_error_names_migrate(run, environ, template, empty_database, words):
    ended = run({**environ, "STOCKPULSE_DATABASE_URL": empty_database}, *words)
    check_error(ended, "stockpulse migrate")


def test_without_the_schema_doctor_names_migrate(run, bare, template, empty_database):
    ended = run({**bare, "STOCKPULSE_DATABASE_URL": empty_database}, "doctor")
    assert ended.code != 0
    assert "stockpulse migrate" in ended.out + ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "words",
    [("publish", "ndjson", "-"), ("publish", "simulate", "--count", "1"), ("load", "--until-end")],
    ids=" ".join,
)
def test_an_unreachable_broker_is_an_error(run, environ, words):
    ended = run({**environ, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, *words, given="{}\n")
    check_error(ended, "no Kafka broker answers at 127.0.0.1:1")


def test_status_works_without_a_broker(run, environ):
    ended = run({**environ, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, "status")
    assert ended.code == 0
    assert "unknown: no Kafka broker answers at 127.0.0.1:1" in ended.out
    assert "TimescaleDB" in ended.out


def test_ctrl_c_stops_a_publisher_that_waits_for_input(start, environ, topic, read_topic):
    process = start(environ, "publish", "ndjson", "-", "--topic", topic)
    process.stdin.write(made.trade().decode() + "\n")
    process.stdin.flush()
    support.wait_until(lambda: len(read_topic(topic)) == 1, "the first line is published")
    ended = interrupted(process)
    check_error(ended, "interrupted", 130)
    assert "1 messages published" in ended.out


def test_ctrl_c_stops_the_loader_with_exit_code_0(start, environ, query):
    process = start(environ, "load")
    support.wait_until(
        lambda: query("select count(*) from ops.kafka_offsets") == [(4,)],
        "the loader has its partitions",
    )
    ended = interrupted(process)
    assert ended.code == 0
    assert ended.out == loaded()
    assert "Traceback" not in ended.err


def test_ctrl_c_stops_a_replay(start, environ, query):
    """The replay waits for a lock when it is interrupted; its messages stay rejected."""
    query(
        'insert into ops.rejects (topic, "partition", "offset", "value", reason, detail) '
        "values ('t', 0, 0, %s, 'r', 'd')",
        made.trade(),
    )
    with psycopg.connect(environ["STOCKPULSE_DATABASE_URL"]) as blocker:
        blocker.execute("lock table market.trades in access exclusive mode")
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
        check_error(interrupted(process), "interrupted", 130)
    assert query("select count(*) from ops.rejects") == [(1,)]


def test_a_port_in_use_is_named(run, environ):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        check_error(run(environ, "serve", "--port", port), f"port {port}")
        check_error(run({**environ, "STOCKPULSE_METRICS_PORT": port}, "load"), f":{port}")


def test_env_without_a_running_stack_is_an_error(run, bare):
    ended = run(bare, "stack", "env")
    check_error(ended, "stockpulse stack up")
    assert ended.out == ""
