"""Which database is taken, and what is said about those that are not."""

import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from db.errors import DatabaseAway, SettingsError, StockpulseError
from stack import database as databases
from stack import found, process, providers
from stack.database import Database
from stack.found import Installation
from stack.providers import Unavailable, silent


def unavailable() -> str:
    raise Unavailable("it rains")


def test_first_provider_that_works_is_taken() -> None:
    said: list[str] = []
    took = providers.first(
        "boat", [("a", unavailable), ("b", lambda: "b"), ("c", unavailable)], said.append
    )
    assert took == "b"
    assert said == ["boat: passed over a: it rains"]


def test_all_that_was_tried_is_named_when_none_works() -> None:
    with pytest.raises(StockpulseError, match="no boat to be had; tried a: it rains; b: it rains"):
        providers.first("boat", [("a", unavailable), ("b", unavailable)], silent)


def test_nothing_at_hand_is_an_error_within_seconds(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found, "SYSTEM", directory)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{directory}/docker.sock")
    began = time.monotonic()
    with pytest.raises(StockpulseError) as error:
        databases.start({"STOCKPULSE_CACHE": str(directory), "PATH": "/nonexistent"})
    assert time.monotonic() - began < 5
    for reason in (
        "found: no PostgreSQL",
        "Docker: no Docker engine",
        "embedded: apt-get is missing",
    ):
        assert reason in str(error.value)


def test_start_says_in_one_line_what_it_took(
    own_environ: dict[str, str], installation: Installation
) -> None:
    said: list[str] = []
    with databases.start(own_environ, say=said.append) as database:
        assert database.edition == installation.edition
        assert database.server is not None
    assert said == [
        f"database: TimescaleDB {installation.timescaledb} {installation.edition} on PostgreSQL"
        f" {installation.postgres}, found in {installation.bindir}"
    ]


def test_given_database_is_used_and_not_ours_to_end(
    database: Database, empty_database: str
) -> None:
    with databases.start({"STOCKPULSE_DATABASE_URL": empty_database}) as given:
        assert given.url == empty_database
        assert given.edition == database.edition
        assert given.timescaledb == database.timescaledb
        for act in (given.start, given.stop, given.kill):
            with pytest.raises(StockpulseError, match="given"):
                act()
    with psycopg.connect(empty_database) as conn:
        extensions = conn.execute("select from pg_extension where extname = 'timescaledb'")
        assert extensions.rowcount == 0  # asking leaves nothing behind


def test_given_database_that_is_away_is_not_replaced_by_another() -> None:
    url = f"postgresql://127.0.0.1:{process.free_ports(1)[0]}/nobody"
    with pytest.raises(DatabaseAway):
        databases.start({"STOCKPULSE_DATABASE_URL": url})


def test_throw_away_data_are_gone_after_close(own_environ: dict[str, str], directory: Path) -> None:
    databases.start(own_environ).close()
    assert list((directory / "run").glob("run-*")) == []


def test_kept_data_are_found_again(own_environ: dict[str, str], directory: Path) -> None:
    kept = directory / "kept"
    with databases.start(own_environ, data=kept) as first, psycopg.connect(first.url) as conn:
        conn.execute("create table numbers as select 7 as n")
    with databases.start(own_environ, data=kept) as second, psycopg.connect(second.url) as conn:
        assert conn.execute("select n from numbers").fetchone() == (7,)


def test_named_bindir_without_timescaledb_is_an_error(make: Callable[..., Path]) -> None:
    bindir = make("17.1", timescaledb="")
    with pytest.raises(SettingsError, match=r"STOCKPULSE_PG_BINDIR.*has no TimescaleDB"):
        found.find({"STOCKPULSE_PG_BINDIR": str(bindir)})


@pytest.mark.parametrize(
    ("others", "best"),
    [
        pytest.param([("18.1", "2.30.0", False)], ("16.1", "2.29.2", True), id="community first"),
        pytest.param([("17.9", "2.29.2", True)], ("17.10", "2.29.2", True), id="newest minor"),
        pytest.param([("18.1", "2.9.2", True)], ("16.1", "2.29.2", True), id="newest TimescaleDB"),
        pytest.param([("18.1", "", False)], ("16.1", "2.19.3", False), id="any with TimescaleDB"),
    ],
)
def test_best_installation_is_found(
    make: Callable[..., Path],
    others: list[tuple[str, str, bool]],
    best: tuple[str, str, bool],
) -> None:
    for other in others:
        make(*other)
    bindir = make(*best)
    assert found.find({"PATH": "/nonexistent"}).bindir == bindir


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Lays out an installation as Debian does; only its version is real enough to be asked."""
    monkeypatch.setattr(found, "SYSTEM", tmp_path / "lib/postgresql")

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
