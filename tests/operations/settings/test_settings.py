"""Whatever sessions of a database begin with, services and analysts get the same answers."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from cli.main import cli
from db import migrate
from stack.broker import Broker
from stack.database import Database
from tests import cookbook, rest_examples, support
from tests.api.store import Store, minutes
from tests.strange_settings import ALL, TOGETHER, VALUES, strange

pytestmark = pytest.mark.operations

EXAMPLES = rest_examples.examples()
COMMANDS = [
    ["migrate"],
    ["refresh"],
    ["verify"],
    ["doctor", "--json"],
    ["rejects", "list"],
    ["keys", "list"],
    ["instruments", "list"],
    ["actions", "list"],
    ["rules", "list"],
    ["lifecycle"],
    ["gaps", "list", "--until", "2026-03-12"],
]
IDS = [f"{name}={value}" for name, value in ALL]
# A job of a database that is read-only can do nothing, and doctor says that it fails.
NO_SETTINGS_OF_JOBS = {"default_transaction_read_only"}
# What the doctor rightly finds: what analysts see is in another zone.
FOUND = {"TimeZone": ["time_zone"]}


@pytest.fixture(scope="module")
def market(database: Database, template: str) -> Iterator[str]:
    """The URL of a database with the market of the documents, and its candles."""
    with support.database_like(database.url, template) as url:
        rest_examples.fill(url)
        yield url


def run(url: str, words: list[str]) -> tuple[int, str]:
    """Returns exit code and output of a command."""
    done = CliRunner(env={"STOCKPULSE_DATABASE_URL": url}).invoke(cli, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def usual(market: str) -> dict[str, tuple[int, str]]:
    """The answers of the commands without any settings."""
    return {" ".join(words): run(market, words) for words in COMMANDS}


@pytest.mark.parametrize(("name", "value"), ALL, ids=IDS)
def test_commands_answer_as_usual(
    database: Database, market: str, usual: dict[str, tuple[int, str]], name: str, value: str
) -> None:
    with strange(database.url, market, {name: value}):
        for words in COMMANDS:
            code, output = run(market, words)
            if words[0] == "doctor":
                output = _without(output, FOUND.get(name, []))
                assert output == _without(usual["doctor --json"][1], [])
            else:
                assert (code, _timeless(words, output)) == (
                    usual[" ".join(words)][0],
                    _timeless(words, usual[" ".join(words)][1]),
                )


@pytest.mark.parametrize(("name", "value"), ALL, ids=IDS)
def test_the_api_answers_as_documented(
    database: Database, market: str, name: str, value: str
) -> None:
    with (
        strange(database.url, market, {name: value}),
        rest_examples.served_filled(market) as client,
    ):
        for example in EXAMPLES:
            found = rest_examples.answer(client, example.command)
            assert rest_examples.comparable(found) == rest_examples.comparable(example.answer)


# A query that names a day without a zone means another one in another zone.
OTHERS = {name: values for name, values in VALUES.items() if name != "TimeZone"}
ANALYSTS = [(name, value) for name, values in OTHERS.items() for value in values]
IN_UTC = [
    f"select * from market.{query}"
    for query in (
        "candles('AAPL', '1d', '2026-03-01 00:00+00', '2026-03-12 00:00+00', fill => 'previous')",
        "candles('AAPL', '1h', '2026-03-06 00:00+00', '2026-03-12 00:00+00', fill => 'previous')",
        "candles('AAPL', '1w', '2026-03-01 00:00+00', '2026-03-12 00:00+00')",
        "returns('AAPL', '1d', '2026-03-01 00:00+00', '2026-03-12 00:00+00')",
        "candles_1d where symbol = 'AAPL' order by bucket",
        "last_candle('AAPL', '1d')",
    )
]


@pytest.mark.parametrize(
    ("name", "value"), ANALYSTS, ids=[f"{name}={value}" for name, value in ANALYSTS]
)
def test_the_queries_of_analysts_find_the_same(
    database: Database, market: str, name: str, value: str
) -> None:
    with psycopg.connect(market, autocommit=True) as conn:
        usual = {title: _values(conn, query) for title, (query, _) in cookbook.recipes().items()}
    with (
        strange(database.url, market, {name: value}),
        psycopg.connect(market, autocommit=True) as conn,
    ):
        differing = {
            title: found
            for title, (query, _) in cookbook.recipes().items()
            if (found := _values(conn, query)) != usual[title]
        }
        assert differing == {}


@pytest.mark.parametrize("date_style", VALUES["DateStyle"])
@pytest.mark.parametrize("zone", VALUES["TimeZone"])
def test_candles_are_the_same_instants_in_every_zone(
    database: Database, market: str, zone: str, date_style: str
) -> None:
    with psycopg.connect(market, autocommit=True) as conn:
        usual = [_values(conn, query) for query in IN_UTC]
        assert all(usual)
    with (
        strange(database.url, market, {"TimeZone": zone, "DateStyle": date_style}),
        psycopg.connect(market, autocommit=True) as conn,
    ):
        assert [_values(conn, query) for query in IN_UTC] == usual


def test_a_database_is_made_and_read_with_all_of_them(
    database: Database, empty_database: str
) -> None:
    with strange(database.url, empty_database, TOGETHER):
        migrate.upgrade(empty_database)
        assert run(empty_database, ["verify"])[0] == 0
        assert run(empty_database, ["migrate"])[0] == 0


def test_a_loader_stores_and_candles_follow_with_all_of_them(
    database: Database, fresh_database: str, broker: Broker, topic: str
) -> None:
    environ = {
        "STOCKPULSE_DATABASE_URL": fresh_database,
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "STOCKPULSE_TOPICS": topic,
        "STOCKPULSE_GROUP": support.unique("group"),
    }
    with strange(database.url, fresh_database, TOGETHER):
        for words in (
            ["publish", "simulate", "--topic", topic, "--count", "2000"],
            ["load", "--until-end"],
            ["verify"],
        ):
            done = subprocess.run(
                [sys.executable, "-m", "cli", *words],
                env=os.environ | environ,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode == 0, done
    with psycopg.connect(fresh_database) as conn:
        row = conn.execute("select count(*) from market.ticks").fetchone()
    assert row == (2000,)


@pytest.mark.community
def test_the_jobs_run_in_sessions_that_begin_with_them(
    database: Database, fresh_database: str
) -> None:
    rest_examples.fill(fresh_database)
    Store(fresh_database).ticks("AAPL", minutes(30))
    settings = {
        name: values[0] for name, values in VALUES.items() if name not in NO_SETTINGS_OF_JOBS
    }
    with strange(database.url, fresh_database, settings):
        with psycopg.connect(fresh_database, autocommit=True) as conn:
            jobs = conn.execute(
                "select job_id from timescaledb_information.jobs where proc_schema = 'ops'"
            ).fetchall()
            assert jobs
            for job in jobs:
                conn.execute("call run_job(%s)", job)
        assert run(fresh_database, ["verify"])[0] == 0


def _values(conn: psycopg.Connection[Any], query: str) -> object:
    """Returns the rows of a query in binary, which no setting writes in its own way."""
    try:
        with conn.transaction():
            conn.execute("set local role stockpulse_reader")
            cursor = conn.cursor(binary=True).execute(query.encode())
            return cursor.fetchall() if cursor.description else None
    except psycopg.Error as error:
        return str(error)


def _without(output: str, rules: list[str]) -> list[dict[str, str]]:
    findings: list[dict[str, str]] = json.loads(output)
    return [one for one in findings if one["rule"] not in rules]


SIZE = re.compile(r" +[0-9]+ (bytes|[kMG]B)")


def _timeless(words: list[str], output: str) -> str:
    """Returns an output without seconds and sizes."""
    return "" if words[0] in {"refresh", "verify"} else SIZE.sub("SIZE", output)
