"""A database that is away: the loader waits, stays in its group, and can be stopped."""

import logging

import psycopg
import pytest

from db.connect import DatabaseAway
from ingest.loader.retry import RetryingStore
from ingest.store import timeline
from ingest.store.timeline import FormerPrimary
from tests.ingest.loader.loaders import changed, ids, publish, ticks

WAITING = "waiting for the database"


@pytest.mark.parametrize("crash", [False, True], ids=["stopped", "killed"])
def test_a_loader_waits_for_a_database_that_goes_away(given, run, own_database, caplog, crash):
    caplog.set_level(logging.INFO)
    settings = changed(given, database_url=own_database.url, batch_rows=10)
    running = run(settings)
    publish(settings, ticks(20))
    running.wait_for_rows(20)
    (own_database.kill if crash else own_database.stop)()
    publish(settings, ticks(20, 60))
    running.wait(lambda: caplog.messages.count(WAITING) >= 2, "it logged that it waits")
    own_database.start()
    publish(settings, ticks(60, 70))
    running.wait(lambda: _stored(own_database) == list(range(70)), "all was stored")
    assert running.end().rejected == 0
    assert caplog.messages.count("partitions assigned") == 1  # it stayed in the group


def _stored(database):
    with psycopg.connect(database.url) as conn:
        return ids(lambda statement: conn.execute(statement).fetchall())


def test_a_loader_that_starts_before_its_database_waits_for_it(given, run, own_database, caplog):
    own_database.stop()
    settings = changed(given, database_url=own_database.url)
    publish(settings, ticks(10))
    running = run(settings)
    running.wait(lambda: WAITING in caplog.messages, "it logged that it waits")
    own_database.start()
    running.wait_for_rows(10)
    assert running.end().rejected == 0


def test_a_stop_ends_a_loader_that_waits_for_its_database(given, run, own_database, caplog):
    own_database.stop()
    running = run(changed(given, database_url=own_database.url))
    running.wait(lambda: WAITING in caplog.messages, "it logged that it waits")
    assert running.end().rows == 0


def test_ids_are_reserved_again_on_another_connection(fresh_database, query):
    """A standby that took over may give those again that the primary had reserved."""
    with RetryingStore(fresh_database) as retrying:
        retrying.open()
        reserved = retrying.next_facts().id
        query("select setval('ops.load_batch_ids', %s)", reserved + 50)
        retrying.wait_for_database(DatabaseAway("the server is gone"))
        retrying.open()
        assert retrying.next_facts().id == reserved + 51


def test_a_server_that_goes_back_to_an_older_timeline_is_refused(fresh_database, monkeypatch):
    with RetryingStore(fresh_database) as retrying:
        found = retrying.open().timeline
        assert retrying.note == str(found)
        retrying.wait_for_database(DatabaseAway("the server is gone"))
        older = found._replace(number=found.number - 1)
        monkeypatch.setattr(timeline, "read", lambda _conn: older)
        with pytest.raises(FormerPrimary, match=f"timeline {found.number} "):
            retrying.open()
