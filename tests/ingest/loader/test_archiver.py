"""The archiver is a process of its own that a loader starts once an hour and ends with itself."""

import logging
import os
import sys
import time

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from db import archiving
from ingest.loader.archiver import Archiver
from ingest.loader.settings import LoaderSettings
from tests import support
from tests.ingest.loader.loaders import publish, ticks

FIRST_SECONDS = 0.01
SEEN = "import os, psycopg\nwith psycopg.connect(os.environ['STOCKPULSE_DATABASE_URL']) as conn:\n"
SEE = f"{SEEN}    conn.execute('select ops.see_archive()')\n"
FAIL = f"{SEE}import sys\nsys.exit('a line\\nstockpulse: the disk is full\\n')"


@pytest.fixture
def archiver(fresh_database, tmp_path):
    """Makes an archiver that runs a script, which first notes its start in a file."""
    settings = LoaderSettings(database_url=fresh_database, warehouse="/srv/archive")

    def make(script):
        note = f"open({str(tmp_path / 'starts')!r}, 'a').write('x')\n"
        command = (sys.executable, "-c", note + script)
        return Archiver(settings, command, FIRST_SECONDS)

    return make


@pytest.fixture
def starts(tmp_path):
    """Counts how often a script was started."""
    file = tmp_path / "starts"
    return lambda: len(file.read_text()) if file.exists() else 0


def state(url):
    with psycopg.connect(url) as conn:
        return archiving.read(conn)


def has_seen(url):
    return (found := state(url)) is not None and found.is_on


def test_it_runs_once_an_hour(archiver, starts, fresh_database, monkeypatch, caplog):
    monkeypatch.setattr("ingest.loader.archiver.LOOK_SECONDS", FIRST_SECONDS)
    caplog.set_level(logging.INFO, "ingest.loader.archiver")
    with archiver(SEE):
        support.wait_until(lambda: "archive brought up to date" in caplog.messages, "a run")
        assert not archiver(SEE)._is_due()  # of another loader
        assert starts() == 1
        with psycopg.connect(fresh_database) as conn:
            conn.execute("update ops.archive_state set seen_at = now() - interval '61 minutes'")
        support.wait_until(lambda: starts() == 2, "the next run")


def test_without_a_warehouse_nothing_runs(fresh_database):
    with Archiver(LoaderSettings(database_url=fresh_database), ("false",), FIRST_SECONDS) as idle:
        assert not idle._thread.is_alive()
    assert state(fresh_database) is None


def test_failure_is_one_line_and_seen_in_the_database(archiver, fresh_database, caplog):
    with archiver(FAIL):
        support.wait_until(
            lambda: has_seen(fresh_database) and state(fresh_database).failure, "a failure"
        )
    [record] = [one for one in caplog.records if one.name == "ingest.loader.archiver"]
    assert (record.message, record.reason) == ("archiver failed", "the disk is full")
    assert state(fresh_database).failure == "the disk is full"
    with psycopg.connect(fresh_database) as conn:
        conn.execute("select ops.see_archive()")
    assert state(fresh_database).failure is None


def test_run_of_another_is_no_failure(archiver, starts, caplog):
    said = "stockpulse: another process archives or restores: try again when it has finished"
    assert archiver(f"import sys; sys.exit({said!r})")._archive() is None
    assert (starts(), caplog.messages) == (1, [])


def test_login_that_may_not_act_as_the_owner_is_told_once(fresh_database, login, caplog):
    support.execute(fresh_database, "grant stockpulse_loader to {name}", name=login)
    url = make_conninfo(fresh_database, user=login, password=login)
    refused = Archiver(LoaderSettings(database_url=url, warehouse="/srv/archive"))
    assert (refused._is_due(), refused._is_due()) == (False, False)
    assert [record.reason for record in caplog.records] == [
        "the login of the loader may not act as stockpulse_owner: let cron do it"
    ]


def test_run_ends_with_the_loader(archiver, fresh_database, tmp_path):
    pid = tmp_path / "pid"
    script = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    with archiver(script):
        support.wait_until(lambda: pid.exists() and pid.read_text(), "a run")
        began = time.monotonic()
    assert time.monotonic() - began < 3
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    assert state(fresh_database) is None


def test_loader_runs_it_beside_its_work(run, given, monkeypatch, starts, archiver):
    made = archiver("import time; time.sleep(600)")
    monkeypatch.setattr("ingest.loader.run.Archiver", lambda _settings: made)
    publish(given, ticks(0, 5))
    loader = run(given)
    support.wait_until(lambda: (starts(), loader.rows) == (1, 5), "a run and five trades")
