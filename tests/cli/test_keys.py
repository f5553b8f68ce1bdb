"""`stockpulse keys`: a key is shown once, its digest alone is stored, and a name has one key."""

import hashlib
import re

import psycopg
import pytest
from psycopg import errors as pg

from tests.cli.conftest import Ended, Run
from tests.cli.test_errors import check_error
from tests.db import support


@pytest.fixture
def keys(run: Run, bare: dict[str, str], fresh_database: str):
    """Runs `stockpulse keys` with the given words."""

    def run_keys(*words: str) -> Ended:
        return run({**bare, "STOCKPULSE_DATABASE_URL": fresh_database}, "keys", *words)

    return run_keys


def test_a_key_is_printed_once_and_only_its_digest_is_stored(keys, fresh_database: str) -> None:
    made = keys("create", "grafana", "--rate", "600")
    key = made.out.strip()
    assert made.code == 0
    assert re.fullmatch(r"sp_[A-Za-z0-9_-]{43}", key)
    with psycopg.connect(fresh_database) as conn:
        assert conn.execute(
            "select name, key_sha256, rate_per_minute, revoked_at from ops.api_keys"
        ).fetchall() == [("grafana", hashlib.sha256(key.encode()).digest(), 600, None)]
    listed = keys("list")
    assert [line.split()[:2] for line in listed.out.splitlines()[1:]] == [["grafana", "600"]]
    assert key[3:] not in listed.out + made.err
    assert hashlib.sha256(key.encode()).hexdigest()[:8] not in listed.out


def test_a_name_has_one_key_until_it_is_revoked(keys, fresh_database: str) -> None:
    first = keys("create", "ada").out
    check_error(keys("create", "ada"), "ada has a key already")
    assert keys("revoke", "ada").out == "the key of ada is revoked\n"
    check_error(keys("revoke", "ada"), "ada has no key")
    second = keys("create", "ada").out
    assert second != first
    rows = [line.split() for line in keys("list").out.splitlines()[1:]]
    assert [row[:3] for row in rows] == [["ada", "no", "limit"]] * 2
    assert [len(row) for row in rows] == [7, 5]  # day and minute of both, or of creation alone


def test_without_keys_the_list_says_how_to_make_one(keys) -> None:
    assert keys("list").out == "no keys yet; stockpulse keys create NAME makes one\n"


@pytest.mark.parametrize("name", ["", "a b", "-a\n", "a" * 65, "ä", "a,b"])
def test_a_name_that_is_hard_to_read_is_refused(keys, name: str) -> None:
    check_error(keys("create", "--", name), "must be at most 64 letters", code=2)


def test_a_limit_of_nothing_is_refused(keys) -> None:
    check_error(keys("create", "ada", "--rate", "0"), "0 is not in the range", code=2)


def test_reader_learns_of_a_key_only_by_its_digest(keys, fresh_database: str) -> None:
    key = keys("create", "ada", "--rate", "5").out.strip()
    found = "select name, rate_per_minute from market.api_key(%s)"
    with support.as_role(fresh_database, "stockpulse_reader") as reader:
        assert reader.execute(found, [hashlib.sha256(key.encode()).digest()]).fetchall() == [
            ("ada", 5)
        ]
        assert reader.execute(found, [hashlib.sha256(b"sp_").digest()]).fetchall() == []
        assert reader.execute(found, [None]).fetchall() == []
        with pytest.raises(pg.InsufficientPrivilege):
            reader.execute("select from ops.api_keys")
    with support.as_role(fresh_database, "stockpulse_loader") as loader:
        for statement in ("select from ops.api_keys", "delete from ops.api_keys"):
            with pytest.raises(pg.InsufficientPrivilege):
                loader.execute(statement)


def test_revoked_key_is_not_found(keys, fresh_database: str) -> None:
    key = keys("create", "ada").out.strip()
    keys("revoke", "ada")
    with psycopg.connect(fresh_database) as conn:
        assert not conn.execute(
            "select from market.api_key(%s)", [hashlib.sha256(key.encode()).digest()]
        ).fetchall()
