"""Every revision is upgraded and downgraded as a whole, alone, and without long waits for locks."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from db import migrate
from db.connect import DatabaseAway, DatabaseRefused
from db.doctor import examine
from db.errors import UsageError
from stack.database import Database
from tests import support
from tests.db import catalog

ROOT = Path(__file__).parents[2]
VERSIONS = migrate.MIGRATIONS / "versions"
REVISIONS = sorted(file.stem for file in VERSIONS.glob("*.py"))


def revision_of(url: str) -> str | None:
    """Returns the revision of a database; None before the first one."""
    with psycopg.connect(url) as conn:
        row = conn.execute("select version_num from stockpulse_version").fetchone()
    return row[0] if row else None


def roles(url: str) -> list[str]:
    with psycopg.connect(url) as conn:
        rows = conn.execute("select rolname from pg_roles where rolname like 'stockpulse\\_%'")
        return sorted(name for (name,) in rows)


def test_revisions_are_numbered_without_gaps() -> None:
    assert [name[:4] for name in REVISIONS] == [f"{n:04}" for n in range(1, len(REVISIONS) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z_]+", name) for name in REVISIONS)


def test_every_sql_file_belongs_to_a_revision() -> None:
    names = {file.name.split(".")[0] for file in VERSIONS.glob("*.sql")}
    assert names == set(REVISIONS)


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_upgrade_has_a_downgrade(revision: str) -> None:
    up = {file.name.replace(".up.", ".") for file in VERSIONS.glob(f"{revision}.*up.sql")}
    down = {file.name.replace(".down.", ".") for file in VERSIONS.glob(f"{revision}.*down.sql")}
    assert up
    assert down
    # Dropping an object of the common file may drop all that the edition's file added to it.
    assert down <= up


def test_downgrade_restores_every_revision(fresh_database: str) -> None:
    catalogs = {}
    for revision, before in zip(
        reversed(REVISIONS), [*reversed(REVISIONS[:-1]), None], strict=True
    ):
        catalogs[revision] = catalog.read(fresh_database)
        migrate.downgrade(fresh_database, before or "base")
        assert revision_of(fresh_database) == before
    assert len(set(catalogs.values())) == len(REVISIONS), "a revision changes nothing"
    for revision in REVISIONS:
        migrate.upgrade(fresh_database, revision)
        assert catalog.read(fresh_database) == catalogs[revision], revision


def test_downgrade_to_base_leaves_the_roles_and_no_relations(fresh_database: str) -> None:
    at_head = catalog.read(fresh_database)
    before = roles(fresh_database)
    migrate.downgrade(fresh_database, "base")
    assert roles(fresh_database) == before == [
        "stockpulse_loader", "stockpulse_owner", "stockpulse_reader",
    ]  # fmt: skip
    with psycopg.connect(fresh_database) as conn:
        left = conn.execute(
            "select nspname from pg_namespace where nspname in ('legacy', 'market', 'ops')"
        ).fetchall()
    assert left == []
    migrate.upgrade(fresh_database)
    assert catalog.read(fresh_database) == at_head


def test_concurrent_migration_is_refused(fresh_database: str) -> None:
    migrate.downgrade(fresh_database, "0006_policies")  # the next one reads ops.lifecycle
    with psycopg.connect(fresh_database) as holder:
        holder.execute("lock table ops.lifecycle in access exclusive mode")
        first = started("upgrade", "head", url=fresh_database)
        support.wait_until(lambda: waits_for_a_lock(fresh_database), "the first migration waits")
        with pytest.raises(DatabaseRefused) as refused:
            migrate.upgrade(fresh_database)
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert str(refused.value) == "another migration is running on this database"
    assert revision_of(fresh_database) == REVISIONS[-1]


def waits_for_a_lock(url: str) -> bool:
    with psycopg.connect(url) as conn:
        row = conn.execute(
            "select exists (select from pg_stat_activity where wait_event_type = 'Lock'"
            " and application_name = 'stockpulse migrate' and datname = current_database())"
        ).fetchone()
    return row == (True,)


def test_migration_that_times_out_on_a_lock_changes_nothing(
    fresh_database: str,
) -> None:
    migrate.downgrade(fresh_database, "0004_lifecycle")
    before = catalog.read(fresh_database)
    hasty = make_conninfo(fresh_database, options="-c lock_timeout=100ms")
    with psycopg.connect(fresh_database) as loader:
        loader.execute("lock table market.trades in access exclusive mode")
        with pytest.raises(DatabaseAway) as gave_up:
            migrate.upgrade(hasty)
    assert str(gave_up.value) == (
        "waited too long for a lock that another session holds:"
        " canceling statement due to lock timeout"
    )
    assert revision_of(fresh_database) == "0004_lifecycle"
    assert catalog.read(fresh_database) == before
    migrate.upgrade(hasty)
    assert revision_of(fresh_database) == REVISIONS[-1]


def test_default_lock_timeout_of_a_migration_is_ten_seconds(fresh_database: str) -> None:
    migrate.downgrade(fresh_database, "0006_policies")
    seen: list[str] = []
    with psycopg.connect(fresh_database) as conn:
        conn.execute("create table timeouts (value text)")
        conn.execute(
            "create function note_timeout() returns event_trigger language plpgsql as"
            " $$ begin insert into timeouts values (current_setting('lock_timeout')); end $$"
        )
        conn.execute(
            "create event trigger note on ddl_command_end when tag in ('CREATE FUNCTION')"
            " execute function note_timeout()"
        )
        conn.execute("grant insert on timeouts to public")
    migrate.upgrade(fresh_database)
    with psycopg.connect(fresh_database) as conn:
        seen = [value for (value,) in conn.execute("select distinct value from timeouts")]
    assert seen == ["10s"]


@pytest.fixture
def login(database: Database, template: str) -> Iterator[Callable[[str], str]]:
    """Creates roles that can log in and returns their names."""
    made: list[str] = []

    def make(name: str) -> str:
        role = support.unique(name)
        support.execute(database.url, "create role {role} login password 'secret'", role=role)
        made.append(role)
        return role

    yield make
    for role in made:
        support.execute(database.url, "drop role {role}", role=role)


def test_member_of_the_owner_can_migrate_without_being_superuser(
    database: Database, empty_database: str, login: Callable[[str], str]
) -> None:
    role, name = login("deployer"), empty_database.rsplit("/", 1)[-1].split("?")[0]
    support.execute(database.url, "grant stockpulse_owner to {role}", role=role)
    support.execute(database.url, "alter database {name} owner to {role}", name=name, role=role)
    url = make_conninfo(empty_database, user=role, password="secret")
    try:
        migrate.upgrade(url)
        made = catalog.read(empty_database)
        migrate.downgrade(url, "base")
        migrate.upgrade(url)
        assert catalog.read(empty_database) == made == catalog.golden(database.edition).read_text()
    finally:
        support.execute(empty_database, "drop owned by {role} cascade", role=role)
        support.execute(database.url, "alter database {name} owner to current_user", name=name)


def test_missing_privilege_to_create_the_extension_is_one_line(
    empty_database: str, login: Callable[[str], str]
) -> None:
    url = make_conninfo(empty_database, user=login("stranger"), password="secret")
    with pytest.raises(DatabaseRefused) as refused:
        migrate.upgrade(url)
    message = str(refused.value)
    assert message.startswith("the database refused: permission denied")
    assert "\n" not in message


def test_unknown_revision_is_one_line(fresh_database: str) -> None:
    with pytest.raises(UsageError, match=r"^Can't locate revision identified by '0999'$"):
        migrate.upgrade(fresh_database, "0999")


def test_a_database_of_another_version_is_told_from_an_unknown_revision(
    fresh_database: str,
) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute("update stockpulse_version set version_num = '0012_bar_pages'")
    with pytest.raises(UsageError, match=r"^the schema of the database, 0012_bar_pages, is of"):
        migrate.upgrade(fresh_database)


def alembic(*arguments: str, url: str) -> subprocess.CompletedProcess[str]:
    """Runs the alembic command from another directory."""
    with started(*arguments, url=url) as process:
        out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def started(*arguments: str, url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "alembic", "--config", str(ROOT / "alembic.ini"), *arguments],
        env={**os.environ, "STOCKPULSE_DATABASE_URL": url},
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_alembic_command_does_the_same(empty_database: str, fresh_database: str) -> None:
    done = alembic("upgrade", "head", url=empty_database)
    assert (done.returncode, done.stderr) == (0, "")
    assert catalog.read(empty_database) == catalog.read(fresh_database)


def test_offline_mode_is_refused_in_one_line(empty_database: str) -> None:
    done = alembic("upgrade", "head", "--sql", url=empty_database)
    assert done.returncode != 0
    assert (done.stdout + done.stderr).strip() == (
        "FAILED: migrations ask the server for its edition, so they cannot run offline"
    )


def test_alembic_command_reports_a_missing_database_in_one_line() -> None:
    done = alembic("upgrade", "head", url="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode != 0
    assert done.stderr.strip().count("\n") == 0
    assert "FAILED: the database cannot be reached" in done.stdout + done.stderr


FOREIGN = "ae1027a6acf1"  # an id as Alembic makes them


@pytest.mark.parametrize(
    "statements, sentence",
    [
        pytest.param(
            "create table stockpulse_version (version_num text);"
            f" insert into stockpulse_version values ('{FOREIGN}')",
            f"stockpulse_version holds {FOREIGN}, no revision of StockPulse",
            id="revision",
        ),
        pytest.param(
            "create schema market; create table market.trades (ts timestamptz)",
            "the schema market is there already, but no public.stockpulse_version that holds a"
            " revision",
            id="trades",
        ),
        pytest.param(
            "create schema market; create table market.foo (id int)",
            "the schema market is there already, but no public.stockpulse_version that holds a"
            " revision",
            id="foo",
        ),
        pytest.param(
            "create schema legacy; create schema ops;"
            " create table stockpulse_version (version_num text)",
            "the schemas legacy, ops are there already, but stockpulse_version holds no revision",
            id="empty",
        ),
    ],
)
def test_a_database_of_another_application_is_refused_and_left_as_it_is(
    empty_database: str, statements: str, sentence: str
) -> None:
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute(statements)  # type: ignore[call-overload]
        with pytest.raises(UsageError, match=f"^{re.escape(sentence)}: use a database of its own"):
            migrate.upgrade(empty_database)
        extension = "select count(*) from pg_extension where extname = 'timescaledb'"
        assert conn.execute(extension).fetchone() == (0,)


def test_tables_elsewhere_are_no_fault(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute("create schema shop")
        conn.execute("create table shop.trades (id int)")
        conn.execute("create table public.market (id int)")
    migrate.upgrade(empty_database)
    assert revision_of(empty_database) == REVISIONS[-1]


def test_a_schema_of_which_a_part_is_missing_is_refused(fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute("drop table market.sessions cascade")
        for revision in ("0011_bar_pages", "0009_sessions"):
            conn.execute("update stockpulse_version set version_num = %s", [revision])
            sentence = f"^the schema is at {revision}, but market.sessions is missing: restore"
            with pytest.raises(UsageError, match=sentence):
                migrate.upgrade(fresh_database)


def test_a_stranger_in_the_schema_is_refused_once_there_is_something_to_do(
    fresh_database: str,
) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute("create table market.foo (id int)")
        migrate.upgrade(fresh_database)
        migrate.downgrade(fresh_database, "0010_legacy")
        with pytest.raises(UsageError, match=r"^market\.foo was not made by StockPulse: move"):
            migrate.upgrade(fresh_database)
        conn.execute("alter table market.foo set schema public")
    migrate.upgrade(fresh_database)
    assert revision_of(fresh_database) == REVISIONS[-1]


def test_another_applications_alembic_version_is_left_alone(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute(
            "create table alembic_version (version_num varchar(32) primary key);"
            " insert into alembic_version values ('0001_initial')"
        )
        migrate.upgrade(empty_database)
        migrate.upgrade(empty_database)
        assert revision_of(empty_database) == REVISIONS[-1]
        assert conn.execute("table alembic_version").fetchall() == [("0001_initial",)]
        assert not {one.rule for one in examine.examine(conn)} & {"version_table", "unversioned"}


OLDER = """
create table public.alembic_version (version_num varchar(32) primary key);
grant select on public.alembic_version to stockpulse_reader;
insert into public.alembic_version select version_num from public.stockpulse_version;
drop table public.stockpulse_version;
"""


@pytest.mark.parametrize("others", [[], [(FOREIGN,)]], ids=["alone", "beside another"])
def test_the_revision_of_an_older_database_is_moved(
    fresh_database: str, others: list[tuple[str]]
) -> None:
    expected = catalog.read(fresh_database)
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute(OLDER)
        for other in others:
            conn.execute("insert into alembic_version values (%s)", other)
        (finding,) = examine.examine(conn)
        assert (finding.rule, finding.remedy) == (
            "version_table",
            "run stockpulse migrate, which moves it",
        )
        migrate.upgrade(fresh_database)
        assert revision_of(fresh_database) == REVISIONS[-1]
        if others:
            assert conn.execute("table alembic_version").fetchall() == others
        else:
            assert catalog.read(fresh_database) == expected
        allowed = "select has_table_privilege('stockpulse_reader', 'stockpulse_version', 'select')"
        assert conn.execute(allowed).fetchone() == (True,)


def test_alembic_command_moves_it_too(fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        conn.execute(OLDER)
    done = alembic("upgrade", "head", url=fresh_database)
    assert (done.returncode, done.stderr) == (0, "")
    assert revision_of(fresh_database) == REVISIONS[-1]


def test_an_extension_in_a_schema_of_its_own_is_refused_with_a_remedy_that_works(
    empty_database: str,
) -> None:
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute("create schema elsewhere")
        conn.execute("create extension timescaledb schema elsewhere")
    with pytest.raises(UsageError) as refused:
        migrate.upgrade(empty_database)
    assert str(refused.value).startswith(
        "timescaledb is in the schema elsewhere, and StockPulse calls it in public: if nothing else"
        " uses it, drop extension timescaledb and run stockpulse migrate"
    )
    with psycopg.connect(empty_database, autocommit=True) as conn:
        assert [one.rule for one in examine.examine(conn)] == ["extension_schema"]
        conn.execute("drop extension timescaledb")
    migrate.upgrade(empty_database)
    assert revision_of(empty_database) == REVISIONS[-1]
