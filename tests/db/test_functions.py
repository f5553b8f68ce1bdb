"""Every SQL function has a file of its own in db/functions, which a revision includes."""

import re
from typing import Any

import psycopg
import pytest

from db import edition, migrate
from db.edition import Kind
from db.migrations import steps

FILES = sorted((steps.ROOT / "functions").glob("*.sql"))
CREATED = re.compile(r"^create or replace (?:function|procedure) ([\w.]+)\(", re.MULTILINE)
EDITIONS: tuple[Kind, ...] = ("community", "apache")

FUNCTIONS = """
select format('%I.%I', nspname, proname)
from pg_proc
inner join pg_namespace on pronamespace = pg_namespace.oid
where nspname in ('market', 'ops')
"""


def name_of(file_name: str) -> str:
    """Returns the name of the function that a file is about: SCHEMA.NAME."""
    return ".".join(file_name.split(".")[:2])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_file_creates_the_function_it_is_named_after(file: Any) -> None:
    text = file.read_text()
    assert CREATED.findall(text) == [name_of(file.name)]
    assert re.search(rf"comment on (function|procedure) {name_of(file.name)} is", text)


def test_revisions_include_every_file_and_create_no_function_themselves() -> None:
    named = set()
    for file in (migrate.MIGRATIONS / "versions").glob("*.sql"):
        text = file.read_text()
        assert not re.search(r"create (or replace )?(function|procedure)", text), file.name
        kinds = [kind for kind in EDITIONS if f".{kind}." in file.name] or EDITIONS
        for path in steps.INCLUDE.findall(text):
            named |= {steps.included(path, kind) for kind in kinds}
    assert {path for path in named if not path.exists()} == set()
    assert {path for path in named if path.parent.name == "functions"} == set(FILES)


def test_database_has_exactly_the_functions_of_the_files(conn: psycopg.Connection[Any]) -> None:
    kind = edition.kind_of(conn)
    expected = [name_of(file.name) for file in FILES if file.name.split(".")[2] in ("sql", kind)]
    assert sorted(name for (name,) in conn.execute(FUNCTIONS)) == sorted(expected)


def test_missing_include_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        steps.expand("-- include functions/market.nothing.sql\n", "community")
