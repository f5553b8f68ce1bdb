"""Rights of each role to every relation and every function there is, by the catalog."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg
from psycopg.rows import dict_row

from tests import support as names

READER, LOADER = "stockpulse_reader", "stockpulse_loader"
OURS = ("stockpulse_owner", LOADER, READER)

RELATION_RIGHTS = """
select format('%%I.%%I', nspname, relname), privilege
from pg_class
inner join pg_namespace on relnamespace = pg_namespace.oid
cross join unnest(
    array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']
) as privilege
where relkind in ('r', 'v', 'm', 'p', 'f')
    and nspname in ('market', 'ops', 'legacy', '_timescaledb_internal')
    and not (nspname = '_timescaledb_internal' and (relkind = 'v' or relname !~ 'hyper'))
    and (
        has_table_privilege(%(role)s, pg_class.oid, privilege)
        or privilege in ('select', 'insert', 'update', 'references')
        and has_any_column_privilege(%(role)s, pg_class.oid, privilege)
    )
"""
ROUTINES = """
select
    pg_proc.oid::regprocedure::text as name,
    format('%%I.%%I', nspname, proname) as called,
    prokind = 'p' as is_procedure,
    prosecdef as is_definer,
    (
        select coalesce(array_agg(format_type(kind, null) order by place), '{}')
        from unnest(
            case when prokind = 'p' then coalesce(proallargtypes, proargtypes) else proargtypes end
        ) with ordinality as argument (kind, place)
    ) as arguments,
    has_function_privilege(%(role)s, pg_proc.oid, 'execute')
    and has_schema_privilege(%(role)s, nspname, 'usage') as may,
    exists (
        select from aclexplode(proacl) as item
        where item.grantee = to_regrole(%(role)s) and item.privilege_type = 'EXECUTE'
    ) as granted
