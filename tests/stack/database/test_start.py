"""Choice of a database, and the reasons reported for skipped ones."""

import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from db.connect import DatabaseAway
from db.errors import SettingsError, StockpulseError
from stack import database as databases
from stack.database import Database
from stack.database import installation as installations
from stack.database.installation import Installation
from stack.server.ports import free_ports


def test_without_any_provider_start_fails_within_seconds(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installations, "SYSTEM", directory)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{directory}/docker.sock")
    began = time.monotonic()
    with pytest.raises(StockpulseError) as error:
        databases.start({"STOCKPULSE_CACHE": str(directory), "PATH": "/nonexistent"})
    assert time.monotonic() - began < 5
    reasons = ("installed: no PostgreSQL", "Docker: no Docker engine", "embedded: ")
    assert [reason for reason in reasons if reason not in str(error.value)] == []


def test_start_reports_its_choice_in_one_line(
    own_environ: dict[str, str], installation: Installation
) -> None:
    lines: list[str] = []
    with databases.start(own_environ, report=lines.append) as database:
        assert database.edition == installation.edition
        assert database.server is not None
    assert lines == [
        f"database: TimescaleDB {installation.timescaledb} {installation.edition} on PostgreSQL"
        f" {installation.postgres}, found in {installation.bindir}"
    ]


def test_a_database_in_the_environment_is_used_but_never_started_or_stopped(
    database: Database, empty_database: str
) -> None:
    with databases.start({"STOCKPULSE_DATABASE_URL": empty_database}) as given:
        assert given.url == empty_database
        assert given.edition == database.edition
        assert given.timescaledb == database.timescaledb
        for act in (given.start, given.stop, given.kill):
            with pytest.raises(StockpulseError, match="not started by this program"):
                act()
    with psycopg.connect(empty_database) as conn:
        extensions = conn.execute("select from pg_extension where extname = 'timescaledb'")
        assert extensions.rowcount == 0  # reading the edition changes nothing


def test_no_other_database_replaces_one_in_the_environment_that_does_not_answer() -> None:
    url = f"postgresql://127.0.0.1:{free_ports(1)[0]}/nobody"
    with pytest.raises(DatabaseAway):
        databases.start({"STOCKPULSE_DATABASE_URL": url})


def test_close_removes_data_that_is_not_kept(own_environ: dict[str, str], directory: Path) -> None:
    databases.start(own_environ).close()
    assert list((directory / "run").glob("run-*")) == []


def test_data_in_a_given_directory_is_kept(own_environ: dict[str, str], directory: Path) -> None:
    kept = directory / "kept"
    with databases.start(own_environ, data=kept) as first, psycopg.connect(first.url) as conn:
        conn.execute("create table numbers as select 7 as n")
    with databases.start(own_environ, data=kept) as second, psycopg.connect(second.url) as conn:
        assert conn.execute("select n from numbers").fetchone() == (7,)


def test_a_bindir_setting_without_timescaledb_is_an_error(make: Callable[..., Path]) -> None:
    bindir = make("17.1", timescaledb="")
    with pytest.raises(SettingsError, match=r"STOCKPULSE_PG_BINDIR.*has no TimescaleDB"):
        installations.find({"STOCKPULSE_PG_BINDIR": str(bindir)})


@pytest.mark.parametrize(
    ("others", "best"),
    [
        pytest.param([("18.1", "2.30.0", False)], ("16.1", "2.29.2", True), id="community first"),
        pytest.param([("17.9", "2.29.2", True)], ("17.10", "2.29.2", True), id="newest minor"),
        pytest.param([("18.1", "2.9.2", True)], ("16.1", "2.29.2", True), id="newest TimescaleDB"),
        pytest.param([("18.1", "", False)], ("16.1", "2.19.3", False), id="any with TimescaleDB"),
    ],
)
def test_the_best_installation_is_chosen(
    make: Callable[..., Path],
    others: list[tuple[str, str, bool]],
    best: tuple[str, str, bool],
) -> None:
    for other in others:
        make(*other)
    bindir = make(*best)
    assert installations.find({"PATH": "/nonexistent"}).bindir == bindir


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Creates installations in Debian's layout; their postgres only prints its version."""
    monkeypatch.setattr(installations, "SYSTEM", tmp_path / "lib/postgresql")

    def make(postgres: str, timescaledb: str = "", community: bool = False) -> Path:
        bindir = tmp_path / "lib/postgresql" / postgres / "bin"
        extension = tmp_path / "share/postgresql" / postgres / "extension"
        library = bindir.parent / "lib"
        for path in (bindir, extension, library):
            path.mkdir(parents=True)
        (bindir / "postgres").write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {postgres}'\n")
        (bindir / "postgres").chmod(0o755)
        if timescaledb:
            control = extension / "timescaledb.control"
            control.write_text(f"default_version = '{timescaledb}'\n")
        if community:
            (library / f"timescaledb-tsl-{timescaledb}.so").touch()
        return bindir

    return make
