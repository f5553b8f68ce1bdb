"""Results do not depend on what sessions of a database begin with."""

from collections.abc import Iterator
from contextlib import nullcontext

import psycopg
import pytest

from db import connect, edition, operation, session
from db.candles.verify import verify
from db.connect import DatabaseRefused
from db.doctor import examine
from stack.database import Database
from tests import rest_examples
from tests.strange_settings import TOGETHER, strange

EXAMPLES = 12  # of the documents' requests; all of them in tests/operations


@pytest.fixture
def estranged(database: Database, fresh_database: str) -> Iterator[str]:
    """The URL of a database with the documents' market, in which nothing is as usual."""
    rest_examples.fill(fresh_database)
    with strange(database.url, fresh_database, TOGETHER):
        yield fresh_database


def test_every_setting_is_pinned_and_answers_are_as_usual(estranged: str) -> None:
    usual = session.PINNED | {"timezone": "UTC"}
    with connect.connect(estranged, application_name="test", autocommit=True) as conn:
        for name in TOGETHER:
            (value,) = conn.execute("select current_setting(%s)", [name]).fetchone() or ("",)
            assert value == usual.get(name.lower(), "0")
        assert operation.read(conn).rejects.messages == 0
        found = {one.rule for one in examine.examine(conn) if one.severity != "info"}
    assert found - {"durability"} == {"time_zone"}  # of the server of tests
    assert verify(estranged, lambda *_: nullcontext(lambda _done: None)).wrong == 0
    with rest_examples.served_filled(estranged) as client:
        for example in rest_examples.examples()[:EXAMPLES]:
            answer = rest_examples.answer(client, example.command)
            assert rest_examples.comparable(answer) == rest_examples.comparable(example.answer)


def test_limits_in_the_address_stay(fresh_database: str) -> None:
    url = psycopg.conninfo.make_conninfo(
        fresh_database,
        options="-c statement_timeout=9s -c timezone=Asia/Tokyo",
        connect_timeout="7",
    )
    with connect.connect(url, application_name="test", settings={"lock_timeout": "3s"}) as conn:
        for name, value in (
            ("statement_timeout", "9s"),
            ("lock_timeout", "3s"),
            ("timezone", "UTC"),
        ):
            assert conn.execute("select current_setting(%s)", [name]).fetchone() == (value,)
        assert conn.info.get_parameters()["connect_timeout"] == "7"


def test_triggers_are_not_passed_over(database: Database, fresh_database: str) -> None:
    with strange(database.url, fresh_database, {"session_replication_role": "replica"}):
        with connect.connect(fresh_database, application_name="test") as conn:
            shown = conn.execute("show session_replication_role").fetchone()
        assert shown == ("origin",)


def test_a_restore_that_was_not_finished_is_told(database: Database, fresh_database: str) -> None:
    with (
        strange(database.url, fresh_database, {"timescaledb.restoring": "on"}),
        pytest.raises(DatabaseRefused, match="timescaledb_post_restore"),
    ):
        connect.connect(fresh_database, application_name="test", primary=True)
    with connect.connect(fresh_database, application_name="test", primary=True) as conn:
        assert edition.read(conn).kind == database.edition