from pg_proc
inner join pg_namespace on pronamespace = pg_namespace.oid
where nspname in ('market', 'ops', 'legacy') and prorettype <> 'trigger'::regtype
"""
# What functions are called with: of types that are not here, null.
VALUES = {
    "text": "'AAPL'",
    "text[]": "'{AAPL}'",
    "timestamp with time zone": "'2026-02-27T12:00Z'",
    "timestamp with time zone[]": "'{2026-02-27T12:00Z}'",
    "date": "'2026-02-27'",
    "interval": "'1 minute'",
    "integer": "1",
    "smallint": "1",
    "bigint": "1",
    "bigint[]": "'{1}'",
    "numeric": "1",
    "boolean": "false",
    "json": "'[]'",
    "jsonb": "'{}'",
    "bytea": "'k'",
}


def rights(conn: psycopg.Connection[Any], role: str) -> dict[str, set[str]]:
    """Returns the privileges of a role by relation, chunks included."""
    found: dict[str, set[str]] = {}
    for relation, privilege in conn.execute(RELATION_RIGHTS, {"role": role}):
        found.setdefault(relation, set()).add(privilege)
    return found


def refused(conn: psycopg.Connection[Any], routine: dict[str, Any]) -> bool:
    """Calls a routine; returns whether a privilege was missing, its own or one within it."""
    kinds = ["market.trade_event" if one == "anyelement" else one for one in routine["arguments"]]
    arguments = ", ".join(f"{VALUES.get(kind, 'null')}::{kind}" for kind in kinds)
    verb = "call" if routine["is_procedure"] else "select"
    try:
        conn.execute(f"{verb} {routine['called']}({arguments})")
    except pg.InsufficientPrivilege:
        return True
    except psycopg.Error:
        return False  # of values that mean nothing to it
    return False


def routines(conn: psycopg.Connection[Any], role: str) -> list[dict[str, Any]]:
    cursor = conn.cursor(row_factory=dict_row)
    return cursor.execute(ROUTINES, {"role": role}).fetchall()


def test_reader_may_select_from_every_relation_of_market_and_legacy_and_no_more(
    filled: psycopg.Connection[Any],
) -> None:
    shown = filled.execute(
        "select format('%I.%I', nspname, relname) from pg_class"
        " inner join pg_namespace on relnamespace = pg_namespace.oid"
        " where nspname in ('market', 'legacy') and relkind in ('r', 'v')"
    ).fetchall()
    found = rights(filled, READER)
    chunks = {one for one in found if one.startswith("_timescaledb_internal.")}
    assert {one: found[one] for one in found.keys() - chunks} == {
        relation: {"select"} for (relation,) in shown
    }
    assert all(found[one] == {"select"} for one in chunks)


def test_loader_may_read_no_event_and_empty_no_relation(filled: psycopg.Connection[Any]) -> None:
    found = rights(filled, LOADER)
    readable = {
        relation.removeprefix("market.")
        for relation, privileges in found.items()
        if relation.startswith("market.") and "select" in privileges
    }
    assert readable == {"bar_rules", "instruments", "rule_sets", "sources", "vendor_bars"}
    assert {relation for relation in found if relation.startswith("legacy.")} == set()
    never = {"truncate", "references", "trigger"}
    assert {relation for relation, privileges in found.items() if privileges & never} == set()
    deleted = {relation for relation, privileges in found.items() if "delete" in privileges}
    assert deleted == {"ops.late_events", "ops.rejects"}
    assert {relation for relation in found if "api_keys" in relation} == set()


def test_reader_may_call_every_function_of_market_and_none_of_ops(
    filled: psycopg.Connection[Any],
) -> None:
    found = routines(filled, READER)
    assert len(found) > 150
    others = {"market.refresh_candles"}  # the loader's timer, on Apache-2
    wanted = {one["name"] for one in found if one["called"].startswith("market.")} - {
        one["name"] for one in found if one["called"] in others
    }
    assert {one["name"] for one in found if one["may"]} == wanted


@pytest.mark.parametrize("role", [READER, LOADER])
def test_what_is_granted_works_and_what_is_not_is_refused(
    filled: psycopg.Connection[Any], request: pytest.FixtureRequest, role: str
) -> None:
    conn = request.getfixturevalue(role.removeprefix("stockpulse_"))
    conn.execute("set statement_timeout = '10s'")
    found = routines(filled, role)
    assert [one["name"] for one in found if one["granted"] and refused(conn, one)] == []
    assert [one["name"] for one in found if not one["may"] and not refused(conn, one)] == []


def test_loader_may_call_no_definer_that_it_was_not_granted(
    filled: psycopg.Connection[Any],
) -> None:
    """The others run with the rights of the loader itself."""
    found = routines(filled, LOADER)
    assert [
        one["name"] for one in found if one["is_definer"] and one["may"] and not one["granted"]
    ] == []


@pytest.fixture
def stranger(filled: psycopg.Connection[Any]) -> Iterator[str]:
    """A role of the same server that was granted nothing."""
    role = names.unique("stranger")
    filled.execute(f"create role {role}")
    yield role
    filled.execute(f"drop role {role}")


def test_stranger_may_do_nothing(filled: psycopg.Connection[Any], stranger: str) -> None:
    assert rights(filled, stranger) == {}
    assert [one["name"] for one in routines(filled, stranger) if one["may"]] == []
    assert (
        filled.execute(
            "select has_schema_privilege(%(role)s, nspname, 'usage')"
            " or has_schema_privilege(%(role)s, nspname, 'create') from pg_namespace"
            " where nspname in ('market', 'ops', 'legacy')",
            {"role": stranger},
        ).fetchall()
        == [(False,)] * 3
    )


@pytest.mark.parametrize("role", OURS)
def test_role_has_no_power_over_the_server(filled: psycopg.Connection[Any], role: str) -> None:
    row = filled.execute(
        "select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,"
        " rolpassword is not null from pg_authid where rolname = %s",
        [role],
    ).fetchone()
    assert row == (False,) * 6
    members = filled.execute(
        "select rolname from pg_roles where rolname <> %s and not rolsuper"
        " and pg_has_role(%s, oid, 'member')",
        [role, role],
    ).fetchall()
    # Roles that only show what the server does.
    harmless = {"pg_monitor", "pg_read_all_settings", "pg_read_all_stats", "pg_stat_scan_tables"}
    assert {name for (name,) in members} <= harmless


@pytest.mark.parametrize("role", [READER, LOADER])
def test_role_creates_in_no_schema(filled: psycopg.Connection[Any], role: str) -> None:
    assert (
        filled.execute(
            "select nspname from pg_namespace where has_schema_privilege(%s, oid, 'create')"
            " and nspname !~ '^pg_temp_'",
            [role],
        ).fetchall()
        == []
    )
