"""All that runs through PgBouncer, in both of its modes, and what it leaves to the next client."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from click.testing import CliRunner, Result

from cli.main import cli
from stack.broker import Broker
from stack.database import Database
from tests import rest_examples, support
from tests.api.stream.clients import next_with, sse
from tests.api.stream.loading import loader
from tests.ingest import made
from tests.pooler import left_behind, pooler_of

pytestmark = pytest.mark.operations

EXAMPLES = rest_examples.examples()


class Pooled(NamedTuple):
    """A filled database, by its server's address and by the pooler's."""

    direct: str
    url: str
    mode: str


@pytest.fixture(scope="module", params=["transaction", "session"])
def pooled(request: pytest.FixtureRequest, database: Database, template: str) -> Iterator[Pooled]:
    with support.database_like(database.url, template) as direct:
        rest_examples.fill(direct)
        size = 3 if request.param == "transaction" else 30
        with pooler_of(direct, request.param, size) as url:
            yield Pooled(direct, url, request.param)


@pytest.fixture
def run(broker: Broker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs a command with a database's URL."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrap_servers)
    monkeypatch.setenv("STOCKPULSE_TOPICS", support.unique("pooled"))
    monkeypatch.setenv("STOCKPULSE_WAREHOUSE", str(tmp_path))

    def invoke(url: str, *words: str) -> Result:
        return CliRunner(env={"STOCKPULSE_DATABASE_URL": url}).invoke(cli, words)

    return invoke


def test_the_api_answers_as_documented(pooled: Pooled) -> None:
    with rest_examples.served_filled(pooled.url) as client:
        for example in EXAMPLES:
            found = rest_examples.answer(client, example.command)
            assert rest_examples.comparable(found) == rest_examples.comparable(example.answer)
    assert left_behind(pooled.url, pooled.direct) == {}


def test_a_stream_gives_what_is_committed_and_leaves_nothing(pooled: Pooled) -> None:
    with (
        loader(pooled.direct, partition=int(pooled.mode == "session")) as load,
        rest_examples.served_filled(pooled.url) as client,
        sse(client, symbols="AAPL", channels="trades,bars", timeframe="1m") as messages,
    ):
        next_with(messages, "live")
        load.put(made.trade(len(pooled.mode)))  # of another time in each mode
        found = next_with(messages, "trade")
        trades = [event["i"] for event in found["events"] if event["type"] == "trade"]
        assert trades == [str(len(pooled.mode))]
    assert left_behind(pooled.url, pooled.direct) == {}


@pytest.mark.parametrize(
    "words",
    [
        ["doctor", "--json"],
        ["status", "--json"],
        ["verify"],
        ["verify", "--sample", "20"],
        ["rejects", "list"],
        ["keys", "list"],
        ["instruments", "list"],
        ["actions", "list"],
        ["rules", "list"],
        ["lifecycle"],
        ["gaps", "list"],
        ["gaps", "explain", "TSLA", "2026-01-05 15:00"],
        ["update", "--list"],
        ["archive", "--list"],
        ["rejects", "purge", "--older-than", "30d", "--yes"],
    ],
    ids=" ".join,
)
def test_commands_work_and_leave_nothing(pooled: Pooled, run: Any, words: list[str]) -> None:
    done = run(pooled.url, *words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert left_behind(pooled.url, pooled.direct) == {}


def test_a_key_is_created_and_revoked_through_a_pooler(pooled: Pooled, run: Any) -> None:
    for words in (["keys", "create", "ada"], ["keys", "revoke", "ada"]):
        assert run(pooled.url, *words).exit_code == 0
        assert left_behind(pooled.url, pooled.direct) == {}


def test_an_export_leaves_nothing(pooled: Pooled, run: Any, tmp_path: Path) -> None:
    done = run(pooled.url, "export", "trades", str(tmp_path / "all.csv"))
    assert done.exception is None, done.exception
    with psycopg.connect(pooled.direct) as conn:
        (rows,) = conn.execute("select count(*) from market.trades").fetchone() or (0,)
    assert len((tmp_path / "all.csv").read_text().splitlines()) == 1 + rows > 1
    assert left_behind(pooled.url, pooled.direct) == {}


@pytest.mark.parametrize(
    "words",
    [
        ["load", "--until-end"],
        ["migrate"],
        ["refresh"],
        ["lifecycle", "set", "quotes", "--keep", "30d", "--yes"],
        ["rejects", "replay"],
        ["rules", "apply"],
        ["archive"],
        ["restore", "2026-01-05"],
        ["verify", "--against", "archive"],
        ["spark", "candles", "--since", "2026-01-05", "--until", "2026-01-06"],
    ],
    ids=" ".join,
)
def test_what_needs_a_session_says_to_connect_directly(
    pooled: Pooled, run: Any, words: list[str]
) -> None:
    if words[0] in ("archive", "restore", "verify", "spark"):
        pytest.importorskip("pyspark" if words[0] == "spark" else "pyiceberg")
    done = run(pooled.url, *words)
    assert str(done.exception) == (
        "this command needs a session of its own, and a pooler like PgBouncer shares them:"
        " set STOCKPULSE_DATABASE_URL to the address of PostgreSQL itself"
    )
    assert left_behind(pooled.url, pooled.direct) == {}
