"""Streams from a standby, which does not notify: what it has replayed, and nothing else."""

import os
from collections.abc import Iterator

import psycopg
import pytest

from api.settings import ApiSettings
from db import migrate
from stack import database as databases
from stack.database import Database
from tests import support
from tests.api.conftest import UNCACHED
from tests.api.serving import served
from tests.api.stream.clients import events, next_with, sse
from tests.api.stream.loading import loader
from tests.ingest import made
from tests.standby import Standby, standby_of

GIVEN = "STOCKPULSE_DATABASE_URL"


@pytest.fixture(scope="module")
def primary() -> Iterator[Database]:
    """A migrated server of this module's own."""
    environ = {name: text for name, text in os.environ.items() if name != GIVEN}
    settings = support.UNSAFE | support.SMALL
    with databases.start(environ, settings=settings, scratch=support.memory()) as started:
        migrate.upgrade(started.url)
        yield started


@pytest.fixture(scope="module")
def standby(primary: Database) -> Iterator[Standby]:
    """A standby of `primary`."""
    with standby_of(primary) as started:
        yield started


def test_a_stream_from_a_standby_has_what_is_replayed(primary: Database, standby: Standby) -> None:
    """A place that another server gave is waited for."""
    settings = ApiSettings(database_url=primary.url, **UNCACHED)
    with (
        loader(primary.url) as load,
        served(settings) as first,
        served(ApiSettings(**UNCACHED, api_database_url=standby.url)) as second,
        sse(second, symbols="AAPL") as messages,
    ):
        next_with(messages, "live")
        load.put(made.trade(1))
        assert [event["i"] for event in next_with(messages, "trade")["events"]] == ["1"]
        with psycopg.connect(standby.url, autocommit=True) as conn:
            conn.execute("select pg_wal_replay_pause()")
            load.put(made.trade(2))
            with sse(first, symbols="AAPL", since="2026-02-27") as theirs:
                place = next_with(theirs, "live")["resume"]
            with sse(second, symbols="AAPL", resume=place) as ours:
                next_with(ours, "subscribed")
                conn.execute("select pg_wal_replay_resume()")
                next_with(ours, "live")
                load.put(made.trade(3))
                found = next_with(ours, "trade")["events"]
        assert [event["i"] for event in found] == ["3"]
        both = [event for _ in range(2) for event in events(next_with(messages, "trade"), "trade")]
        assert [event["i"] for event in both] == ["2", "3"]
