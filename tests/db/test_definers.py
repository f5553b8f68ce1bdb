"""Functions that act as their owner resolve no name by what their caller has made."""

from typing import Any

import psycopg

DEFINERS = """
select pg_proc.oid::regprocedure::text, proowner::regrole::text, proconfig
from pg_proc
where pronamespace in ('market'::regnamespace, 'ops'::regnamespace) and prosecdef
"""
# Others may be called by those that act as their owner: a path of theirs is theirs, too.
PATHS = """
select pg_proc.oid::regprocedure::text, setting
from pg_proc
cross join unnest(proconfig) as setting
where pronamespace in ('market'::regnamespace, 'ops'::regnamespace)
    and setting like 'search_path=%'
"""
# Not named, pg_temp is searched before all others, for relations and types.
SAFE_PATHS = {"search_path=pg_catalog, pg_temp", "search_path=pg_catalog, public, pg_temp"}


def test_every_definer_belongs_to_the_owner_and_pins_its_path(
    filled: psycopg.Connection[Any],
) -> None:
    rows = filled.execute(DEFINERS).fetchall()
    assert len(rows) > 40
    assert [name for name, owner, _ in rows if owner != "stockpulse_owner"] == []
    assert [name for name, _, config in rows if not SAFE_PATHS & {*(config or [])}] == []


def test_every_path_of_a_function_ends_with_temporary_relations(
    filled: psycopg.Connection[Any],
) -> None:
    rows = filled.execute(PATHS).fetchall()
    assert rows
    assert [name for name, setting in rows if setting not in SAFE_PATHS] == []


def test_temporary_type_of_a_loader_runs_nothing_as_the_owner(
    loader: psycopg.Connection[Any],
) -> None:
    """A domain by the name of a type, whose check tells who runs it."""
    loader.execute(
        "create function pg_temp.tell() returns boolean language plpgsql as"
        " $$begin raise exception 'run as %', current_user; end$$"
    )
    for name in ("text", "timestamptz", "int8", "int4", "numeric", "bool", "jsonb", "record"):
        loader.execute(f'create domain pg_temp."{name}" as pg_catalog.int8 check (pg_temp.tell())')
    rows = loader.execute(
        "select pg_proc.oid::regprocedure::pg_catalog.text,"
        " (select string_agg(format('null::%s', format_type(kind, null)), ', ')"
        "  from unnest(proargtypes) as kind)"
        " from pg_proc where pronamespace = 'ops'::regnamespace and prosecdef and prokind = 'f'"
        " and prorettype <> 'trigger'::regtype"
        " and has_function_privilege('stockpulse_loader', oid, 'execute')"
    ).fetchall()
    assert len(rows) > 10
    told = []
    for name, arguments in rows:
        try:
            loader.execute(f"select {name.partition('(')[0]}({arguments or ''})")
        except psycopg.Error as error:
            if "run as" in str(error):
                told.append((name, str(error)))
    assert told == []
