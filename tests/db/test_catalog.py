"""The catalog equals the golden file, and every object has a comment."""

from typing import Any

import psycopg

from stack.database import Database
from tests.db import catalog

# Objects without a comment, except for those that TimescaleDB or PostgreSQL creates.
UNCOMMENTED = """
select format('%I.%I', nspname, relname)
from pg_class
inner join pg_namespace on relnamespace = pg_namespace.oid
where nspname in ('market', 'ops', 'legacy') and relkind in ('r', 'v', 'm', 'p', 'f')
    and obj_description(pg_class.oid, 'pg_class') is null
union all
select format('%I.%I', nspname, typname)
from pg_type
inner join pg_namespace on typnamespace = pg_namespace.oid
inner join pg_class on typrelid = pg_class.oid
where nspname in ('market', 'ops', 'legacy') and relkind = 'c'
    and obj_description(pg_type.oid, 'pg_type') is null
union all
select pg_proc.oid::regprocedure::text
from pg_proc
inner join pg_namespace on pronamespace = pg_namespace.oid
where nspname in ('market', 'ops', 'legacy') and obj_description(pg_proc.oid, 'pg_proc') is null
union all
select nspname
from pg_namespace
where nspname in ('market', 'ops', 'legacy') and obj_description(oid, 'pg_namespace') is null
"""

UNPINNED = """
select pg_proc.oid::regprocedure::text
from pg_proc
inner join pg_namespace on pronamespace = pg_namespace.oid
where nspname in ('market', 'ops', 'legacy') and prosecdef
    and (
        not coalesce(array_to_string(proconfig, ' '), '') ~ 'search_path=pg_catalog'
        or has_function_privilege('public', pg_proc.oid, 'execute')
    )
"""


def test_catalog_equals_the_golden_file(database: Database, fresh_database: str) -> None:
    """Rewritten by `python -m tests.db.catalog --write`, once on each edition."""
    wanted = catalog.golden(database.edition).read_text().splitlines()
    assert catalog.read(fresh_database).splitlines() == wanted


def test_every_relation_and_function_has_a_comment(conn: psycopg.Connection[Any]) -> None:
    assert conn.execute(UNCOMMENTED).fetchall() == []


def test_security_definers_pin_their_search_path_and_are_not_public(
    conn: psycopg.Connection[Any],
) -> None:
    assert conn.execute(UNPINNED).fetchall() == []


def test_both_editions_have_the_same_relations_in_market() -> None:
    columns = []
    for edition in ("community", "apache"):
        found: dict[str, list[str]] = {}
        name = ""
        for line in catalog.golden(edition).read_text().splitlines():
            if not line.startswith(" "):
                name = line.split(" ")[-1]
            elif name.startswith("market.") and line.startswith(("    column ", "    grant ")):
                found.setdefault(name, []).append(line)
        columns.append({name: facts for name, facts in found.items() if "refresh" not in name})
    assert columns[0] == columns[1]
    assert len(columns[0]) >= 10
